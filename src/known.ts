// THE STORY of "what did this node know then": a moment becomes the positions and the charter of then by the journal, or a vector names
// them; the rows of then are read, or judged again where a later charter judges otherwise (design: decisions 2.3 `known`, protocol 1.11).
import { judgesAlike } from './charter/judging.ts'
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import { adoptedAsOf, readAdoptions } from './charter/store.ts'
import type { Db } from './db.ts'
import { Failure } from './errors.ts'
import { type AskedKnown, formatKnown, type Known, type KnownVector } from './lookup/known.ts'
import { countMirrored } from './pull/cut.ts'
import { emptyFeed, type Feed, readFeeds } from './pull/feed.ts'
import { isDroppedSince, readHeardAt, readHeldAt } from './pull/journal.ts'
import { readMirrorTile } from './pull/mirror.ts'
import { MAX_REPLAYED, replayInto, type Scratch } from './replay.ts'
import { EMPTY_ROOT } from './tlog/hash.ts'
import { rootFromTiles } from './tlog/reader.ts'

export type KnownDeps = {
  db: Db
  nowMs: () => number
  /** The charters adopted now. */
  adopted: Adopted
  /** Where the past is judged again when that is needed; null: it cannot be here. */
  scratch: Scratch | null
  /** More entries are not judged again for one question. */
  maxReplayed?: number
}
/** The charter of then, where its rows are, and what was held. */
export type Then = { adopted: Adopted; db: Db; known: Known }

/**
 * Codes: ERR_KNOWN_FUTURE, ERR_KNOWN_BEFORE for a moment; ERR_KNOWN_CHARTER, ERR_KNOWN_ORIGIN, ERR_KNOWN_BEYOND for a vector;
 * ERR_KNOWN_GONE where the entries of then are no longer held or cannot be judged again here.
 */
export async function openThen(deps: KnownDeps, asked: AskedKnown): Promise<Then> {
  const { adopted, feeds, atS } =
    asked.as === 'moment' ? await atMoment(deps, asked.atS) : await atVector(deps, asked.vector)
  const { hash } = adopted.charter
  const known: Known = { form: formatKnown(hash, feeds, atS), atS, feeds }
  return { adopted, known, db: await rowsOf(deps, adopted, feeds) }
}

type Moment = { adopted: Adopted; feeds: Feed[]; atS: number }

async function atMoment(deps: KnownDeps, atS: number): Promise<Moment> {
  const nowMs = deps.nowMs()
  if (atS * 1000 > nowMs) throw future(atS)
  // To the end of that second, as an answer of it was given somewhere within.
  const atMs = Math.min(atS * 1000 + 999, nowMs)
  const adoption = (await readAdoptions(deps.db)).findLast(({ adoptedAt }) => adoptedAt <= atS)
  if (adoption === undefined) {
    throw new Failure('ERR_KNOWN_BEFORE', 'this node had adopted no charter at that time', {
      facts: { parameter: 'known' },
    })
  }
  const adopted = adoptedAsOf(deps.adopted, adoption.n)
  const feeds: Feed[] = []
  for (const { log, member } of feedsOf(adopted.charter.terms)) {
    const held = await readHeldAt(deps.db, log.origin, atMs)
    if (held.merged > 0 && (await isDroppedSince(deps.db, log.origin, atMs))) {
      throw gone(`what was held of ${log.origin} then was another history, and was let go`)
    }
    feeds.push(await feedAt(deps, { origin: log.origin, market: member.market }, held, atMs))
  }
  return { adopted, feeds, atS }
}

async function atVector(deps: KnownDeps, { charter, vector, at }: KnownVector): Promise<Moment> {
  const nowS = Math.floor(deps.nowMs() / 1000)
  if (at !== undefined && at > nowS) throw future(at)
  const [n] = [...deps.adopted.charters].find(([, hash]) => hash === charter) ?? []
  if (n === undefined) {
    throw new Failure('ERR_KNOWN_CHARTER', `this node has adopted no charter of hash ${charter}`)
  }
  const adopted = adoptedAsOf(deps.adopted, n)
  const terms = feedsOf(adopted.charter.terms)
  const stranger = Object.keys(vector).find((one) => !terms.some(({ log }) => log.origin === one))
  if (stranger !== undefined) {
    throw new Failure('ERR_KNOWN_ORIGIN', `charter ${n} names no log ${stranger}`)
  }
  const held = (origin: string) => {
    const [effective, merged] = vector[origin] ?? [0, 0]
    return { effective, merged }
  }
  const current = new Map((await readFeeds(deps.db)).map((feed) => [feed.origin, feed]))
  const feeds: Feed[] = []
  for (const one of terms) {
    const { origin } = one.log
    await requireHeld(deps.db, one, held(origin).merged)
    requireWhole(terms, one, held)
    const name = { origin, market: one.member.market }
    const now = current.get(origin)
    const isNow =
      at === undefined &&
      now?.merged === held(origin).merged &&
      now.effective === held(origin).effective
    feeds.push(
      isNow
        ? now
        : await feedAt(deps, name, held(origin), at === undefined ? null : at * 1000 + 999),
    )
  }
  return { adopted, feeds, atS: at ?? nowS }
}

