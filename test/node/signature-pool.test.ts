// Threads that check signatures answer as the runtime's own check does.
import { afterAll, describe, expect, it } from 'vitest'
import { decodeBase64url } from '../../src/encoding/base64.ts'
import {
  ed25519Signer,
  generateEd25519Jwk,
  type SignatureCheck,
  verifyEach,
} from '../../src/encoding/ed25519.ts'
import { decodeHex } from '../../src/encoding/hex.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { signaturePool } from '../../src/node/signature-pool.ts'

const pool = signaturePool(2)
afterAll(() => pool.close())

async function goodChecks(count: number): Promise<SignatureCheck[]> {
  const jwk = await generateEd25519Jwk()
  const sign = await ed25519Signer(jwk)
  const publicKey = decodeBase64url(jwk.x)
  if (publicKey === null) throw new TypeError('a fresh key does not decode')
  const messages = Array.from({ length: count }, (_, at) => encodeUtf8(`message ${at}`))
  return Promise.all(
    messages.map(async (message) => ({ publicKey, message, signature: await sign(message) })),
  )
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const other = Uint8Array.from(bytes)
  other[at] = (other[at] ?? 0) ^ 1
  return other
}

describe('signaturePool', () => {
  it('says yes to each of many good signatures, in however many batches', async () => {
    const checks = await goodChecks(700)
    const both = await Promise.all([pool.verifyMany(checks), pool.verifyMany(checks.slice(0, 130))])
    expect(both.map((good) => good.length)).toEqual([700, 130])
    expect(both.flat()).not.toContain(false)
  })

  it('tells bad ones among good ones, at their places, as the runtime does', async () => {
    const [one, ...checks] = [...(await goodChecks(150)), ...(await goodChecks(150))]
    if (one === undefined) throw new TypeError('there are 300')
    const neutral = decodeHex(`01${'00'.repeat(31)}`) ?? new Uint8Array()
    const flaws: SignatureCheck[] = [
      { ...one, message: flipped(one.message, 0) },
      { ...one, signature: flipped(one.signature, 3) },
      { ...one, signature: flipped(one.signature, 60) },
      { ...one, signature: one.signature.subarray(1) },
      { ...one, signature: Uint8Array.of(...one.signature, 0) },
      { ...one, signature: new Uint8Array(64) },
      { ...one, publicKey: flipped(one.publicKey, 9) },
      { ...one, publicKey: one.publicKey.subarray(1) },
      { ...one, publicKey: neutral },
      // Under a key of small order one signature fits every message.
      {
        publicKey: neutral,
        message: one.message,
        signature: Uint8Array.of(...neutral, ...new Uint8Array(32)),
      },
    ]
    const mixed = checks.flatMap((check, at) => [check, ...flaws.slice(at, at + 1)])
    const good = await pool.verifyMany(mixed)
    expect(good).toEqual(await verifyEach(mixed))
    expect(good.filter((one) => !one)).toHaveLength(flaws.length)
  })

  it('checks a few, none, and any number after it was closed, without threads', async () => {
    const few = signaturePool(1)
    const checks = await goodChecks(200)
    expect(await few.verifyMany([])).toEqual([])
    expect(await few.verifyMany(checks.slice(0, 3))).toEqual([true, true, true])
    await few.close()
    expect(await few.verifyMany(checks)).not.toContain(false)
  })
})
