// THE STORY of the scheduled job: every round asks every member for what is new; one bad peer changes nothing for the others
// (design: protocol 1.6, 1.7, 1.10).
import { adoptAll, askForCharters } from './adoption.ts'
import { type AlongsideDeps, cosignMerged, gossip } from './alongside.ts'
import { announceCharters, announceEvidence } from './announce.ts'
import { settleAll } from './braking.ts'
import { type Adopted, type FeedTerms, feedsOf, liveLog } from './charter/members.ts'
import { requireAdopted } from './charter/store.ts'
import { type ErrorCode, Failure, type Result } from './errors.ts'
import { foldCosignatures } from './folding.ts'
import { maySign } from './gate.ts'
import { isConflict, lineageGap, type Progress, type PullReport } from './inbound.ts'
import { isBehindFreeze, pullLineage } from './lineage.ts'
import { mergeOwnLog, republishWhenDue, requireLiveLog } from './outbound.ts'
import { giveLease, takeLease } from './pull/lease.ts'
import {
  afterFailure,
  afterSuccess,
  type Peer,
  planPeer,
  readPeers,
  unknownPeer,
} from './pull/peer.ts'
import { BUDGETS } from './pull/source.ts'

export type SyncDeps = AlongsideDeps & {
  /** Names this process in the lease. */
  holder: string
}
export type SyncOptions = {
  /** Only this market. */
  peer?: string
  /** Also peers that are being left alone after failures. */
  force?: boolean
  progress?: (market: string, merged: number, size: number) => void
}
export type PeerReport = {
  market: string
  outcome: 'merged' | 'unchanged' | 'failed' | 'left_alone'
  merged: number
  refused: number
  code?: ErrorCode
  detail?: string
}
/** `ran` is false where another process on this directory holds the lease. `held`: markets of which a mass change is held back now. */
export type SyncReport = { ran: boolean; peers: PeerReport[]; held: string[] }

const LEASE = 'sync'
const STOPPED: readonly ErrorCode[] = [
  'ERR_UPGRADE_NEEDED',
  'ERR_CHARTER_AHEAD',
  'ERR_HEAD_CONFLICT',
]
/** A round that meets another process's commits starts over this often. */
const MAX_RETRIES = 5

/** One round of the sync job. Throws only for faults of this node; a peer's fault is a row of the report and of `peer`. */
export async function syncRound(deps: SyncDeps, options: SyncOptions = {}): Promise<SyncReport> {
  const nowS = Math.floor(deps.nowMs() / 1000)
  if (!(await takeLease(deps.db, LEASE, deps.holder, nowS)))
    return { ran: false, peers: [], held: [] }
  try {
    const before = await requireAdopted(deps.db)
    await mergeOwn(deps, before)
    // Charters are asked for beside the pulls and adopted after them: a slow member holds up neither, and nothing is judged meanwhile.
    const [first, offers] = await Promise.all([
      pullMembers(deps, before, options),
      askMembers(deps, before, options),
    ])
    const isNew = await adoptAll(deps, offers)
    const adopted = isNew ? await requireAdopted(deps.db) : before
    const isOpen = maySign(await deps.gate.pass())
    const silent = isOpen ? await announce(deps, adopted) : null
    const again = isNew ? await pullMembers(deps, adopted, options) : []
    const peers = [
      ...new Map([...first, ...again].map((report) => [report.market, report])).values(),
    ]
    await gossip(deps, adopted, answering(pollable(adopted, deps, options), peers))
    // What gossip brought may say that others have applied what is held here.
    const held = await settleAll({ ...deps, adopted, here: deps.market })
    await cosignMerged(deps, adopted, feedsOf(adopted.charter.terms))
    // Last: a node that may not sign still takes what the others decided.
    if (silent !== null) throw silent
    if (isOpen && deps.nodeKey !== undefined)
      await announceEvidence({ ...deps, adopted }, deps.nodeKey)
    await republish(deps, adopted)
    return { ran: true, peers, held }
  } finally {
    await giveLease(deps.db, LEASE, deps.holder)
  }
}

async function syncPeer(
  deps: SyncDeps,
  adopted: Adopted,
  terms: FeedTerms,
  peer: Peer,
  options: SyncOptions,
): Promise<PeerReport> {
  const { market } = terms.member
  const nowS = Math.floor(deps.nowMs() / 1000)
  if (peer.nextAt > nowS && options.force !== true) {
    return { market, outcome: 'left_alone', merged: 0, refused: 0 }
  }
  const progress: Progress = (merged, size) => options.progress?.(market, merged, size)
  const report = await pullPeer(deps, adopted, terms, peer, progress)
  if (report.ok) {
    const { merged, refused, etag } = report.value
    await deps.db.commit([planPeer(afterSuccess(peer, nowS, etag))])
    return { market, outcome: merged > 0 ? 'merged' : 'unchanged', merged, refused: refused.length }
  }
  const { code, detail } = report
  if (code === 'ERR_ROUND_OVER') {
    // No fault: it has more than fits into one round, and goes on with the next.
    await deps.db.commit([planPeer(afterSuccess(peer, nowS, null))])
    return { market, outcome: 'merged', merged: 0, refused: 0 }
  }
  await deps.db.commit([planPeer(afterFailure(peer, nowS, code, detail))])
  return { market, outcome: 'failed', merged: 0, refused: 0, code, detail }
}

