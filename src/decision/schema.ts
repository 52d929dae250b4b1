// The shape of an act's payload, as zod schemas: the single source of types, validation and schema/act.v1.schema.json
// (design: protocol 1.3 "Shape", decisions 2.1 and 2.2). Frozen for v = 1: unknown members pass here and are refused at admission;
// required is only what the fold reads.
import * as z from 'zod'
import {
  action,
  carveOut,
  contact,
  dateSchema,
  day,
  decisionId,
  hash,
  lang,
  line,
  list,
  localText,
  market,
  party,
  reason,
  right,
  seconds,
  sha256Hex,
  text,
} from './schema-parts.ts'
import * as words from './vocabulary.ts'

/** The terms of an order. */
export const headerSchema = z.object({
  record: z.enum(words.RECORDS).optional(),
  confidence: z.enum(words.CONFIDENCES).optional(),
  issuing_body: line.optional(),
  legal_basis: line.optional(),
  instrument: z.enum(words.INSTRUMENTS),
  case_numbers: list(line).optional(),
  territory: list(market).optional(),
  title: line.optional(),
  lang: lang.optional(),
  official_text: z
    .object({ citation: line.optional(), url: line.optional(), sha256: sha256Hex.optional() })
    .optional(),
  issued_on: dateSchema.optional(),
  starts_on: dateSchema,
  review_ends_on: dateSchema.optional(),
  expires_on: z.union([dateSchema, z.object({ open: z.literal(true), reason: line })]),
  review_due_on: dateSchema.optional(),
  time_zone: line,
  wording: z.object({ kind: z.enum(['verbatim', 'summary']), text, lang }).optional(),
  grounds: z.array(z.enum(words.GROUNDS)).min(1).max(words.GROUNDS.length),
  breadth: z.enum(words.BREADTHS),
  parties: list(party).optional(),
  procedures: list(z.enum(words.PROCEDURES)).optional(),
  rights: list(right).optional(),
  carve_outs: list(carveOut).optional(),
  action: action.optional(),
  redress: contact.optional(),
  reasons: text.optional(),
  evidence: list(
    z.object({ sha256: sha256Hex, media_type: line, title: line.optional() }),
  ).optional(),
  context: list(line).optional(),
})

/** One product, or one class of goods, that an order covers. */
export const productSchema = z.object({
  pid: z.string().regex(words.PID_PATTERN),
  listing: z.enum(words.LISTINGS),
  source: z
    .object({
      document: line,
      page: line.optional(),
      ruling: line.optional(),
      date: day.optional(),
    })
    .optional(),
  brand: line.optional(),
  brand_aliases: list(line).optional(),
  model: line.optional(),
  model_aliases: list(line).optional(),
  model_pattern: line.optional(),
  maker: line.optional(),
  gtins: list(z.string().regex(/^[0-9]{8,14}$/), words.MAX_IDENTIFIERS).optional(),
  mpns: list(line, words.MAX_IDENTIFIERS).optional(),
  asins: list(z.string().regex(/^[A-Z0-9]{10}$/), words.MAX_IDENTIFIERS).optional(),
  listing_urls: list(line).optional(),
  tacs: list(z.string().regex(/^[0-9]{8}$/), words.MAX_IDENTIFIERS).optional(),
  fcc_ids: list(line).optional(),
  serials: list(z.object({ from: line, to: line })).optional(),
  firmware: z.object({ from: line.optional(), to: line.optional() }).optional(),
  hs: list(
    z.object({
      code: z.string().regex(/^[0-9]{2,12}$/),
      edition: z.string().regex(/^(19|20)[0-9]{2}$/),
    }),
  ).optional(),
  description: list(localText).optional(),
  words: list(line).optional(),
  images: list(z.object({ sha256: sha256Hex, media_type: line, alt: line })).optional(),
  decided_by: list(z.enum(words.FACTS)).optional(),
})

const rulingProduct = z.object({
  pid: z.string().regex(words.PID_PATTERN).optional(),
  brand: line.optional(),
  model: line.optional(),
  gtin: z
    .string()
    .regex(/^[0-9]{8,14}$/)
    .optional(),
  mpn: line.optional(),
  firmware: line.optional(),
  serial: line.optional(),
})

