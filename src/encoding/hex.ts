// Lowercase hexadecimal, one spelling.
import { Buffer } from 'node:buffer'

/** Two lowercase digits a byte. */
export function encodeHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** The bytes of lowercase hexadecimal, or null for anything else. */
export function decodeHex(text: string): Uint8Array | null {
  const decoded = Buffer.from(text, 'hex')
  return decoded.toString('hex') === text ? new Uint8Array(decoded) : null
}
