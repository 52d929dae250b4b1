// Builds the proof of one entry from what this node holds of its log, the own one or a mirrored one (C2SP tlog-proof).

import type { FeedTerms } from '../charter/members.ts'
import { policyOf } from '../charter/policy.ts'
import { mostLines } from '../charter/quorum.ts'
import type { CharterPayload } from '../charter/schema.ts'
import type { Db } from '../db.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { readMirrorTile } from '../pull/mirror.ts'
import { parseVkey, type Vkey } from '../tlog/key.ts'
import { formatNote, type Note, parseNote, verifyNote } from '../tlog/note.ts'
import { buildInclusionProof, verifyInclusion } from '../tlog/proof.ts'
import { nodesFromTiles } from '../tlog/reader.ts'
import { formatTlogProof } from '../tlog/tlog-proof.ts'
import type { LoggedAct } from './find.ts'
import type { ReadBestHead } from './head.ts'

/**
 * The proof of an entry, with the entry itself as extra data, or null while no head that holds it is merged whole. Signature lines that
 * would not verify are left out: one that does not makes every verifier refuse the note, and a log could spoil proofs that way.
 */
export async function buildProof(
  db: Db,
  terms: CharterPayload,
  feed: FeedTerms,
  act: LoggedAct,
  readHead: ReadBestHead,
): Promise<Uint8Array | null> {
  const head = await readHead(db, act.origin, act.idx)
  const note = head === null ? null : await soundNote(terms, feed, head.note)
  if (head === null || note === null) return null
  const readTile = (level: number, index: number, width: number) =>
    readMirrorTile(db, act.origin, level, index, width)
  const path = await buildInclusionProof(act.idx, head.size, nodesFromTiles(head.size, readTile))
  if (!verifyInclusion(act.idx, head.size, act.leaf, path, head.root)) {
    throw new TypeError(`entry ${act.idx} of ${act.origin} does not hash into its own head`)
  }
  return formatTlogProof({ extra: act.bytes, index: act.idx, path, note })
}

/**
 * The note with the lines of known keys that verify, one each and no more than any checkpoint has; null where the log's own is not among
 * them.
 */
async function soundNote(
  terms: CharterPayload,
  feed: FeedTerms,
  text: string,
): Promise<Uint8Array | null> {
  const note = parseNote(encodeUtf8(text))
  if (note === null) throw new TypeError('a stored head does not parse')
  const { logs, witnesses } = policyOf(terms, feed)
  const vkeys = [...logs, trusted(feed.member.witness), ...witnesses.map(({ vkey }) => vkey)]
  const lines = new Map<Vkey, string>()
  for (const vkey of vkeys) {
    if (lines.size === mostLines(witnesses.length)) break
    const line = await soundLine(note, vkey)
    if (line !== null) lines.set(vkey, line)
  }
  // A charter may have changed the log's key since this head was signed.
  return logs.some((vkey) => lines.has(vkey)) ? formatNote(note.text, [...lines.values()]) : null
}

async function soundLine(note: Note, vkey: Vkey): Promise<string | null> {
  for (const signature of note.signatures) {
    const verdict = await verifyNote({ text: note.text, signatures: [signature] }, [vkey])
    if (verdict.ok) return signature.line
  }
  return null
}

function trusted(text: string): Vkey {
  const vkey = parseVkey(text)
  if (vkey === null) throw new TypeError('a vkey of the adopted charter does not parse')
  return vkey
}
