// What a look-up receipt says: enough to ask the same question of the same feeds again (design: protocol 1.11).
import * as z from 'zod'
import { day, decisionId, hash, market, seconds } from '../decision/schema-parts.ts'
import { STATES } from '../decision/state.ts'
import { EFFECTS, PID_PATTERN } from '../decision/vocabulary.ts'
import type { ErrorCode } from '../errors.ts'
import { VERDICTS } from '../lookup/judge.ts'
import { COVERAGE_STATES } from '../lookup/schema.ts'

/** Every code that whoever checks a receipt can be given. */
export const RECEIPT_ERRORS = [
  'ERR_RECEIPT_FORMAT',
  'ERR_RECEIPT_CHARTER',
  'ERR_RECEIPT_KEY',
  'ERR_RECEIPT_SIGNATURE',
  'ERR_REQUEST_TOO_LARGE',
  'ERR_CHARTER_NONE',
] as const satisfies readonly ErrorCode[]

/** Characters of a whole receipt. */
export const MAX_RECEIPT_CHARS = 262_144
const MAX_MARKETS = 128
const MAX_DECISIONS = 100

const count = z.int().min(0)
const root = z.string().regex(/^[A-Za-z0-9+/]{43}=$/)
const pid = z.string().regex(PID_PATTERN).nullable()
const texts = z.record(z.string().max(40), z.string().max(2000))

const decision = z.strictObject({
  decision: decisionId,
  pid,
  verdict: z.enum(VERDICTS),
  state: z.enum(STATES),
  tier: z.enum(['A', 'B', 'C']),
})

export const receiptSchema = z
  .strictObject({
    v: z.literal(1),
    alliance: hash,
    market: market.meta({ description: 'Whose node says so.' }),
    iat: seconds.meta({ description: 'When it was signed.' }),
    at: seconds.meta({ description: 'The moment of the answer, by whose clock it holds.' }),
    charter: z.strictObject({
      n: z.int().min(1),
      hash,
      expired: seconds.optional().meta({ description: 'When it expired, where it had.' }),
    }),
    matcher: z.string().max(40),
    query: texts.meta({ description: 'The parameters as asked.' }),
    read_as: z.string().max(40),
    fields: texts.meta({ description: 'As understood.' }),
    on: day.nullable(),
    limit: z.int().min(1).max(MAX_DECISIONS),
    verdict: z.enum(VERDICTS),
    decided_in: z.array(market).max(MAX_MARKETS),
    effect: z.enum(EFFECTS).nullable().meta({ description: 'The instruction in that market.' }),
    decisions: z.array(decision).max(MAX_DECISIONS),
    inactive: z
      .array(z.strictObject({ decision: decisionId, pid, state: z.enum(STATES) }))
      .max(MAX_DECISIONS),
    vector: z
      .record(
        z.string().min(1).max(255),
        z.strictObject({
          size: count,
          root,
          merged: z.strictObject({ size: count, root }).optional(),
        }),
      )
      .meta({
        description: 'Entries in effect of each log and their root; `merged` where more is held.',
      }),
    coverage: z
      .array(
        z.strictObject({
          market,
          position: count,
          age_s: count.nullable(),
          state: z.enum(COVERAGE_STATES),
        }),
      )
      .max(MAX_MARKETS),
  })
  .meta({ id: 'Receipt', description: 'Payload of a look-up receipt.' })

export type Receipt = z.infer<typeof receiptSchema>
