// Compact JWS (RFC 7515 §7.1) taken apart in its one spelling (design 1.3), nothing verified yet.
import { Buffer } from 'node:buffer'
import { decodeBase64url } from './base64.ts'
import { decodeUtf8 } from './utf8.ts'

export type CompactJws = {
  headerText: string
  payloadText: string
  /** 64 bytes. */
  signature: Uint8Array
  /** The ASCII bytes that the signature covers: `header.payload`. */
  signingInput: Uint8Array
}

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/
const SIGNATURE_CHARS = 86

/**
 * Splits a compact JWS with a 64-byte signature. Null unless header, payload and signature are each
 * the one unpadded base64url spelling of their bytes, header and payload are UTF-8, and nothing
 * precedes or follows. A signature of 86 characters has 16 last letters that lenient readers take
 * for the same: here 15 of them are refused, because every spelling would be another leaf hash. The
 * length of the input is the caller's to limit.
 */
export function splitCompactJws(token: Uint8Array | string): CompactJws | null {
  const text = typeof token === 'string' ? token : latin1(token)
  if (!COMPACT.test(text)) return null
  const firstDot = text.indexOf('.')
  const secondDot = text.length - SIGNATURE_CHARS - 1
  const header = decodeBase64url(text.slice(0, firstDot))
  const payload = decodeBase64url(text.slice(firstDot + 1, secondDot))
  const signature = decodeBase64url(text.slice(secondDot + 1))
  if (header === null || payload === null || signature === null) return null
  const headerText = decodeUtf8(header)
  const payloadText = decodeUtf8(payload)
  if (headerText === null || payloadText === null) return null
  const signingInput =
    typeof token === 'string'
      ? new Uint8Array(Buffer.from(text.slice(0, secondDot), 'latin1'))
      : token.subarray(0, secondDot)
  return { headerText, payloadText, signature, signingInput }
}

// one character a byte, so that a byte beyond ASCII stays visible to the pattern
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
