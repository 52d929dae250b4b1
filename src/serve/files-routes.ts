// How files of a feed are answered: immutable ones for ever, heads with a strong tag, bundles gzipped on request (protocol 1.5).
import type { Context } from 'hono'
import { isNotChanged } from '../api/etag.ts'
import { UNCHANGED } from '../api/route.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import { gzip } from '../encoding/gzip.ts'
import { sha256 } from '../encoding/sha256.ts'
import { Failure } from '../errors.ts'

const IMMUTABLE = 'public, max-age=31536000, immutable'
const REVALIDATE = 'no-cache'
export const TEXT = 'text/plain; charset=utf-8'
export const TEXT_TYPE = 'text/plain'
export const OCTETS = 'application/octet-stream'

/** For the description of routes whose answer is `revalidated`. */
export const IF_NONE_MATCH = { 'if-none-match': 'The `etag` of an earlier answer.' } as const
export const UNCHANGED_ANSWER = { 304: UNCHANGED } as const

/** A query string or an escaped letter would give one file many names; caches have mixed such answers up before. */
export function refuseOtherNames(c: Context): void {
  if (/[?%]/.test(c.req.url)) {
    throw new Failure('ERR_NOT_FOUND', 'files of a feed take no query string and no escapes')
  }
}

export async function bundleAnswer(c: Context, bytes: Uint8Array | null): Promise<Response> {
  if (bytes === null || !takesGzip(c.req.header('accept-encoding') ?? '')) {
    const answer = immutable(c, bytes, OCTETS)
    answer.headers.set('vary', 'accept-encoding')
    return answer
  }
  const answer = immutable(c, await gzip(bytes), OCTETS)
  answer.headers.set('content-encoding', 'gzip')
  answer.headers.set('vary', 'accept-encoding')
  return answer
}

/** True when the header names gzip with a weight above 0 (RFC 9110 §12.5.3). */
function takesGzip(header: string): boolean {
  return header.split(',').some((part) => {
    const [coding = '', weight = ''] = part.split(';').map((text) => text.trim().toLowerCase())
    return coding === 'gzip' && !/^q=0(\.0*)?$/.test(weight)
  })
}

export function immutable(c: Context, bytes: Uint8Array | null, type: string): Response {
  if (bytes === null) throw new Failure('ERR_NOT_FOUND', 'the log does not reach this far')
  return c.body(owned(bytes), 200, {
    'content-type': type,
    'cache-control': IMMUTABLE,
    'access-control-allow-origin': '*',
  })
}

export function revalidated(c: Context, bytes: Uint8Array, type: string): Response {
  const etag = `"${encodeBase64url(sha256(bytes))}"`
  const headers = { 'cache-control': REVALIDATE, etag, 'access-control-allow-origin': '*' }
  if (isNotChanged(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers)
  return c.body(owned(bytes), 200, { 'content-type': type, ...headers })
}

function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes)
}
