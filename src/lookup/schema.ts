// The shapes of what is answered: the single source of their types and of the OpenAPI document (design: look-up 4.4, decisions 2.5).
// What comes out of a header or product may hold members that this version does not know: accepted acts keep them.
import * as z from 'zod'
import { headerSchema, productSchema, rulingSchema } from '../decision/schema.ts'
import {
  action,
  contact,
  dateSchema,
  day,
  decisionId,
  hash,
  market,
  reason,
  seconds,
} from '../decision/schema-parts.ts'
import { STATES } from '../decision/state.ts'
import { ACTIONS, EFFECTS, PID_PATTERN } from '../decision/vocabulary.ts'
import { VERDICTS } from './judge.ts'
import { SENTENCE_CODES } from './sentences.ts'

export const COVERAGE_STATES = ['fresh', 'stale', 'held', 'waiting', 'frozen', 'never'] as const

const verdict = z.enum(VERDICTS)
const effect = z.enum(EFFECTS)
const pid = z.string().regex(PID_PATTERN)
const origin = z.string().min(1).max(255)
const count = z.int().min(0)

export const sentenceSchema = z
  .strictObject({ code: z.enum(SENTENCE_CODES), text: z.string() })
  .meta({ id: 'Sentence', description: 'A stable code, and the same in English.' })

export const evidenceSchema = z
  .strictObject({
    code: z.string(),
    field: z.string(),
    query: z.string().nullable(),
    candidate: z.string().nullable(),
    score: z.number().meta({ description: '1 agrees, 0 is missing, below 0 disagrees.' }),
  })
  .meta({ id: 'Evidence' })

export const standingSchema = z.object({
  confirmed: z.boolean(),
  applied: z.strictObject({ m: count, n: count }),
})

export const effectHereSchema = z
  .strictObject({
    value: effect,
    by: z.enum(['own_decision', 'response', 'effect_rules', 'alliance_default']),
    since: day.optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'EffectHere', description: 'What is to be done, who set that, since when and why.' })

const orderSchema = headerSchema
  .pick({
    title: true,
    instrument: true,
    record: true,
    confidence: true,
    issuing_body: true,
    legal_basis: true,
    case_numbers: true,
    issued_on: true,
    starts_on: true,
    review_ends_on: true,
    expires_on: true,
    time_zone: true,
    wording: true,
    grounds: true,
    breadth: true,
    carve_outs: true,
    action: true,
    redress: true,
    official_text: true,
  })
  .extend({
    market,
    left: z.literal(true).optional().meta({ description: 'Its market has left the alliance.' }),
    released: z
      .literal(true)
      .optional()
      .meta({ description: 'Of a market that left, and no longer counted.' }),
    parties: z.array(z.string()),
    party: z
      .enum(['any_source', 'met', 'other', 'unknown'])
      .meta({ description: 'The source condition, with what was asked.' }),
    rulings: z
      .array(
        rulingSchema
          .pick({ number: true, body: true, scope: true, wording: true })
          .extend({ on: day, precision: rulingSchema.shape.on.shape.precision }),
      )
      .meta({ description: 'Newest first.' }),
  })
  .meta({ id: 'Order' })

export const resultSchema = z
  .strictObject({
    decision: decisionId,
    pid: pid.nullable().meta({ description: 'null: the order was named, not a product of it.' }),
    verdict,
    state: z.enum(STATES),
    tier: z.enum(['A', 'B', 'C']),
    score: z.number().min(0).max(1),
    evidence: count.meta({ description: 'How many fields agree.' }),
    why: sentenceSchema,
    held: sentenceSchema
      .optional()
      .meta({ description: 'A change that is held back for review would lift this.' }),
    explain: z.array(evidenceSchema),
    questions: z.array(sentenceSchema),
    product: productSchema
      .pick({ listing: true, brand: true, model: true, source: true, description: true })
      .nullable(),
    order: orderSchema,
    effect: effectHereSchema,
    ...standingSchema.shape,
  })
  .meta({ id: 'Result' })

export const coverageSchema = z
  .strictObject({
    market,
    position: count.meta({ description: 'Entries of the market in effect here.' }),
    age_s: count
      .nullable()
      .meta({ description: "Seconds since the market's own newest stamp on them; null: none." }),
    state: z.enum(COVERAGE_STATES),
    code: z.string().optional().meta({ description: 'Why it waits or is frozen.' }),
  })
  .meta({ id: 'Coverage' })

export const instructionSchema = z
  .strictObject({
    effect,
    action: z.enum(ACTIONS),
    bond: action.shape.bond
      .unwrap()
      .extend({ until: day, days_left: count })
      .optional()
      .meta({ description: 'While goods may still enter under bond.' }),
    questions: z.array(sentenceSchema),
    contact: contact.optional(),
  })
  .meta({ id: 'Instruction' })

const reading = { read_as: z.string(), fields: z.record(z.string(), z.string()) }

