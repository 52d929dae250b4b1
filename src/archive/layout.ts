// What an alliance bundle is made of: the files that a node serves, under the same names (design: protocol 1.11; C2SP tlog-tiles).
import { MAX_BUNDLE_BYTES } from '../tlog/bundle.ts'
import {
  entriesPath,
  MAX_TILE_LEVEL,
  parseTilePath,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from '../tlog/tile.ts'

export const MAX_ARCHIVE_CHECKPOINT_BYTES = 65_536
export const MAX_ARCHIVE_CHARTER_BYTES = 2_048_000
/** Enough for 16 million entries with their tiles. */
export const MAX_ARCHIVE_FILES = 250_000
const HASH_BYTES = 32

export type ArchiveFile = { path: string; bytes: Uint8Array }

/** A bundle that can be read in any order, wherever it lies. */
export interface Archive {
  has(path: string): boolean
  /** The bytes of a file, or null where the bundle has none of that name. */
  read(path: string): Promise<Uint8Array | null>
}

export const charterPath = (n: number): string => `charter/${n}.json`
/** A log's files stand under the hex SHA-256 of its origin, as at a mirror. */
export const checkpointPath = (hash: string): string => `${hash}/checkpoint`
export const filePath = (hash: string, path: string): string => `${hash}/${path}`

const CHARTER = /^charter\/[1-9][0-9]{0,8}\.json$/
const CHECKPOINT = /^[0-9a-f]{64}\/checkpoint$/
const LOG = /^[0-9a-f]{64}\//

/** The largest size of the file a path names, or null for a path that no bundle has. */
export function maxBytesOf(path: string): number | null {
  if (CHARTER.test(path)) return MAX_ARCHIVE_CHARTER_BYTES
  if (CHECKPOINT.test(path)) return MAX_ARCHIVE_CHECKPOINT_BYTES
  const tile = LOG.test(path) ? parseTilePath(path.slice(65)) : null
  if (tile === null) return null
  return tile.level === 'entries' ? MAX_BUNDLE_BYTES : tile.width * HASH_BYTES
}

export type LogFile = { path: string } & (
  | { kind: 'tile'; level: number; index: number; width: number }
  | { kind: 'bundle'; index: number; width: number }
)

/**
 * The tiles and entry bundles of a log of `size` entries, upper levels first. Of levels above 0 all, because they are small; of the leaves
 * and entries those bundles that hold something from `from` on.
 */
export function* logFiles(size: number, from: number): Generator<LogFile> {
  const first = Math.floor(from / TILE_WIDTH)
  for (let level = MAX_TILE_LEVEL; level >= 0; level--) {
    for (let index = level === 0 ? first : 0; tileWidth(size, level, index) > 0; index++) {
      const width = tileWidth(size, level, index)
      yield { kind: 'tile', path: tilePath(level, index, width), level, index, width }
    }
  }
  for (let index = first; tileWidth(size, 0, index) > 0; index++) {
    const width = tileWidth(size, 0, index)
    yield { kind: 'bundle', path: entriesPath(index, width), index, width }
  }
}
