// Merkle tree hashing of RFC 6962 §2.1.
import { sha256 } from '../encoding/sha256.ts'

export const HASH_BYTES = 32

/** The root of the tree without entries: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0))

/**
 * SHA-256(0x00 ‖ entry). The prefix is what keeps a 64-byte entry from passing for an inner node.
 */
export function leafHash(entry: Uint8Array): Uint8Array {
  const message =
    entry.length < leafMessage.length
      ? leafMessage.subarray(0, 1 + entry.length)
      : new Uint8Array(1 + entry.length)
  message.set(entry, 1)
  return sha256(message)
}

// One message for all leaves and one for all inner nodes: hashing is synchronous, so nobody else can
// be half-way through it, and the bytes in front stay.
const leafMessage = new Uint8Array(1 + 32_768)
const nodeMessage = Uint8Array.of(1, ...new Uint8Array(2 * HASH_BYTES))

/** SHA-256(0x01 ‖ left ‖ right). Throws when either is not 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) {
    throw new RangeError('an inner node has two hashes of 32 bytes')
  }
  nodeMessage.set(left, 1)
  nodeMessage.set(right, 1 + HASH_BYTES)
  return sha256(nodeMessage)
}

/**
 * The root over perfect subtrees from left to right, each smaller than the one before. Throws for
 * none.
 */
export function foldHashes(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1)
  if (last === undefined) throw new RangeError('nothing to fold')
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last)
}

/** The root of a perfect tree over 2^h hashes. Throws for another number of them. */
export function perfectRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1) {
    if (row.length % 2 === 1) throw new RangeError('a perfect tree has 2^h leaves')
    const above: Uint8Array[] = []
    for (let i = 0; i < row.length; i += 2) {
      above.push(nodeHash(row[i] as Uint8Array, row[i + 1] as Uint8Array))
    }
    row = above
  }
  const [root] = row
  if (root === undefined) throw new RangeError('a perfect tree has 2^h leaves')
  return root
}
