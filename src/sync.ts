// THE STORY of the scheduled job: every round asks every member for what is new; one bad peer changes nothing for the others
// (design: protocol 1.6, 1.7, 1.10).
import { type AlongsideDeps, cosignMerged, gossip, keepingSource } from './alongside.ts'
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import { requireAdopted } from './charter/store.ts'
import { type ErrorCode, Failure } from './errors.ts'
import { isConflict, type Progress, pullFeed } from './inbound.ts'
import { mergeOwnLog, type OutboundDeps, republishWhenDue, requireLiveLog } from './outbound.ts'
import { giveLease, takeLease } from './pull/lease.ts'
import {
  afterFailure,
  afterSuccess,
  type Peer,
  planPeer,
  readPeers,
  unknownPeer,
} from './pull/peer.ts'
import { BUDGETS, httpSource } from './pull/source.ts'

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
/** `ran` is false where another process on this directory holds the lease. */
export type SyncReport = { ran: boolean; peers: PeerReport[] }

const LEASE = 'sync'
const STOPPED: readonly ErrorCode[] = ['ERR_UPGRADE_NEEDED', 'ERR_CHARTER_AHEAD']
/** A round that meets another process's commits starts over this often. */
const MAX_RETRIES = 5

/** One round of the sync job. Throws only for faults of this node; a peer's fault is a row of the report and of `peer`. */
export async function syncRound(deps: SyncDeps, options: SyncOptions = {}): Promise<SyncReport> {
  const nowS = Math.floor(deps.nowMs() / 1000)
  if (!(await takeLease(deps.db, LEASE, deps.holder, nowS))) return { ran: false, peers: [] }
  try {
    const adopted = await requireAdopted(deps.db)
    const outbound = { ...deps, adopted }
    await mergeOwn(outbound)
    const known = await readPeers(deps.db)
    const feeds = feedsOf(adopted.charter.terms).filter(
      ({ member, live }) =>
        live &&
        member.status === 'active' &&
        member.market !== deps.market &&
        (options.peer === undefined || options.peer === member.market),
    )
    const rounds = await Promise.allSettled(
      feeds.map((terms) => {
        const peer = known.get(terms.member.market) ?? unknownPeer(terms.member.market)
        return syncPeer(deps, adopted, terms, peer, options)
      }),
    )
    // A fault of this node ends the round only when every other peer is through: nobody works on after the lease is given back.
    const fault = rounds.find((round) => round.status === 'rejected')
    if (fault !== undefined) throw fault.reason
    const peers = rounds.flatMap((round) => (round.status === 'fulfilled' ? [round.value] : []))
    await gossip(deps, adopted, feeds)
    await cosignMerged(deps, adopted, feedsOf(adopted.charter.terms))
    // Last: a node that may not sign still takes what the others decided.
    await republishWhenDue(outbound, adopted.charter.terms.policy.republish)
    return { ran: true, peers }
  } finally {
    await giveLease(deps.db, LEASE, deps.holder)
  }
}

/** A stopped own log (a newer version wrote it, or it relies on a charter yet to come) keeps nobody else's decisions out. */
async function mergeOwn(deps: OutboundDeps): Promise<void> {
  try {
    await mergeOwnLog(deps, requireLiveLog(deps.adopted, deps.market, deps.signer.origin))
  } catch (error) {
    const isStopped = error instanceof Failure && STOPPED.includes(error.code)
    // Its row in `feed` says so, in the status and in every answer's coverage.
    if (!isStopped) throw error
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
  await deps.db.commit([planPeer(afterFailure(peer, nowS, code, detail))])
  return { market, outcome: 'failed', merged: 0, refused: 0, code, detail }
}

async function pullPeer(
  deps: SyncDeps,
  adopted: Adopted,
  terms: FeedTerms,
  peer: Peer,
  progress: Progress,
): ReturnType<typeof pullFeed> {
  const http = httpSource(deps.fetch, `${terms.member.url}/log`, deps.budgets ?? BUDGETS)
  const source = keepingSource(deps, adopted, terms, http)
  const inbound = { db: deps.db, adopted, nowMs: deps.nowMs }
  for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
    try {
      return await pullFeed(inbound, terms, source, peer.etag, progress)
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  throw new Failure(
    'ERR_COMMIT_CONFLICT',
    `${MAX_RETRIES} times another process merged ${terms.log.origin} first`,
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
