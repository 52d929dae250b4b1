// A log in an alliance bundle as one more source of feed files: believed no more than a peer (design: protocol 1.7, 1.11).
import { ok, type Refusal, type Result, refusal } from '../errors.ts'
import { encodeBundle, parseBundle } from '../tlog/bundle.ts'
import type { FeedSource } from '../tlog/feed-source.ts'
import { HASH_BYTES } from '../tlog/hash.ts'
import { entriesPath, TILE_WIDTH, tilePath } from '../tlog/tile.ts'
import { type Archive, checkpointPath, filePath } from './layout.ts'

/**
 * Where the bundle has a tile or entry bundle only wider than asked for, its beginning is given: a reader that was interrupted asks for
 * what an earlier, smaller head had. Code ERR_ARCHIVE_MISSING for what is not there.
 */
export function archiveSource(archive: Archive, hash: string): FeedSource {
  return {
    async checkpoint() {
      const path = checkpointPath(hash)
      const bytes = await archive.read(path)
      return bytes === null ? missing(path) : ok({ changed: true, bytes, etag: null })
    },
    async tile(level, index, width) {
      const found = await narrowest(archive, width, (at) =>
        filePath(hash, tilePath(level, index, at)),
      )
      return found.ok ? ok(found.value.bytes.subarray(0, width * HASH_BYTES)) : found
    },
    async bundle(index, width) {
      const found = await narrowest(archive, width, (at) => filePath(hash, entriesPath(index, at)))
      if (!found.ok || found.value.width === width) return found.ok ? ok(found.value.bytes) : found
      const entries = parseBundle(found.value.bytes, found.value.width)
      if (entries === null) return refusal('ERR_BUNDLE_FORMAT', `bundle ${index} is malformed`)
      return ok(encodeBundle(entries.slice(0, width)))
    },
  }
}

async function narrowest(
  archive: Archive,
  width: number,
  pathOf: (width: number) => string,
): Promise<Result<{ width: number; bytes: Uint8Array }>> {
  for (let at = width; at <= TILE_WIDTH; at++) {
    const path = pathOf(at)
    const bytes = archive.has(path) ? await archive.read(path) : null
    if (bytes !== null) return ok({ width: at, bytes })
  }
  return missing(pathOf(width))
}

function missing(path: string): Refusal {
  return refusal('ERR_ARCHIVE_MISSING', `the bundle has no ${path}`)
}
