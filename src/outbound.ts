// THE STORY of what goes out: admit an agency's acts, sign them, append them to the log, take them into the own view (protocol 1.4).
import { admitSigned } from './admitting.ts'
import { readStanding } from './catalog/standing.ts'
import { type Adopted, type FeedTerms, liveLog } from './charter/members.ts'
import { requireAdopted } from './charter/store.ts'
import { Failure } from './errors.ts'
import { maySign, requireOpen } from './gate.ts'
import { isConflict, pullFeed } from './inbound.ts'
import { MAX_BATCH, planAppend, planRestamp } from './log/append.ts'
import type { Copies } from './log/copies.ts'
import { type HeadMemory, refuseBehind } from './log/memory.ts'
import { type LogHead, readHead } from './log/read.ts'
import { ownLogSource } from './log/source.ts'
import { parseDraft } from './publish/draft.ts'
import { admitDraft } from './publish/draft-admission.ts'
import type { UnsignedAct } from './publish/sign.ts'
import { readFeed } from './pull/feed.ts'
import { type ActKey, checkAll, type SignedAct, type SigningDeps, signAll } from './signing.ts'

export type OutboundDeps = SigningDeps & {
  /** The last signed head, remembered outside the database. */
  memory: HeadMemory
  /** The publisher's own copies of what is appended; an edge without a place for them gives none. */
  copies?: Copies | undefined
}
export type Published = { head: LogHead; entries: PublishedAct[] }
export type PublishedAct = Pick<SignedAct, 'index' | 'leaf' | 'act' | 'needsTwo'>

/** Another writer may win this often before we give up; each time we plan again from what it wrote. */
const MAX_REPLANS = 20

/**
 * Admits a file of acts, signs and publishes them: all or none, durable when it returns, and in the own catalogue. `zoneHere` is the
 * agency's time zone. Throws `Failure` with the first problem's code and all of them under `facts.problems`; nothing was appended then.
 */
export async function publishFile(
  deps: OutboundDeps,
  file: { text: string; fileName: string; zoneHere: string },
  key: ActKey,
): Promise<Published> {
  return publishActs(deps, await admitFile(deps, file), key)
}

/** The acts of a file, filled in and admitted against what stands now. Codes: ERR_DRAFT_*, ERR_ADMIT_*, ERR_ACT_*. */
export async function admitFile(
  deps: OutboundDeps,
  { text, fileName, zoneHere }: { text: string; fileName: string; zoneHere: string },
): Promise<UnsignedAct[]> {
  const terms = requireOpenLog(deps)
  // What stands now is not known before the members have said it.
  requireOpen(await deps.gate.pass())
  await mergeOwnLog(deps, terms)
  const parsed = parseDraft(text, { fileName })
  const decision = parsed.ok ? parsed.draft.decision : null
  const standing = decision === null ? null : await readStanding(deps.db, decision)
  const admitted = admitDraft(text, {
    market: deps.market,
    fileName,
    zoneHere,
    previousHeader: standing?.header,
    listedPids: standing?.pids,
  })
  if (admitted.ok) return admitted.acts
  const [first] = admitted.problems
  if (first === undefined) throw new TypeError('a draft was refused without a problem')
  const problems = admitted.problems.map((problem) => ({
    ...problem,
    line: admitted.lineOf(problem.at),
  }))
  throw new Failure(first.code, `${fileName}: ${first.message}`, {
    at: first.at,
    facts: { problems },
  })
}

/**
 * Signs and publishes acts. Throws `Failure` with the judging code (ERR_ACT_*) of the first act that every peer would refuse,
 * ERR_NOT_MEMBER or ERR_COMMIT_CONFLICT; then nothing was appended.
 */
export function publishActs(
  deps: OutboundDeps,
  acts: readonly UnsignedAct[],
  key: ActKey,
): Promise<Published> {
  return append(deps, (terms, size) => signAll(deps, terms, size, acts, key))
}

/**
 * Publishes what is due, which is asked anew whenever another writer was first: so two processes never say the same thing twice. Gives how
 * many acts it appended. Codes as `publishActs`.
 */
export async function publishDue(
  deps: OutboundDeps,
  due: (size: number) => Promise<readonly UnsignedAct[]>,
  key: ActKey,
): Promise<number> {
  const published = await append(deps, async (terms, size) =>
    signAll(deps, terms, size, await due(size), key),
  )
  return published.entries.length
}

/** Publishes acts that were signed elsewhere, as compact JWS, once admitted. Codes as `publishActs`, ERR_ADMIT_* and ERR_ACT_SIGNATURE. */
export function publishSigned(
  deps: OutboundDeps,
  entries: readonly Uint8Array[],
): Promise<Published> {
  return append(deps, async (terms, size) => {
    const signed = await checkAll(deps, terms, size, entries)
    await admitSigned(
      deps.db,
      deps.market,
      signed.map(({ act }) => act),
    )
    return signed
  })
}

/** Signs acts for a later `publishSigned`, without appending anything. */
export async function signActs(
  deps: OutboundDeps,
  acts: readonly UnsignedAct[],
  key: ActKey,
): Promise<SignedAct[]> {
  const terms = requireOpenLog(deps)
  await mergeOwnLog(deps, terms)
  const head = await readHead(deps.db)
  return signAll(deps, terms, head?.size ?? 0, acts, key)
}

