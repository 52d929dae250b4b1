// Inclusion and consistency proofs: every pair of small sizes, every flip, and sizes beyond 32
// bits.
import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { EMPTY_ROOT, leafHash } from '../../src/tlog/hash.ts'
import {
  buildConsistencyProof,
  buildInclusionProof,
  consistencyNodes,
  inclusionNodes,
  verifyConsistency,
  verifyInclusion,
} from '../../src/tlog/proof.ts'
import { NaiveTree } from './naive-tree.ts'
import { sparseTree } from './sparse-tree.ts'

const SIZES = 300
const leaves = Array.from({ length: SIZES }, (_, i) => leafHash(encodeUtf8(`entry ${i}`)))
const tree = new NaiveTree(leaves)
const root = (size: number) => tree.hash(0, size)
const readNode = (height: number, index: number) => {
  const width = 2 ** height
  return tree.hash(index * width, (index + 1) * width)
}

function flipped(hash: Uint8Array): Uint8Array {
  return hash.map((byte, i) => (i === 17 ? byte ^ 4 : byte))
}

// every way to spoil a proof a little: a flip in each hash, one left out, one too many, two swapped
function* spoiled(proof: readonly Uint8Array[]): Generator<Uint8Array[]> {
  for (const [i, hash] of proof.entries()) {
    yield proof.with(i, flipped(hash))
    yield proof.toSpliced(i, 1)
    const next = proof[i + 1]
    if (next !== undefined) yield proof.with(i, next).with(i + 1, hash)
  }
  yield [...proof, EMPTY_ROOT]
  yield [EMPTY_ROOT, ...proof]
}

describe('every pair of sizes up to 300', () => {
  it('has the inclusion proof of RFC 6962, and it verifies', async () => {
    for (let size = 1; size <= SIZES; size++) {
      for (let index = 0; index < size; index++) {
        const path = await buildInclusionProof(index, size, readNode)
        const naive = tree.path(index, 0, size)
        if (path.length !== naive.length || path.some((hash, i) => hash !== naive[i])) {
          // only where the hashes are not the very same objects is the slow comparison needed
          expect(path).toEqual(naive)
        }
        const ok = verifyInclusion(index, size, tree.leaf(index), path, root(size))
        if (!ok) expect.fail(`inclusion of ${index} in ${size}`)
      }
    }
  }, 15_000)

  it('has the consistency proof of RFC 6962, and it verifies', async () => {
    for (let to = 1; to <= SIZES; to++) {
      for (let from = 1; from <= to; from++) {
        const proof = await buildConsistencyProof(from, to, readNode)
        const naive = tree.proof(from, 0, to)
        if (proof.length !== naive.length || proof.some((hash, i) => hash !== naive[i])) {
          expect(proof).toEqual(naive)
        }
        const ok = verifyConsistency(from, to, root(from), root(to), proof)
        if (!ok) expect.fail(`consistency of ${from} and ${to}`)
      }
    }
  }, 15_000)
})

describe('what does not verify', () => {
  const sizes = [...Array.from({ length: 40 }, (_, i) => i + 1), 63, 64, 65, 255, 256, 257, 300]

  it('is an inclusion proof with anything changed', () => {
    for (const size of sizes) {
      for (let index = 0; index < size; index += size > 40 ? 13 : 1) {
        const path = tree.path(index, 0, size)
        const leaf = tree.leaf(index)
        const holds = (p: Uint8Array[], l = leaf, r = root(size), i = index) =>
          verifyInclusion(i, size, l, p, r)
        for (const bad of spoiled(path)) {
          if (holds(bad)) expect.fail(`spoiled inclusion of ${index} in ${size}`)
        }
        expect(holds(path, flipped(leaf))).toBe(false)
        expect(holds(path, leaf, flipped(root(size)))).toBe(false)
        for (const other of [index - 1, index + 1])
          expect(holds(path, leaf, root(size), other)).toBe(false)
      }
    }
  })

  it('is a consistency proof with anything changed', () => {
    for (const to of sizes) {
      for (let from = 1; from <= to; from += to > 40 ? 13 : 1) {
        const proof = tree.proof(from, 0, to)
        for (const bad of spoiled(proof)) {
          if (verifyConsistency(from, to, root(from), root(to), bad)) {
            expect.fail(`spoiled consistency of ${from} and ${to}`)
          }
        }
        expect(verifyConsistency(from, to, flipped(root(from)), root(to), proof)).toBe(false)
        expect(verifyConsistency(from, to, root(from), flipped(root(to)), proof)).toBe(false)
      }
    }
  })

  it('is a number that is no size or index', () => {
    const leaf = tree.leaf(0)
    for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(verifyInclusion(0, size, leaf, [], leaf)).toBe(false)
    }
    for (const index of [-1, 0.5, 1, Number.NaN]) {
      expect(verifyInclusion(index, 1, leaf, [], leaf)).toBe(false)
    }
    expect(verifyConsistency(2, 1, root(2), root(1), [])).toBe(false)
    expect(verifyConsistency(-1, 1, root(1), root(1), [])).toBe(false)
    expect(verifyConsistency(1, 2 ** 53, root(1), root(1), [])).toBe(false)
  })

  it('is a hash of another length, or more hashes than any tree has', () => {
    const short = root(1).subarray(0, 31)
    expect(verifyInclusion(0, 2, root(1), [short], root(2))).toBe(false)
    expect(verifyInclusion(0, 1, short, [], short)).toBe(false)
    expect(verifyConsistency(1, 2, root(1), root(2), [short])).toBe(false)
    expect(verifyConsistency(1, 1, short, short, [])).toBe(false)
    const many = Array.from({ length: 64 }, () => root(1))
    expect(verifyInclusion(0, 2 ** 53 - 1, root(1), many, root(2))).toBe(false)
  })
})

