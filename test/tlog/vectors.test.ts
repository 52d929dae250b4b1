// Published vectors: the CT reference tree, Tessera's test log, and the witness walk of sunlight.
import { describe, expect, it } from 'vitest'
import ct from '../../fixtures/tlog/ct-tree.json' with { type: 'json' }
import tessera from '../../fixtures/tlog/tessera.json' with { type: 'json' }
import walk from '../../fixtures/tlog/witness-walk.json' with { type: 'json' }
import { decodeBase64, encodeBase64 } from '../../src/encoding/base64.ts'
import { decodeHex, encodeHex } from '../../src/encoding/hex.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { encodeBundle, parseBundle } from '../../src/tlog/bundle.ts'
import { formatCheckpoint, parseCheckpoint } from '../../src/tlog/checkpoint.ts'
import { EMPTY_ROOT, leafHash } from '../../src/tlog/hash.ts'
import { formatVkey, keyId, parseVkey } from '../../src/tlog/key.ts'
import { formatNote, parseNote, verifyNote } from '../../src/tlog/note.ts'
import { verifyConsistency, verifyInclusion } from '../../src/tlog/proof.ts'
import { rootFromLeaves } from '../../src/tlog/tree.ts'

function bytes(decoded: Uint8Array | null | undefined): Uint8Array {
  if (!decoded) throw new Error('the fixture is broken')
  return decoded
}
const hex = (text: string) => bytes(decodeHex(text))
const base64 = (text: string) => bytes(decodeBase64(text))

describe('the CT reference tree', () => {
  const leaves = ct.leavesHex.map((leaf) => leafHash(hex(leaf)))
  const roots = [EMPTY_ROOT, ...ct.rootsHex.map(hex)]
  const root = (size: number) => bytes(roots[size])

  it('has the published roots, of the empty tree as of the others', () => {
    expect(encodeBase64(EMPTY_ROOT)).toBe(ct.emptyRoot)
    roots.forEach((expected, size) => {
      expect(encodeHex(rootFromLeaves(leaves.slice(0, size)))).toBe(encodeHex(expected))
    })
  })

  it('has the published proofs', () => {
    for (const { oldSize, newSize, proofHex } of ct.consistency) {
      const proof = proofHex.map(hex)
      expect(verifyConsistency(oldSize, newSize, root(oldSize), root(newSize), proof)).toBe(true)
    }
    for (const { index, size, pathHex } of ct.inclusion) {
      const leaf = bytes(leaves[index])
      expect(verifyInclusion(index, size, leaf, pathHex.map(hex), root(size))).toBe(true)
      expect(verifyInclusion(index - 1, size, leaf, pathHex.map(hex), root(size))).toBe(false)
    }
  })
})

describe("Tessera's test log", () => {
  const entries = tessera.entries.map(encodeUtf8)
  const leaves = entries.map(leafHash)
  const root = (size: number) => rootFromLeaves(leaves.slice(0, size))

  it('has the published roots', () => {
    for (const [size, expected] of Object.entries(tessera.roots)) {
      expect(encodeBase64(root(Number(size)))).toBe(expected)
    }
  })

  it('has the published bundle', () => {
    const bundle = encodeBundle(entries.slice(0, 3))
    expect(encodeHex(bundle)).toBe(tessera.bundle3Hex)
    expect(parseBundle(bundle, 3)).toEqual(entries.slice(0, 3))
  })

  it('has the published proofs', () => {
    for (const { index, size, path } of tessera.inclusion) {
      const leaf = bytes(leaves[index])
      expect(verifyInclusion(index, size, leaf, path.map(base64), root(size))).toBe(true)
    }
    for (const { oldSize, newSize, proof } of tessera.consistency) {
      const hashes = proof.map(base64)
      expect(verifyConsistency(oldSize, newSize, root(oldSize), root(newSize), hashes)).toBe(true)
    }
  })

  it('has a checkpoint of 15 entries signed by its vkey', async () => {
    const vkey = parseVkey(tessera.vkey)
    if (vkey === null) throw new Error('the vkey was refused')
    expect(formatVkey(vkey)).toBe(tessera.vkey)
    const text = formatCheckpoint({ origin: tessera.origin, size: 15, root: root(15) })
    const note = parseNote(formatNote(text, [tessera.line15]))
    if (note === null) throw new Error('the note was refused')
    expect(await verifyNote(note, [vkey])).toMatchObject({ ok: true, verified: [{ timeS: null }] })
    expect(parseCheckpoint(note.text)).toEqual({ origin: tessera.origin, size: 15, root: root(15) })
  })
})

describe('the witness walk', () => {
  const publicKey = hex(walk.publicKeyHex)
  const root = (size: number) =>
    base64(walk.checkpoints.find((checkpoint) => checkpoint.size === size)?.root ?? '')

  it('has the published key id', () => {
    expect(keyId(walk.origin, 1, publicKey)).toBe(Number.parseInt(walk.keyId, 16))
  })

  it('has three signed checkpoints', async () => {
    const vkey = {
      name: walk.origin,
      keyId: keyId(walk.origin, 1, publicKey),
      type: 1,
      publicKey,
    } as const
    for (const { size, root, signature } of walk.checkpoints) {
      const text = `${walk.origin}\n${size}\n${root}\n`
      const note = parseNote(formatNote(text, [`— ${walk.origin} ${signature}`]))
      if (note === null) throw new Error('the note was refused')
      expect((await verifyNote(note, [vkey])).ok).toBe(true)
      expect(parseCheckpoint(text)?.size).toBe(size)
    }
  })

  it('has consistency proofs that hold, and that do not for another size', () => {
    for (const { oldSize, newSize, proof } of walk.consistency) {
      const hashes = proof.map(base64)
      const holds = (from: number, to: number) =>
        verifyConsistency(from, to, root(oldSize), root(newSize), hashes)
      expect(holds(oldSize, newSize)).toBe(true)
      expect(holds(oldSize + 1, newSize)).toBe(false)
      expect(verifyConsistency(oldSize, newSize, root(oldSize), root(newSize), [])).toBe(false)
    }
  })
})
