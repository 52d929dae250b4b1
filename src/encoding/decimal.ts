// Whole numbers as text and as big-endian bytes, up to 2^53 − 1 and never through 32-bit operators.

const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/
const TWO_32 = 2 ** 32

/**
 * The number of an ASCII decimal without sign, blank or leading zero, at most 2^53 − 1, or null.
 */
export function parseDecimal(text: string): number | null {
  if (!DECIMAL.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : null
}

/** Eight big-endian bytes. Throws for what is not a safe integer ≥ 0. */
export function encodeU64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a u64: ${value}`)
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(value / TWO_32))
  view.setUint32(4, value % TWO_32)
  return bytes
}

/** The number in exactly eight big-endian bytes, or null for another length or beyond 2^53 − 1. */
export function decodeU64(bytes: Uint8Array): number | null {
  if (bytes.length !== 8) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
  const value = view.getUint32(0) * TWO_32 + view.getUint32(4)
  return Number.isSafeInteger(value) ? value : null
}

/** Four big-endian bytes. Throws for what is not an integer from 0 to 2^32 − 1. */
export function encodeU32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= TWO_32) {
    throw new RangeError(`not a u32: ${value}`)
  }
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** The number in exactly four big-endian bytes, or null for another length. */
export function decodeU32(bytes: Uint8Array): number | null {
  if (bytes.length !== 4) return null
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
}

/** Two big-endian bytes. Throws for what is not an integer from 0 to 65 535. */
export function encodeU16(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw new RangeError(`not a u16: ${value}`)
  }
  return Uint8Array.of(Math.floor(value / 256), value % 256)
}

/** The number in exactly two big-endian bytes, or null for another length. */
export function decodeU16(bytes: Uint8Array): number | null {
  const [high, low] = bytes
  return bytes.length === 2 && high !== undefined && low !== undefined ? high * 256 + low : null
}
