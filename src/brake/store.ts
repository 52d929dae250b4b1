// What is held back now, and what was cleared: the tables of the brake, and the earlier state by this node's journal.
import { type Db, type Statement, sql } from '../db.ts'
import type { Flips } from './limit.ts'

export type Hold = {
  market: string
  /** POSIX seconds. */
  since: number
  /** Positions over the market's logs in order: the state compared with, and the state that was counted. */
  base: number
  merged: number
  flips: Flips
  /** The position that a first person has released, waiting for a second; null: nobody has. */
  asked: number | null
}
export type Cause = 'announced' | 'applied' | 'released'
export type Cleared = { origin: string; size: number; at: number; cause: Cause; detail: string }

type Row = {
  market: string
  since: number
  base: number
  merged: number
  decisions_added: number
  decisions_lifted: number
  products_added: number
  products_lifted: number
  products_changed: number
  asked: number | null
}

const COLUMNS = `market, since, base, merged, decisions_added, decisions_lifted,
  products_added, products_lifted, products_changed, asked`
const HOLDS = `SELECT ${COLUMNS} FROM brake_hold ORDER BY market`
// Since when and who asked are kept as long as the hold lasts.
const KEEP_HOLD = `INSERT INTO brake_hold (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
  ON CONFLICT (market) DO UPDATE SET base = excluded.base, merged = excluded.merged,
    decisions_added = excluded.decisions_added, decisions_lifted = excluded.decisions_lifted,
    products_added = excluded.products_added, products_lifted = excluded.products_lifted,
    products_changed = excluded.products_changed`
const KEEP_CLEARED = `INSERT OR IGNORE INTO brake_clear (origin, size, at, cause, detail)
  SELECT value ->> 0, value ->> 1, ?, ?, ? FROM json_each(?)`
const CLEARED = `SELECT origin, size, at, cause, detail FROM brake_clear
  ORDER BY at DESC, origin, size DESC LIMIT ?`

/** All that is held back, by market. */
export async function readHolds(db: Db): Promise<Hold[]> {
  return (await db.query<Row>(sql(HOLDS))).map((row) => ({
    market: row.market,
    since: row.since,
    base: row.base,
    merged: row.merged,
    flips: {
      decisions: { added: row.decisions_added, lifted: row.decisions_lifted },
      products: {
        added: row.products_added,
        lifted: row.products_lifted,
        changed: row.products_changed,
      },
    },
    asked: row.asked,
  }))
}

export function planHold({ market, since, base, merged, flips }: Omit<Hold, 'asked'>): Statement {
  const { decisions, products } = flips
  return sql(
    KEEP_HOLD,
    market,
    since,
    base,
    merged,
    decisions.added,
    decisions.lifted,
    products.added,
    products.lifted,
    products.changed,
  )
}

export function planUnhold(market: string): Statement {
  return sql('DELETE FROM brake_hold WHERE market = ?', market)
}

export function planAsked(market: string, position: number): Statement {
  return sql('UPDATE brake_hold SET asked = ? WHERE market = ?', position, market)
}

/** Plans the rows that let a prefix of a market's logs count as an earlier state from now on. */
export function planCleared(
  sizes: readonly { origin: string; size: number }[],
  { at, cause, detail }: { at: number; cause: Cause; detail: string },
): Statement {
  const rows = sizes.filter(({ size }) => size > 0).map(({ origin, size }) => [origin, size])
  return sql(KEEP_CLEARED, at, cause, detail, JSON.stringify(rows))
}

/** What was cleared, newest first. */
export async function readCleared(db: Db, limit: number): Promise<Cleared[]> {
  return db.query<Cleared>(sql(CLEARED, limit))
}

// By its key the journal of one log is read from its newest row back, so no more rows than those of the window are passed over.
const EARLIER = `SELECT max(
    coalesce((SELECT effective FROM position WHERE origin = ? AND at <= ?
      ORDER BY effective DESC LIMIT 1), 0),
    coalesce((SELECT size FROM brake_clear WHERE origin = ? ORDER BY size DESC LIMIT 1), 0)
  ) AS size`

/** How much of a log was in effect at a time (POSIX milliseconds) or was cleared since. */
export async function readEarlierSize(db: Db, origin: string, atMs: number): Promise<number> {
  const [row] = await db.query<{ size: number }>(sql(EARLIER, origin, atMs, origin))
  return row?.size ?? 0
}
