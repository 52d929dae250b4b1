// Which markets an answer can speak for: position, age and state of every member's feed (design: protocol 1.10, decisions 2.5).
import type * as z from 'zod'
import type { Positions } from '../catalog/read.ts'
import { isReindexing } from '../catalog/reindex.ts'
import type { Db } from '../db.ts'
import { encodeBase64 } from '../encoding/base64.ts'
import { type Feed, MAX_AHEAD_S, readFeeds } from '../pull/feed.ts'
import { readMirrorTile } from '../pull/mirror.ts'
import { isFresh } from '../status/freshness.ts'
import { rootFromTiles } from '../tlog/reader.ts'
import type { AllianceMember, LookupContext } from './context.ts'
import type { coverageSchema } from './schema.ts'
import { type Sentence, say } from './sentences.ts'

export type Coverage = z.infer<typeof coverageSchema>
export type CoverageState = Coverage['state']

/** What this node held at one moment: all answers of one request are given from it. */
export type Snapshot = {
  nowS: number
  coverage: Coverage[]
  /** What answers use. */
  effective: Positions
  /** Judged prefixes, where some market's `effective` is held back; else null. */
  merged: Positions | null
  /** Origin to size in effect and root of it, base64; null where the tree of a held prefix is not here. */
  vector: Record<string, [size: number, root: string | null]>
  /** Origin to entries merged and their root, base64, of logs of which more is merged than in effect. */
  beyond?: Record<string, [size: number, root: string]>
}

/** Reads the feeds once, or takes them as they were at the moment asked for. Members that left keep their decisions and count for no coverage. */
export async function readSnapshot(ctx: LookupContext): Promise<Snapshot> {
  const nowS = ctx.known?.atS ?? Math.floor(ctx.now() / 1000)
  const known = ctx.known?.feeds ?? (await readFeeds(ctx.db))
  const feeds = new Map(known.map((feed) => [feed.origin, feed]))
  const held = ctx.charter.members.map((member) => ({
    member,
    feeds: member.origins.map((origin) => feeds.get(origin)).filter((feed) => feed !== undefined),
  }))
  const isHeld = held.some((member) => member.feeds.some((feed) => feed.effective < feed.merged))
  const positionsBy = (size: (feed: Feed) => number): Positions =>
    new Map(held.map(({ member, feeds }) => [member.market, sumOf(feeds, size)]))
  const isBuilding = await isReindexing(ctx.db)
  return {
    nowS,
    coverage: held
      .filter(({ member }) => member.status === 'active')
      .map(({ member, feeds }) => coverageOf(member, feeds, ctx.charter.staleAfterS, nowS))
      .map((coverage) => (isBuilding ? whileBuilding(coverage) : coverage)),
    effective: positionsBy((feed) => feed.effective),
    merged: isHeld ? positionsBy((feed) => feed.merged) : null,
    beyond: Object.fromEntries(
      held
        .flatMap((member) => member.feeds)
        .filter(({ effective, merged }) => effective < merged)
        .map(({ origin, merged, mergedRoot }) => [origin, [merged, encodeBase64(mergedRoot)]]),
    ),
    vector: await vectorOf(
      ctx.db,
      held.flatMap((member) => member.feeds),
    ),
  }
}

/** What is said where nothing was found: whether the list is known to be silent; `inactive` matches are not in force. */
export function nothingFound(
  { coverage, nowS }: Pick<Snapshot, 'coverage' | 'nowS'>,
  inactive = 0,
): { verdict: 'not_listed' | 'cannot_say'; why: Sentence } {
  const all = coverage.length
  const fresh = coverage.filter(({ state }) => state === 'fresh').length
  if (all > 0 && fresh === all) {
    return { verdict: 'not_listed', why: say('not_listed', { all, inactive }) }
  }
  const unknown = all === 0 ? 'no market is known' : unknownText(coverage, nowS)
  return { verdict: 'cannot_say', why: say('cannot_say', { fresh, all, unknown, inactive }) }
}

/** `kr unknown since 09:10 UTC`, `jp never loaded`: for the sentence of an answer that cannot say. */
export function unknownText(coverage: readonly Coverage[], nowS: number): string {
  const named = coverage
    .filter(({ state }) => state !== 'fresh')
    .map(({ market, state, age_s }) => {
      if (state === 'never') return `${market} never loaded`
      const since = age_s === null ? '' : ` since ${clockText(nowS - age_s, nowS)}`
      if (state === 'held') return `${market} held for review`
      return state === 'stale' ? `${market} unknown${since}` : `${market} ${state}${since}`
    })
  const shown = named.slice(0, 5)
  return [...shown, ...(named.length > 5 ? [`${named.length - 5} more`] : [])].join(', ')
}

function coverageOf(
  member: AllianceMember,
  feeds: readonly Feed[],
  staleAfterS: number,
  nowS: number,
): Coverage {
  const position = sumOf(feeds, (feed) => feed.effective)
  const live = feeds.find((feed) => feed.origin === member.origins.at(-1))
  if (live === undefined || (live.merged === 0 && live.state !== 'frozen')) {
    return { market: member.market, position, age_s: null, state: 'never' }
  }
  const isStamped = live.mergedStamp > 0 && live.mergedStamp <= nowS + MAX_AHEAD_S
  return {
    market: member.market,
    position,
    age_s: isStamped ? Math.max(0, nowS - live.mergedStamp) : null,
    state: stateOf(live, staleAfterS, nowS),
    ...(live.stateCode === null ? {} : { code: live.stateCode }),
  }
}

/** What is not found may stand under another version's key: nobody is known to be silent until the rows of this one are in use. */
function whileBuilding(coverage: Coverage): Coverage {
  if (coverage.state !== 'fresh') return coverage
  return { ...coverage, state: 'waiting', code: 'ERR_INDEX_BUILDING' }
}

function stateOf(feed: Feed, staleAfterS: number, nowS: number): CoverageState {
  if (feed.state === 'frozen') return 'frozen'
  // Stopped for an upgrade of this node: it waits too, and the code says for what.
  if (feed.state !== 'open') return 'waiting'
  if (feed.effective < feed.merged) return 'held'
  return isFresh(feed, staleAfterS, nowS) ? 'fresh' : 'stale'
}

async function vectorOf(db: Db, feeds: readonly Feed[]): Promise<Snapshot['vector']> {
  const vector: Snapshot['vector'] = {}
  for (const feed of feeds) {
    const root = feed.effective === feed.merged ? feed.mergedRoot : await rootOfHeld(db, feed)
    vector[feed.origin] = [feed.effective, root === null ? null : encodeBase64(root)]
  }
  return vector
}

function rootOfHeld(db: Db, { origin, effective }: Feed): Promise<Uint8Array | null> {
  return rootFromTiles(effective, (level, index, width) =>
    readMirrorTile(db, origin, level, index, width),
  )
}

function sumOf(feeds: readonly Feed[], size: (feed: Feed) => number): number {
  return feeds.reduce((sum, feed) => sum + size(feed), 0)
}

function clockText(atS: number, nowS: number): string {
  const at = new Date(atS * 1000).toISOString()
  const isToday = at.slice(0, 10) === new Date(nowS * 1000).toISOString().slice(0, 10)
  return `${isToday ? '' : `${at.slice(0, 10)} `}${at.slice(11, 16)} UTC`
}
