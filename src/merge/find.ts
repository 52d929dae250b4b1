// One entry of a market's log with what it did, by its index or by the id of its act. A read-only door.
import { type Db, sql } from '../db.ts'
import type { ErrorCode } from '../errors.ts'

export type JudgedEntry = {
  idx: number
  leaf: Uint8Array
  bytes: Uint8Array
  /** Null: accepted. */
  code: ErrorCode | null
}

const COLUMNS = 'SELECT a.idx, a.leaf, a.code, e.bytes FROM act AS a'
const ENTRY = 'CROSS JOIN feed_entry AS e ON e.origin = a.origin AND e.idx = a.idx'
// A market's entries stand in the order of its logs: none stands before its own index.
const BY_INDEX = `${COLUMNS} ${ENTRY}
  WHERE a.market = ? AND a.pos >= ? AND a.origin = ? AND a.idx = ? ORDER BY a.pos LIMIT 1`
const BY_ID = `${COLUMNS} INDEXED BY act_id ${ENTRY}
  WHERE a.market = ? AND a.id = ? AND a.code IS NULL ORDER BY a.idx LIMIT 1`

/** The entry at an index of one log, accepted or refused; null where none is judged. */
export async function findByIndex(
  db: Db,
  { market, origin }: { market: string; origin: string },
  idx: number,
): Promise<JudgedEntry | null> {
  const [row] = await db.query<JudgedEntry>(sql(BY_INDEX, market, idx, origin, idx))
  return row ?? null
}

/** The accepted entry of an act's id (UUIDv7); null where there is none. */
export async function findById(db: Db, market: string, id: string): Promise<JudgedEntry | null> {
  const [row] = await db.query<JudgedEntry>(sql(BY_ID, market, id))
  return row ?? null
}
