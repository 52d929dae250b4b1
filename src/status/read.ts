// How this node is: positions, ages and faults of every feed, peers, refused entries, digest (design: protocol 1.10, 1.11).
import { type Hold, readHolds } from '../brake/store.ts'
import { type Adopted, feedsOf, isExpired } from '../charter/members.ts'
import { requireAdopted } from '../charter/store.ts'
import { type Db, sql } from '../db.ts'
import { encodeBase64, encodeBase64url } from '../encoding/base64.ts'
import type { SigningState } from '../gate.ts'
import { emptyFeed, type Feed, type FeedState, readFeeds } from '../pull/feed.ts'
import { type Peer, readPeers } from '../pull/peer.ts'
import { type EvidenceKind, readEvidenceList } from '../witness/evidence.ts'
import { stateDigest } from './digest.ts'
import { isFresh } from './freshness.ts'

export type FeedStatus = {
  market: string
  name: string
  origin: string
  /** Entries that answers use, entries merged, entries of the largest verified head. */
  position: number
  merged: number
  seen: number
  /** Root of the merged prefix, base64. */
  root: string
  /** Seconds since the origin's newest own stamp on what is merged; null before the first. */
  ageS: number | null
  /** `closed`: an earlier log, or one of a member that left, merged up to where the charter froze it. */
  state: 'fresh' | 'stale' | 'held' | 'waiting' | 'frozen' | 'never' | 'closed'
  code: string | null
}
export type RefusedEntry = {
  market: string
  idx: number
  code: string
  kind: string | null
  decision: string | null
}
/** Readings that a new charter interrupts are begun again; a node adopts few. */
const MAX_READINGS = 3

/**
 * The status under one charter: adopting one rewrites rows and positions in one commit, and a status must not show half of each. Throws
 * ERR_CHARTER_NONE.
 */
export async function readStatusNow(deps: {
  db: Db
  here: { market: string; name: string }
  nowMs: () => number
  /** Whether this node may sign now; a tool that signs nothing gives none. */
  signing?: () => Promise<SigningState | null>
}): Promise<Status> {
  for (let reading = 1; ; reading++) {
    const adopted = await requireAdopted(deps.db)
    const nowS = Math.floor(deps.nowMs() / 1000)
    const status = await readStatus(deps.db, deps.here, adopted, nowS, await deps.signing?.())
    const { charter } = await requireAdopted(deps.db)
    if (charter.hash === status.charter.hash || reading >= MAX_READINGS) return status
  }
}

/** An act that is accepted and waits for a second agency key of its market. */
export type WaitingAct = {
  market: string
  idx: number
  /** Leaf hash, base64url: what an endorse names. */
  leaf: string
  kind: string
  decision: string | null
  /** Who signed it. */
  kid: string
}
export type Status = {
  market: string
  name: string
  /** `conflict`: a second valid payload for an adopted number, ERR_CHARTER_CONFLICT; nothing further is adopted then. */
  charter: {
    n: number
    hash: string
    /** POSIX seconds; `expired` once they have come: everything goes on, but members and keys may be out of date. */
    expires: number
    expired?: true
    conflict?: { code: string; n: number; hash: string }
  }
  alliance: string
  /** Whether this node may sign, and if not, why and what to do; null for a tool that signs nothing. */
  signing: SigningState | null
  digest: string
  feeds: FeedStatus[]
  /** Mass changes that are merged and not in effect, by market. */
  holds: Omit<Hold, 'asked'>[]
  peers: Peer[]
  /** Newest first, at most 100. */
  waiting: WaitingAct[]
  /** Newest first, at most 100. */
  refused: RefusedEntry[]
  /** Logs that provably signed two histories, charters that were; the proof is at /v1/evidence/<sha256>. */
  evidence: { sha256: string; kind: EvidenceKind; origin: string; found_at: number }[]
}

const WAITING = `SELECT market, idx, leaf, kind, decision, kid FROM act
  WHERE two_keys = 1 AND endorsed IS NULL ORDER BY market, pos DESC LIMIT 100`
const REFUSED = `SELECT market, idx, code, kind, decision FROM act WHERE code IS NOT NULL
  ORDER BY market, pos DESC LIMIT 100`