async function append(
  deps: OutboundDeps,
  prepare: (terms: FeedTerms, size: number) => Promise<SignedAct[]>,
): Promise<Published> {
  const terms = requireOpenLog(deps)
  requireOpen(await deps.gate.pass())
  for (let attempt = 0; attempt < MAX_REPLANS; attempt++) {
    // In this order, beside other writers: the head is at least what was remembered, the view at least what the head holds. A view
    // that is ahead of the head fails at the commit; one behind it would sign what every peer refuses.
    const remembered = await deps.memory.read()
    const before = await readHead(deps.db)
    refuseBehind(before, remembered)
    await mergeOwnLog(deps, terms)
    const signed = await prepare(terms, before?.size ?? 0)
    if (signed.length === 0 && before !== null) return { head: before, entries: [] }
    const head = await appendAll(deps, before, signed)
    if (head === null) continue
    await deps.copies?.keep(signed)
    await deps.memory.keep(head)
    await mergeOwnLog(deps, terms)
    return { head, entries: signed.map(({ bytes: _, ...entry }) => entry) }
  }
  throw new Failure('ERR_COMMIT_CONFLICT', `${MAX_REPLANS} times another writer was first`)
}

/** Entry 0 of every log is a notice of the charter; with it the log opens. Does nothing where the log has entries. */
export async function openLog(deps: OutboundDeps, nodeKey: ActKey): Promise<void> {
  if ((await readHead(deps.db)) !== null) return
  const { n } = deps.adopted.charter.terms
  const notice = {
    act: 'notice',
    decision: null,
    kind: 'charter',
    n,
    hash: deps.adopted.charter.hash,
  } as const
  await publishDue(deps, async (size) => (size === 0 ? [notice] : []), nodeKey)
}

/** Re-publishes an idle head with a fresh stamp when the last is older than `republishS` and this node may sign. True when it did. */
export async function republishWhenDue(deps: OutboundDeps, republishS: number): Promise<boolean> {
  if (!maySign(await deps.gate.state())) return false
  const remembered = await deps.memory.read()
  const head = await readHead(deps.db)
  const nowS = Math.floor(deps.nowMs() / 1000)
  if (head === null || nowS - head.stampedAt < republishS) return false
  refuseBehind(head, remembered)
  const { statements } = await planRestamp(head, deps.signer, nowS)
  await deps.db.commit(statements)
  await mergeOwnLog(deps, requireLiveLog(deps.adopted, deps.market, deps.signer.origin))
  return true
}

/**
 * Takes the own log into the own view, by the same door as every other feed. Does nothing where the view is ahead: a lost tail is coming back
 * through it (recovery.ts), or another process was faster.
 */
export async function mergeOwnLog(
  deps: Pick<OutboundDeps, 'db' | 'adopted' | 'nowMs'>,
  terms: FeedTerms,
): Promise<void> {
  const { market } = terms.member
  let current = { ...deps, here: market, terms }
  for (let attempt = 0; attempt < MAX_REPLANS; attempt++) {
    const size = (await readHead(deps.db))?.size ?? 0
    const { log, member } = current.terms
    if ((await readFeed(deps.db, log.origin, member.market)).seenSize > size) return
    try {
      const report = await pullFeed(current, current.terms, ownLogSource(deps.db), null)
      if (!report.ok) throw new Failure(report.code, `the own log: ${report.detail}`)
      return
    } catch (error) {
      if (!isConflict(error)) throw error
      // It may have been a new charter that came in between: then the entries are judged by that one.
      const adopted = await requireAdopted(deps.db)
      current = {
        ...deps,
        here: market,
        adopted,
        terms: requireLiveLog(adopted, market, terms.log.origin),
      }
    }
  }
  throw new Failure('ERR_COMMIT_CONFLICT', `${MAX_REPLANS} times another process merged first`)
}

/** The live log where acts may still be appended. Code ERR_NOT_MEMBER also for a log that the charter froze. */
function requireOpenLog({ adopted, market, signer }: OutboundDeps): FeedTerms {
  const terms = requireLiveLog(adopted, market, signer.origin)
  if (terms.log.frozen === null) return terms
  throw new Failure('ERR_NOT_MEMBER', `charter ${adopted.charter.terms.n} froze ${signer.origin}`, {
    cure: 'nothing can be published here any more; the runbooks in the README say what follows',
  })
}

export function requireLiveLog(adopted: Adopted, market: string, origin: string): FeedTerms {
  const terms = liveLog(adopted.charter.terms, market)
  if (terms !== undefined && terms.log.origin === origin) return terms
  throw new Failure(
    'ERR_NOT_MEMBER',
    `the adopted charter names no live log ${origin} of ${market}`,
    {
      cure: 'ask the alliance for a charter that names this node, then: portcullis charter adopt FILE',
    },
  )
}

/** More than 256 acts take several batches, each with its own head, in one commit. Null: another writer was first. */
async function appendAll(
  deps: OutboundDeps,
  head: LogHead | null,
  signed: readonly SignedAct[],
): Promise<LogHead | null> {
  const entries = signed.map(({ bytes }) => bytes)
  const statements = []
  let last = head
  for (let at = 0; at < entries.length; at += MAX_BATCH) {
    const nowS = Math.floor(deps.nowMs() / 1000)
    const plan = await planAppend(last, entries.slice(at, at + MAX_BATCH), deps.signer, nowS)
    statements.push(...plan.statements)
    last = plan.head
  }
  if (last === null) throw new RangeError('nothing to publish')
  try {
    await deps.db.commit(statements)
    return last
  } catch (error) {
    if (isConflict(error)) return null
    throw error
  }
}
