// The public read side of a feed: checkpoint, tiles, entry bundles, charters (C2SP tlog-tiles; design: protocol 1.5).
import { type Context, Hono } from 'hono'
import { readCharterFile } from '../charter/store.ts'
import type { Db } from '../db.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import { parseDecimal } from '../encoding/decimal.ts'
import { gzip } from '../encoding/gzip.ts'
import { sha256 } from '../encoding/sha256.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { readHead, readLogBundle, readLogTile } from '../log/read.ts'
import { parseTilePath } from '../tlog/tile.ts'

const IMMUTABLE = 'public, max-age=31536000, immutable'
const REVALIDATE = 'no-cache'
const TEXT = 'text/plain; charset=utf-8'
const OCTETS = 'application/octet-stream'
const JOSE = 'application/jose+json'

/** Routes under `/`. Nothing here takes a query string, so that no cache can mix two answers. */
export function feedRoutes(deps: { db: Db }): Hono {
  const { db } = deps
  const routes = new Hono()

  routes.get('/log/checkpoint', async (c) => {
    refuseOtherNames(c)
    const head = await readHead(db)
    if (head === null) throw new Failure('ERR_NOT_FOUND', 'this log has no entry yet')
    return revalidated(c, encodeUtf8(head.note), TEXT)
  })

  routes.get('/log/tile/*', async (c) => {
    refuseOtherNames(c)
    const tile = parseTilePath(c.req.path.slice('/log/'.length))
    if (tile === null) throw new Failure('ERR_NOT_FOUND', 'not a tile path in its one spelling')
    const { level, index, width } = tile
    if (level === 'entries') {
      return bundleAnswer(c, await readLogBundle(db, index, width))
    }
    return immutable(c, await readLogTile(db, level, index, width), OCTETS)
  })

  routes.get('/charter/latest', async (c) => {
    refuseOtherNames(c)
    const file = await readCharterFile(db, null)
    if (file === null) throw new Failure('ERR_NOT_FOUND', 'no charter has been adopted yet')
    return revalidated(c, encodeUtf8(file), JOSE)
  })

  routes.get('/charter/:file{[0-9]+\\.json}', async (c) => {
    refuseOtherNames(c)
    const n = parseDecimal(c.req.param('file').slice(0, -'.json'.length))
    const file = n === null ? null : await readCharterFile(db, n)
    return immutable(c, file === null ? null : encodeUtf8(file), JOSE)
  })

  return routes
}

/** A query string or an escaped letter would give one file many names; caches have mixed such answers up before. */
function refuseOtherNames(c: Context): void {
  if (/[?%]/.test(c.req.url)) {
    throw new Failure('ERR_NOT_FOUND', 'files of a feed take no query string and no escapes')
  }
}

async function bundleAnswer(c: Context, bytes: Uint8Array | null): Promise<Response> {
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

function immutable(c: Context, bytes: Uint8Array | null, type: string): Response {
  if (bytes === null) throw new Failure('ERR_NOT_FOUND', 'the log does not reach this far')
  return c.body(owned(bytes), 200, {
    'content-type': type,
    'cache-control': IMMUTABLE,
    'access-control-allow-origin': '*',
  })
}

function revalidated(c: Context, bytes: Uint8Array, type: string): Response {
  const etag = `"${encodeBase64url(sha256(bytes))}"`
  const headers = { 'cache-control': REVALIDATE, etag, 'access-control-allow-origin': '*' }
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers)
  return c.body(owned(bytes), 200, { 'content-type': type, ...headers })
}

/** Weak comparison (RFC 9110 §8.8.3.2): caches that compress weaken a tag on the way. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header
    .split(',')
    .some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*')
}

function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes)
}
