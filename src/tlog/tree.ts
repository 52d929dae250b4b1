// A growing Merkle tree kept as its right edge: one hash for every binary digit 1 of the size (RFC
// 6962 §2.1).
import { EMPTY_ROOT, foldHashes, nodeHash } from './hash.ts'

/** Hashes of the perfect subtrees that make up a tree, largest first. */
export type Frontier = readonly Uint8Array[]

/**
 * Hash `index` of tile level `level`: the root over the entries from index · 256^level, 256^level
 * of them.
 */
export type TileNode = { level: number; index: number; hash: Uint8Array }

export type GrownTree = {
  size: number
  frontier: Frontier
  root: Uint8Array
  /**
   * Every subtree of 256^level entries, level ≥ 1, that these leaves completed, in the order of
   * completion.
   */
  nodes: TileNode[]
}

/** Hashes of one tile level fold into one of the next: 8 levels of the tree. */
const HEIGHT_PER_TILE = 8

/**
 * The tree of `size` leaves with more leaves appended. The leaf hashes themselves (tile level 0)
 * are the caller's to keep; `nodes` are the hashes for tile levels ≥ 1. Throws when the frontier
 * does not belong to the size.
 */
export function appendLeaves(
  size: number,
  frontier: Frontier,
  leafHashes: readonly Uint8Array[],
): GrownTree {
  if (frontier.length !== onesIn(size)) throw new Error(`not the frontier of ${size} leaves`)
  if (!Number.isSafeInteger(size + leafHashes.length)) throw new RangeError('the tree is too large')
  const edge = [...frontier]
  const nodes: TileNode[] = []
  leafHashes.forEach((leaf, i) => {
    let hash = leaf
    let index = size + i
    // as adding 1 to a binary number: every trailing digit 1 carries
    for (let height = 1; index % 2 === 1; height++) {
      const left = edge.pop()
      if (left === undefined) throw new Error('a frontier has a hash for every digit 1')
      hash = nodeHash(left, hash)
      index = Math.floor(index / 2)
      if (height % HEIGHT_PER_TILE === 0) {
        nodes.push({ level: height / HEIGHT_PER_TILE, index, hash })
      }
    }
    edge.push(hash)
  })
  return { size: size + leafHashes.length, frontier: edge, root: frontierRoot(edge), nodes }
}

/** The root hash of the tree that a frontier stands for. */
export function frontierRoot(frontier: Frontier): Uint8Array {
  return frontier.length === 0 ? EMPTY_ROOT : foldHashes(frontier)
}

/** The root hash over leaf hashes. */
export function rootFromLeaves(leafHashes: readonly Uint8Array[]): Uint8Array {
  return appendLeaves(0, [], leafHashes).root
}

function onesIn(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`not a tree size: ${size}`)
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}