/** A feed as it was held, with what had been heard of it by then; where the journal cannot say, nothing had been. */
async function feedAt(
  { db }: KnownDeps,
  { origin, market }: { origin: string; market: string },
  { effective, merged }: { effective: number; merged: number },
  atMs: number | null,
): Promise<Feed> {
  const root = await rootOf(db, origin, merged)
  if (root === null) throw gone(`${merged} entries of ${origin} are no longer held`)
  const feed = { ...emptyFeed(origin, market), effective, merged, mergedRoot: root }
  if (atMs === null) return feed
  const heard = await readHeardAt(db, origin, atMs)
  const then = await readHeldAt(db, origin, atMs)
  // Of other positions than this node had then, its journal says nothing.
  if (heard === null || then.merged !== merged || then.effective !== effective) return feed
  const { stamp, ...said } = heard
  return { ...feed, ...said, mergedStamp: stamp }
}

async function rootOf(db: Db, origin: string, size: number): Promise<Uint8Array | null> {
  if (size === 0) return EMPTY_ROOT
  return rootFromTiles(size, (level, index, width) =>
    readMirrorTile(db, origin, level, index, width),
  )
}

async function requireHeld(db: Db, { log }: FeedTerms, merged: number): Promise<void> {
  const held = Math.min(await countMirrored(db, log.origin), log.frozen?.size ?? Infinity)
  if (merged <= held) return
  const message = `${merged} entries of ${log.origin} are asked for, ${held} are merged here`
  throw new Failure('ERR_KNOWN_BEYOND', message, { facts: { origin: log.origin, merged: held } })
}

/** A later log of a market stands on the whole of the earlier ones. */
function requireWhole(
  terms: readonly FeedTerms[],
  { member, log, offset }: FeedTerms,
  held: (origin: string) => { merged: number },
): void {
  if (offset === 0 || held(log.origin).merged === 0) return
  for (const earlier of terms.filter((one) => one.member.market === member.market)) {
    if (earlier.log.origin === log.origin) return
    const size = earlier.log.frozen?.size ?? 0
    if (held(earlier.log.origin).merged === size) continue
    const message = `${log.origin} follows ${size} entries of ${earlier.log.origin}, and not all of them are named`
    throw new Failure('ERR_QUERY_INVALID', message, { facts: { parameter: 'known' } })
  }
}

/** The rows as they were: those at hand, unless a later charter judged these entries otherwise. */
async function rowsOf(deps: KnownDeps, adopted: Adopted, feeds: readonly Feed[]): Promise<Db> {
  const sizes = new Map(feeds.map(({ origin, merged }) => [origin, merged]))
  const now = deps.adopted.charter.terms.members
  const isAlike = adopted.charter.terms.members.every((member) => {
    const today = now.find(({ market }) => market === member.market)
    return today !== undefined && judgesAlike(member, today, sizes)
  })
  if (isAlike) return deps.db
  const entries = feeds.reduce((sum, { merged }) => sum + merged, 0)
  if (deps.scratch === null || entries > (deps.maxReplayed ?? MAX_REPLAYED)) {
    const message = `charter ${deps.adopted.charter.terms.n} judges these entries otherwise than charter ${adopted.charter.terms.n}, and ${entries} are not judged again for one question here`
    throw gone(message, 'ask a directory: npm run -s portcullis -- lookup … --dir D')
  }
  const prefixes = feeds.map(
    ({ origin, merged, mergedRoot }) => [origin, { merged, root: mergedRoot }] as const,
  )
  const name = JSON.stringify([adopted.charter.hash, ...sizes])
  return deps.scratch.filled(name, (db) => replayInto(db, deps.db, adopted, new Map(prefixes)))
}

function future(atS: number): Failure {
  const at = new Date(atS * 1000).toISOString()
  return new Failure('ERR_KNOWN_FUTURE', `${at} has not come yet`, {
    facts: { parameter: 'known' },
  })
}

function gone(message: string, cure?: string): Failure {
  return new Failure('ERR_KNOWN_GONE', message, cure === undefined ? {} : { cure })
}
