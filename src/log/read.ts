// Reads this market's own log: head, tiles, entry bundles (C2SP tlog-tiles). A read-only door.
import { type Db, sql } from '../db.ts'
import { concatBytes } from '../encoding/bytes.ts'
import { encodeBundle } from '../tlog/bundle.ts'
import type { Frontier } from '../tlog/tree.ts'

/** The newest signed head with the compact range behind it. */
export type LogHead = {
  size: number
  root: Uint8Array
  frontier: Frontier
  /** Signed note: log signature and own stamp. */
  note: string
  /** POSIX seconds of the stamp. */
  stampedAt: number
}

const HEAD =
  'SELECT size, root, frontier, note, stamped_at FROM checkpoint ORDER BY size DESC LIMIT 1'
const LEAVES = 'SELECT leaf AS hash FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx'
const HASHES = 'SELECT hash FROM log_tile WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx'
const ENTRIES = 'SELECT bytes FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx'
const TILE_WIDTH = 256

/** Null before the first entry has been logged. */
export async function readHead(db: Db): Promise<LogHead | null> {
  type Row = {
    size: number
    root: Uint8Array
    frontier: Uint8Array
    note: string
    stamped_at: number
  }
  const [row] = await db.query<Row>(sql(HEAD))
  if (row === undefined) return null
  const { size, root, note } = row
  return { size, root, note, frontier: splitHashes(row.frontier), stampedAt: row.stamped_at }
}

/** The first `width` hashes of a tile, or null when the log is shorter. */
export async function readLogTile(
  db: Db,
  level: number,
  index: number,
  width: number,
): Promise<Uint8Array | null> {
  const from = index * TILE_WIDTH
  const query =
    level === 0 ? sql(LEAVES, from, from + width) : sql(HASHES, level, from, from + width)
  const rows = await db.query<{ hash: Uint8Array }>(query)
  return rows.length === width ? concatBytes(rows.map(({ hash }) => hash)) : null
}

/** The entry bundle of `width` entries, or null when the log is shorter. */
export async function readLogBundle(
  db: Db,
  index: number,
  width: number,
): Promise<Uint8Array | null> {
  const from = index * TILE_WIDTH
  const rows = await db.query<{ bytes: Uint8Array }>(sql(ENTRIES, from, from + width))
  return rows.length === width ? encodeBundle(rows.map(({ bytes }) => bytes)) : null
}

/** 32-byte hashes one after another. */
export function splitHashes(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(i * 32, i * 32 + 32))
}
