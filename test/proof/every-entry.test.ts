// Proofs from the rows of a mirrored log: every entry of every size up to 600, and every way to spoil one hash.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FeedTerms, feedsOf } from '../../src/charter/members.ts'
import { policyOf } from '../../src/charter/policy.ts'
import { pullFeed } from '../../src/inbound.ts'
import { ownLogSource } from '../../src/log/source.ts'
import { type NodeDb, openDatabase } from '../../src/node/database.ts'
import { buildProof } from '../../src/proof/build.ts'
import type { LoggedAct } from '../../src/proof/find.ts'
import { readBestHead } from '../../src/proof/head.ts'
import { readMirrorTile } from '../../src/pull/mirror.ts'
import { foldHashes, leafHash } from '../../src/tlog/hash.ts'
import { inclusionNodes, type NodeGroup, verifyInclusion } from '../../src/tlog/proof.ts'
import { nodesFromTiles } from '../../src/tlog/reader.ts'
import {
  formatTlogProof,
  parseTlogProof,
  type TlogProof,
  verifyTlogProof,
} from '../../src/tlog/tlog-proof.ts'
import { appendLeaves } from '../../src/tlog/tree.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { appendRaw, fillers } from '../support/entries.ts'

const SIZE = 600
/** Where tiles end and begin. */
const WHOLE_SIZES = [1, 2, 3, 255, 256, 257, 511, 512, 513, SIZE]
let alliance: TestAlliance
let origin: TestNode
let reader: NodeDb
let feed: FeedTerms
const proofs = new Map<number, Uint8Array[]>()

/** What the reader holds, straight from its mirror. */
function entriesHeld(): LoggedAct[] {
  const rows = reader.raw
    .prepare('SELECT idx, leaf, bytes FROM feed_entry WHERE origin = ? ORDER BY idx')
    .all(origin.origin) as Pick<LoggedAct, 'idx' | 'leaf' | 'bytes'>[]
  return rows.map((row) => ({ ...row, origin: origin.origin, market: 'jp' }))
}

async function growTo(size: number): Promise<void> {
  const held = origin.db.raw.prepare('SELECT count(*) FROM entry').pluck().get() as number
  await appendRaw(origin, await fillers(alliance, origin, size - held))
  const { adopted } = await origin.outbound()
  const deps = { db: reader, adopted, nowMs: () => alliance.clock.nowMs, here: null }
  const report = await pullFeed(deps, feed, ownLogSource(origin.db), null)
  if (!report.ok) throw new TypeError(report.detail)
}

beforeAll(async () => {
  alliance = await testAlliance(['us', 'jp', 'de'])
  origin = alliance.node('jp')
  const found = feedsOf(alliance.charter).find(({ log }) => log.origin === origin.origin)
  if (found === undefined) throw new TypeError('no feed of jp')
  feed = found
  reader = openDatabase(':memory:')
  for (const size of WHOLE_SIZES) {
    await growTo(size)
    const built: Uint8Array[] = []
    for (const act of entriesHeld()) {
      const proof = await buildProof(reader, alliance.charter, feed, act, readBestHead)
      if (proof !== null) built.push(proof)
    }
    proofs.set(size, built)
  }
})
afterAll(() => {
  reader.close()
  alliance.close()
})

function flipped(hash: Uint8Array, at: number): Uint8Array {
  return hash.map((byte, i) => (i === at % 32 ? byte ^ (1 << (at % 8)) : byte))
}

function parsed(bytes: Uint8Array): TlogProof & { extra: Uint8Array } {
  const proof = parseTlogProof(bytes)
  if (proof?.extra == null) throw new TypeError('not a proof with an entry')
  return { ...proof, extra: proof.extra }
}

describe('every size from 1 to 600', () => {
  it('has a path for every entry that leads to its root, and none that a flipped bit leaves right', async () => {
    const leaves = entriesHeld().map(({ leaf }) => leaf)
    const pathOf = await pathsFromMirror()
    let frontier: readonly Uint8Array[] = []
    for (let size = 1; size <= SIZE; size++) {
      const grown = appendLeaves(size - 1, frontier, leaves.slice(size - 1, size))
      frontier = grown.frontier
      // All flips near the edges of tiles, elsewhere one of each path in turn.
      const all = size < 20 || WHOLE_SIZES.includes(size)
      for (let index = 0; index < size; index++) {
        const path = pathOf(index, size)
        const leaf = leaves[index] ?? new Uint8Array()
        const holds = (hashes: readonly Uint8Array[]) =>
          verifyInclusion(index, size, leaf, hashes, grown.root)
        if (!holds(path)) expect.fail(`entry ${index} of ${size} is not proven`)
        for (const [at, hash] of path.entries()) {
          if (!all && at !== (index + size) % path.length) continue
          if (holds(path.with(at, flipped(hash, index + at))))
            expect.fail(`${index} of ${size}: ${at}`)
        }
      }
    }
  }, 60_000)
})

/** Every perfect subtree read once from the mirror's rows: they are the same in every larger tree. */
async function pathsFromMirror(): Promise<(index: number, size: number) => Uint8Array[]> {
  const read = nodesFromTiles(SIZE, (level, index, width) =>
    readMirrorTile(reader, origin.origin, level, index, width),
  )
  const nodes = new Map<string, Uint8Array>()
  for (let height = 0; 2 ** height <= SIZE; height++) {
    for (let index = 0; (index + 1) * 2 ** height <= SIZE; index++) {
      nodes.set(`${height}/${index}`, await read(height, index))
    }
  }
  const hashOf = (group: NodeGroup): Uint8Array =>
    foldHashes(
      group.map(({ height, index }) => nodes.get(`${height}/${index}`) ?? new Uint8Array()),
    )
  return (index, size) => inclusionNodes(index, size).map(hashOf)
}

describe.each(WHOLE_SIZES)('a log of %i', (size) => {
  it('has a file for every entry that verifies by the policy, and by no other entry', async () => {
    const policy = policyOf(alliance.charter, feed)
    const files = proofs.get(size) ?? []
    expect(files.length).toBe(size)
    for (const [index, bytes] of files.entries()) {
      const proof = parsed(bytes)
      expect(formatTlogProof(proof)).toEqual(bytes)
      const verdict = await verifyTlogProof(proof, leafHash(proof.extra), policy)
      if (!verdict.ok || proof.index !== index || verdict.value.checkpoint.size !== size) {
        expect.fail(`entry ${index} of ${size}`)
      }
      const other = await verifyTlogProof(proof, flipped(leafHash(proof.extra), index), policy)
      expect(other).toMatchObject({ ok: false, code: 'ERR_PROOF_MISMATCH' })
    }
  })
})
