// The stored head that says most for an entry: merged whole, and with the most cosignatures (design: protocol 1.8).
import { type Db, sql } from '../db.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { countMirrored } from '../pull/cut.ts'
import { readFeed } from '../pull/feed.ts'
import { formatNote, MAX_NOTE_SIGNATURES, parseNote } from '../tlog/note.ts'
import type { NoteSignature } from '../tlog/note-line.ts'
import { type Cosignature, readCosignatures } from '../witness/store.ts'

export type StoredHead = { size: number; root: Uint8Array; note: string }
/** Gives a stored head of more than `index` entries, none of which this node lacks; null while there is none. */
export type ReadBestHead = (db: Db, origin: string, index: number) => Promise<StoredHead | null>

/** Of the own log the newest head and those that somebody cosigned: a log that grows fast is ahead of its witnesses by many heads. */
const OWN_HEADS = `SELECT size, root, note FROM checkpoint WHERE size > ? AND size <= ?
  AND (size IN (SELECT value FROM json_each(?)) OR size = (SELECT max(size) FROM checkpoint))
  ORDER BY size DESC`

/**
 * Of the heads that hold the entry the one with the most cosignatures, the newest of equals. Of another market's log only the newest
 * head is kept with the log's own signature.
 */
export const readBestHead: ReadBestHead = async (db, origin, index) => {
  const { seenSize, seenRoot, seenNote } = await readFeed(db, origin, '')
  const held = await countMirrored(db, origin)
  const lines = await readWitnessLines(db, origin)
  const sizes = JSON.stringify([...new Set(lines.map(({ size }) => size))])
  const own = await db.query<StoredHead>(sql(OWN_HEADS, index, held, sizes))
  const candidates = own.filter(({ note }) => note.startsWith(`${origin}\n`))
  // A log that was frozen under another head has none of its own signature.
  if (seenSize > index && seenSize <= held && seenNote !== '') {
    candidates.unshift({ size: seenSize, root: seenRoot, note: seenNote })
  }
  const linesOf = ({ size, root }: StoredHead): string[] =>
    lines.filter((one) => one.size === size && equalBytes(one.root, root)).map(({ line }) => line)
  const counted = candidates.map((head) => ({ head, lines: linesOf(head) }))
  const most = Math.max(0, ...counted.map((one) => one.lines.length))
  const best = counted.find((one) => one.lines.length === most)
  return best === undefined ? null : withLines(best.head, best.lines)
}

/** Cosignatures by others than the log's own member. */
async function readWitnessLines(db: Db, origin: string): Promise<Cosignature[]> {
  const all = await readCosignatures(db, origin)
  return all.filter(({ name }) => name.endsWith('/witness') && name !== `${origin}/witness`)
}

function withLines(head: StoredHead, cosignatures: readonly string[]): StoredHead {
  const note = parseNote(encodeUtf8(head.note))
  if (note === null) throw new TypeError('a stored head does not parse')
  const rest = note.signatures.filter(({ line }) => !cosignatures.includes(line))
  const origin = note.text.slice(0, note.text.indexOf('\n'))
  const isOwn = ({ name }: NoteSignature) => name === origin || name === `${origin}/witness`
  const own = rest.filter(isOwn).map(({ line }) => line)
  const others = rest.filter((line) => !isOwn(line)).map(({ line }) => line)
  const lines = [...own, ...cosignatures, ...others].slice(0, MAX_NOTE_SIGNATURES)
  return { ...head, note: decodeUtf8(formatNote(note.text, lines)) ?? head.note }
}