/** The live feeds of the other active members, as far as they are asked for. */
function pollable(adopted: Adopted, deps: SyncDeps, { peer }: SyncOptions): FeedTerms[] {
  return feedsOf(adopted.charter.terms).filter(
    ({ member, live }) =>
      live &&
      member.status === 'active' &&
      member.market !== deps.market &&
      (peer === undefined || peer === member.market),
  )
}

/** Members that did not just fail: a dead one would be waited for twice. */
function answering(feeds: readonly FeedTerms[], peers: readonly PeerReport[]): FeedTerms[] {
  const failed = peers.filter(({ outcome }) => outcome === 'failed').map(({ market }) => market)
  return feeds.filter(({ member }) => !failed.includes(member.market))
}

async function pullMembers(
  deps: SyncDeps,
  adopted: Adopted,
  options: SyncOptions,
): Promise<PeerReport[]> {
  const known = await readPeers(deps.db)
  const feeds = pollable(adopted, deps, options)
  // Beside them: a member that left, or this market under a new log, as long as a frozen log is not here to its end.
  for (const terms of feedsOf(adopted.charter.terms)) {
    const isPolled = feeds.some(({ member }) => member.market === terms.member.market)
    if (!isPolled && options.peer === undefined && (await isBehindFreeze(deps, terms)))
      feeds.push(terms)
  }
  const rounds = await Promise.allSettled(
    feeds.map((terms) => {
      const peer = known.get(terms.member.market) ?? unknownPeer(terms.member.market)
      return syncPeer(deps, adopted, terms, peer, options)
    }),
  )
  // A fault of this node ends the round only when every other peer is through: nobody works on after the lease is given back.
  const fault = rounds.find((round) => round.status === 'rejected')
  if (fault !== undefined) throw fault.reason
  return rounds.flatMap((round) => (round.status === 'fulfilled' ? [round.value] : []))
}

/** The charter files that members have beyond the adopted one, in the order of members; from those that are not being left alone. */
async function askMembers(
  deps: SyncDeps,
  adopted: Adopted,
  options: SyncOptions,
): Promise<string[]> {
  const known = await readPeers(deps.db)
  const nowS = Math.floor(deps.nowMs() / 1000)
  const asked = pollable(adopted, deps, options).filter(
    ({ member }) => options.force === true || (known.get(member.market)?.nextAt ?? 0) <= nowS,
  )
  const ask = { ...deps, budgets: deps.budgets ?? BUDGETS }
  const found = await Promise.all(asked.map(({ member }) => askForCharters(ask, adopted, member)))
  return found.flat()
}

/**
 * The own log into the own view; null where the charter names another log, or an earlier one is not here yet. A stopped own log (a newer
 * version wrote it, it relies on a charter yet to come, or it has signed two histories) keeps nobody else's decisions out.
 */
async function mergeOwn(deps: SyncDeps, adopted: Adopted): Promise<FeedTerms | null> {
  const terms = liveLog(adopted.charter.terms, deps.market)
  if (terms === undefined) return requireLiveLog(adopted, deps.market, deps.signer.origin)
  if (terms.log.origin !== deps.signer.origin) return null
  if ((await lineageGap({ db: deps.db, adopted }, terms)) !== null) return null
  try {
    await mergeOwnLog({ ...deps, adopted }, terms)
  } catch (error) {
    const isStopped = error instanceof Failure && STOPPED.includes(error.code)
    // Its row in `feed` says so, in the status and in every answer's coverage.
    if (!isStopped) throw error
  }
  return terms
}

/** Says which charters were adopted; gives the failure of a node that may not sign, so that it is told last. */
async function announce(deps: SyncDeps, adopted: Adopted): Promise<Failure | null> {
  if (deps.nodeKey === undefined) return null
  try {
    await announceCharters({ ...deps, adopted }, deps.nodeKey)
    return null
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    // A stopped own log says so in its row already.
    return STOPPED.includes(error.code) ? null : error
  }
}

async function republish(deps: SyncDeps, adopted: Adopted): Promise<void> {
  const terms = await mergeOwn(deps, adopted)
  if (terms === null || terms.log.frozen !== null) return
  await republishWhenDue({ ...deps, adopted }, adopted.charter.terms.policy.republish)
  await foldCosignatures({ ...deps, adopted })
}

async function pullPeer(
  deps: SyncDeps,
  adopted: Adopted,
  { member: { market } }: FeedTerms,
  peer: Peer,
  progress: Progress,
): Promise<Result<PullReport>> {
  let current = adopted
  for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
    try {
      return await pullLineage(deps, current, market, peer.etag, progress)
    } catch (error) {
      if (!isConflict(error)) throw error
      // Another process merged first, or adopted a charter: then that one judges.
      current = await requireAdopted(deps.db)
    }
  }
  throw new Failure(
    'ERR_COMMIT_CONFLICT',
    `${MAX_RETRIES} times another process merged the logs of ${market} first`,
  )
}

/**
 * Pulls one member now, beside the schedule: its push said that there is more. Cosigns what was merged as applied. Throws only for faults
 * of this node.
 */
export async function pullNow(deps: SyncDeps, market: string): Promise<PeerReport | null> {
  const adopted = await requireAdopted(deps.db)
  const terms = feedsOf(adopted.charter.terms).find(
    ({ member, live }) => live && member.market === market,
  )
  if (terms === undefined || market === deps.market) return null
  const peer = (await readPeers(deps.db)).get(market) ?? unknownPeer(market)
  const report = await syncPeer(deps, adopted, terms, peer, { force: true })
  await cosignMerged(deps, adopted, [terms])
  return report
}
