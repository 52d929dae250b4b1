// THE STORY of judging the past again: the first entries of every log, as a vector names them, judged by the charter of then into a
// database of its own, by the same door as everything that comes in (design: protocol 1.11).
import { type Adopted, feedsOf } from './charter/members.ts'
import type { Db } from './db.ts'
import { encodeBase64 } from './encoding/base64.ts'
import { type ErrorCode, Failure, ok, refusal } from './errors.ts'
import { pullFeed } from './inbound.ts'
import { readMirrorBundle, readMirrorTile } from './pull/mirror.ts'
import type { FeedSource } from './tlog/feed-source.ts'

/** Entries judged again for one question to a running node; a tool that asks a directory or a bundle may take more. */
export const MAX_REPLAYED = 50_000

/** Where the past is judged again: an empty database of the current form, let go of when nothing refers to it any more. */
export type Scratch = {
  /** The database that was filled for this name last, or one that is filled now. */
  filled(name: string, fill: (db: Db) => Promise<void>): Promise<Db>
}

/** Keeps the last one, so that many questions about one moment judge its entries once. */
export function scratchOf(open: () => Db): Scratch {
  let last: { name: string; db: Promise<Db> } | null = null
  return {
    filled(name, fill) {
      if (last?.name === name) return last.db
      const db = open()
      const made = { name, db: fill(db).then(() => db) }
      last = made
      made.db.catch(() => {
        if (last === made) last = null
      })
      return made.db
    },
  }
}

/** How much of a log counts: so many entries, whose root this is. */
export type Prefix = { merged: number; root: Uint8Array }

/**
 * Fills `scratch` with what the entries in `db` were under `adopted`, up to each log's prefix. Throws ERR_KNOWN_GONE where they are not
 * all held, or cannot be judged.
 */
export async function replayInto(
  scratch: Db,
  db: Db,
  adopted: Adopted,
  prefixes: ReadonlyMap<string, Prefix>,
): Promise<void> {
  for (const terms of feedsOf(adopted.charter.terms)) {
    const { origin } = terms.log
    const prefix = prefixes.get(origin)
    if (prefix === undefined || prefix.merged === 0) continue
    // As if the charter had frozen the log there: then its root is all that must be believed.
    const frozen = { size: prefix.merged, root: encodeBase64(prefix.root) }
    const until = { ...terms, log: { ...terms.log, frozen } }
    const report = await pullFeed(
      // As its own: nothing is held back from a fold.
      { db: scratch, here: terms.member.market, adopted, nowMs: () => 0 },
      until,
      mirrorSource(db, origin),
      null,
    )
    if (!report.ok) throw gone(origin, report.code, report.detail)
  }
}

function gone(origin: string, code: ErrorCode, detail: string): Failure {
  const message = `${origin} cannot be judged again as it was: ${code} ${detail}`
  return new Failure('ERR_KNOWN_GONE', message)
}

/** This node's own copy of a log, read as any other source of one. */
function mirrorSource(db: Db, origin: string): FeedSource {
  const missing = (what: string) =>
    refusal('ERR_NOT_FOUND', `${what} of ${origin} is not held here`)
  return {
    checkpoint: async () => missing('a checkpoint'),
    async tile(level, index, width) {
      const tile = await readMirrorTile(db, origin, level, index, width)
      return tile === null ? missing(`tile ${level}/${index}`) : ok(tile)
    },
    async bundle(index, width) {
      const bundle = await readMirrorBundle(db, origin, index, width)
      return bundle === null ? missing(`bundle ${index}`) : ok(bundle)
    },
  }
}
