// Admission: what an act must satisfy before our own log appends it (design: protocol 1.3, last sentence). The rules may grow stricter
// at any time: no other node applies them, and what was accepted once stays accepted.
import { parseStrictJson } from '../encoding/json.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { MAX_ENTRY_BYTES } from '../tlog/bundle.ts'
import { type AdmissionContext, checkAct, type LooseBody } from './admission-acts.ts'
import { unknownMembers } from './admission-members.ts'
import { distinct, isPlainObject, type Problem, problem } from './admission-problem.ts'
import { bodySchema, checkShape } from './admission-shape.ts'
import { checkLinks, checkTexts } from './admission-text.ts'

import { formatHeader } from './entry.ts'
import { type Act, type Header, headerSchema } from './schema.ts'

type Filled = 'v' | 'alliance' | 'log' | 'id' | 'prev' | 'iat'
type Unsigned<Whole> = Whole extends unknown ? Omit<Whole, Filled> : never

/** An act as the agency means it, dates resolved: all members but those that signing fills in. */
export type ActBody = Unsigned<Act>

/**
 * Everything that is wrong with an act's body: each place once, with what to write instead; empty when it may be signed. Codes:
 * ERR_ADMIT_*, ERR_ACT_MARKET, ERR_ACT_IMMUTABLE, ERR_ACT_TOO_LARGE. Places are JSON pointers into the body.
 */
export function admit(body: Record<string, unknown>, context: AdmissionContext): Problem[] {
  const schema = bodySchema(body)
  if ('code' in schema) return [schema]
  const isInfo = String(body.act).startsWith('info/')
  const { problems, rest } = checkShape(schema, body)
  return distinct([
    ...problems,
    // the members of an info act are its content; they need only be JSON as it is signed
    ...(isInfo ? checkJson(body) : unknownMembers(schema, body, [])),
    ...checkTexts(body),
    ...checkLinks(body),
    // Sound: the schema found no other fault in what is left, and `checkAct` takes any part as missing.
    ...(isInfo ? [] : checkAct(rest as LooseBody, context)),
    ...checkSize(body),
  ])
}

/**
 * Admits the acts of one file in their order, each against what those before it leave behind: all or none. Places are JSON pointers into
 * the file: `/acts/0/header/starts_on`. Codes: as `admit`.
 */
export function admitAll(
  bodies: readonly Record<string, unknown>[],
  context: AdmissionContext,
): { ok: true; acts: ActBody[] } | { ok: false; problems: Problem[] } {
  let now = context
  const problems: Problem[] = []
  bodies.forEach((body, index) => {
    for (const found of admit(body, now)) {
      // A file says once which decision it is about.
      const at = found.at === '/decision' ? found.at : `/acts/${index}${found.at}`
      problems.push({ ...found, at })
    }
    now = contextAfter(body, now)
  })
  if (problems.length > 0) return { ok: false, problems: distinct(problems) }
  // Sound: no body has a fault in the schema of its act.
  return { ok: true, acts: bodies as ActBody[] }
}

/** The size in bytes that an entry of this body will have, give or take the length of the log's name. */
export function estimateEntryBytes(body: Record<string, unknown>): number {
  const hash = 'A'.repeat(43)
  const payload = JSON.stringify({
    v: 1,
    alliance: hash,
    log: 'log.of.an.agency.example/exclusions',
    id: '00000000-0000-7000-8000-000000000000',
    prev: hash,
    iat: 1_800_000_000,
    ...body,
  })
  return inBase64(formatHeader(hash).length) + inBase64(encodeUtf8(payload).length) + 2 + 86
}

function inBase64(bytes: number): number {
  return Math.ceil((bytes * 4) / 3)
}

function checkSize(body: Record<string, unknown>): Problem[] {
  const bytes = estimateEntryBytes(body)
  if (bytes <= MAX_ENTRY_BYTES) return []
  const message = `Signed, this act would take about ${bytes} bytes; at most ${MAX_ENTRY_BYTES} travel.`
  const hint =
    'Split it: issue with the first products, then one or more `products` acts with the rest.'
  return [problem('ERR_ACT_TOO_LARGE', [], message, hint)]
}

function checkJson(body: Record<string, unknown>): Problem[] {
  const json = parseStrictJson(JSON.stringify(body))
  if (json.ok || json.reason === 'lone_surrogate') return []
  return [problem('ERR_ADMIT_SHAPE', [], `This cannot be signed: ${JSON_FAULTS[json.reason]}.`)]
}

const JSON_FAULTS = {
  not_json: 'it is not JSON',
  other_spelling: 'its JSON has more than one spelling',
  forbidden_name: 'a member is named by digits only, or `__proto__`',
  not_safe_integer: 'a number is not whole; write fractions as text in quotes',
  too_deep: 'its lists and groups lie more than 16 deep in one another',
} as const

function contextAfter(body: Record<string, unknown>, before: AdmissionContext): AdmissionContext {
  const { act, header, products, add, remove } = body
  const listedPids =
    act === 'issue' || before.listedPids !== undefined
      ? new Set(act === 'issue' ? pidsOf(products) : (before.listedPids ?? []))
      : undefined
  if (act === 'products' && listedPids !== undefined) {
    for (const pid of pidsOf(add)) listedPids.add(pid)
    for (const pid of Array.isArray(remove) ? remove : []) listedPids.delete(pid)
  }
  const replaces = act === 'issue' || act === 'amend'
  const previousHeader = (replaces ? readHeader(header) : undefined) ?? before.previousHeader
  return { ...before, previousHeader, listedPids }
}

function readHeader(header: unknown): Header | undefined {
  const read = headerSchema.safeParse(header, { jitless: true })
  return read.success ? read.data : undefined
}

function pidsOf(products: unknown): string[] {
  const list: unknown[] = Array.isArray(products) ? products : []
  return list.flatMap((product) =>
    isPlainObject(product) && typeof product.pid === 'string' ? [product.pid] : [],
  )
}
