// THE STORY of a log that lost its tail with its database: it comes back from a mirror, or from the agency's own copies, byte for byte;
// a log that two histories were signed for signs no more (design: protocol 1.10; reference 6.8).
import { originHash } from './alongside.ts'
import type { Adopted, FeedTerms } from './charter/members.ts'
import type { Db } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import type { VerifyMany } from './encoding/ed25519.ts'
import { decodeUtf8, encodeUtf8 } from './encoding/utf8.ts'
import { type ErrorCode, Failure, ok } from './errors.ts'
import { investigate, SUSPICIOUS } from './forks.ts'
import type { SigningState } from './gate.ts'
import { pullFeed } from './inbound.ts'
import type { LogSigner } from './log/append.ts'
import type { Copies } from './log/copies.ts'
import { type HeadMemory, type RememberedHead, refuseBehind } from './log/memory.ts'
import { type LogHead, readHead, readLogTile } from './log/read.ts'
import { planAgain, planTakenOver } from './log/recover.ts'
import { ownLogSource } from './log/source.ts'
import { mergeOwnLog } from './outbound.ts'
import type { Answers } from './probe.ts'
import { type Feed, readFeed } from './pull/feed.ts'
import { BUDGETS, type Budgets, type Fetch, httpSource } from './pull/source.ts'
import type { FeedSource } from './tlog/feed-source.ts'
import { parseVkey, type Vkey } from './tlog/key.ts'
import { formatNote, parseNote, verifyNote } from './tlog/note.ts'
import { rootFromTiles } from './tlog/reader.ts'
import { type VerifiedHead, verifyHead } from './verify/head.ts'

export type RecoveryDeps = {
  db: Db
  adopted: Adopted
  /** The keys themselves: what is signed here was signed before. */
  signer: LogSigner
  memory: HeadMemory
  copies?: Copies | undefined
  fetch: Fetch
  budgets?: Budgets | undefined
  nowMs: () => number
  verifyMany?: VerifyMany | undefined
}
export type ReadOnly = Extract<SigningState, { state: 'read_only' }>

/** Of a lost tail so many entries are put together from copies in one go. */
const MAX_COPIES = 100_000

const FORKED_CURE =
  'sign nothing more with this log: have the alliance freeze it at the last good head and name a successor; see "Lost database" in the README'
const TAIL_CURE =
  'wait for the member that has the rest, or put the copies of the signed acts back beside the database (signed-acts.txt); else the alliance freezes this log and names a successor'

/**
 * Brings the own log up to the largest head that anybody shows or that is remembered. Null when the log may go on; else what forbids it:
 * ERR_LOG_FORKED, ERR_LOG_BEHIND, ERR_HEAD_BEHIND, or the code that stops judging of the own log. What was recovered stays.
 */
export async function recoverLog(
  deps: RecoveryDeps,
  own: FeedTerms,
  answers: Answers,
): Promise<ReadOnly | null> {
  if (await isFrozen(deps, own)) return forked('the evidence is kept')
  const heads = await ownHeads(own, answers)
  const before =
    (await mergeQuietly(deps, own)) ??
    (await contradicted(deps, own, heads)) ??
    (await pullTail(deps, own, heads, answers.from))
  if (before !== null) return before
  await takeOver(deps, own)
  const remembered = await deps.memory.read()
  const largest = await fromCopies(deps, [...heads, ...(remembered ? [remembered] : [])])
  const after = (await mergeQuietly(deps, own)) ?? (await contradicted(deps, own, heads))
  return after ?? standing(deps, own, largest, remembered)
}

async function isFrozen({ db }: RecoveryDeps, { log, member }: FeedTerms): Promise<boolean> {
  return (await readFeed(db, log.origin, member.market)).state === 'frozen'
}

/** The own log's entries that are here, into the own view; what stops judging is a reason not to sign. */
async function mergeQuietly(deps: RecoveryDeps, own: FeedTerms): Promise<ReadOnly | null> {
  try {
    await mergeOwnLog(deps, own)
    return null
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'ERR_COMMIT_CONFLICT') throw error
    return stoppedBy(error.code, error.message)
  }
}

/** What members show that the own log key has really signed, largest first. */
async function ownHeads({ log, member }: FeedTerms, { shown }: Answers): Promise<VerifiedHead[]> {
  const keys = { origin: log.origin, logKeys: log.logKeys, witness: member.witness }
  const heads: VerifiedHead[] = []
  for (const { origin, note } of shown) {
    if (origin !== log.origin) continue
    const head = await verifyHead(note, keys)
    if (!head.ok) continue
    const same = heads.find(
      (one) => one.size === head.value.size && equalBytes(one.root, head.value.root),
    )
    if (same === undefined) heads.push(head.value)
    else if (head.value.stampS > same.stampS) Object.assign(same, head.value)
  }
  return heads.sort((a, b) => b.size - a.size)
}

/** A head of no more entries than the log has must be of this very history. */
async function contradicted(
  deps: RecoveryDeps,
  own: FeedTerms,
  heads: readonly VerifiedHead[],
): Promise<ReadOnly | null> {
  const size = (await readHead(deps.db))?.size ?? 0
  for (const head of heads) {
    if (head.size > size || head.size === 0) continue
    const root = await rootFromTiles(head.size, (level, index, width) =>
      readLogTile(deps.db, level, index, width),
    )
    if (root !== null && equalBytes(root, head.root)) continue
    const proof = await investigate(deps, own, ownLogSource(deps.db), encodeUtf8(head.note))
    return forked(proof === null ? `a signed head of ${head.size} entries` : `evidence ${proof}`)
  }
  return null
}

