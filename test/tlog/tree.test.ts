// Growing a tree by batches, and reading it back from tiles.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { EMPTY_ROOT, leafHash, nodeHash, perfectRoot } from '../../src/tlog/hash.ts'
import {
  buildConsistencyProof,
  buildInclusionProof,
  frontierNodes,
  verifyConsistency,
  verifyInclusion,
} from '../../src/tlog/proof.ts'
import {
  frontierFromTiles,
  fullTileRoot,
  nodesFromTiles,
  type ReadTile,
  rootFromTiles,
  tileOfNode,
} from '../../src/tlog/reader.ts'
import { appendLeaves, type Frontier, frontierRoot, rootFromLeaves } from '../../src/tlog/tree.ts'
import { NaiveTree } from './naive-tree.ts'
import { sparseTree } from './sparse-tree.ts'

const COUNT = 66_500
const leaves = Array.from({ length: COUNT }, (_, i) => leafHash(encodeUtf8(`entry ${i}`)))
const grown = appendLeaves(0, [], leaves)
const naive = new NaiveTree(leaves)
// hashes by tile level
const levels: Uint8Array[][] = [leaves]
for (const { level, hash } of grown.nodes) {
  const row = levels[level] ?? []
  levels[level] = row
  row.push(hash)
}
const readTile: ReadTile = (level, index, width) => {
  const hashes = levels[level]?.slice(index * 256, index * 256 + width) ?? []
  return hashes.length === width ? concatBytes(hashes) : null
}

describe('appending', () => {
  it('comes to the same tree whatever the batches', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 1100 }), { maxLength: 6 })
    fc.assert(
      fc.property(cuts, (widths) => {
        let tree = appendLeaves(0, [], [])
        const nodes = []
        for (const width of widths) {
          const batch = leaves.slice(tree.size, tree.size + width)
          tree = appendLeaves(tree.size, tree.frontier, batch)
          nodes.push(...tree.nodes)
        }
        const whole = appendLeaves(0, [], leaves.slice(0, tree.size))
        expect({ ...tree, nodes }).toEqual(whole)
        expect(tree.root).toEqual(naive.hash(0, tree.size))
      }),
      { numRuns: 30 },
    )
  })

  it('has the root of the definition at every size up to 600', () => {
    let tree = appendLeaves(0, [], [])
    expect(tree.root).toEqual(EMPTY_ROOT)
    for (const leaf of leaves.slice(0, 600)) {
      tree = appendLeaves(tree.size, tree.frontier, [leaf])
      expect(Buffer.compare(tree.root, naive.hash(0, tree.size))).toBe(0)
    }
    expect(rootFromLeaves(leaves.slice(0, 600))).toEqual(tree.root)
  })

  it('names every completed subtree of 256^level entries once, in order', () => {
    const level1 = grown.nodes.filter(({ level }) => level === 1)
    expect(level1.map(({ index }) => index)).toEqual([...Array(259).keys()])
    expect(grown.nodes.filter(({ level }) => level === 2)).toEqual([
      { level: 2, index: 0, hash: naive.hash(0, 65_536) },
    ])
    for (const { level, index, hash } of grown.nodes) {
      const width = 256 ** level
      const expected = naive.hash(index * width, (index + 1) * width)
      expect(Buffer.compare(hash, expected)).toBe(0)
    }
  })

  it('leaves the frontier it was given as it was', () => {
    const before = appendLeaves(0, [], leaves.slice(0, 7)).frontier
    const copy = [...before]
    appendLeaves(7, before, leaves.slice(7, 9))
    expect(before).toEqual(copy)
  })

  it('throws when the frontier does not belong to the size', () => {
    expect(() => appendLeaves(3, [EMPTY_ROOT], [])).toThrow()
    expect(() => appendLeaves(-1, [], [])).toThrow()
    expect(() => appendLeaves(2 ** 53, [EMPTY_ROOT], [])).toThrow()
  })

  it('carries through every tile level at 2^40', () => {
    const size = 2 ** 40 - 3
    const big = sparseTree([2 ** 40 - 1, 2 ** 40])
    const frontier: Frontier = frontierNodes(size).map(({ height, index }) =>
      big.node(height, index),
    )
    const batch = [0, 1, 2, 3].map((i) => big.leaf(size + i))
    const after = appendLeaves(size, frontier, batch)
    expect(after.root).toEqual(big.root(2 ** 40 + 1))
    expect(after.nodes).toEqual(
      [1, 2, 3, 4, 5].map((level) => {
        const index = 2 ** (40 - 8 * level) - 1
        return { level, index, hash: big.node(8 * level, index) }
      }),
    )
  })
})

