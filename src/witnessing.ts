// THE STORY of cosigning: every head that reaches this node, by push or by poll, goes through one door (design: protocol 1.6, 1.8).
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import type { Db } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import type { Signer } from './encoding/ed25519.ts'
import { encodeUtf8 } from './encoding/utf8.ts'
import { investigate } from './forks.ts'
import { maySign, type SigningGate } from './gate.ts'
import { isConflict } from './inbound.ts'
import { readFeed } from './pull/feed.ts'
import { type AddCheckpoint, parseAddCheckpoint, SIZE_TYPE } from './tlog/add-checkpoint.ts'
import { parseCheckpoint } from './tlog/checkpoint.ts'
import { cosign } from './tlog/cosignature.ts'
import { EMPTY_ROOT } from './tlog/hash.ts'
import { parseVkey, type Vkey } from './tlog/key.ts'
import { parseNote, verifyNote } from './tlog/note.ts'
import { verifyConsistency } from './tlog/proof.ts'
import { planCosignature, planRestep, planStep, readStep, type Step } from './witness/store.ts'

export type CosignKey = { name: string; publicKey: Uint8Array; sign: Signer }
export type WitnessDeps = {
  db: Db
  gate: SigningGate
  adopted: Adopted
  witness: CosignKey
  nowMs: () => number
}

/** The answer of a witness, as HTTP has it (C2SP tlog-witness). `feed` is set when there is a larger head to pull. */
export type WitnessAnswer = {
  status: 200 | 400 | 403 | 404 | 409 | 422 | 503
  body: string
  type: string
  feed?: FeedTerms
}

/** An unchanged head gets a newer time at most this often. */
const RESTAMP_S = 10
const TEXT = 'text/plain; charset=utf-8'

const refused = (status: 400 | 403 | 404 | 422 | 503, why: string): WitnessAnswer => ({
  status,
  body: `${why}\n`,
  type: TEXT,
})
const otherSize = (size: number): WitnessAnswer => ({
  status: 409,
  body: `${size}\n`,
  type: SIZE_TYPE,
})

/** `POST /witness/add-checkpoint`: checks, compares, stores and cosigns one head. Statuses as in C2SP tlog-witness, and 503 while this node may not sign. */
export async function addCheckpoint(deps: WitnessDeps, body: Uint8Array): Promise<WitnessAnswer> {
  const request = parseAddCheckpoint(body)
  if (request === null) return refused(400, 'not an add-checkpoint request')
  return observe(deps, request)
}

/**
 * The one door for heads. Compare and store are one commit: of two requests from one size the second meets the first's and is told its
 * size.
 */
export async function observe(deps: WitnessDeps, request: AddCheckpoint): Promise<WitnessAnswer> {
  if (!maySign(await deps.gate.state())) return refused(503, 'this node signs nothing now')
  const note = parseNote(request.note)
  const head = note === null ? null : parseCheckpoint(note.text)
  if (note === null || head === null) return refused(400, 'not a signed checkpoint')
  const feed = feedsOf(deps.adopted.charter.terms).find(({ log }) => log.origin === head.origin)
  if (feed === undefined) return refused(404, 'unknown origin')
  const logKeys = feed.log.logKeys.map(trusted)
  const verdict = await verifyNote(note, [...logKeys, trusted(feed.member.witness)])
  if (!verdict.ok) return refused(403, 'not signed by the log')
  const logLine = verdict.verified.find(({ vkey }) => logKeys.includes(vkey))?.line
  if (logLine === undefined) return refused(403, 'not signed by the log')
  // Nothing more is cosigned for a log that signed two histories.
  const held = await readFeed(deps.db, head.origin, feed.member.market)
  if (held.state === 'frozen') return refused(422, 'this log is frozen: see /v1/evidence')
  if (request.old > head.size) return refused(400, 'old is larger than the checkpoint')
  const known = await readStep(deps.db, head.origin)
  const knownSize = known?.size ?? 0
  if (request.old !== knownSize) {
    await investigate(deps, feed, null, request.note)
    return otherSize(knownSize)
  }
  if (!isConsistent(known, request, head)) {
    const proven = await investigate(deps, feed, null, request.note)
    if (proven !== null)
      return refused(422, `this log signed two histories: see /v1/evidence/${proven}`)
    // Perhaps only its tiles prove it: they are looked at where the log is served.
    return {
      ...refused(422, 'the proof does not hold'),
      ...(head.size > knownSize ? { feed } : {}),
    }
  }
  // A re-encoding of what was parsed and verified: a line that a submitter forged in our name is never stored.
  const next = { origin: head.origin, size: head.size, root: head.root, text: note.text, logLine }
  const answer = await cosignHead(deps, known, next)
  return head.size > knownSize && answer.status === 200 ? { ...answer, feed } : answer
}

