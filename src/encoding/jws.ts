// Compact JWS (RFC 7515 §7.1) taken apart in its one spelling (design 1.3), nothing verified yet.
import { Buffer } from 'node:buffer'
import { decodeBase64url, readBase64url } from './base64.ts'
import { decodeUtf8 } from './utf8.ts'

export type CompactJws = {
  headerText: string
  payloadText: string
  /** 64 bytes. */
  signature: Uint8Array
  /** The ASCII bytes that the signature covers: `header.payload`. */
  signingInput: Uint8Array
}

const SIGNATURE_CHARS = 86
const DOT = 0x2e

// The entries of a feed share a handful of headers: the last one read is nearly always the next one too.
let lastHeader: { part: string; text: string | null } = { part: '', text: null }

/**
 * Splits a compact JWS with a 64-byte signature. Null unless header, payload and signature are each
 * the one unpadded base64url spelling of their bytes, header and payload are UTF-8, and nothing
 * precedes or follows. A signature of 86 characters has 16 last letters that lenient readers take
 * for the same: here 15 of them are refused, because every spelling would be another leaf hash. The
 * length of the input is the caller's to limit.
 */
export function splitCompactJws(token: Uint8Array | string): CompactJws | null {
  const text = typeof token === 'string' ? token : latin1(token)
  const firstDot = text.indexOf('.')
  const secondDot = text.length - SIGNATURE_CHARS - 1
  if (firstDot < 1 || secondDot < firstDot + 2 || text[secondDot] !== '.') return null
  // Every character beyond the alphabet falls to the decoding of its part, a third dot too.
  const headerText = readHeader(text.slice(0, firstDot))
  const payloadText = readText(text.slice(firstDot + 1, secondDot))
  const signature = decodeBase64url(text.slice(secondDot + 1))
  if (headerText === null || payloadText === null || signature === null) return null
  const signingInput =
    typeof token === 'string'
      ? new Uint8Array(Buffer.from(text.slice(0, secondDot), 'latin1'))
      : token.subarray(0, secondDot)
  return { headerText, payloadText, signature, signingInput }
}

/** All but the payload, which is not looked at. Null where header or signature are not as `splitCompactJws` wants them. */
export function readJwsEnds(token: Uint8Array): Omit<CompactJws, 'payloadText'> | null {
  const firstDot = token.indexOf(DOT)
  const secondDot = token.length - SIGNATURE_CHARS - 1
  if (firstDot < 1 || secondDot < firstDot + 2 || token[secondDot] !== DOT) return null
  const headerText = readHeader(latin1(token.subarray(0, firstDot)))
  const signature = decodeBase64url(latin1(token.subarray(secondDot + 1)))
  if (headerText === null || signature === null) return null
  return { headerText, signature, signingInput: token.subarray(0, secondDot) }
}

function readHeader(part: string): string | null {
  if (part !== lastHeader.part) lastHeader = { part, text: readText(part) }
  return lastHeader.text
}

function readText(part: string): string | null {
  const bytes = readBase64url(part)
  return bytes === null ? null : decodeUtf8(bytes)
}

// one character a byte, so that a byte beyond ASCII stays visible to the pattern
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
