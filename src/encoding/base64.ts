// Base64 in one spelling only: RFC 4648 §4 (padded) and §5 (URL-safe, unpadded).
import { Buffer } from 'node:buffer'

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return view(bytes).toString('base64')
}

/**
 * The bytes of padded standard base64, or null for any other text than the one `encodeBase64`
 * gives.
 */
export function decodeBase64(text: string): Uint8Array | null {
  return kept(decodeOneSpelling(text, 'base64'))
}

/** URL-safe base64 without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return view(bytes).toString('base64url')
}

/**
 * The bytes of unpadded URL-safe base64, or null for any other text than the one `encodeBase64url`
 * gives.
 */
export function decodeBase64url(text: string): Uint8Array | null {
  return kept(decodeOneSpelling(text, 'base64url'))
}

/** As `decodeBase64url`, for bytes that are read at once and not kept: they may be a window on memory that is shared. */
export function readBase64url(text: string): Uint8Array | null {
  return decodeOneSpelling(text, 'base64url')
}

// Buffer reads both alphabets, skips blanks, stops at padding and ignores spare bits. Encoding
// again and comparing shuts all of it out at once: only the one spelling of some bytes can come
// back unchanged.
function decodeOneSpelling(text: string, encoding: 'base64' | 'base64url'): Uint8Array | null {
  const decoded = Buffer.from(text, encoding)
  return decoded.toString(encoding) === text ? decoded : null
}

// a copy, because a small Buffer is a window on a shared slab that structuredClone would copy whole
function kept(decoded: Uint8Array | null): Uint8Array | null {
  return decoded === null ? null : new Uint8Array(decoded)
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