describe('a tree read from its tiles', () => {
  const sizes = [0, 1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, COUNT]

  it('has the same root and frontier', async () => {
    for (const size of sizes) {
      expect(await rootFromTiles(size, readTile)).toEqual(naive.hash(0, size))
      const frontier = await frontierFromTiles(size, readTile)
      expect(frontier && frontierRoot(frontier)).toEqual(naive.hash(0, size))
    }
    const { frontier } = grown
    expect(await frontierFromTiles(COUNT, readTile)).toEqual(frontier)
  })

  it('has another root when one bit of an edge tile is another', async () => {
    for (const changedLevel of [0, 1, 2]) {
      const spoil: ReadTile = async (level, index, width) => {
        const tile = await readTile(level, index, width)
        if (tile !== null && level === changedLevel) tile[tile.length - 1] = (tile.at(-1) ?? 0) ^ 1
        return tile
      }
      expect(await rootFromTiles(COUNT, spoil)).not.toEqual(grown.root)
    }
  })

  it('has no root when a tile is missing, short or long', async () => {
    expect(await rootFromTiles(300, () => null)).toBeNull()
    expect(await rootFromTiles(300, (_, __, width) => new Uint8Array(width * 32 - 1))).toBeNull()
    expect(await rootFromTiles(300, (_, __, width) => new Uint8Array(width * 32 + 32))).toBeNull()
  })

  it('binds a full tile by its root in the level above', async () => {
    const tile = await readTile(0, 41, 256)
    expect(tile && fullTileRoot(tile)).toEqual(levels[1]?.[41])
    expect(fullTileRoot(new Uint8Array(8191))).toBeNull()
  })

  it('gives proofs, each tile read once', async () => {
    const asked: string[] = []
    const counting: ReadTile = (level, index, width) => {
      asked.push(`${level}/${index}.${width}`)
      return readTile(level, index, width)
    }
    const readNode = nodesFromTiles(COUNT, counting)
    const path = await buildInclusionProof(1234, COUNT, readNode)
    expect(verifyInclusion(1234, COUNT, naive.leaf(1234), path, grown.root)).toBe(true)
    const proof = await buildConsistencyProof(999, COUNT, readNode)
    expect(verifyConsistency(999, COUNT, naive.hash(0, 999), grown.root, proof)).toBe(true)
    expect(new Set(asked).size).toBe(asked.length)
    await expect(
      buildInclusionProof(
        0,
        300,
        nodesFromTiles(300, () => null),
      ),
    ).rejects.toThrow()
  })

  it('finds a subtree in its tile at any height', () => {
    expect(tileOfNode({ height: 0, index: 300 })).toEqual({
      level: 0,
      index: 1,
      offset: 44,
      count: 1,
    })
    expect(tileOfNode({ height: 7, index: 3 })).toEqual({
      level: 0,
      index: 1,
      offset: 128,
      count: 128,
    })
    expect(tileOfNode({ height: 8, index: 3 })).toEqual({ level: 1, index: 0, offset: 3, count: 1 })
    expect(tileOfNode({ height: 40, index: 2 ** 12 })).toMatchObject({ level: 5, index: 16 })
    expect(tileOfNode({ height: 1, index: 2 ** 40 })).toMatchObject({ level: 0, index: 2 ** 33 })
  })
})

describe('hashing', () => {
  it('refuses nodes that are not 32 bytes and trees that are not perfect', () => {
    expect(() => nodeHash(EMPTY_ROOT, new Uint8Array(31))).toThrow(RangeError)
    expect(() => perfectRoot([EMPTY_ROOT, EMPTY_ROOT, EMPTY_ROOT])).toThrow(RangeError)
    expect(() => perfectRoot([])).toThrow(RangeError)
  })

  it('never takes an entry of two hashes for the node above them', () => {
    const [a = EMPTY_ROOT, b = EMPTY_ROOT] = leaves
    expect(leafHash(concatBytes([a, b]))).not.toEqual(nodeHash(a, b))
    expect(leafHash(concatBytes([Uint8Array.of(1), a, b]))).not.toEqual(nodeHash(a, b))
  })
})
