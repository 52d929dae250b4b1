// Where a feed's files come from: a peer over HTTP, within budgets, or this node's own log (design: protocol 1.5, 1.7).

import { concatBytes } from '../encoding/bytes.ts'
import { Failure, ok, type Refusal, type Result, refusal } from '../errors.ts'
import { MAX_ENTRY_BYTES } from '../tlog/bundle.ts'
import type { FeedSource } from '../tlog/feed-source.ts'
import { entriesPath, tilePath } from '../tlog/tile.ts'

export const MAX_CHECKPOINT_BYTES = 65_536
export const HASH_BYTES = 32
/** A bundle of `count` entries of at most 32 768 bytes, each with its two length bytes. */
export const maxBundleBytes = (count: number): number => count * (MAX_ENTRY_BYTES + 2)
/** How long a peer may take, in milliseconds: to the first byte, between two chunks, for one answer as a whole. */
export type Budgets = { headersMs: number; idleMs: number; totalMs: number }
export const BUDGETS: Budgets = { headersMs: 10_000, idleMs: 10_000, totalMs: 30_000 }

/** Within one machine nothing is asked to be compressed: it would cost more than the signature checks. */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/.test(hostname)

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** A feed at `<base>/checkpoint`, `<base>/tile/…`. Redirects are never followed; every answer has a largest size. */
export function httpSource(fetch: Fetch, base: string, budgets: Budgets = BUDGETS): FeedSource {
  const get = (path: string, most: number, headers: Record<string, string> = {}) =>
    fetchBytes(fetch, `${base}/${path}`, most, headers, budgets)
  return {
    async checkpoint(etag) {
      const conditional = etag === null ? {} : { 'if-none-match': etag }
      const answer = await get('checkpoint', MAX_CHECKPOINT_BYTES, conditional)
      if (!answer.ok) return answer
      const { status, bytes } = answer.value
      if (status === 304) return ok({ changed: false })
      return ok({ changed: true, bytes, etag: answer.value.etag })
    },
    async tile(level, index, width) {
      const exact = HASH_BYTES * width
      const part = await bytesAt(get, tilePath(level, index, width), exact)
      if (part.ok || width === 256 || part.code !== 'ERR_PEER_STATUS') return part
      // Partial tiles may go once the full one exists; its first hashes are the same.
      const full = await bytesAt(get, tilePath(level, index, 256), HASH_BYTES * 256)
      return full.ok ? ok(full.value.subarray(0, exact)) : full
    },
    async bundle(index, width) {
      const part = await bytesAt(get, entriesPath(index, width), maxBundleBytes(width))
      if (part.ok || width === 256 || part.code !== 'ERR_PEER_STATUS') return part
      const full = await bytesAt(get, entriesPath(index, 256), maxBundleBytes(256))
      return full.ok ? ok(firstEntries(full.value, width)) : full
    },
  }
}

/** The beginning of a bundle, so many entries long; all of it where it is shorter, for the verifier to refuse. */
function firstEntries(bundle: Uint8Array, count: number): Uint8Array {
  let end = 0
  for (let entries = 0; entries < count && end < bundle.length; entries++) {
    end += 2 + (bundle[end] ?? 0) * 256 + (bundle[end + 1] ?? 0)
  }
  return bundle.subarray(0, end)
}

type Answer = { status: number; bytes: Uint8Array; etag: string | null }
type Get = (path: string, most: number) => Promise<Result<Answer>>

async function bytesAt(get: Get, path: string, most: number): Promise<Result<Uint8Array>> {
  const answer = await get(path, most)
  if (!answer.ok) return answer
  if (answer.value.status !== 200)
    return refusal('ERR_PEER_STATUS', `${answer.value.status} for ${path}`)
  return ok(answer.value.bytes)
}

/** One request within the budgets. Codes: ERR_PEER_*. Statuses other than those of `answers` are refused. */
export async function fetchBytes(
  fetch: Fetch,
  url: string,
  mostBytes: number,
  headers: Record<string, string> = {},
  budgets: Budgets = BUDGETS,
  answers: readonly number[] = [200, 304],
): Promise<Result<Answer>> {
  const abort = new AbortController()
  const total = AbortSignal.timeout(budgets.totalMs)
  const signal = AbortSignal.any([abort.signal, total])
  try {
    const response = await within(
      budgets.headersMs,
      // Named, or a runtime asks for more than is taken here: over https for Brotli too.
      fetch(url, {
        headers: { 'accept-encoding': 'gzip', ...headers },
        signal,
        redirect: 'manual',
      }),
    )
    const bad = refusedResponse(response, url, answers)
    if (bad !== null) {
      abort.abort()
      return bad
    }
    const bytes =
      response.status === 304
        ? new Uint8Array()
        : await readBody(response, mostBytes, budgets.idleMs)
    if (bytes === null) {
      abort.abort()
      return refusal('ERR_PEER_TOO_LARGE', `more than ${mostBytes} bytes at ${url}`)
    }
    return ok({ status: response.status, bytes, etag: response.headers.get('etag') })
  } catch (error) {
    abort.abort()
    if (error instanceof Failure) return refusal(error.code, error.message)
    if (error instanceof SlowPeer || total.aborted) return refusal('ERR_PEER_TIMEOUT', url)
    return refusal('ERR_PEER_UNREACHABLE', `${url}: ${causeOf(error)}`)
  }
}

function refusedResponse(
  response: Response,
  url: string,
  answers: readonly number[],
): Refusal | null {
  const { status } = response
  if (status >= 300 && status < 400 && status !== 304) {
    return refusal('ERR_PEER_REDIRECT', `${status} at ${url}`)
  }
  if (!answers.includes(status)) return refusal('ERR_PEER_STATUS', `${status} at ${url}`)
  // One layer at most: stacked encodings multiply what a few bytes can become.
  const encoding = response.headers.get('content-encoding') ?? 'identity'
  if (!['identity', 'gzip'].includes(encoding.trim().toLowerCase())) {
    return refusal('ERR_PEER_ENCODING', `${encoding} at ${url}`)
  }
  return null
}

/** The body after decompression by fetch, or null as soon as it passes the maximum: a gzip bomb costs one chunk. */
async function readBody(
  response: Response,
  mostBytes: number,
  idleMs: number,
): Promise<Uint8Array | null> {
  if (response.body === null) return new Uint8Array()
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await within(idleMs, reader.read())
    if (done)
      return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatBytes(chunks)
    length += value.length
    if (length > mostBytes) {
      await reader.cancel()
      return null
    }
    chunks.push(value)
  }
}

class SlowPeer extends Error {}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SlowPeer()), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? error.cause : undefined
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : undefined
  return code ?? cause?.message ?? error.message
}
