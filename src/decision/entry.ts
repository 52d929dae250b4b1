// Reads a log entry as an act: spelling, header, JSON, shape (design: protocol 1.3). Pure; signatures are checked in verify/.
import type * as z from 'zod'
import { parseStrictJson } from '../encoding/json.ts'
import { readJwsEnds, splitCompactJws } from '../encoding/jws.ts'
import type { ErrorCode } from '../errors.ts'
import { MAX_ENTRY_BYTES } from '../tlog/bundle.ts'
import { type Act, actSchemas, infoSchema, noticeSchemas } from './schema.ts'
import { type QuickYes, quickYes } from './valid.ts'
import { HASH_PATTERN } from './vocabulary.ts'

export const ACT_TYPE = 'exclusion-act+jws'

/** What a key must be allowed to sign: an act name, `info`, or `notice/<kind>`. */
export type ActKind = string

export type Entry = {
  act: Act
  kind: ActKind
  /** RFC 7638 thumbprint of the signing key, as claimed. */
  kid: string
  signature: Uint8Array
  signingInput: Uint8Array
}

/** Entry bytes that hash into a signed head, at their place in the log. */
export type ProvenEntry = { idx: number; leaf: Uint8Array; bytes: Uint8Array }

/** A proven entry, read, and whether its signature matched the key its kid names; false where no key has that kid. */
export type VerifiedEntry = ProvenEntry & { parsed: ParsedEntry; signed: boolean }

export type ParsedEntry =
  | { read: 'act'; entry: Entry }
  | { read: 'refused'; code: ErrorCode; detail: string }
  /** Judging of this feed stops here: a newer version wrote it, and skipping would change what later acts mean. */
  | { read: 'unknown'; code: 'ERR_UPGRADE_NEEDED'; detail: string }

/**
 * Parses the bytes of one entry. Codes: ERR_ACT_TOO_LARGE, ERR_ACT_SPELLING, ERR_ACT_HEADER, ERR_ACT_JSON, ERR_ACT_SHAPE,
 * ERR_UPGRADE_NEEDED. Unknown members pass (they are refused at admission only).
 */
export function parseEntry(bytes: Uint8Array): ParsedEntry {
  if (bytes.length > MAX_ENTRY_BYTES) {
    return refused('ERR_ACT_TOO_LARGE', `${bytes.length} bytes, at most ${MAX_ENTRY_BYTES}`)
  }
  const jws = splitCompactJws(bytes)
  if (jws === null) return refused('ERR_ACT_SPELLING', 'not one compact JWS in its one spelling')
  const kid = parseHeader(jws.headerText)
  if (kid === null) return refused('ERR_ACT_HEADER', `header ${jws.headerText.slice(0, 120)}`)
  const json = parseStrictJson(jws.payloadText)
  if (!json.ok) return refused('ERR_ACT_JSON', json.reason)
  const shaped = parsePayload(json.value)
  if (shaped.read !== 'act') return shaped
  const { signature, signingInput } = jws
  return {
    read: 'act',
    entry: { act: shaped.act, kind: shaped.kind, kid, signature, signingInput },
  }
}

/** Who an entry says has signed it, over what. */
export type Claim = Pick<Entry, 'kid' | 'signature' | 'signingInput'>

/** What a signature check needs of an entry, equal to what `parseEntry` finds; null for some that it refuses. */
export function readClaim(bytes: Uint8Array): Claim | null {
  if (bytes.length > MAX_ENTRY_BYTES) return null
  const jws = readJwsEnds(bytes)
  const kid = jws === null ? null : parseHeader(jws.headerText)
  if (jws === null || kid === null) return null
  return { kid, signature: jws.signature, signingInput: jws.signingInput }
}

/** The protected header in its one spelling: exactly alg, kid, typ in this order, so that one text is the only text. */
export function formatHeader(kid: string): string {
  return `{"alg":"Ed25519","kid":"${kid}","typ":"${ACT_TYPE}"}`
}

function parseHeader(text: string): string | null {
  const kid = text.slice(24, 24 + 43)
  return HASH_PATTERN.test(kid) && text === formatHeader(kid) ? kid : null
}

type Shaped =
  | { read: 'act'; act: Act; kind: ActKind }
  | Extract<ParsedEntry, { read: 'refused' | 'unknown' }>

/** Checks a parsed payload against the frozen shape of its act. Codes: ERR_ACT_SHAPE, ERR_UPGRADE_NEEDED. */
export function parsePayload(value: unknown): Shaped {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused('ERR_ACT_SHAPE', 'the payload is not an object')
  }
  const { v, act, kind: noticeKind } = value as Record<string, unknown>
  if (typeof v === 'number' && v !== 1) return unknown(`v ${v}`)
  if (typeof act !== 'string') return refused('ERR_ACT_SHAPE', '/act: expected a word')
  if (act.startsWith('info/')) return shape(infoSchema, value, 'info')
  if (act === 'notice') {
    if (typeof noticeKind !== 'string') return refused('ERR_ACT_SHAPE', '/kind: expected a word')
    if (!Object.hasOwn(noticeSchemas, noticeKind)) return unknown(`notice ${noticeKind}`)
    const schema = noticeSchemas[noticeKind as keyof typeof noticeSchemas]
    return shape(schema, value, `notice/${noticeKind}`)
  }
  if (!Object.hasOwn(actSchemas, act)) return unknown(`act ${act}`)
  return shape(actSchemas[act as keyof typeof actSchemas], value, act)
}

const quickYeses = new Map<z.ZodType<Act>, QuickYes>()

function shape(schema: z.ZodType<Act>, value: unknown, kind: ActKind): Shaped {
  let isSurely = quickYeses.get(schema)
  if (isSurely === undefined) {
    isSurely = quickYes(schema)
    quickYeses.set(schema, isSurely)
  }
  if (isSurely(value)) return { read: 'act', act: value as Act, kind }
  const result = schema.safeParse(value)
  // The value itself, not the parsed copy: unknown members stay, and the schemas hold no transforms, so the type is sound.
  if (result.success) return { read: 'act', act: value as Act, kind }
  const issue = result.error.issues[0]
  return refused('ERR_ACT_SHAPE', `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'wrong'}`)
}

function refused(
  code: ErrorCode,
  detail: string,
): { read: 'refused'; code: ErrorCode; detail: string } {
  return { read: 'refused', code, detail: detail.slice(0, 300) }
}

function unknown(detail: string): { read: 'unknown'; code: 'ERR_UPGRADE_NEEDED'; detail: string } {
  return { read: 'unknown', code: 'ERR_UPGRADE_NEEDED', detail: detail.slice(0, 300) }
}
