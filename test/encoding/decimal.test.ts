// Whole numbers as text and bytes, beyond 32 bits.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeU16,
  decodeU32,
  decodeU64,
  encodeU16,
  encodeU32,
  encodeU64,
  parseDecimal,
} from '../../src/encoding/decimal.ts'

describe('decimals', () => {
  it('reads every safe integer as it is written', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        expect(parseDecimal(String(n))).toBe(n)
      }),
    )
    expect(parseDecimal('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
  })

  it.each(['', '00', '01', '-1', '-0', '+1', ' 5', '5 ', '5\n', '0x10', '1e3', '1.0', '٣', 'five'])(
    'refuses %j',
    (text) => {
      expect(parseDecimal(text)).toBeNull()
    },
  )

  it.each(['9007199254740992', '9007199254740993', '9999999999999999', '18446744073709551615'])(
    'refuses %s, which a double cannot tell from its neighbours',
    (text) => {
      expect(parseDecimal(text)).toBeNull()
    },
  )
})

describe('big-endian bytes', () => {
  it('gives back every safe integer in eight bytes, and agrees with BigInt', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        const bytes = encodeU64(n)
        expect(decodeU64(bytes)).toBe(n)
        expect(new DataView(bytes.buffer).getBigUint64(0)).toBe(BigInt(n))
      }),
    )
  })

  it('refuses eight bytes beyond 2^53 − 1', () => {
    expect(decodeU64(Uint8Array.of(0, 0x1f, 255, 255, 255, 255, 255, 255))).toBe(2 ** 53 - 1)
    expect(decodeU64(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0))).toBeNull()
    expect(decodeU64(new Uint8Array(8).fill(255))).toBeNull()
  })

  it('refuses another number of bytes', () => {
    expect(decodeU64(new Uint8Array(7))).toBeNull()
    expect(decodeU32(new Uint8Array(5))).toBeNull()
    expect(decodeU16(new Uint8Array(1))).toBeNull()
    expect(decodeU16(new Uint8Array(3))).toBeNull()
  })

  it('keeps the top bit of 32 and of 16 bits', () => {
    expect(decodeU32(encodeU32(0xfedcba98))).toBe(0xfedcba98)
    expect(decodeU16(encodeU16(65_535))).toBe(65_535)
  })

  it('never cuts a number that does not fit', () => {
    expect(() => encodeU16(65_536)).toThrow(RangeError)
    expect(() => encodeU32(2 ** 32)).toThrow(RangeError)
    expect(() => encodeU64(2 ** 53)).toThrow(RangeError)
    expect(() => encodeU64(-1)).toThrow(RangeError)
    expect(() => encodeU16(1.5)).toThrow(RangeError)
  })
})
