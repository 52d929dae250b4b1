// The journal of what this node held and had heard, by which "what did it know then" is answered (design: decisions 2.3 `known`).
import { type Db, type Statement, sql } from '../db.ts'
import type { FeedState } from './feed.ts'

const NEWEST = 'SELECT id FROM heard WHERE origin = ? ORDER BY at DESC, id DESC LIMIT 1'
const HEARD = `INSERT INTO heard (origin, at, stamp, seen_since, state, state_code)
  SELECT origin, ?, merged_stamp, seen_since, state, state_code FROM feed
  WHERE origin = ? AND NOT EXISTS (
    SELECT 1 FROM heard WHERE id = (${NEWEST}) AND stamp = feed.merged_stamp
      AND seen_since = feed.seen_since AND state = feed.state AND state_code IS feed.state_code)`
const HEARD_AT = `SELECT stamp, seen_since, state, state_code FROM heard
  WHERE origin = ? AND at <= ? ORDER BY at DESC, id DESC LIMIT 1`
// Two lines of one millisecond: a prefix grows but by a charter, which comes alone.
const POSITION_AT = `SELECT effective, merged FROM position
  WHERE origin = ? AND at <= ? ORDER BY at DESC, merged DESC, effective DESC LIMIT 1`
const DROPPED = 'SELECT max(at) AS at FROM dropped WHERE origin = ?'

/** Plans the line that says what is heard of a feed from now on; none where nothing of it changed. Last in a commit that touches the feed. */
export function planHeard(origin: string, nowMs: number): Statement {
  return sql(HEARD, nowMs, origin, origin)
}

/** Plans to remember that bytes were let go: what was known of them before can be answered no more. */
export function planDropped(origin: string, nowMs: number): Statement {
  return sql('INSERT OR IGNORE INTO dropped (origin, at) VALUES (?, ?)', origin, nowMs)
}

export type Heard = {
  /** The origin's own newest stamp on what was merged, POSIX seconds; 0: none. */
  stamp: number
  seenSince: number
  state: FeedState
  stateCode: string | null
}
export type Held = { effective: number; merged: number }

/** What was heard of a feed at a moment, POSIX milliseconds; null: nothing yet. */
export async function readHeardAt(db: Db, origin: string, atMs: number): Promise<Heard | null> {
  type Row = { stamp: number; seen_since: number; state: FeedState; state_code: string | null }
  const [row] = await db.query<Row>(sql(HEARD_AT, origin, atMs))
  if (row === undefined) return null
  const { stamp, seen_since: seenSince, state, state_code: stateCode } = row
  return { stamp, seenSince, state, stateCode }
}

/** What was held of a feed at a moment, POSIX milliseconds. */
export async function readHeldAt(db: Db, origin: string, atMs: number): Promise<Held> {
  const [row] = await db.query<Held>(sql(POSITION_AT, origin, atMs))
  return row ?? { effective: 0, merged: 0 }
}

/** True where bytes of the feed that were held then have been let go since. */
export async function isDroppedSince(db: Db, origin: string, atMs: number): Promise<boolean> {
  const [row] = await db.query<{ at: number | null }>(sql(DROPPED, origin))
  return row?.at != null && row.at > atMs
}
