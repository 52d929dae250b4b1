// Charters: parse, identity by payload hash, k of n distinct root keys (design: protocol 1.9; RFC 7515 JSON serialisation).
import { type FlattenedJWSInput, flattenedVerify, importJWK } from 'jose'
import { decodeBase64, decodeBase64url, encodeBase64url } from '../encoding/base64.ts'
import { isAcceptablePoint, jwkThumbprint } from '../encoding/ed25519.ts'
import { parseStrictJson } from '../encoding/json.ts'
import { sha256 } from '../encoding/sha256.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import type { ErrorCode } from '../errors.ts'
import { isOrigin } from '../tlog/key.ts'
import { brokenKeyRule } from './key-roles.ts'
import {
  type CharterPayload,
  charterSchema,
  MAX_CHARTER_BYTES,
  SIGNABLE,
  TWO_KEY_KINDS,
} from './schema.ts'

export const CHARTER_TYPE = 'charter+jws'
const MAX_SIGNATURES = 256

export type CharterFile = {
  payload: string
  signatures: { protected: string; signature: string }[]
}
export type Charter = {
  /** SHA-256 of the decoded payload bytes, base64url: the identity, whichever signatures a copy carries. */
  hash: string
  terms: CharterPayload
  file: CharterFile
}
export type CharterResult =
  | { ok: true; charter: Charter }
  | { ok: false; code: ErrorCode; detail: string }

/** Parses a charter file without judging its signatures. Codes: ERR_CHARTER_FORMAT, ERR_CHARTER_RULE. */
export function parseCharter(text: string): CharterResult {
  if (text.length > MAX_CHARTER_BYTES)
    return wrong('ERR_CHARTER_FORMAT', 'larger than 512 000 bytes')
  const file = parseFile(text)
  if (file === null) return wrong('ERR_CHARTER_FORMAT', 'not a JWS in JSON General Serialization')
  const bytes = decodeBase64url(file.payload)
  const payloadText = bytes === null ? null : decodeUtf8(bytes)
  if (bytes === null || payloadText === null)
    return wrong('ERR_CHARTER_FORMAT', 'payload is not base64url of UTF-8')
  const json = parseStrictJson(payloadText)
  if (!json.ok) return wrong('ERR_CHARTER_FORMAT', json.reason)
  const shaped = charterSchema.safeParse(json.value)
  if (!shaped.success) {
    const issue = shaped.error.issues[0]
    return wrong(
      'ERR_CHARTER_FORMAT',
      `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'wrong'}`,
    )
  }
  const broken = brokenRule(shaped.data)
  if (broken !== null) return wrong('ERR_CHARTER_RULE', broken)
  return { ok: true, charter: { hash: encodeBase64url(sha256(bytes)), terms: shaped.data, file } }
}

/** The exact bytes that are hashed and signed for these terms. */
export function charterPayload(terms: CharterPayload): string {
  return encodeBase64url(encodeUtf8(JSON.stringify(terms)))
}

/** How many distinct root keys of `keys` signed this charter: one public key counts once, whatever its kid. */
export async function countSigners(
  charter: Charter,
  keys: CharterPayload['rootKeys'],
): Promise<number> {
  // jose's generalVerify stops at the first valid signature and is no threshold check.
  const byThumbprint = new Map(keys.map((jwk) => [jwkThumbprint(jwk.x), jwk]))
  const signers = new Set<string>()
  for (const signature of charter.file.signatures.slice(0, MAX_SIGNATURES)) {
    const kid = headerKid(signature.protected)
    const jwk = kid === null ? undefined : byThumbprint.get(kid)
    if (kid === null || jwk === undefined || signers.has(kid)) continue
    if (await isSignedBy({ payload: charter.file.payload, ...signature }, jwk)) signers.add(kid)
  }
  return signers.size
}

/** True when at least the threshold of the charter's own root keys signed it. */
export async function isSelfSigned(charter: Charter): Promise<boolean> {
  return (await countSigners(charter, charter.terms.rootKeys)) >= charter.terms.threshold
}

/** The protected header of a charter signature, in its one spelling. */
export function charterHeader(kid: string): { alg: 'Ed25519'; kid: string; typ: string } {
  return { alg: 'Ed25519', kid, typ: CHARTER_TYPE }
}