describe('the ends', () => {
  it('the empty tree is the beginning of every tree, has one root and takes no proof', () => {
    expect(verifyConsistency(0, 5, EMPTY_ROOT, root(5), [])).toBe(true)
    expect(verifyConsistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])).toBe(true)
    expect(verifyConsistency(0, 5, EMPTY_ROOT, root(5), [root(1)])).toBe(false)
    expect(verifyConsistency(0, 5, root(1), root(5), [])).toBe(false)
    expect(verifyConsistency(0, 0, root(1), root(1), [])).toBe(false)
    expect(consistencyNodes(0, 5)).toEqual([])
  })

  it('equal sizes take equal roots and no proof', () => {
    expect(verifyConsistency(5, 5, root(5), root(5), [])).toBe(true)
    expect(verifyConsistency(5, 5, root(5), root(4), [])).toBe(false)
    expect(verifyConsistency(5, 5, root(5), root(5), [root(5)])).toBe(false)
  })

  it('asking for a proof that cannot be is our own mistake', () => {
    expect(() => inclusionNodes(5, 5)).toThrow(RangeError)
    expect(() => inclusionNodes(0, 0)).toThrow(RangeError)
    expect(() => consistencyNodes(6, 5)).toThrow(RangeError)
    expect(() => inclusionNodes(0, 2 ** 53)).toThrow(RangeError)
  })
})

describe('beyond 32 bits', () => {
  const sizes = [2 ** 32, 2 ** 32 + 1, 2 ** 33 + 5, 2 ** 40 + 2 ** 32 + 1, 2 ** 53 - 1]
  const indexes = [0, 3, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 3, 2 ** 40 + 3, 2 ** 53 - 2]

  it('inclusion verifies at its own index only', async () => {
    for (const index of indexes) {
      const big = sparseTree([index])
      for (const size of sizes.filter((n) => n > index)) {
        const path = await buildInclusionProof(index, size, big.node)
        const holds = (i: number, n: number) =>
          verifyInclusion(i, n, big.leaf(index), path, big.root(size))
        expect(holds(index, size), `${index} in ${size}`).toBe(true)
        for (const other of [index % 2 ** 32, index + 2 ** 32, index + 1]) {
          if (other !== index) expect(holds(other, size), `${other} for ${index}`).toBe(false)
        }
        expect(holds(index, size % 2 ** 32)).toBe(false)
      }
    }
  })

  it('consistency verifies for its own tree only', async () => {
    const big = sparseTree(indexes)
    const forked = sparseTree(indexes.slice(1))
    for (const [i, to] of sizes.entries()) {
      for (const from of [1, 3, 2 ** 31 + 7, ...sizes.slice(0, i)]) {
        const proof = await buildConsistencyProof(from, to, big.node)
        const holds = (oldRoot: Uint8Array, newRoot: Uint8Array) =>
          verifyConsistency(from, to, oldRoot, newRoot, proof)
        expect(holds(big.root(from), big.root(to)), `${from} to ${to}`).toBe(true)
        expect(holds(forked.root(from), big.root(to))).toBe(false)
        expect(holds(big.root(from), forked.root(to))).toBe(false)
      }
    }
  })
})