export async function readStatus(
  db: Db,
  here: { market: string; name: string },
  adopted: Adopted,
  nowS: number,
  signing: SigningState | null = null,
): Promise<Status> {
  const { terms, hash } = adopted.charter
  const held = new Map((await readFeeds(db)).map((feed) => [feed.origin, feed]))
  const feeds = feedsOf(terms).map(({ member, log }) => {
    const feed = held.get(log.origin) ?? emptyFeed(log.origin, member.market)
    const status = feedStatus(feed, member.name, terms.policy.staleAfter, nowS)
    return log.frozen === null ? status : { ...status, ...frozenStatus(feed, log.frozen) }
  })
  return {
    ...here,
    charter: {
      n: terms.n,
      hash,
      expires: terms.expires,
      ...(isExpired(terms, nowS) ? { expired: true as const } : {}),
      ...conflictOf(adopted),
    },
    alliance: adopted.alliance,
    signing,
    digest: await stateDigest(db, hash, positionsOf(adopted, held)),
    feeds,
    holds: await holdsNow(db, feeds),
    peers: [...(await readPeers(db)).values()],
    waiting: await readWaiting(db),
    refused: await db.query<RefusedEntry>(sql(REFUSED)),
    evidence: (await readEvidenceList(db)).map(({ sha256, kind, origin, foundAt }) => ({
      sha256,
      kind,
      origin,
      found_at: foundAt,
    })),
  }
}

async function readWaiting(db: Db): Promise<WaitingAct[]> {
  const rows = await db.query<Omit<WaitingAct, 'leaf'> & { leaf: Uint8Array }>(sql(WAITING))
  return rows.map(({ leaf, ...act }) => ({ ...act, leaf: encodeBase64url(leaf) }))
}

/** A hold that was overtaken is on record until the next round. */
async function holdsNow(db: Db, feeds: readonly FeedStatus[]): Promise<Status['holds']> {
  const isHeld = ({ market }: Hold) =>
    feeds.some((feed) => feed.market === market && feed.position < feed.merged)
  return (await readHolds(db)).filter(isHeld).map(({ asked: _, ...hold }) => hold)
}

/** Entries in effect per market, over its logs in order. */
export function positionsOf(
  adopted: Adopted,
  held: ReadonlyMap<string, Feed>,
): Map<string, number> {
  const positions = new Map<string, number>()
  for (const { member, log, offset } of feedsOf(adopted.charter.terms)) {
    const effective = held.get(log.origin)?.effective ?? 0
    if (effective > 0 || !positions.has(member.market)) {
      positions.set(member.market, offset + effective)
    }
  }
  return positions
}

function feedStatus(feed: Feed, name: string, staleAfterS: number, nowS: number): FeedStatus {
  return {
    market: feed.market,
    name,
    origin: feed.origin,
    position: feed.effective,
    merged: feed.merged,
    seen: feed.seenSize,
    root: encodeBase64(feed.mergedRoot),
    ageS: feed.mergedStamp === 0 ? null : Math.max(0, nowS - feed.mergedStamp),
    state: shownState(feed, staleAfterS, nowS),
    code: feed.stateCode,
  }
}

/** A log that a charter ended has no age to watch: it is here to its end, or not yet. */
function frozenStatus(feed: Feed, { size }: { size: number }): Pick<FeedStatus, 'state' | 'code'> {
  if (feed.effective < feed.merged) return { state: 'held', code: null }
  if (feed.merged >= size) return { state: 'closed', code: null }
  return { state: feed.merged === 0 ? 'never' : 'waiting', code: 'ERR_FEED_GAP' }
}

function conflictOf({ conflict }: Adopted): Pick<Status['charter'], 'conflict'> {
  return conflict === null ? {} : { conflict: { code: 'ERR_CHARTER_CONFLICT', ...conflict } }
}

const SHOWN: Record<Exclude<FeedState, 'open'>, FeedStatus['state']> = {
  waiting: 'waiting',
  stopped: 'waiting',
  frozen: 'frozen',
}

function shownState(feed: Feed, staleAfterS: number, nowS: number): FeedStatus['state'] {
  if (feed.merged === 0 && feed.state !== 'frozen') return 'never'
  if (feed.state !== 'open') return SHOWN[feed.state]
  if (feed.effective < feed.merged) return 'held'
  return isFresh(feed, staleAfterS, nowS) ? 'fresh' : 'stale'
}
