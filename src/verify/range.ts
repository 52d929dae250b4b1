// Ties every bundle of a new range to the signed root before any of them is merged (design: protocol 1.7 steps 2 and 3).
import type { ProvenEntry } from '../decision/entry.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { ok, type Result, refusal } from '../errors.ts'
import { MAX_ENTRY_BYTES, parseBundle } from '../tlog/bundle.ts'
import { leafHash } from '../tlog/hash.ts'
import { appendLeaves, type Frontier, rootFromLeaves } from '../tlog/tree.ts'

const WIDTH = 256

/** What is held already: the merged prefix. */
export type Held = { merged: number; frontier: Frontier }
export type Target = { size: number; root: Uint8Array }

/** For each bundle from `first` on, what its entries must hash to: a subtree root when full, leaf hashes at the right edge. */
export type RangeProof = { first: number; subtrees: Uint8Array[]; edge: Uint8Array[] }

/** Index of the bundle that holds the first entry not merged yet. */
export const firstBundle = (held: Held): number => Math.floor(held.merged / WIDTH)
/** Bundles that hold something new, the one that is partly held included. */
export const bundlesOf = (held: Held, target: Target): number =>
  Math.ceil(target.size / WIDTH) - firstBundle(held)
/** Entries in bundle `index` of a tree of that size. */
export const bundleWidth = (index: number, size: number): number =>
  Math.min(WIDTH, size - index * WIDTH)

/**
 * Proves by tiles: the hashes of level 1 for the full bundles and the leaf hashes of the right edge, appended to the compact range held,
 * must give the signed root. That proves at once that the tree extends the full bundles held. Code ERR_TILE_MISMATCH.
 */
export function proveByTiles(
  held: Held,
  target: Target,
  subtrees: readonly Uint8Array[],
  edge: readonly Uint8Array[],
): Result<RangeProof> {
  const first = firstBundle(held)
  // Hashes of full bundles form a tree of their own, one level-1 hash a leaf.
  const high = held.frontier.slice(0, onesIn(first))
  const full = appendLeaves(first, high, subtrees)
  const whole = appendLeaves(full.size * WIDTH, full.frontier, edge)
  if (whole.size !== target.size || !equalBytes(whole.root, target.root)) {
    return refusal(
      'ERR_TILE_MISMATCH',
      `tiles up to ${whole.size} do not give the root of ${target.size}`,
    )
  }
  return ok({ first, subtrees: [...subtrees], edge: [...edge] })
}

/**
 * Reads one bundle and checks it against the proof. `known` are the leaf hashes already held of this bundle, from its start.
 * Codes: ERR_BUNDLE_FORMAT, ERR_BUNDLE_MISMATCH, ERR_FEED_REWRITTEN.
 */
export function proveBundle(
  proof: RangeProof,
  index: number,
  bytes: Uint8Array,
  width: number,
  known: readonly Uint8Array[],
): Result<ProvenEntry[]> {
  const entries = readBundle(index, bytes, width)
  if (!entries.ok) return entries
  const leaves = entries.value.map(({ leaf }) => leaf)
  const subtree = proof.subtrees[index - proof.first]
  const fits =
    subtree === undefined
      ? sameHashes(leaves, proof.edge)
      : equalBytes(rootFromLeaves(leaves), subtree)
  if (!fits) return refusal('ERR_BUNDLE_MISMATCH', `bundle ${index} does not hash into the tree`)
  if (!sameHashes(leaves.slice(0, known.length), known)) {
    return refusal('ERR_FEED_REWRITTEN', `bundle ${index} lost entries that were there`)
  }
  return ok(entries.value.slice(known.length))
}

/** Where one or two bundles hold all that is new, they prove themselves: no tile is needed. Codes as `proveBundle`. */
export function proveBySelf(
  held: Held,
  target: Target,
  bundles: readonly Uint8Array[],
  known: readonly Uint8Array[],
): Result<ProvenEntry[]> {
  const first = firstBundle(held)
  const all: ProvenEntry[] = []
  for (const [at, bytes] of bundles.entries()) {
    const entries = readBundle(first + at, bytes, bundleWidth(first + at, target.size))
    if (!entries.ok) return entries
    all.push(...entries.value)
  }
  const leaves = all.map(({ leaf }) => leaf)
  // From the start of the first bundle, so that a damaged answer is told apart from a log that was rewritten.
  const whole = appendLeaves(first * WIDTH, held.frontier.slice(0, onesIn(first)), leaves)
  if (!equalBytes(whole.root, target.root)) {
    return refusal('ERR_BUNDLE_MISMATCH', `entries up to ${whole.size} do not give the signed root`)
  }
  if (!sameHashes(leaves.slice(0, known.length), known)) {
    return refusal('ERR_FEED_REWRITTEN', `bundle ${first} lost entries that were there`)
  }
  return ok(all.slice(known.length))
}

function readBundle(index: number, bytes: Uint8Array, width: number): Result<ProvenEntry[]> {
  const entries = parseBundle(bytes, width, MAX_ENTRY_BYTES)
  if (entries === null)
    return refusal('ERR_BUNDLE_FORMAT', `bundle ${index} does not hold ${width} entries`)
  return ok(
    entries.map((entry, at) => ({ idx: index * WIDTH + at, leaf: leafHash(entry), bytes: entry })),
  )
}

function sameHashes(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, at) => equalBytes(hash, b[at] ?? new Uint8Array()))
}

/** Binary ones of a number: how many perfect subtrees a tree of that size has. Sizes pass 2^32, so no bit operators. */
function onesIn(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}
