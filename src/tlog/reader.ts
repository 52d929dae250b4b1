// Roots, frontiers and proof hashes read from tiles (C2SP tlog-tiles) instead of leaves.
import { perfectRoot } from './hash.ts'
import { frontierNodes, type Node, type ReadNode } from './proof.ts'
import { splitTile, TILE_WIDTH, tileWidth } from './tile.ts'
import { type Frontier, frontierRoot } from './tree.ts'

/** Gives the bytes of one tile (32 · width), or null when it is not to be had. */
export type ReadTile = (
  level: number,
  index: number,
  width: number,
) => Uint8Array | null | Promise<Uint8Array | null>

const HEIGHT_PER_TILE = 8

/** The tile that holds what a perfect subtree is made of: `count` hashes from `offset` on. */
export type TileSlice = { level: number; index: number; offset: number; count: number }

/** Where a perfect subtree lies: below height 8 inside a tile of level 0, and so on up. */
export function tileOfNode({ height, index }: Node): TileSlice {
  const level = Math.floor(height / HEIGHT_PER_TILE)
  const count = 2 ** (height % HEIGHT_PER_TILE)
  const first = index * count
  return {
    level,
    index: Math.floor(first / TILE_WIDTH),
    offset: first % TILE_WIDTH,
    count,
  }
}

/**
 * The hash of the perfect subtree over `count` hashes of a tile from `offset` on. Throws when the
 * tile is too narrow.
 */
export function nodeFromTileHashes(
  hashes: readonly Uint8Array[],
  { offset, count }: { offset: number; count: number },
): Uint8Array {
  const slice = hashes.slice(offset, offset + count)
  if (slice.length !== count) throw new RangeError('the tile does not reach that far')
  return perfectRoot(slice)
}

/**
 * The root of a full tile, which is one hash of the level above it; null unless it is 8 192 bytes.
 */
export function fullTileRoot(tile: Uint8Array): Uint8Array | null {
  const hashes = splitTile(tile, TILE_WIDTH)
  return hashes === null ? null : perfectRoot(hashes)
}

/**
 * The frontier of a tree of `size` entries from its right-edge tiles; null when one is missing or
 * of another length.
 */
export async function frontierFromTiles(
  size: number,
  readTile: ReadTile,
): Promise<Frontier | null> {
  const slices = frontierNodes(size).map(tileOfNode)
  const tiles = new Map<number, Uint8Array[]>()
  for (const { level, index } of slices) {
    if (tiles.has(level)) continue
    const width = tileWidth(size, level, index)
    const tile = await readTile(level, index, width)
    const hashes = tile === null ? null : splitTile(tile, width)
    if (hashes === null) return null
    tiles.set(level, hashes)
  }
  return slices.map((slice) => nodeFromTileHashes(tiles.get(slice.level) ?? [], slice))
}

/**
 * The root of a tree of `size` entries from its right-edge tiles; null when one is missing or of
 * another length. Equal to a signed root, it binds every hash in those tiles; a full tile is bound
 * by its root in the level above.
 */
export async function rootFromTiles(size: number, readTile: ReadTile): Promise<Uint8Array | null> {
  const frontier = await frontierFromTiles(size, readTile)
  return frontier === null ? null : frontierRoot(frontier)
}

/**
 * A reader of perfect subtrees for the proof builders, over the tiles of a tree of `size` entries;
 * it reads each tile once. It rejects with an Error when a tile is missing or of another length.
 */
export function nodesFromTiles(size: number, readTile: ReadTile): ReadNode {
  const tiles = new Map<string, Promise<Uint8Array[]>>()
  const read = async (level: number, index: number): Promise<Uint8Array[]> => {
    const width = tileWidth(size, level, index)
    const tile = await readTile(level, index, width)
    const hashes = tile === null ? null : splitTile(tile, width)
    if (hashes === null) throw new Error(`tile ${level}/${index} (${width}) is not to be had`)
    return hashes
  }
  return async (height, index) => {
    const slice = tileOfNode({ height, index })
    const name = `${slice.level}/${slice.index}`
    const tile = tiles.get(name) ?? read(slice.level, slice.index)
    tiles.set(name, tile)
    return nodeFromTileHashes(await tile, slice)
  }
}
