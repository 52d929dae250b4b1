// The stored head that says most for an entry: merged whole, and with the most cosignatures (design: protocol 1.8).
import { type Db, sql } from '../db.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { countMirrored } from '../pull/cut.ts'
import { readFeed } from '../pull/feed.ts'
import { formatNote, MAX_NOTE_SIGNATURES, parseNote } from '../tlog/note.ts'
import { readCosignatures } from '../witness/store.ts'

export type StoredHead = { size: number; root: Uint8Array; note: string }
/** Gives a stored head of more than `index` entries, none of which this node lacks; null while there is none. */
export type ReadBestHead = (db: Db, origin: string, index: number) => Promise<StoredHead | null>

/** Heads of the own log that are looked at, newest first. */
const MAX_CANDIDATES = 64
const OWN_HEADS = `SELECT size, root, note FROM checkpoint WHERE size > ? AND size <= ?
  ORDER BY size DESC LIMIT ${MAX_CANDIDATES}`

/**
 * Of the heads that hold the entry the one with the most cosignatures, the newest of equals. Of another market's log only the newest
 * head is kept with the log's own signature.
 */
export const readBestHead: ReadBestHead = async (db, origin, index) => {
  const { seenSize, seenRoot, seenNote } = await readFeed(db, origin, '')
  const held = await countMirrored(db, origin)
  const own = await db.query<StoredHead>(sql(OWN_HEADS, index, held))
  const candidates = own.filter(({ note }) => note.startsWith(`${origin}\n`))
  // A log that was frozen under another head has none of its own signature.
  if (seenSize > index && seenSize <= held && seenNote !== '') {
    candidates.unshift({ size: seenSize, root: seenRoot, note: seenNote })
  }
  const lines = new Map<number, string[]>()
  for (const { size, name, line } of await readCosignatures(db, origin)) {
    if (!name.endsWith('/witness') || name === `${origin}/witness`) continue
    lines.set(size, [...(lines.get(size) ?? []), line])
  }
  const countOf = ({ size }: StoredHead): number => lines.get(size)?.length ?? 0
  const most = Math.max(0, ...candidates.map(countOf))
  const best = candidates.find((head) => countOf(head) === most)
  return best === undefined ? null : withLines(best, lines.get(best.size) ?? [])
}

function withLines(head: StoredHead, cosignatures: readonly string[]): StoredHead {
  const note = parseNote(encodeUtf8(head.note))
  if (note === null) throw new TypeError('a stored head does not parse')
  // The stored lines first: of two lines by one key the verified one must come first.
  const own = note.signatures.map(({ line }) => line).filter((line) => !cosignatures.includes(line))
  const lines = [...cosignatures, ...own].slice(0, MAX_NOTE_SIGNATURES)
  return { ...head, note: decodeUtf8(formatNote(note.text, lines)) ?? head.note }
}
