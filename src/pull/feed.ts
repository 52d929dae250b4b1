// What this node holds of each feed: reads, and the rows that a step of the pull changes (design: protocol 1.7).
import { type Db, type Insert, insert, type Statement, sql } from '../db.ts'
import type { ProvenEntry } from '../decision/entry.ts'
import { concatBytes } from '../encoding/bytes.ts'
import { EMPTY_ROOT } from '../tlog/hash.ts'
import type { Frontier } from '../tlog/tree.ts'

/** open: merged as it comes; waiting: for a charter; stopped: for an upgrade; frozen: two heads cannot both be true. */
export type FeedState = 'open' | 'waiting' | 'stopped' | 'frozen'

export type Feed = {
  origin: string
  market: string
  seenSize: number
  seenRoot: Uint8Array
  seenNote: string
  /** The origin's own stamp on the seen head, POSIX seconds; 0: none. */
  seenStamp: number
  /** Since when a head larger than merged is known, POSIX seconds; 0: none is. */
  seenSince: number
  merged: number
  frontier: Frontier
  mergedRoot: Uint8Array
  mergedStamp: number
  effective: number
  state: FeedState
  stateCode: string | null
}

type Row = {
  origin: string
  market: string
  seen_size: number
  seen_root: Uint8Array
  seen_note: string
  seen_stamp: number
  seen_since: number
  merged: number
  frontier: Uint8Array
  merged_root: Uint8Array
  merged_stamp: number
  effective: number
  state: FeedState
  state_code: string | null
}

const COLUMNS =
  'origin, market, seen_size, seen_root, seen_note, seen_stamp, seen_since, merged, frontier, merged_root, merged_stamp, effective, state, state_code'
const FEEDS = `SELECT ${COLUMNS} FROM feed ORDER BY origin`
const FEED = `SELECT ${COLUMNS} FROM feed WHERE origin = ? ORDER BY origin`
const LEAVES = 'SELECT leaf FROM feed_entry WHERE origin = ? AND idx >= ? AND idx < ? ORDER BY idx'

/** A feed of which nothing has been seen yet. */
export function emptyFeed(origin: string, market: string): Feed {
  return {
    origin,
    market,
    seenSize: 0,
    seenRoot: EMPTY_ROOT,
    seenNote: '',
    seenStamp: 0,
    seenSince: 0,
    merged: 0,
    frontier: [],
    mergedRoot: EMPTY_ROOT,
    mergedStamp: 0,
    effective: 0,
    state: 'open',
    stateCode: null,
  }
}

export async function readFeeds(db: Db): Promise<Feed[]> {
  return (await db.query<Row>(sql(FEEDS))).map(fromRow)
}

/** The feed, or an empty one when this node has never heard of it. */
export async function readFeed(db: Db, origin: string, market: string): Promise<Feed> {
  const [row] = await db.query<Row>(sql(FEED, origin))
  return row === undefined ? emptyFeed(origin, market) : fromRow(row)
}

/** Leaf hashes that this node holds of a feed, `from` included, `to` not. */
export async function readLeaves(
  db: Db,
  origin: string,
  from: number,
  to: number,
): Promise<Uint8Array[]> {
  const rows = await db.query<{ leaf: Uint8Array }>(sql(LEAVES, origin, from, to))
  return rows.map(({ leaf }) => leaf)
}

const BYTES = `SELECT idx, bytes FROM feed_entry WHERE origin = ? AND idx IN (SELECT value FROM json_each(?))
  ORDER BY idx`

/** Bytes of single entries, by leaf index. */
export async function readEntryBytes(
  db: Db,
  origin: string,
  indexes: readonly number[],
): Promise<Map<number, Uint8Array>> {
  type Row = { idx: number; bytes: Uint8Array }
  const rows = await db.query<Row>(sql(BYTES, origin, JSON.stringify(indexes)))
  return new Map(rows.map(({ idx, bytes }) => [idx, bytes]))
}

const KEEP_HEAD = `INSERT INTO feed (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, 0, x'', ?, 0, 0, 'open', NULL)
  ON CONFLICT (origin) DO UPDATE SET
    seen_size = excluded.seen_size, seen_root = excluded.seen_root,
    seen_note = excluded.seen_note, seen_stamp = excluded.seen_stamp,
    seen_since = CASE WHEN merged >= excluded.seen_size THEN 0
      WHEN seen_since = 0 THEN excluded.seen_since ELSE seen_since END,
    merged_stamp = CASE WHEN merged >= excluded.seen_size
      THEN max(merged_stamp, excluded.seen_stamp) ELSE merged_stamp END
  WHERE excluded.seen_size > seen_size
    OR (excluded.seen_size = seen_size AND excluded.seen_stamp > seen_stamp)`
