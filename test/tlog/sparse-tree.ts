// Trees of any size for tests: every leaf is the same but a few, so that a hash at any height costs
// a short walk.
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { foldHashes, leafHash, nodeHash } from '../../src/tlog/hash.ts'
import { frontierNodes, type Node } from '../../src/tlog/proof.ts'

const PLAIN = leafHash(encodeUtf8('plain'))

// hashes of perfect subtrees without a special leaf, by height
const plain: Uint8Array[] = [PLAIN]
function plainNode(height: number): Uint8Array {
  while (plain.length <= height) {
    const below = plain.at(-1) ?? PLAIN
    plain.push(nodeHash(below, below))
  }
  return plain[height] ?? PLAIN
}

export type SparseTree = {
  leaf(index: number): Uint8Array
  node(height: number, index: number): Uint8Array
  root(size: number): Uint8Array
}

/**
 * A tree in which exactly the leaves at the given indexes differ from all others and from one
 * another.
 */
export function sparseTree(specialIndexes: readonly number[]): SparseTree {
  const leaf = (index: number) =>
    specialIndexes.includes(index) ? leafHash(encodeUtf8(`special ${index}`)) : PLAIN
  const isSpecial = ({ height, index }: Node) =>
    specialIndexes.some((special) => Math.floor(special / 2 ** height) === index)
  const node = (height: number, index: number): Uint8Array => {
    if (!isSpecial({ height, index })) return plainNode(height)
    if (height === 0) return leaf(index)
    return nodeHash(node(height - 1, index * 2), node(height - 1, index * 2 + 1))
  }
  const root = (size: number) =>
    foldHashes(frontierNodes(size).map(({ height, index }) => node(height, index)))
  return { leaf, node, root }
}
