// THE STORY of a member that lost its database: what this node holds that the other's keys have signed (design: protocol 1.10).
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import type { Db } from './db.ts'
import { decodeUtf8 } from './encoding/utf8.ts'
import { headNote } from './mirroring.ts'
import { formatCheckpoint } from './tlog/checkpoint.ts'
import { readCosignedBy } from './witness/store.ts'
import { witnessedNote } from './witnessing.ts'

/** The body of `GET /v1/signed/<hash>`: notes of which the asker's keys signed at least one line each. The wrapper is unsigned. */
export type SignedHeads = { heads: { origin: string; checkpoint: string }[] }

/**
 * Of a member's own log the largest heads that were seen and that were cosigned here; of every log the largest heads that the member's witness
 * and applied keys cosigned. Its database may be older than all of them.
 */
export async function readSigned(
  deps: { db: Db; adopted: Adopted; appliedName: string },
  member: FeedTerms,
): Promise<SignedHeads> {
  const { origin } = member.log
  const seen = await headNote(deps, member)
  const heads: SignedHeads['heads'] = []
  if (seen !== null) heads.push({ origin, checkpoint: decodeUtf8(seen.note) ?? '' })
  const witnessed = await witnessedNote(deps.db, origin)
  if (witnessed !== null) heads.push({ origin, checkpoint: witnessed })
  const known = feedsOf(deps.adopted.charter.terms).map(({ log }) => log.origin)
  for (const vkey of [member.member.witness, member.member.applied]) {
    for (const one of await readCosignedBy(deps.db, vkey.slice(0, vkey.indexOf('+')))) {
      if (!known.includes(one.origin)) continue
      const lines = [one.logLine, one.line].filter((line) => line !== '')
      const checkpoint = `${formatCheckpoint(one)}\n${lines.join('\n')}\n`
      heads.push({ origin: one.origin, checkpoint })
    }
  }
  return { heads }
}