function isConsistent(
  known: Step | null,
  { old, proof }: AddCheckpoint,
  head: { size: number; root: Uint8Array },
): boolean {
  if (head.size === 0 && !equalBytes(head.root, EMPTY_ROOT)) return false
  return verifyConsistency(old, head.size, known?.root ?? EMPTY_ROOT, head.root, proof)
}

async function cosignHead(
  deps: WitnessDeps,
  known: Step | null,
  next: Omit<Step, 'line' | 'timeS'>,
): Promise<WitnessAnswer> {
  const nowS = Math.floor(deps.nowMs() / 1000)
  const isSame = known !== null && known.size === next.size
  if (isSame && nowS < known.timeS + RESTAMP_S)
    return { status: 200, body: `${known.line}\n`, type: TEXT }
  // Never earlier than the last, and later on the same head.
  const timeS = Math.max(nowS, (known?.timeS ?? 0) + (isSame ? 1 : 0))
  const { name, publicKey, sign } = deps.witness
  const line = await cosign(next.text, name, publicKey, sign, timeS)
  const step = { ...next, line, timeS }
  const { origin, size, root, logLine } = step
  const kept = planCosignature({ origin, name, size, root, line, timeS, logLine })
  try {
    await deps.db.commit([
      ...(isSame ? [planRestep(step)] : planStep(known?.size ?? 0, step)),
      ...kept,
    ])
  } catch (error) {
    if (!isConflict(error)) throw error
    return otherSize((await readStep(deps.db, origin))?.size ?? 0)
  }
  return { status: 200, body: `${line}\n`, type: TEXT }
}

/** `GET /witness/<hash>/checkpoint`: the largest head this node has cosigned, with the log's line and its own. */
export async function witnessedNote(db: Db, origin: string): Promise<string | null> {
  const step = await readStep(db, origin)
  return step === null ? null : `${step.text}\n${linesOf(step)}`
}

/** The log's line and this witness's. A step taken over after a restore may lack the first, where the log's key has changed since. */
const linesOf = ({ logLine, line }: Step): string =>
  logLine === '' ? `${line}\n` : `${logLine}\n${line}\n`

/**
 * Keeps every cosignature on a note that a member's key made: witness lines and applied lines. The log's own line must be there and hold.
 * False when the note is not by this log.
 */
export async function keepCosignatures(
  deps: { db: Db; adopted: Adopted },
  feed: FeedTerms,
  bytes: Uint8Array,
): Promise<boolean> {
  const note = parseNote(bytes)
  const head = note === null ? null : parseCheckpoint(note.text)
  if (note === null || head === null || head.origin !== feed.log.origin) return false
  const logKeys = feed.log.logKeys.map(trusted)
  const names = new Set(note.signatures.map(({ name }) => name))
  const members = deps.adopted.charter.terms.members
  const cosigners = members
    .flatMap(({ witness, applied }) => [witness, applied])
    .filter((vkey) => names.has(vkey.slice(0, vkey.indexOf('+'))))
    .map(trusted)
  const verdict = await verifyNote(note, [...logKeys, ...cosigners])
  if (!verdict.ok) return false
  const logLine = verdict.verified.find(({ vkey }) => logKeys.includes(vkey))?.line
  if (logLine === undefined) return false
  const statements = verdict.verified.flatMap(({ vkey, timeS, line }) => {
    if (timeS === null) return []
    const { origin, size, root } = head
    return planCosignature({ origin, name: vkey.name, size, root, line, timeS, logLine })
  })
  await deps.db.commit(statements, 'soon')
  return true
}

/** Lines of other members' witnesses as an add-checkpoint answer gives them, each verified against the head they are for. */
export async function keepAnswer(
  deps: { db: Db; adopted: Adopted },
  feed: FeedTerms,
  note: { text: string; logLine: string },
  lines: string,
): Promise<boolean> {
  return keepCosignatures(deps, feed, encodeUtf8(`${note.text}\n${note.logLine}\n${lines}`))
}

function trusted(text: string): Vkey {
  const vkey = parseVkey(text)
  if (vkey === null) throw new TypeError('a vkey of the adopted charter does not parse')
  return vkey
}
