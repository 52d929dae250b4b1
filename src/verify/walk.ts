// Walks a feed's files in the order that proves most with least: tiles of level 1 first, then bundles, a window ahead of the merge.
import type { ProvenEntry } from '../decision/entry.ts'
import { ok, type Result } from '../errors.ts'
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
 * Yields the new entries bundle by bundle in index order, each proven and passed through `verify`; up to 8 bundles are fetched and
 * verified ahead. Ends after the first refusal.
 */
export async function* pullBundles<T>(
  source: FeedSource,
  target: Target,
  range: ProvenRange,
  verify: (entries: ProvenEntry[]) => Promise<T>,
): AsyncGenerator<Result<T>> {
  if (range.by === 'self') {
    for (let at = 0; at < range.entries.length; at += WIDTH) {
      yield ok(await verify(range.entries.slice(at, at + WIDTH)))
    }
    return
  }
  const { proof, firstEntries } = range
  const last = Math.ceil(target.size / WIDTH)
  const load = async (index: number): Promise<Result<T>> => {
    if (index === proof.first) return ok(await verify(firstEntries))
    const width = bundleWidth(index, target.size)
    const bytes = await source.bundle(index, width)
    if (!bytes.ok) return bytes
    const entries = proveBundle(proof, index, bytes.value, width, [])
    return entries.ok ? ok(await verify(entries.value)) : entries
  }
  const ahead: Promise<Result<T>>[] = []
  let next = proof.first
  for (let index = proof.first; index < last; index++) {
    while (next < last && ahead.length < WINDOW) ahead.push(settled(load(next++)))
    const bundle = await ahead.shift()
    if (bundle === undefined) throw new TypeError('a bundle of the window is missing')
    yield bundle
    if (!bundle.ok) return
  }
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
