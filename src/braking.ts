// THE STORY of a mass change: entries are merged and served, but answers use them only once they are few, corrected, announced, applied by
// others or released (design: protocol 1.10 "mass change"). The brake moves `effective`, and nothing else.
import { readAnnouncements } from './brake/announced.ts'
import { countFlips, hasEnough, readStanding } from './brake/flips.ts'
import { BRAKE_WINDOW_S, covers, tooMany } from './brake/limit.ts'
import { positionOf, sizesAt } from './brake/place.ts'
import {
  type Cause,
  planCleared,
  planHold,
  planUnhold,
  readEarlierSize,
  readHolds,
} from './brake/store.ts'
import { COUNT_ALL, NO_WATCH, startWatch, type Watch } from './brake/watch.ts'
import { type Adopted, type FeedTerms, feedsOfMarket } from './charter/members.ts'
import { quorumOf } from './charter/quorum.ts'
import { planStillNewest } from './charter/store.ts'
import type { Db, Statement } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import { Failure } from './errors.ts'
import { type Feed, planEffective, planPosition, readFeed, readFeeds } from './pull/feed.ts'
import { readMirrorTile } from './pull/mirror.ts'
import { rootFromTiles } from './tlog/reader.ts'
import { type Cosignature, readCosignatures } from './witness/store.ts'

export type BrakeDeps = {
  db: Db
  adopted: Adopted
  nowMs: () => number
  /** This node's own market: its own log is never held here. Null: the node has none. */
  here: string | null
}

/** One market's logs as this node holds them, and how far they are merged and in effect. */
export type Lineage = {
  market: string
  logs: FeedTerms[]
  feeds: ReadonlyMap<string, Feed>
  merged: number
  effective: number
}

export async function readLineage({ db, adopted }: BrakeDeps, market: string): Promise<Lineage> {
  const logs = feedsOfMarket(adopted.charter.terms, market)
  const feeds = new Map<string, Feed>()
  for (const { log } of logs) feeds.set(log.origin, await readFeed(db, log.origin, market))
  return {
    market,
    logs,
    feeds,
    merged: positionOf(logs, (origin) => feeds.get(origin)?.merged ?? 0),
    effective: positionOf(logs, (origin) => feeds.get(origin)?.effective ?? 0),
  }
}

/** The position that counts as the earlier state: in effect a day ago by this node's own journal, or cleared since. */
async function readBase({ db, nowMs }: BrakeDeps, { logs, feeds }: Lineage): Promise<number> {
  const sizes = new Map<string, number>()
  for (const { log } of logs) {
    const size = await readEarlierSize(db, log.origin, nowMs() - BRAKE_WINDOW_S * 1000)
    // A charter may have cut the log shorter since.
    sizes.set(log.origin, Math.min(size, feeds.get(log.origin)?.merged ?? 0))
  }
  return positionOf(logs, (origin) => sizes.get(origin) ?? 0)
}

/** Watches what a pull of one log brings: what cannot be a mass change takes effect with the commit that merges it. */
export async function watchPull(deps: BrakeDeps, terms: FeedTerms): Promise<Watch> {
  const { market } = terms.member
  if (market === deps.here) return NO_WATCH
  const lineage = await readLineage(deps, market)
  // What an earlier log still waits for is counted together with what comes now.
  const isBehind = lineage.logs.some(({ log }) => {
    const feed = lineage.feeds.get(log.origin)
    return log.origin !== terms.log.origin && feed !== undefined && feed.effective < feed.merged
  })
  if (isBehind) return COUNT_ALL
  const { merged } = lineage
  const base = await readBase(deps, lineage)
  const { brake } = deps.adopted.charter.terms.policy
  return startWatch(deps.db, { market, base, merged }, brake, nowS(deps))
}

/** Settles every market that has entries which are merged and not in effect; gives those that stay held. */
export async function settleAll(deps: BrakeDeps): Promise<string[]> {
  const isBehind = new Set((await readFeeds(deps.db)).flatMap(behind))
  for (const { market } of await readHolds(deps.db)) isBehind.add(market)
  const { members } = deps.adopted.charter.terms
  for (const { market } of members) {
    if (isBehind.has(market)) await settleOrLeave(deps, market)
  }
  return (await readHolds(deps.db)).map(({ market }) => market)
}

/** Settles, or leaves it to the next round where a charter was adopted meanwhile. */
export async function settleOrLeave(deps: BrakeDeps, market: string): Promise<void> {
  try {
    await settle(deps, market)
  } catch (error) {
    if (!(error instanceof Failure && error.code === 'ERR_COMMIT_CONFLICT')) throw error
  }
}

const behind = ({ market, effective, merged }: Feed) => (effective < merged ? [market] : [])

/**
 * Decides what of a market is in effect: everything where the change is no mass change, has been announced, or enough others have applied
 * it; up to where they have; else what was before, and the hold is recorded.
 */
