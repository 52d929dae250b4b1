// This market's own log as a feed source: the own decisions enter the catalogue by the same door as everyone else's.
import type { Db } from '../db.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { ok, type Result, refusal } from '../errors.ts'
import type { FeedSource } from '../tlog/feed-source.ts'
import { readHead, readLogBundle, readLogTile } from './read.ts'

export function ownLogSource(db: Db): FeedSource {
  return {
    async checkpoint() {
      const head = await readHead(db)
      if (head === null) return ok({ changed: false })
      return ok({ changed: true, bytes: encodeUtf8(head.note), etag: null })
    },
    tile: async (level, index, width) => present(await readLogTile(db, level, index, width)),
    bundle: async (index, width) => present(await readLogBundle(db, index, width)),
  }
}

function present(bytes: Uint8Array | null): Result<Uint8Array> {
  return bytes === null ? refusal('ERR_NOT_FOUND', 'the log is shorter') : ok(bytes)
}
