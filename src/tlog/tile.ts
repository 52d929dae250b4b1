// Tiles and their paths (C2SP tlog-tiles): a tile holds up to 256 consecutive hashes of one tile
// level.

export const TILE_WIDTH = 256
/** 256^7 > 2^53: no tree we can count has hashes above this level. */
export const MAX_TILE_LEVEL = 6
/** The levels a path may name. */
const MAX_PATH_LEVEL = 63
const HASH_BYTES = 32

export type TileLevel = number | 'entries'
export type Tile = { level: number; index: number; width: number }
export type TilePath = { level: TileLevel; index: number; width: number }

const PATH =
  /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/

/** `tile/0/x001/234`, with `.p/W` when the width is below 256. Throws for what is no tile. */
export function tilePath(level: number, index: number, width: number): string {
  if (!Number.isInteger(level) || level < 0 || level > MAX_PATH_LEVEL) {
    throw new RangeError(`not a tile level: ${level}`)
  }
  return formatPath(String(level), index, width)
}

/**
 * `tile/entries/x001/234`, with `.p/W` when the width is below 256. Throws for what is no bundle.
 */
export function entriesPath(index: number, width: number): string {
  return formatPath('entries', index, width)
}

function formatPath(level: string, index: number, width: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`not a tile index: ${index}`)
  if (!Number.isInteger(width) || width < 1 || width > TILE_WIDTH) {
    throw new RangeError(`not a tile width: ${width}`)
  }
  let groups = String(index % 1000).padStart(3, '0')
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups = `x${String(rest % 1000).padStart(3, '0')}/${groups}`
  }
  return `tile/${level}/${groups}${width < TILE_WIDTH ? `.p/${width}` : ''}`
}

/**
 * What a path names, or null unless it is the one spelling of a tile or entry bundle; no leading
 * slash.
 */
export function parseTilePath(path: string): TilePath | null {
  const match = PATH.exec(path)
  if (match === null) return null
  const [, levelText = '', groups = '', widthText] = match
  const level = levelText === 'entries' ? 'entries' : Number(levelText)
  if (level !== 'entries' && level > MAX_PATH_LEVEL) return null
  const index = Number(groups.replace(/[x/]/g, ''))
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText)
  if (!Number.isSafeInteger(index) || (widthText !== undefined && width >= TILE_WIDTH)) return null
  // formatting again refuses the rest: groups of leading zeros
  return formatPath(levelText, index, width) === path ? { level, index, width } : null
}

/** How many hashes a tile level has in a tree of `size` entries: ⌊size / 256^level⌋. */
export function hashesOfLevel(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level)
}

/** The width of the partial tile at the right end of a level, 0 where there is none. */
export function partialWidth(size: number, level: number): number {
  return hashesOfLevel(size, level) % TILE_WIDTH
}

/**
 * The width of one tile in a tree of `size` entries: 256 when full, 0 when the tree has no such
 * tile.
 */
export function tileWidth(size: number, level: number, index: number): number {
  const hashes = hashesOfLevel(size, level) - index * TILE_WIDTH
  return Math.max(0, Math.min(TILE_WIDTH, hashes))
}

/** The partial tiles of a tree, level 0 first: its right edge. At most seven. */
export function partialTiles(size: number): Tile[] {
  const tiles: Tile[] = []
  for (let level = 0; level <= MAX_TILE_LEVEL; level++) {
    const width = partialWidth(size, level)
    const index = Math.floor(hashesOfLevel(size, level) / TILE_WIDTH)
    if (width > 0) tiles.push({ level, index, width })
  }
  return tiles
}

/**
 * The tiles of one level that a tree of `size` entries has and one of `oldSize` had not or had
 * narrower, from left to right. Lazy, because the size may be a stranger's. Entry bundles are as
 * the tiles of level 0.
 */
export function* tilesGrown(level: number, oldSize: number, size: number): Generator<Tile> {
  const first = Math.floor(hashesOfLevel(oldSize, level) / TILE_WIDTH)
  for (let index = first; ; index++) {
    const width = tileWidth(size, level, index)
    if (width === 0) return
    if (width > tileWidth(oldSize, level, index)) yield { level, index, width }
    if (width < TILE_WIDTH) return
  }
}

/** The hashes of a tile as views of it, or null unless it is exactly `width` · 32 bytes. */
export function splitTile(tile: Uint8Array, width: number): Uint8Array[] | null {
  if (tile.length !== width * HASH_BYTES) return null
  const hashes: Uint8Array[] = []
  for (let at = 0; at < tile.length; at += HASH_BYTES) {
    hashes.push(tile.subarray(at, at + HASH_BYTES))
  }
  return hashes
}
