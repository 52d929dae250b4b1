// The smaller shapes that terms, products and acts are made of (design: decisions 2.1). Every text and list has a largest size.
import * as z from 'zod'
import * as words from './vocabulary.ts'

export const line = z.string().min(1).max(words.MAX_LINE)
export const text = z.string().min(1).max(words.MAX_TEXT)
export const day = z.string().regex(words.DAY_PATTERN)
export const lang = z.string().regex(/^[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/)
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)
export const hash = z.string().regex(words.HASH_PATTERN)
export const market = z.string().regex(words.MARKET_PATTERN)
export const decisionId = z.string().regex(words.DECISION_PATTERN)
export const seconds = z.int().min(0)
export const amount = z.string().regex(words.AMOUNT_PATTERN)
export const list = <T extends z.ZodType>(item: T, most: number = words.MAX_LIST) =>
  z.array(item).max(most)

/** `{on:'2026-01-31', precision:'day', at:1769900400}`; `at` is the first second of `on` in the authority's zone, for inclusive ends the first after. */
export const dateSchema = z.object({
  on: day,
  precision: z.enum(words.PRECISIONS),
  at: seconds,
})

export const localText = z.object({ text, lang })
export const contact = z.object({
  desk: line,
  phone: line.optional(),
  email: line.optional(),
  url: line.optional(),
  hours: line.optional(),
  time_zone: line.optional(),
})
export const reason = z.object({
  code: z.enum(words.REASON_CODES),
  text: text.optional(),
  lang: lang.optional(),
})

export const party = z.object({
  name: line,
  aliases: list(line).optional(),
  local_names: list(z.object({ name: line, lang })).optional(),
  country: market.optional(),
  ids: list(z.object({ type: z.enum(words.PARTY_ID_TYPES), value: line })).optional(),
  role: z.enum(words.PARTY_ROLES).optional(),
  affiliates: z.boolean().optional(),
})

export const right = z.object({
  type: z.enum(words.GROUNDS),
  office: line.optional(),
  number: line.optional(),
  claims: list(line).optional(),
  expires_on: dateSchema.optional(),
  corresponding: list(z.object({ office: line, number: line })).optional(),
})

export const carveOut = z.object({
  kind: z.enum(words.CARVE_OUTS),
  beneficiary: line.optional(),
  wording: text.optional(),
  from: dateSchema.optional(),
  to: dateSchema.optional(),
  proof: line.optional(),
  question: line.optional(),
})

export const action = z.object({
  kind: z.enum(words.ACTIONS).optional(),
  bond: z
    .object({
      kind: z.enum(words.BONDS),
      amount: amount.optional(),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .optional(),
    })
    .optional(),
  certification: z.enum(words.CERTIFICATIONS).optional(),
  contact: contact.optional(),
})