/** A scope ruling: a described product is in or out of an order. */
export const rulingSchema = z.object({
  number: line.optional(),
  body: line.optional(),
  on: dateSchema,
  scope: z.enum(['in', 'out']),
  product: rulingProduct,
  wording: text.optional(),
  supersedes: list(line).optional(),
})

const common = {
  v: z.literal(1),
  alliance: hash,
  log: z.string().min(1).max(255),
  id: z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  iat: seconds,
}
const chained = { ...common, decision: decisionId, prev: hash.nullable() }
const dated = { from: dateSchema, reason: reason.optional(), citation: line.optional() }

export const actSchemas = {
  issue: z.object({
    ...chained,
    act: z.literal('issue'),
    header: headerSchema,
    products: list(productSchema, words.MAX_PRODUCTS),
  }),
  amend: z.object({
    ...chained,
    act: z.literal('amend'),
    header: headerSchema,
    reason: reason.optional(),
  }),
  products: z.object({
    ...chained,
    act: z.literal('products'),
    add: list(productSchema, words.MAX_PRODUCTS).optional(),
    remove: list(z.string().regex(words.PID_PATTERN), words.MAX_PRODUCTS).optional(),
    reason: reason.optional(),
  }),
  rule: z.object({ ...chained, act: z.literal('rule'), ruling: rulingSchema }),
  suspend: z.object({ ...chained, act: z.literal('suspend'), ...dated }),
  resume: z.object({ ...chained, act: z.literal('resume'), ...dated }),
  rescind: z.object({ ...chained, act: z.literal('rescind'), ...dated }),
  annul: z.object({
    ...chained,
    act: z.literal('annul'),
    reason: reason.optional(),
    citation: line.optional(),
  }),
  respond: z.object({
    ...chained,
    act: z.literal('respond'),
    effect: z.enum(words.EFFECTS).nullable(),
    from: dateSchema,
    until: dateSchema.optional(),
    reason: reason.optional(),
    citation: line.optional(),
  }),
  endorse: z.object({
    ...common,
    decision: z.null(),
    prev: z.null(),
    act: z.literal('endorse'),
    entry: hash,
  }),
} as const

const notice = { ...common, decision: z.null(), prev: z.null(), act: z.literal('notice') }
const effectRule = z.object({
  market: z.union([z.literal('*'), market]),
  ground: z.union([z.literal('*'), z.enum(words.GROUNDS)]),
  effect: z.enum(words.EFFECTS),
})
export const noticeSchemas = {
  charter: z.object({ ...notice, kind: z.literal('charter'), n: z.int().min(1), hash }),
  evidence: z.object({ ...notice, kind: z.literal('evidence'), sha256: sha256Hex }),
  key: z.object({
    ...notice,
    kind: z.literal('key'),
    kid: hash,
    event: z.enum(['compromised', 'retired']),
    text: text.optional(),
  }),
  without_peers: z.object({
    ...notice,
    kind: z.literal('without_peers'),
    text: text.optional(),
  }),
  effect_rules: z.object({
    ...notice,
    kind: z.literal('effect_rules'),
    rules: list(effectRule, words.MAX_EFFECT_RULES),
  }),
  bulk: z.object({
    ...notice,
    kind: z.literal('bulk'),
    adds: z.int().min(0),
    lifts: z.int().min(0),
    until: dateSchema,
    reason: reason.optional(),
  }),
} as const

/** `info/…`: anything else worth saying; kept and shown, changes no state. */
export const infoSchema = z.object({
  ...common,
  decision: z.null(),
  prev: z.null(),
  act: z.string().regex(/^info\/[a-z0-9_-]{1,40}$/),
})

export const actSchema = z.union([
  ...Object.values(actSchemas),
  ...Object.values(noticeSchemas),
  infoSchema,
])

export type DateAt = z.infer<typeof dateSchema>
export type Header = z.infer<typeof headerSchema>
export type Product = z.infer<typeof productSchema>
export type Ruling = z.infer<typeof rulingSchema>
export type EffectRule = z.infer<typeof effectRule>
export type Act = z.infer<typeof actSchema>
export type ChainedAct = z.infer<
  (typeof actSchemas)[
    | 'issue'
    | 'amend'
    | 'products'
    | 'rule'
    | 'suspend'
    | 'resume'
    | 'rescind'
    | 'annul']
>
export type RespondAct = z.infer<(typeof actSchemas)['respond']>
export type NoticeAct = z.infer<(typeof noticeSchemas)[keyof typeof noticeSchemas]>