export async function settle(deps: BrakeDeps, market: string): Promise<void> {
  const { db, adopted } = deps
  const lineage = await readLineage(deps, market)
  const { merged } = lineage
  if (lineage.effective >= merged) {
    await db.commit([planUnhold(market)], 'soon')
    return
  }
  if (market === deps.here) return advance(deps, lineage, merged, null)
  const base = await readBase(deps, lineage)
  if (!(await hasEnough(db, market, base))) return advance(deps, lineage, merged, null)
  const applied = await readApplied(deps, lineage)
  if (applied.position >= merged) return advance(deps, lineage, merged, applied)
  const range = { market, base: Math.max(base, applied.position), merged }
  const flips = await countFlips(db, range, nowS(deps))
  const before = await readStanding(db, market, range.base, nowS(deps))
  const over = tooMany(flips, before, adopted.charter.terms.policy.brake)
  if (!over.decisions && !over.products) {
    const cause = applied.position > lineage.effective ? applied : null
    return advance(deps, lineage, merged, cause)
  }
  const announced = await findAnnouncement(deps, range, over)
  if (announced !== null) {
    return advance(deps, lineage, merged, { cause: 'announced', detail: announced })
  }
  const hold = planHold({ market, since: nowS(deps), base: range.base, merged, flips })
  const part = applied.position > lineage.effective
  await db.commit(
    [...(part ? planAdvance(deps, lineage, applied.position, applied) : []), hold],
    'soon',
  )
}

async function findAnnouncement(
  { db, ...deps }: BrakeDeps,
  range: { market: string; base: number; merged: number },
  over: { decisions: boolean; products: boolean },
): Promise<string | null> {
  const now = nowS(deps)
  for (const notice of await readAnnouncements(db, range.market, range.merged, now)) {
    // What came since the notice counts against its numbers, so that one notice is not used twice.
    const since = { ...range, base: Math.min(range.base, notice.pos) }
    if (covers(notice, await countFlips(db, since, now), over)) return notice.leaf
  }
  return null
}

type Clearance = { cause: Cause; detail: string }

/** How far enough other members have applied a market's logs, each on the very tree held here. */
async function readApplied(
  deps: BrakeDeps,
  lineage: Lineage,
): Promise<Clearance & { position: number }> {
  const { members } = deps.adopted.charter.terms
  // Not the origin: whoever has its keys has this one too.
  const others = members.filter(
    ({ market, status }) =>
      status === 'active' && market !== lineage.market && market !== deps.here,
  )
  const needed = quorumOf(others.length)
  const positions: { market: string; position: number }[] = []
  for (const { market, applied } of others) {
    const name = applied.slice(0, applied.indexOf('+'))
    positions.push({ market, position: await appliedPosition(deps.db, lineage, name) })
  }
  positions.sort((a, b) => b.position - a.position)
  const enough = positions.slice(0, needed ?? 0)
  const detail = enough.map(({ market }) => market).sort()
  return {
    position: enough.at(-1)?.position ?? 0,
    cause: 'applied',
    detail: detail.join(' '),
  }
}

async function appliedPosition(db: Db, lineage: Lineage, name: string): Promise<number> {
  let position = 0
  for (const { log, offset } of lineage.logs) {
    const feed = lineage.feeds.get(log.origin)
    if (feed === undefined) continue
    const lines = (await readCosignatures(db, log.origin)).filter((one) => one.name === name)
    for (const line of lines) {
      // Whoever has applied a later log has applied the earlier ones to their end.
      const reached = offset + Math.min(line.size, feed.merged)
      if (reached > position && (await isSameTree(db, feed, line))) position = reached
    }
  }
  return position
}

/** Of a log that signed two histories, a member may have applied the other one. */
async function isSameTree(db: Db, feed: Feed, { size, root }: Cosignature): Promise<boolean> {
  if (size > feed.merged) return size === feed.seenSize && equalBytes(root, feed.seenRoot)
  const own = await rootFromTiles(size, (level, index, width) =>
    readMirrorTile(db, feed.origin, level, index, width),
  )
  return own !== null && equalBytes(own, root)
}

async function advance(
  deps: BrakeDeps,
  lineage: Lineage,
  position: number,
  cause: Clearance | null,
): Promise<void> {
  const statements = planAdvance(deps, lineage, position, cause)
  await deps.db.commit([...statements, planUnhold(lineage.market)], 'soon')
}

/** Plans to let answers use a market's entries below a position; with a cause they count as an earlier state from now on. */
export function planAdvance(
  { adopted, nowMs }: BrakeDeps,
  { logs }: Lineage,
  position: number,
  cause: Clearance | null,
): Statement[] {
  const sizes = sizesAt(logs, position)
  const at = Math.floor(nowMs() / 1000)
  return [
    planStillNewest(adopted.charter.terms.n),
    ...sizes.map(({ origin, size }) => planEffective(origin, size)),
    ...sizes.map(({ origin }) => planPosition(origin, nowMs())),
    ...(cause === null ? [] : [planCleared(sizes, { at, ...cause })]),
  ]
}

const nowS = ({ nowMs }: Pick<BrakeDeps, 'nowMs'>): number => Math.floor(nowMs() / 1000)
