// Inclusion and consistency proofs (RFC 6962 §2.1.1 and §2.1.2; verification as RFC 9162 §2.1.3.2
// and §2.1.4.2).
import { equalBytes } from '../encoding/bytes.ts'
import { EMPTY_ROOT, foldHashes, HASH_BYTES, nodeHash } from './hash.ts'

/**
 * A perfect subtree by its height in the tree: over the leaves from index · 2^height, 2^height of
 * them.
 */
export type Node = { height: number; index: number }

/** Perfect subtrees from left to right whose fold is one hash. */
export type NodeGroup = Node[]

/** Gives the hash of a perfect subtree that the tree has. */
export type ReadNode = (height: number, index: number) => Uint8Array | Promise<Uint8Array>

/** The steps of a tree of 2^53 leaves; a longer proof is refused unread. */
export const MAX_PROOF_HASHES = 63

/**
 * True when `path` proves that the leaf hash is at `index` of the tree of `size` leaves with this
 * root.
 */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false
  if (!areHashes(path) || leaf.length !== HASH_BYTES) return false
  let at = index
  let last = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      hash = nodeHash(hash, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 && equalBytes(hash, root)
}

/**
 * True when `proof` proves that the tree of `oldSize` leaves with `oldRoot` is the beginning of the
 * tree of `newSize` with `newRoot`. Equal sizes and the empty tree take an empty proof; the empty
 * tree has only one root.
 */
export function verifyConsistency(
  oldSize: number,
  newSize: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize || !areHashes(proof)) return false
  if (oldRoot.length !== HASH_BYTES || newRoot.length !== HASH_BYTES) return false
  if (oldSize === 0 && !equalBytes(oldRoot, EMPTY_ROOT)) return false
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot)
  if (oldSize === 0) return proof.length === 0
  let at = oldSize - 1
  let last = newSize - 1
  while (at % 2 === 1) {
    at = half(at)
    last = half(last)
  }
  // at = 0 means that the old tree is perfect: it is itself the first node, and the proof leaves it
  // out
  const [first, ...rest] = at === 0 ? [oldRoot, ...proof] : proof
  if (first === undefined || proof.length === 0) return false
  let oldHash = first
  let newHash = first
  for (const sibling of rest) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      oldHash = nodeHash(sibling, oldHash)
      newHash = nodeHash(sibling, newHash)
      while (at % 2 === 0 && at !== 0) {
        at = half(at)
        last = half(last)
      }
    } else {
      newHash = nodeHash(newHash, sibling)
    }
    at = half(at)
    last = half(last)
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot)
}

/**
 * The perfect subtrees of a tree of `size` leaves, largest first: the coordinates of its frontier.
 */
export function frontierNodes(size: number): Node[] {
  return rangeNodes(0, size)
}

/**
 * Where the hashes of an inclusion proof come from, in proof order. Throws unless 0 ≤ index < size
 * ≤ 2^53 − 1.
 */
export function inclusionNodes(index: number, size: number): NodeGroup[] {
  if (!isSize(index) || !isSize(size) || index >= size) {
    throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  }
  const groups: NodeGroup[] = []
  let start = 0
  let end = size
  while (end - start > 1) {
    const split = start + splitOf(end - start)
    if (index < split) {
      groups.push(rangeNodes(split, end))
      end = split
    } else {
      groups.push(rangeNodes(start, split))
      start = split
    }
  }
  return groups.reverse()
}

/**
 * Where the hashes of a consistency proof come from, in proof order. Throws unless 0 ≤ oldSize ≤
 * newSize ≤ 2^53 − 1.
 */
export function consistencyNodes(oldSize: number, newSize: number): NodeGroup[] {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) {
    throw new RangeError(`no consistency from ${oldSize} to ${newSize}`)
  }
  if (oldSize === 0 || oldSize === newSize) return []
  const groups: NodeGroup[] = []
  let start = 0
  let end = newSize
  while (end !== oldSize) {
    const split = start + splitOf(end - start)
    if (oldSize <= split) {
      groups.push(rangeNodes(split, end))
      end = split
    } else {
      groups.push(rangeNodes(start, split))
      start = split
    }
  }
  // only a walk that never went right ends on the whole old tree, whose root the verifier has
  if (start !== 0) groups.push(rangeNodes(start, end))
  return groups.reverse()
}

/** The inclusion proof for one leaf: hashes from the leaf's sibling up to the root's child. */
export function buildInclusionProof(
  index: number,
  size: number,
  readNode: ReadNode,
): Promise<Uint8Array[]> {
  return readGroups(inclusionNodes(index, size), readNode)
}

/** The consistency proof between two sizes of one tree. */
export function buildConsistencyProof(
  oldSize: number,
  newSize: number,
  readNode: ReadNode,
): Promise<Uint8Array[]> {
  return readGroups(consistencyNodes(oldSize, newSize), readNode)
}

function readGroups(groups: readonly NodeGroup[], readNode: ReadNode): Promise<Uint8Array[]> {
  return Promise.all(
    groups.map(async (group) => {
      const hashes = group.map(async ({ height, index }) => readNode(height, index))
      return foldHashes(await Promise.all(hashes))
    }),
  )
}

// [start, end) as perfect subtrees, largest first; start is a multiple of the largest
function rangeNodes(start: number, end: number): NodeGroup {
  const nodes: NodeGroup = []
  let at = start
  while (at < end) {
    const { width, height } = largestPower(end - at)
    nodes.push({ height, index: at / width })
    at += width
  }
  return nodes
}

// the largest power of two below n, where RFC 6962 splits a tree of n leaves
function splitOf(n: number): number {
  return largestPower(n - 1).width
}

function largestPower(n: number): { width: number; height: number } {
  let width = 1
  let height = 0
  while (width * 2 <= n) {
    width *= 2
    height += 1
  }
  return { width, height }
}

// bit operators would cut sizes to 32 bits
function half(n: number): number {
  return Math.floor(n / 2)
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0
}

function areHashes(proof: readonly Uint8Array[]): boolean {
  return proof.length <= MAX_PROOF_HASHES && proof.every((hash) => hash.length === HASH_BYTES)
}
