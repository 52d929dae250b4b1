// This node's copy of every feed as the same static files, so that others may sync from here (design: protocol 1.5 `/mirror`).
import { type Db, sql } from '../db.ts'
import { concatBytes } from '../encoding/bytes.ts'
import { encodeBundle } from '../tlog/bundle.ts'
import { TILE_WIDTH } from '../tlog/tile.ts'

const LEAVES =
  'SELECT leaf AS hash FROM feed_entry WHERE origin = ? AND idx >= ? AND idx < ? ORDER BY idx'
const HASHES = `SELECT hash FROM feed_tile WHERE origin = ? AND level = ? AND idx >= ? AND idx < ?
  ORDER BY idx`
const ENTRIES =
  'SELECT bytes FROM feed_entry WHERE origin = ? AND idx >= ? AND idx < ? ORDER BY idx'

/** The first `width` hashes of a tile of the merged prefix, or null where it does not reach that far. */
export async function readMirrorTile(
  db: Db,
  origin: string,
  level: number,
  index: number,
  width: number,
): Promise<Uint8Array | null> {
  const from = index * TILE_WIDTH
  const query =
    level === 0
      ? sql(LEAVES, origin, from, from + width)
      : sql(HASHES, origin, level, from, from + width)
  const rows = await db.query<{ hash: Uint8Array }>(query)
  return rows.length === width ? concatBytes(rows.map(({ hash }) => hash)) : null
}

/** The entry bundle of `width` entries, or null where the merged prefix does not reach that far. */
export async function readMirrorBundle(
  db: Db,
  origin: string,
  index: number,
  width: number,
): Promise<Uint8Array | null> {
  const from = index * TILE_WIDTH
  const rows = await db.query<{ bytes: Uint8Array }>(sql(ENTRIES, origin, from, from + width))
  return rows.length === width ? encodeBundle(rows.map(({ bytes }) => bytes)) : null
}
