// Ed25519 keys and signatures, and the keys that would fit every message.
import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/tlog/ed25519.json' with { type: 'json' }
import { decodeBase64url, encodeBase64url } from '../../src/encoding/base64.ts'
import {
  type Ed25519PrivateJwk,
  ed25519Signer,
  generateEd25519Jwk,
  isAcceptablePoint,
  jwkThumbprint,
  verifyEd25519,
} from '../../src/encoding/ed25519.ts'
import { decodeHex } from '../../src/encoding/hex.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'

const RFC = vectors.rfc8032
const JWK = RFC.jwk as Ed25519PrivateJwk
const EMPTY = new Uint8Array(0)

function bytes(hex: string): Uint8Array {
  const decoded = decodeHex(hex)
  if (decoded === null) throw new Error(`not hexadecimal: ${hex}`)
  return decoded
}

function publicKeyOf(jwk: Ed25519PrivateJwk): Uint8Array {
  const key = decodeBase64url(jwk.x)
  if (key === null) throw new Error('not a public key')
  return key
}

function withSignBit(point: Uint8Array): Uint8Array {
  return point.map((byte, i) => (i === 31 ? byte | 0x80 : byte))
}

describe('Ed25519', () => {
  it('signs and verifies the example of RFC 8032', async () => {
    const sign = await ed25519Signer(JWK)
    expect(await sign(EMPTY)).toEqual(bytes(RFC.signatureHex))
    expect(await verifyEd25519(publicKeyOf(JWK), EMPTY, bytes(RFC.signatureHex))).toBe(true)
  })

  it('gives the thumbprint of RFC 8037', () => {
    expect(jwkThumbprint(JWK.x)).toBe(RFC.thumbprint)
  })

  it('refuses another message, another key, a changed bit, another length', async () => {
    const key = publicKeyOf(JWK)
    const signature = bytes(RFC.signatureHex)
    const other = publicKeyOf(await generateEd25519Jwk())
    expect(await verifyEd25519(key, Uint8Array.of(0), signature)).toBe(false)
    expect(await verifyEd25519(other, EMPTY, signature)).toBe(false)
    for (const at of [0, 31, 32, 63]) {
      const changed = signature.map((byte, i) => (i === at ? byte ^ 1 : byte))
      expect(await verifyEd25519(key, EMPTY, changed)).toBe(false)
    }
    expect(await verifyEd25519(key, EMPTY, signature.subarray(0, 63))).toBe(false)
    expect(await verifyEd25519(key.subarray(0, 31), EMPTY, signature)).toBe(false)
  })

  it('refuses S + L, the second signature that a lenient verifier would take', async () => {
    const signature = bytes(RFC.signatureHex)
    const order = bytes(vectors.orderLHex)
    let carry = 0
    for (let i = 0; i < 32; i++) {
      const sum = (signature[32 + i] as number) + (order[i] as number) + carry
      signature[32 + i] = sum % 256
      carry = Math.floor(sum / 256)
    }
    expect(carry).toBe(0)
    expect(await verifyEd25519(publicKeyOf(JWK), EMPTY, signature)).toBe(false)
  })

  it('generates keys that sign, with no member besides kty, crv, d and x', async () => {
    const jwk = await generateEd25519Jwk()
    expect(Object.keys(jwk).sort()).toEqual(['crv', 'd', 'kty', 'x'])
    const message = encodeUtf8('hello')
    const signature = await (await ed25519Signer(jwk))(message)
    expect(await verifyEd25519(publicKeyOf(jwk), message, signature)).toBe(true)
  })

  it('makes no signer of a private key with the public part of another', async () => {
    const other = await generateEd25519Jwk()
    await expect(ed25519Signer({ ...JWK, x: other.x })).rejects.toThrow()
    await expect(ed25519Signer({ ...JWK, x: `${JWK.x}=` })).rejects.toThrow()
  })
})

describe('points', () => {
  it('refuses every listed small-order and non-canonical encoding with either sign bit', () => {
    for (const hex of [...vectors.refusedPointsHex, ...vectors.alsoRefusedHex]) {
      expect(isAcceptablePoint(bytes(hex)), hex).toBe(false)
      expect(isAcceptablePoint(withSignBit(bytes(hex))), hex).toBe(false)
    }
  })

  it('takes the largest y below p and ordinary keys', () => {
    for (const hex of vectors.acceptedHex) {
      expect(isAcceptablePoint(bytes(hex))).toBe(true)
      expect(isAcceptablePoint(withSignBit(bytes(hex)))).toBe(true)
    }
  })

  it('refuses other lengths', () => {
    expect(isAcceptablePoint(new Uint8Array(31).fill(9))).toBe(false)
    expect(isAcceptablePoint(new Uint8Array(33).fill(9))).toBe(false)
  })

  it('lets no signature by a small-order key hold, though it fits every message', async () => {
    for (const hex of vectors.refusedPointsHex) {
      for (const key of [bytes(hex), withSignBit(bytes(hex))]) {
        const signature = Uint8Array.of(...key, ...new Uint8Array(32))
        expect(await verifyEd25519(key, encodeUtf8('any'), signature)).toBe(false)
        await expect(ed25519Signer({ ...JWK, x: encodeBase64url(key) })).rejects.toThrow()
      }
    }
  })

  it('refuses a signature with a small-order R, over which runtimes disagree', async () => {
    const { message, signatureHex } = vectors.smallOrderR
    const key = publicKeyOf(JWK)
    expect(await verifyEd25519(key, encodeUtf8(message), bytes(signatureHex))).toBe(false)
  })
})
