// The charter's payload: who is a member, with which keys (design: protocol 1.9).
import * as z from 'zod'
import { EFFECTS, HASH_PATTERN, MARKET_PATTERN } from '../decision/vocabulary.ts'

export const MAX_CHARTER_BYTES = 512_000
export const MAX_MEMBERS = 128
const MAX_ROOT_KEYS = 128
const MAX_KEYS = 64
const MAX_LOGS = 16

const hash = z.string().regex(HASH_PATTERN)
const line = z.string().min(1).max(300)
const vkey = z.string().min(1).max(400)
const index = z.int().min(0)

export const publicJwkSchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(HASH_PATTERN),
})

const range = { fromIndex: index, toIndex: index.nullable() }

const logSchema = z.strictObject({
  origin: z.string().min(1).max(255),
  logKeys: z.array(vkey).min(1).max(MAX_KEYS),
  nodeKeys: z
    .array(z.strictObject({ jwk: publicJwkSchema, ...range }))
    .min(1)
    .max(MAX_KEYS),
  agencyKeys: z
    .array(
      z.strictObject({ jwk: publicJwkSchema, name: line, acts: z.array(line).max(40), ...range }),
    )
    .max(MAX_KEYS),
  twoKeys: z.array(z.strictObject({ act: line, fromIndex: index })).max(40),
  frozen: z.strictObject({ size: index, root: z.string().max(44) }).nullable(),
})

const memberSchema = z.strictObject({
  market: z.string().regex(MARKET_PATTERN),
  name: line,
  url: z.string().min(1).max(300),
  status: z.enum(['active', 'left']),
  released: z.union([z.literal(true), z.array(z.string().max(140)).max(10_000)]).optional(),
  witness: vkey,
  applied: vkey,
  witnessFrom: z.int().min(1),
  logs: z.array(logSchema).min(1).max(MAX_LOGS),
})

const policySchema = z.strictObject({
  staleAfter: z.int().min(60).max(31_536_000),
  republish: z.int().min(10).max(86_400),
  defaultEffect: z.enum(EFFECTS),
  brake: z.strictObject({
    decisions: z.int().min(1),
    percent: z.int().min(1).max(100),
    products: z.int().min(1),
  }),
})

export const charterSchema = z.strictObject({
  v: z.literal(1),
  n: z.int().min(1),
  prev: hash.nullable(),
  issued: z.int().min(0),
  expires: z.int().min(0),
  threshold: z.int().min(1).max(MAX_ROOT_KEYS),
  rootKeys: z.array(publicJwkSchema).min(1).max(MAX_ROOT_KEYS),
  policy: policySchema,
  members: z.array(memberSchema).min(1).max(MAX_MEMBERS),
})

export type PublicJwk = z.infer<typeof publicJwkSchema>
export type CharterPayload = z.infer<typeof charterSchema>
export type Member = CharterPayload['members'][number]
export type MemberLog = Member['logs'][number]

/** Names an agency key's `acts` may hold. */
export const SIGNABLE = [
  'issue',
  'amend',
  'products',
  'rule',
  'suspend',
  'resume',
  'rescind',
  'annul',
  'respond',
  'endorse',
  'info',
  'notice/effect_rules',
  'notice/bulk',
] as const

/** Kinds that `twoKeys` may name: what agency keys sign and what changes something. An endorse cannot itself wait for one. */
export const TWO_KEY_KINDS: readonly string[] = SIGNABLE.filter(
  (kind) => kind !== 'endorse' && kind !== 'info',
)

/** Kinds of notice that the node key signs. */
export const NODE_NOTICES: readonly string[] = [
  'notice/charter',
  'notice/evidence',
  'notice/key',
  'notice/without_peers',
]
