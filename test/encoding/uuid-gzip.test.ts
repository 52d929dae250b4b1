// UUIDv7, SHA-256 over parts, and gzip with a limit.
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { gunzip, gzip } from '../../src/encoding/gzip.ts'
import { encodeHex } from '../../src/encoding/hex.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { isUuidv7, uuidv7 } from '../../src/encoding/uuid.ts'

describe('UUIDv7', () => {
  it('matches the example of RFC 9562', () => {
    const random = Uint8Array.of(
      0,
      0,
      0,
      0,
      0,
      0,
      0x0c,
      0xc3,
      0x18,
      0xc4,
      0xdc,
      0x0c,
      0x0c,
      0x07,
      0x39,
      0x8f,
    )
    expect(uuidv7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
  })

  it('sorts by time and keeps version and variant whatever the random bytes', () => {
    const early = uuidv7(1_767_225_600_000, new Uint8Array(16).fill(255))
    const late = uuidv7(1_767_225_600_001, new Uint8Array(16))
    expect(early < late).toBe(true)
    expect(isUuidv7(early) && isUuidv7(late)).toBe(true)
  })

  it.each([
    '017F22E2-79B0-7CC3-98C4-DC0C0C07398F',
    '017f22e2-79b0-4cc3-98c4-dc0c0c07398f',
    '017f22e2-79b0-7cc3-c8c4-dc0c0c07398f',
    '017f22e279b07cc398c4dc0c0c07398f',
    '{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n',
  ])('refuses %j', (text) => {
    expect(isUuidv7(text)).toBe(false)
  })

  it('throws for a time or random bytes that do not fit', () => {
    expect(() => uuidv7(-1, new Uint8Array(16))).toThrow(RangeError)
    expect(() => uuidv7(2 ** 48, new Uint8Array(16))).toThrow(RangeError)
    expect(() => uuidv7(0, new Uint8Array(15))).toThrow(RangeError)
  })
})

describe('sha256', () => {
  it('hashes parts as if they were one', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(encodeHex(sha256(encodeUtf8('abc')))).toBe(abc)
    expect(encodeHex(sha256(encodeUtf8('a'), new Uint8Array(0), encodeUtf8('bc')))).toBe(abc)
    expect(sha256()).toEqual(sha256(new Uint8Array(0)))
  })
})

describe('gzip', () => {
  const text = encodeUtf8('an act of exclusion\n'.repeat(5000))

  it('gives back what it packed, up to exactly the limit', async () => {
    const packed = await gzip(text)
    expect(packed.length).toBeLessThan(text.length / 20)
    expect(await gunzip(packed, text.length)).toEqual(text)
    expect(await gunzip(await gzip(new Uint8Array(0)), 0)).toEqual(new Uint8Array(0))
  })

  it('stops a bomb at the limit', async () => {
    const bomb = await gzip(new Uint8Array(20_000_000))
    expect(bomb.length).toBeLessThan(30_000)
    expect(await gunzip(bomb, 65_536)).toBeNull()
    expect(await gunzip(await gzip(text), text.length - 1)).toBeNull()
  })

  it('refuses what is cut short, changed, followed by more, or no gzip', async () => {
    const packed = await gzip(text)
    expect(await gunzip(packed.subarray(0, -1), text.length)).toBeNull()
    const changed = packed.map((byte, i) => (i === packed.length - 6 ? byte ^ 1 : byte))
    expect(await gunzip(changed, text.length)).toBeNull()
    expect(await gunzip(concatBytes([packed, encodeUtf8('more')]), text.length)).toBeNull()
    expect(await gunzip(text, text.length)).toBeNull()
    expect(await gunzip(new Uint8Array(0), 10)).toBeNull()
  })
})
