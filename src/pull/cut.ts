// What a new charter does to the copy of a feed: a freeze cuts its judged prefix, bytes of another history are dropped (protocol 1.9).
import { type Db, type Statement, sql } from '../db.ts'
import type { ProvenEntry } from '../decision/entry.ts'
import { concatBytes } from '../encoding/bytes.ts'
import { EMPTY_ROOT } from '../tlog/hash.ts'
import { appendLeaves, type Frontier } from '../tlog/tree.ts'
import { readLeaves } from './feed.ts'

const COUNT = 'SELECT max(idx) + 1 AS size FROM feed_entry WHERE origin = ?'
const ENTRIES =
  'SELECT idx, leaf, bytes FROM feed_entry WHERE origin = ? AND idx >= ? AND idx < ? ORDER BY idx'
const CUT = `UPDATE feed SET merged = ?, frontier = ?, merged_root = ?, effective = min(effective, ?), state = 'open',
  state_code = NULL, seen_since = 0 WHERE origin = ?`
const PAGE = 4096

export type Prefix = { size: number; frontier: Frontier; root: Uint8Array }

/** How many entries of a feed this node holds, from the first on without a gap. */
export async function countMirrored(db: Db, origin: string): Promise<number> {
  const [row] = await db.query<{ size: number | null }>(sql(COUNT, origin))
  return row?.size ?? 0
}

/** Entries as held, `from` included, `to` not. */
export async function readMirrored(
  db: Db,
  origin: string,
  from: number,
  to: number,
): Promise<ProvenEntry[]> {
  return db.query<ProvenEntry>(sql(ENTRIES, origin, from, to))
}

/** The tree over the first `size` entries held. */
export async function readPrefix(db: Db, origin: string, size: number): Promise<Prefix> {
  let prefix: Prefix = { size: 0, frontier: [], root: EMPTY_ROOT }
  while (prefix.size < size) {
    const leaves = await readLeaves(db, origin, prefix.size, Math.min(prefix.size + PAGE, size))
    if (leaves.length === 0) throw new TypeError(`entries of ${origin} are missing`)
    prefix = appendLeaves(prefix.size, prefix.frontier, leaves)
  }
  return prefix
}

/** Plans to set the judged prefix, also backwards: only a charter may. What is held back of it stays so; larger heads stay known as seen. */
export function planCut(origin: string, { size, frontier, root }: Prefix): Statement {
  return sql(CUT, size, concatBytes([...frontier]), root, size, origin)
}

/** Plans to forget the bytes of a feed: the charter froze another history than the one this node was shown. */
export function planDropMirror(origin: string): Statement[] {
  return [
    sql('DELETE FROM feed_entry WHERE origin = ?', origin),
    sql('DELETE FROM feed_tile WHERE origin = ?', origin),
  ]
}

/** A statement that makes a commit fail with ERR_COMMIT_CONFLICT where another process has merged more than `size` entries meanwhile. */
export function planUnmoved(origin: string, size: number): Statement {
  return sql(
    `INSERT INTO feed_entry (origin, idx, leaf, bytes)
      SELECT origin, idx, leaf, bytes FROM feed_entry WHERE origin = ? AND idx = ?`,
    origin,
    size,
  )
}