async function isSignedBy(
  jws: FlattenedJWSInput,
  jwk: CharterPayload['rootKeys'][number],
): Promise<boolean> {
  try {
    await flattenedVerify(jws, await importJWK({ ...jwk }, 'Ed25519'), { algorithms: ['Ed25519'] })
    // Runtimes disagree about a small-order R, and a charter must be the same charter at every node.
    const signature = decodeBase64url(jws.signature)
    return signature !== null && isAcceptablePoint(signature.subarray(0, 32))
  } catch (error) {
    // jose reports a signature that does not match by throwing; anything else is ours.
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}

function headerKid(encoded: string): string | null {
  const bytes = decodeBase64url(encoded)
  const text = bytes === null ? null : decodeUtf8(bytes)
  const match =
    text === null
      ? null
      : /^\{"alg":"Ed25519","kid":"([A-Za-z0-9_-]{43})","typ":"charter\+jws"\}$/.exec(text)
  return match?.[1] ?? null
}

function parseFile(text: string): CharterFile | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { payload, signatures, ...rest } = value as Record<string, unknown>
  if (typeof payload !== 'string' || !Array.isArray(signatures)) return null
  if (Object.keys(rest).length > 0 || signatures.length > MAX_SIGNATURES) return null
  const parsed = signatures.map(parseSignature)
  return parsed.every((signature) => signature !== null) ? { payload, signatures: parsed } : null
}

function parseSignature(value: unknown): CharterFile['signatures'][number] | null {
  if (typeof value !== 'object' || value === null) return null
  const { protected: header, signature, ...rest } = value as Record<string, unknown>
  if (Object.keys(rest).length > 0) return null
  return typeof header === 'string' && typeof signature === 'string'
    ? { protected: header, signature }
    : null
}

/** The first rule of protocol 1.2 and 1.9 that the terms break within themselves, in words; null when none is. */
function brokenRule(terms: CharterPayload): string | null {
  const { threshold, rootKeys, members } = terms
  if (2 * threshold <= rootKeys.length)
    return 'threshold: more than half of the root keys must sign'
  if (threshold > rootKeys.length) return 'threshold: there are fewer root keys'
  if ((terms.n === 1) !== (terms.prev === null)) return 'prev: null for charter 1 and only for it'
  for (const [what, values] of [
    ['market', members.map(({ market }) => market)],
    ['url', members.map(({ url }) => url)],
    ['origin', members.flatMap(({ logs }) => logs.map(({ origin }) => origin))],
  ] as const) {
    const twice = values.find((value, at) => values.indexOf(value) !== at)
    if (twice !== undefined) return `${what}: ${twice} stands twice`
  }
  return brokenKeyRule(terms) ?? members.map(brokenMemberRule).find((rule) => rule !== null) ?? null
}

function brokenMemberRule(member: CharterPayload['members'][number]): string | null {
  for (const log of member.logs) {
    if (!isOrigin(log.origin)) return `origin: ${log.origin} is not an origin`
    const unknown = log.agencyKeys
      .flatMap((key) => key.acts)
      .find((act) => !(SIGNABLE as readonly string[]).includes(act))
    if (unknown !== undefined) return `acts: ${unknown} is nothing an agency key may sign`
    const kinds = log.twoKeys.map(({ act }) => act)
    const single = kinds.find((act) => !TWO_KEY_KINDS.includes(act))
    if (single !== undefined) return `twoKeys: ${single} is nothing that can wait for a second key`
    const twice = kinds.find((act, at) => kinds.indexOf(act) !== at)
    if (twice !== undefined) return `twoKeys: ${twice} stands twice in ${log.origin}`
    if (log.frozen !== null && decodeBase64(log.frozen.root)?.length !== 32)
      return `frozen: the root of ${log.origin} is not 32 bytes in base64`
  }
  const live = member.logs.at(-1)
  if (member.logs.slice(0, -1).some((log) => log.frozen === null))
    return `${member.market}: an earlier log is not frozen`
  if (member.status === 'left' && live?.frozen === null)
    return `${member.market}: left without a frozen log`
  return null
}

function wrong(code: ErrorCode, detail: string): CharterResult {
  return { ok: false, code, detail }
}
