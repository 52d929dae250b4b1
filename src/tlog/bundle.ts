// Entry bundles (C2SP tlog-tiles): a big-endian 16-bit length before each entry, outside of what is
// hashed.
import { concatBytes } from '../encoding/bytes.ts'
import { encodeU16 } from '../encoding/decimal.ts'
import { TILE_WIDTH } from './tile.ts'

/** The largest entry of any log here (design 1.3); the format itself ends at 65 535. */
export const MAX_ENTRY_BYTES = 32_768

/** The largest bundle: 256 of the largest entries with their lengths. */
export const MAX_BUNDLE_BYTES: number = TILE_WIDTH * (2 + MAX_ENTRY_BYTES)

/**
 * The bytes of up to 256 entries. Throws for more, and for an entry above `MAX_ENTRY_BYTES`: never
 * a cut length.
 */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH) throw new RangeError('a bundle holds at most 256 entries')
  const parts: Uint8Array[] = []
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new RangeError(`entry of ${entry.length} bytes`)
    parts.push(encodeU16(entry.length), entry)
  }
  return concatBytes(parts)
}

/**
 * The entries, as views of the bundle, or null unless there are exactly `count`, nothing follows
 * the last, and none is longer than `maxEntryBytes`.
 */
export function parseBundle(
  bundle: Uint8Array,
  count: number,
  maxEntryBytes: number = MAX_ENTRY_BYTES,
): Uint8Array[] | null {
  const entries: Uint8Array[] = []
  let at = 0
  while (entries.length < count) {
    const high = bundle[at]
    const low = bundle[at + 1]
    if (high === undefined || low === undefined) return null
    const length = high * 256 + low
    const end = at + 2 + length
    if (length > maxEntryBytes || end > bundle.length) return null
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  return at === bundle.length ? entries : null
}
