// A fork proof convinces whoever has the log's key, and nothing else does.
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { formatCheckpoint } from '../../src/tlog/checkpoint.ts'
import { formatForkProof, verifyForkProof } from '../../src/tlog/fork-proof.ts'
import { leafHash } from '../../src/tlog/hash.ts'
import { formatVkey, parseVkey } from '../../src/tlog/key.ts'
import { formatNote, signNote } from '../../src/tlog/note.ts'
import { buildConsistencyProof } from '../../src/tlog/proof.ts'
import { nodesFromTiles } from '../../src/tlog/reader.ts'
import { rootFromLeaves } from '../../src/tlog/tree.ts'
import { testKey } from '../support/alliance.ts'

const ORIGIN = 'de.test/log'
const key = await testKey()
const vkey = parseVkey(formatVkey({ name: ORIGIN, type: 1, publicKey: key.publicKey }))
if (vkey === null) throw new TypeError('no vkey')
const KEYS = [vkey]

const leaves = (size: number, salt: string) =>
  Array.from({ length: size }, (_, at) => leafHash(encodeUtf8(`${salt} ${at}`)))

async function head(hashes: readonly Uint8Array[], signer = key): Promise<string> {
  const text = formatCheckpoint({
    origin: ORIGIN,
    size: hashes.length,
    root: rootFromLeaves(hashes),
  })
  const line = await signNote(text, ORIGIN, signer.publicKey, signer.sign)
  return new TextDecoder().decode(formatNote(text, [line]))
}

async function within(size: number, hashes: readonly Uint8Array[]) {
  const read = nodesFromTiles(hashes.length, (level, index, width) =>
    level === 0 ? concatBytes(hashes.slice(index * 256, index * 256 + width)) : null,
  )
  return {
    root: rootFromLeaves(hashes.slice(0, size)),
    proof: await buildConsistencyProof(size, hashes.length, read),
  }
}

describe('a fork proof', () => {
  it('holds for two signed heads of one size with two roots', async () => {
    const heads = {
      origin: ORIGIN,
      first: await head(leaves(5, 'a')),
      second: await head(leaves(5, 'b')),
    }
    expect(await verifyForkProof(formatForkProof(heads, null), KEYS)).toEqual({
      ok: true,
      origin: ORIGIN,
      sizes: [5, 5],
    })
  })

  it('holds for a larger head in which the smaller one is not contained, for every pair of sizes', async () => {
    for (const [m, n] of [
      [1, 2],
      [3, 7],
      [4, 8],
      [5, 200],
      [128, 129],
      [199, 200],
    ] as const) {
      const larger = leaves(n, 'b')
      const heads = {
        origin: ORIGIN,
        first: await head(leaves(m, 'a')),
        second: await head(larger),
      }
      const proof = formatForkProof(heads, await within(m, larger))
      expect(await verifyForkProof(proof, KEYS)).toMatchObject({ ok: true, sizes: [m, n] })
    }
  })

  it('does not hold for an honest log, whatever is said of it', async () => {
    const all = leaves(9, 'a')
    const heads = { origin: ORIGIN, first: await head(all.slice(0, 4)), second: await head(all) }
    const honest = await within(4, all)
    expect((await verifyForkProof(formatForkProof(heads, honest), KEYS)).ok).toBe(false)
    const other = { ...honest, root: rootFromLeaves(leaves(4, 'b')) }
    expect((await verifyForkProof(formatForkProof(heads, other), KEYS)).ok).toBe(false)
    expect(
      (await verifyForkProof(formatForkProof({ ...heads, second: heads.first }, null), KEYS)).ok,
    ).toBe(false)
  })

  it('does not hold when anybody but the log signed a head, nor in another spelling', async () => {
    const stranger = await testKey()
    const heads = {
      origin: ORIGIN,
      first: await head(leaves(5, 'a')),
      second: await head(leaves(5, 'b'), stranger),
    }
    expect((await verifyForkProof(formatForkProof(heads, null), KEYS)).ok).toBe(false)
    const good = { ...heads, second: await head(leaves(5, 'b')) }
    expect((await verifyForkProof(` ${formatForkProof(good, null)}`, KEYS)).ok).toBe(false)
    expect((await verifyForkProof('{}', KEYS)).ok).toBe(false)
  })
})