const KEEP_MERGED = `UPDATE feed SET merged = ?, frontier = ?, merged_root = ?, effective = max(effective, ?),
    state = CASE state WHEN 'frozen' THEN state ELSE ? END,
    state_code = CASE state WHEN 'frozen' THEN state_code ELSE ? END,
    seen_since = CASE WHEN ? >= seen_size THEN 0 ELSE seen_since END,
    merged_stamp = CASE WHEN ? >= seen_size THEN max(merged_stamp, seen_stamp) ELSE merged_stamp END
  WHERE origin = ? AND merged = ?`

/** A verified head to keep: of size, root, the note as fetched and the origin's stamp. */
export type SeenHead = { size: number; root: Uint8Array; note: string; stampS: number }

/** Stamps further ahead of this node's clock do not count: somebody's clock is wrong, or lies. */
export const MAX_AHEAD_S = 300

/** Plans to keep a newer verified head. Touches no merged position, so that it can never undo what another process merged. */
export function planHead(feed: Feed, head: SeenHead, nowS: number): Statement {
  const { origin, market } = feed
  // Kept, a stamp from the future would outrank every true one that follows.
  const stampS = head.stampS > nowS + MAX_AHEAD_S ? 0 : head.stampS
  return sql(KEEP_HEAD, origin, market, head.size, head.root, head.note, stampS, nowS, EMPTY_ROOT)
}

/** Plans to move the merged prefix from where it was read to where `feed` has it. A freeze that came in between stays. */
export function planMerged(before: number, feed: Feed): Statement {
  const { origin, merged, frontier, mergedRoot, effective, state, stateCode } = feed
  return sql(
    KEEP_MERGED,
    merged,
    concatBytes([...frontier]),
    mergedRoot,
    effective,
    state,
    stateCode,
    merged,
    merged,
    origin,
    before,
  )
}

/** Plans to freeze a feed at what is merged: two of its heads cannot both be true. Its decisions stay in force. */
export function planFreeze(origin: string, market: string): Statement[] {
  // There is no row yet where the first thing ever heard of a log was that it forks.
  const none = { size: 0, root: EMPTY_ROOT, note: '', stampS: 0 }
  return [
    planHead(emptyFeed(origin, market), none, 0),
    sql(
      "UPDATE feed SET state = 'frozen', state_code = 'ERR_HEAD_CONFLICT' WHERE origin = ?",
      origin,
    ),
  ]
}

export type TileNode = { level: number; index: number; hash: Uint8Array }

/** Plans the mirror rows of proven entries. Their primary key makes the second of two rounds over one range fail. */
export function planMirror(
  origin: string,
  entries: readonly ProvenEntry[],
  nodes: readonly TileNode[],
): Insert[] {
  return [
    insert(
      'feed_entry',
      ['origin', 'idx', 'leaf', 'bytes'],
      entries.map(({ idx, leaf, bytes }) => [origin, idx, leaf, bytes]),
    ),
    insert(
      'feed_tile',
      ['origin', 'level', 'idx', 'hash'],
      nodes.map(({ level, index, hash }) => [origin, level, index, hash]),
    ),
  ]
}

/** Plans to let answers use the first `size` entries, as far as they are merged; never fewer than they use already. */
export function planEffective(origin: string, size: number): Statement {
  return sql(
    'UPDATE feed SET effective = max(effective, min(merged, ?)) WHERE origin = ?',
    size,
    origin,
  )
}

/** Plans the journal line by which "what did this node know then" is answered later: the positions as the commit leaves them. */
export function planPosition(origin: string, nowMs: number): Statement {
  return sql(
    `INSERT OR IGNORE INTO position (at, origin, effective, merged)
      SELECT ?, origin, effective, merged FROM feed WHERE origin = ?`,
    nowMs,
    origin,
  )
}

function fromRow(row: Row): Feed {
  return {
    origin: row.origin,
    market: row.market,
    seenSize: row.seen_size,
    seenRoot: row.seen_root,
    seenNote: row.seen_note,
    seenStamp: row.seen_stamp,
    seenSince: row.seen_since,
    merged: row.merged,
    frontier: splitHashes(row.frontier),
    mergedRoot: row.merged_root,
    mergedStamp: row.merged_stamp,
    effective: row.effective,
    state: row.state,
    stateCode: row.state_code,
  }
}

function splitHashes(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(i * 32, i * 32 + 32))
}
