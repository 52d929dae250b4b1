// Walks a feed's files in the order that proves most with least: tiles of level 1 first, then bundles, a window ahead of the merge.
import type { ProvenEntry } from '../decision/entry.ts'
import { ok, type Refusal, type Result } from '../errors.ts'
import type { FeedSource } from '../tlog/feed-source.ts'
import {
  bundlesOf,
  bundleWidth,
  firstBundle,
  type Held,
  proveBundle,
  proveBySelf,
  proveByTiles,
  type RangeProof,
  type Target,
} from './range.ts'

/** Bundles fetched ahead of the one being merged. */
export const WINDOW = 8
/** Bundles merged in one transaction: fewer commits rewrite fewer pages, and an interruption still costs at most the window. */
const RUN = 4
const WIDTH = 256

/** Either all new entries (they proved themselves) or what later bundles must hash to, with the first of them already checked. */
export type ProvenRange =
  | { by: 'self'; entries: ProvenEntry[] }
  | { by: 'tiles'; proof: RangeProof; firstEntries: ProvenEntry[] }

/** Proves that the target extends what is held, before anything is adopted. Codes: ERR_PEER_*, ERR_TILE_MISMATCH, ERR_BUNDLE_*, ERR_FEED_REWRITTEN. */
export async function proveRange(
  source: FeedSource,
  held: Held,
  target: Target,
  known: readonly Uint8Array[],
): Promise<Result<ProvenRange>> {
  const first = firstBundle(held)
  if (bundlesOf(held, target) <= 2) {
    const bundles: Uint8Array[] = []
    for (let index = first; index * WIDTH < target.size; index++) {
      const bytes = await source.bundle(index, bundleWidth(index, target.size))
      if (!bytes.ok) return bytes
      bundles.push(bytes.value)
    }
    const entries = proveBySelf(held, target, bundles, known)
    return entries.ok ? ok({ by: 'self', entries: entries.value }) : entries
  }
  const proof = await fetchProof(source, held, target)
  if (!proof.ok) return proof
  // The bundle held in part is read before the head is adopted: only it can show that old entries are still there.
  const bytes = await source.bundle(first, WIDTH)
  if (!bytes.ok) return bytes
  const entries = proveBundle(proof.value, first, bytes.value, WIDTH, known)
  return entries.ok ? ok({ by: 'tiles', proof: proof.value, firstEntries: entries.value }) : entries
}

async function fetchProof(
  source: FeedSource,
  held: Held,
  target: Target,
): Promise<Result<RangeProof>> {
  const first = firstBundle(held)
  const full = Math.floor(target.size / WIDTH)
  const subtrees: Uint8Array[] = []
  for (let tile = Math.floor(first / WIDTH); tile * WIDTH < full; tile++) {
    const hashes = await source.tile(1, tile, Math.min(WIDTH, full - tile * WIDTH))
    if (!hashes.ok) return hashes
    subtrees.push(...splitHashes(hashes.value).slice(Math.max(0, first - tile * WIDTH)))
  }
  const rest = target.size - full * WIDTH
  const edge = rest === 0 ? ok(new Uint8Array()) : await source.tile(0, full, rest)
  if (!edge.ok) return edge
  return proveByTiles(held, target, subtrees, splitHashes(edge.value))
}

/**
 * Yields the new entries in index order, up to 1 024 at a time, each bundle proven and all passed through `verify`; up to 8 bundles are
 * fetched and verified ahead. Ends after the first refusal.
 */
export async function* pullBundles<T>(
  source: FeedSource,
  target: Target,
  range: ProvenRange,
  verify: (entries: ProvenEntry[]) => Promise<T>,
): AsyncGenerator<Result<T>> {
  if (range.by === 'self') {
    yield ok(await verify(range.entries))
    return
  }
  const last = Math.ceil(target.size / WIDTH)
  const loadRun = async (from: number): Promise<Run<T>> => {
    const to = Math.min(from + RUN, last)
    const bundles = await Promise.all(
      Array.from({ length: to - from }, (_, at) => loadBundle(source, target, range, from + at)),
    )
    const entries: ProvenEntry[] = []
    for (const bundle of bundles) {
      // What was proven before the one that failed is kept, or a link that always breaks early would never get on.
      if (!bundle.ok)
        return { good: entries.length === 0 ? null : await verify(entries), refused: bundle }
      entries.push(...bundle.value)
    }
    return { good: await verify(entries), refused: null }
  }
  const ahead: Promise<Run<T>>[] = []
  let next = range.proof.first
  for (let from = range.proof.first; from < last; from += RUN) {
    for (; next < last && ahead.length < WINDOW / RUN; next += RUN)
      ahead.push(settled(loadRun(next)))
    const run = await ahead.shift()
    if (run === undefined) throw new TypeError('a run of the window is missing')
    if (run.good !== null) yield ok(run.good)
    if (run.refused !== null) {
      yield run.refused
      return
    }
  }
}

/** What of a run is proven and verified, and why it went no further. */
type Run<T> = { good: T | null; refused: Refusal | null }

async function loadBundle(
  source: FeedSource,
  target: Target,
  range: Extract<ProvenRange, { by: 'tiles' }>,
  index: number,
): Promise<Result<ProvenEntry[]>> {
  if (index === range.proof.first) return ok(range.firstEntries)
  const width = bundleWidth(index, target.size)
  const bytes = await source.bundle(index, width)
  return bytes.ok ? proveBundle(range.proof, index, bytes.value, width, []) : bytes
}

/** Marks a promise as watched: after a refusal nobody awaits the rest of the window. */
function settled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

function splitHashes(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(bytes.length / 32) }, (_, i) =>
    bytes.subarray(i * 32, i * 32 + 32),
  )
}