/** Pulls what is larger than the own view from whichever mirror has it. Non-null only for a proven fork. */
async function pullTail(
  deps: RecoveryDeps,
  own: FeedTerms,
  heads: readonly VerifiedHead[],
  members: readonly FeedTerms[],
): Promise<ReadOnly | null> {
  const view = () => readFeed(deps.db, own.log.origin, own.member.market)
  const begun = await view()
  const notes = [...heads.map(({ size, note }) => ({ size, note }))]
  // What an earlier attempt has proven is brought to its end first.
  if (begun.merged < begun.seenSize) notes.unshift({ size: begun.seenSize, note: begun.seenNote })
  for (const { size, note } of notes) {
    for (const { member } of members) {
      const { merged, seenSize } = await view()
      if (merged >= size || size < seenSize) break
      const source = mirrorOf(deps, member.url, own.log.origin, encodeUtf8(note))
      const pulled = await pullFeed({ ...deps, here: own.member.market }, own, source, null)
      if (pulled.ok || !SUSPICIOUS.includes(pulled.code)) continue
      const proof = await investigate(deps, own, source, encodeUtf8(note))
      if (proof !== null) return forked(`evidence ${proof}`)
    }
  }
  return null
}

/** A mirror's files under the head that was shown, not under the one it may show now. */
function mirrorOf(deps: RecoveryDeps, url: string, origin: string, note: Uint8Array): FeedSource {
  const base = `${url}/mirror/${originHash(origin)}`
  return {
    ...httpSource(deps.fetch, base, deps.budgets ?? BUDGETS),
    checkpoint: async () => ok({ changed: true, bytes: note, etag: null }),
  }
}

/** What the view has and the log has not goes over in one commit, with the head that was signed for it. */
async function takeOver(deps: RecoveryDeps, own: FeedTerms): Promise<void> {
  const { origin } = own.log
  const view = await readFeed(deps.db, origin, own.member.market)
  const from = (await readHead(deps.db))?.size ?? 0
  if (view.merged <= from || view.merged !== view.seenSize) return
  const head = await ownHead(own, view)
  await deps.db.commit(planTakenOver(origin, from, head))
  await deps.memory.keep(head)
}

/** The seen head as this log would have stored it: only lines of its own keys that verify. */
async function ownHead({ log, member }: FeedTerms, view: Feed): Promise<LogHead> {
  const note = parseNote(encodeUtf8(view.seenNote))
  const keys = [...log.logKeys, member.witness].map(trusted)
  const verdict = note === null ? null : await verifyNote(note, keys)
  if (note === null || verdict?.ok !== true)
    throw new TypeError('a head that was verified does not verify')
  const lines = verdict.verified.map(({ line }) => line)
  const stamp = verdict.verified.find(({ timeS }) => timeS !== null)
  return {
    size: view.merged,
    root: view.mergedRoot,
    frontier: view.frontier,
    note: decodeUtf8(formatNote(note.text, lines)) ?? '',
    stampedAt: stamp?.timeS ?? 0,
  }
}

/** Puts together from copies what leads to a signed head that the log lacks. Gives the largest head there is. */
async function fromCopies(
  deps: RecoveryDeps,
  heads: readonly (RememberedHead & { stampS?: number })[],
): Promise<RememberedHead | null> {
  const [largest] = [...heads].sort((a, b) => b.size - a.size)
  const head = await readHead(deps.db)
  const from = head?.size ?? 0
  const lost = (largest?.size ?? 0) - from
  if (largest === undefined || lost <= 0 || lost > MAX_COPIES) return largest ?? null
  const entries = (await deps.copies?.read(from, lost)) ?? []
  if (entries.length !== lost) return largest
  const nowS = Math.max(Math.floor(deps.nowMs() / 1000), largest.stampS ?? 0)
  const plan = await planAgain(head, entries, largest, deps.signer, nowS)
  if (plan === null) return largest
  await deps.db.commit(plan.statements)
  await deps.memory.keep(plan.head)
  return largest
}

async function standing(
  deps: RecoveryDeps,
  own: FeedTerms,
  largest: RememberedHead | null,
  remembered: RememberedHead | null,
): Promise<ReadOnly | null> {
  const head = await readHead(deps.db)
  const size = head?.size ?? 0
  const view = await readFeed(deps.db, own.log.origin, own.member.market)
  try {
    refuseBehind(head, remembered)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return readOnly(error.code, error.message, error.cure ?? TAIL_CURE)
  }
  const most = Math.max(largest?.size ?? 0, view.seenSize)
  if (most <= size) return null
  // Judging of the recovered part may have stopped: at a charter that is still to come, or for an upgrade.
  if (view.stateCode !== null) return stoppedBy(view.stateCode as ErrorCode, 'the own log')
  const reason = `a head of ${most} entries was signed; ${size} of them are here`
  return readOnly('ERR_LOG_BEHIND', reason, TAIL_CURE)
}

function readOnly(code: ErrorCode, reason: string, cure: string): ReadOnly {
  return { state: 'read_only', code, reason, cure }
}

function forked(what: string): ReadOnly {
  const reason = `this log has signed two histories: ${what}`
  return readOnly('ERR_LOG_FORKED', reason, FORKED_CURE)
}

function stoppedBy(code: ErrorCode, message: string): ReadOnly {
  const cure =
    code === 'ERR_UPGRADE_NEEDED'
      ? 'upgrade this node: a newer version wrote this log'
      : 'wait: the next round asks the members again; `portcullis sync` does it now'
  return readOnly(code, message, cure)
}

function trusted(text: string): Vkey {
  const vkey = parseVkey(text)
  if (vkey === null) throw new TypeError('a vkey of the adopted charter does not parse')
  return vkey
}
