// THE STORY of what is done with a merged head: it is witnessed, cosigned as applied, and served as a mirror (design: protocol 1.6, 1.8).
import type { Adopted, FeedTerms } from './charter/members.ts'
import { witnessesOf } from './charter/policy.ts'
import { mostLines } from './charter/quorum.ts'
import type { Db } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import { encodeUtf8 } from './encoding/utf8.ts'
import { maySign } from './gate.ts'
import { type Feed, readFeed } from './pull/feed.ts'
import { readMirrorTile } from './pull/mirror.ts'
import { cosign } from './tlog/cosignature.ts'
import { parseVkey, type Vkey } from './tlog/key.ts'
import { formatNote, parseNote, verifyNote } from './tlog/note.ts'
import { buildConsistencyProof } from './tlog/proof.ts'
import { nodesFromTiles } from './tlog/reader.ts'
import { planCosignature, readCosignatures, readStep } from './witness/store.ts'
import { type CosignKey, observe, type WitnessDeps } from './witnessing.ts'

export type MirrorDeps = WitnessDeps & { applied: CosignKey }

/** An applied head gets a newer time at most this often, so that the mirror's checkpoint stays the same file meanwhile. */
const REAPPLY_S = 300

/**
 * After a round: the head that was polled and merged goes through the witness door, with the proof from the own copy, and is cosigned as
 * applied where everything of it is judged and in effect.
 */
export async function afterMerge(deps: MirrorDeps, terms: FeedTerms): Promise<void> {
  const { origin } = terms.log
  const feed = await readFeed(deps.db, origin, terms.member.market)
  // A frozen log ends by the charter's word: nobody's signature adds to it.
  if (terms.log.frozen !== null) return
  if (feed.seenSize === 0 || feed.merged < feed.seenSize) return
  // The own log carries the witness key's signature already: the stamp.
  const isOwn = `${origin}/witness` === deps.witness.name
  if (!isOwn && !(await witnessPolled(deps, feed))) return
  if (feed.state === 'open' && feed.effective === feed.merged) await cosignApplied(deps, feed)
}

/** False where this witness has cosigned another history than the one merged here: then nobody of this node signs for it. */
async function witnessPolled(deps: MirrorDeps, feed: Feed): Promise<boolean> {
  const known = await readStep(deps.db, feed.origin)
  const old = known?.size ?? 0
  if (old > feed.merged) return true
  const read = nodesFromTiles(feed.merged, (level, index, width) =>
    readMirrorTile(deps.db, feed.origin, level, index, width),
  )
  const proof = await buildConsistencyProof(old, feed.merged, read)
  const answer = await observe(deps, { old, proof, note: encodeUtf8(feed.seenNote) })
  return answer.status !== 422
}

async function cosignApplied(deps: MirrorDeps, feed: Feed): Promise<void> {
  if (!maySign(await deps.gate.state())) return
  const nowS = Math.floor(deps.nowMs() / 1000)
  const { name, publicKey, sign } = deps.applied
  const [last] = (await readCosignatures(deps.db, feed.origin)).filter((one) => one.name === name)
  if (last !== undefined && last.size >= feed.merged) {
    // After a restore the members may have brought back what this key signed beyond of what is merged again.
    if (last.size > feed.merged || !equalBytes(last.root, feed.mergedRoot)) return
    if (nowS < last.timeS + REAPPLY_S) return
  }
  const note = parseNote(encodeUtf8(feed.seenNote))
  if (note === null) throw new TypeError('a stored head does not parse')
  const timeS = Math.max(nowS, last?.timeS ?? 0)
  const line = await cosign(note.text, name, publicKey, sign, timeS)
  const { origin, merged: size, mergedRoot: root } = feed
  const one = { origin, name, size, root, line, timeS, logLine: logLineOf(feed) }
  await deps.db.commit(planCosignature(one), 'soon')
}

/** The line of the log itself on a head as it was fetched; whoever reads it later verifies it. */
const logLineOf = ({ seenNote, origin }: Feed): string =>
  seenNote.split('\n').find((line) => line.startsWith(`— ${origin} `)) ?? ''

/**
 * The largest verified head of a feed, with the log's line, the origin's stamp and, where all of it is merged here, this node's applied
 * line. Only lines that verify are passed on. Null before the first head.
 */
export async function headNote(
  deps: { db: Db; adopted: Adopted; appliedName: string },
  terms: FeedTerms,
): Promise<{ note: Uint8Array; isMerged: boolean } | null> {
  const feed = await readFeed(deps.db, terms.log.origin, terms.member.market)
  // A frozen log may be known by the charter alone, without a signed head.
  if (feed.seenSize === 0 || feed.seenNote === '') return null
  const note = parseNote(encodeUtf8(feed.seenNote))
  if (note === null) throw new TypeError('a stored head does not parse')
  const verdict = await verifyNote(note, [...terms.log.logKeys, terms.member.witness].map(trusted))
  // A charter may have dropped the key since; the next poll brings a head under the new one.
  if (!verdict.ok) return null
  const own = verdict.verified.map(({ line }) => line)
  const isMerged = feed.merged >= feed.seenSize
  const stored = (await readCosignatures(deps.db, feed.origin)).filter(
    ({ name, size, root, line }) =>
      size === feed.seenSize &&
      // Of a log that signed two histories, somebody may have cosigned the other one.
      equalBytes(root, feed.seenRoot) &&
      !own.includes(line) &&
      (name.endsWith('/witness')
        ? name !== `${feed.origin}/witness`
        : isMerged && name === deps.appliedName),
  )
  // The applied line first: it is the only one that nobody else has.
  const lines = stored.toSorted((a, b) => rank(a) - rank(b)).map(({ line }) => line)
  const most = mostLines(witnessesOf(deps.adopted.charter.terms, terms).length)
  return { note: formatNote(note.text, [...own, ...lines].slice(0, most)), isMerged }
}

const rank = ({ name }: { name: string }): number => (name.endsWith('/applied') ? 0 : 1)

function trusted(text: string): Vkey {
  const vkey = parseVkey(text)
  if (vkey === null) throw new TypeError('a vkey of the adopted charter does not parse')
  return vkey
}
