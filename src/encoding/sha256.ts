// SHA-256 (FIPS 180-4), synchronous: the only door to node:crypto, which Workers have too.
import { hash } from 'node:crypto'
import { concatBytes } from './bytes.ts'

/** The 32-byte hash of all parts put together. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  const message = parts.length === 1 && only !== undefined ? only : concatBytes(parts)
  const digest = hash('sha256', message, 'buffer')
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength)
}