const answerShape = {
  verdict,
  why: sentenceSchema,
  query: z.strictObject({ ...reading, notes: z.array(sentenceSchema) }),
  readings: z
    .array(z.strictObject({ ...reading, verdict }))
    .meta({ description: 'Other ways to read the same input, and what they would have found.' }),
  instruction: instructionSchema
    .nullable()
    .meta({ description: 'null where nothing was found: there is nothing to do by this list.' }),
  results: z.array(resultSchema),
  weak: z.array(resultSchema).meta({ description: 'Too weak for a verdict.' }),
  inactive: z.array(resultSchema).meta({ description: 'Matches whose decision is not in force.' }),
  decided_in: z.array(market),
  effects: z.record(market, effect),
  coverage: z.array(coverageSchema),
  charter: z.strictObject({
    n: z.int().min(1),
    hash,
    expired: seconds
      .optional()
      .meta({ description: 'When it expired, where it has: members and keys may be out of date.' }),
  }),
  vector: z
    .record(origin, z.tuple([count, z.string().nullable()]))
    .meta({ description: 'Origin to entries in effect and their root, base64.' }),
  matcher: z.string(),
  on: day.nullable().meta({ description: 'The day asked about; null: the moment of the answer.' }),
  known: z.string().nullable().meta({
    description:
      'Where `known` was asked for: the positions and the charter answered from, to be asked for again. What is confirmed and applied is as of now.',
  }),
  at: seconds.meta({
    description: 'The moment of the answer; where `known` was asked for, that one.',
  }),
}
const receipt = z.string().optional().meta({
  description: 'Where one was asked for: a compact JWS, typ lookup-receipt+jws, by the node key.',
})
export const answerSchema = z.strictObject({ ...answerShape, receipt }).meta({ id: 'Answer' })

const summaryShape = headerSchema.pick({
  title: true,
  instrument: true,
  record: true,
  case_numbers: true,
  starts_on: true,
  review_ends_on: true,
  expires_on: true,
  grounds: true,
  breadth: true,
}).shape

export const decisionSummarySchema = z
  .strictObject({ decision: decisionId, market, state: z.enum(STATES), ...summaryShape })
  .meta({ id: 'DecisionSummary' })

export const decisionPageSchema = z
  .strictObject({
    decisions: z.array(decisionSummarySchema),
    next: z
      .string()
      .nullable()
      .meta({ description: 'Give it as `after` for the next page; null at the end.' }),
  })
  .meta({ id: 'DecisionPage' })

const placed = { pos: count, leaf: hash }
const why = reason.extend({ code: z.string() }).optional()
const dated = { from: dateSchema, reason: why, citation: z.string().optional() }
const eventSchema = z.discriminatedUnion('kind', [
  z.object({ ...placed, kind: z.enum(['suspend', 'resume', 'rescind']), ...dated }),
  z.object({
    ...placed,
    kind: z.literal('annul'),
    reason: why,
    citation: z.string().optional(),
  }),
  z.object({ ...placed, kind: z.literal('rule'), ruling: rulingSchema }),
])

export const storyActSchema = z
  .strictObject({
    market,
    pos: count,
    leaf: hash,
    id: z.string().nullable(),
    kind: z.string().nullable(),
    iat: z.int().nullable().meta({ description: 'Signing time as claimed.' }),
    kid: z.string().nullable(),
    outcome: z.enum(['accepted', 'refused']),
    code: z.string().nullable(),
    held: z.literal(true).optional().meta({ description: 'Held back: not in effect here yet.' }),
    waits: z
      .literal(true)
      .optional()
      .meta({ description: 'Signed, not in effect: waits for a second key.' }),
    endorsed: z
      .strictObject({ pos: count, leaf: hash, iat: z.int().nullable(), kid: z.string().nullable() })
      .optional()
      .meta({ description: 'The first endorse of it by another key of its market.' }),
    ...standingSchema.shape,
  })
  .meta({ id: 'StoryAct' })

const storyHeldSchema = z
  .strictObject({
    isWhole: z.boolean().meta({
      description: 'The decision itself is held: what is shown of it is not in effect here.',
    }),
    acts: count,
    since: seconds.nullable().meta({ description: 'Null: it is being counted.' }),
    decisions: count.meta({ description: 'That the whole change adds or lifts.' }),
    products: count,
  })
  .meta({ description: 'A mass change of the market is held back, and acts of it are about this.' })

export const storySchema = z
  .strictObject({
    decision: decisionId,
    market,
    state: z.enum(STATES),
    leaf: hash,
    header: headerSchema,
    products: z.array(z.strictObject({ pid, leaf: hash, product: productSchema })),
    products_next: z.string().nullable().meta({
      description: 'Give it as `products_after` for more; null when all are here.',
    }),
    events: z.array(eventSchema),
    acts: z.array(storyActSchema),
    responses: z.record(market, z.array(z.unknown())),
    effects: z.record(market, effectHereSchema),
    held: storyHeldSchema.optional(),
    ...standingSchema.shape,
  })
  .meta({ id: 'Story', description: 'Everything on record about one decision.' })
