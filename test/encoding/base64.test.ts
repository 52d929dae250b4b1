// One spelling of base64 and hexadecimal: what Buffer and atob forgive is refused here.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeBase64,
  decodeBase64url,
  encodeBase64,
  encodeBase64url,
} from '../../src/encoding/base64.ts'
import { compareBytes, concatBytes, equalBytes } from '../../src/encoding/bytes.ts'
import { decodeHex, encodeHex } from '../../src/encoding/hex.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/encoding/utf8.ts'

describe('base64', () => {
  it('gives back any bytes in all three spellings', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes)
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes)
        expect(decodeHex(encodeHex(bytes))).toEqual(bytes)
      }),
    )
  })

  it('encodes a view into a larger array, not the array', () => {
    const view = Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 3)
    expect(encodeBase64(view)).toBe('AgM=')
    expect(encodeHex(view)).toBe('0203')
  })

  it.each([
    ['no padding', '-_8'.replace('-_', '+/')],
    ['URL-safe letters', '-_8='],
    ['a space', '+/ 8='],
    ['a newline at the end', '+/8=\n'],
    ['spare bits that are not zero', '+/9='],
    ['padding twice', '+/8=='],
    ['letters after the padding', '+/8=AAAA'],
    ['one letter alone', 'A==='],
    ['a letter that shares its low byte with A', '\u0141AAA'],
    ['a byte order mark', '\ufeff+/8='],
  ])('refuses standard base64 with %s', (_, text) => {
    expect(decodeBase64('+/8=')).toEqual(Uint8Array.of(0xfb, 0xff))
    expect(decodeBase64(text)).toBeNull()
  })

  it.each([
    ['padding', '-_8='],
    ['letters of the standard alphabet', '+/8'],
    ['spare bits that are not zero', '-_9'],
    ['a space', '-_ 8'],
    ['a newline at the end', '-_8\n'],
    ['one letter too many', '-_8AA'],
    ['a dot', '-_8.'],
  ])('refuses URL-safe base64 with %s', (_, text) => {
    expect(decodeBase64url('-_8')).toEqual(Uint8Array.of(0xfb, 0xff))
    expect(decodeBase64url(text)).toBeNull()
  })

  it.each(['F0', 'f', 'f0 ', '0xf0', 'g0', 'f0f'])('refuses %j as hexadecimal', (text) => {
    expect(decodeHex(text)).toBeNull()
  })
})

describe('utf8', () => {
  it('keeps a byte order mark, so that text and signed bytes stay the same', () => {
    const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)
    expect(decodeUtf8(bytes)).toBe('\ufeffa')
    expect(encodeUtf8('\ufeffa')).toEqual(bytes)
  })

  it.each([
    [[0xc0, 0x80]],
    [[0xed, 0xa0, 0x80]],
    [[0xff]],
    [[0xe2, 0x82]],
    [[0xf4, 0x90, 0x80, 0x80]],
  ])('refuses the bytes %j instead of repairing them', (bytes) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toBeNull()
  })
})

describe('bytes', () => {
  it('puts parts together in order', () => {
    expect(concatBytes([])).toEqual(new Uint8Array(0))
    const parts = [Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)]
    expect(concatBytes(parts)).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('orders as unsigned bytes, a prefix first, and agrees with equality', () => {
    expect(compareBytes(Uint8Array.of(0x80), Uint8Array.of(0x7f))).toBe(1)
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(-1)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        expect(compareBytes(a, b)).toBe(Math.sign(Buffer.compare(a, b)))
        expect(compareBytes(a, b) === 0).toBe(equalBytes(a, b))
      }),
    )
  })
})
