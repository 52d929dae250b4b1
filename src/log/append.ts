// Plans the append of entries and the checkpoint that commits to them, signed and stamped (design: protocol 1.2, 1.4).
import { type Insert, insert, type Statement, sql } from '../db.ts'
import { concatBytes } from '../encoding/bytes.ts'
import type { Signer } from '../encoding/ed25519.ts'
import { formatCheckpoint } from '../tlog/checkpoint.ts'
import { cosign } from '../tlog/cosignature.ts'
import { leafHash } from '../tlog/hash.ts'
import { formatNote, signNote } from '../tlog/note.ts'
import { appendLeaves } from '../tlog/tree.ts'
import type { LogHead } from './read.ts'

/** At most this many acts go into one batch. */
export const MAX_BATCH = 256

type NoteKey = { publicKey: Uint8Array; sign: Signer }
/** The keys of a node's notes: the log's own, the witness key (also for the stamp, because a log signature has no time), the applied key. */
export type LogSigner = {
  origin: string
  log: NoteKey
  /** While the log key is being replaced: signs beside it, so that nodes of either charter believe the head. */
  nextLog?: NoteKey
  witness: NoteKey
  applied: NoteKey
}

export type AppendPlan = { head: LogHead; statements: (Statement | Insert)[] }

/**
 * Plans one batch. The statements must be committed together, before the head leaves the process: the primary keys on entry index and
 * tree size make the second of two writers fail with ERR_COMMIT_CONFLICT, and a head that was never served cannot fork.
 */
export async function planAppend(
  head: LogHead | null,
  entries: readonly Uint8Array[],
  signer: LogSigner,
  nowS: number,
): Promise<AppendPlan> {
  if (entries.length === 0 || entries.length > MAX_BATCH)
    throw new RangeError('a batch has 1 to 256 entries')
  const first = head?.size ?? 0
  const leaves = entries.map(leafHash)
  const grown = appendLeaves(first, head?.frontier ?? [], leaves)
  // Never earlier than the last; equal only under a larger head, or many batches a second would run ahead of the clock.
  const stampedAt = Math.max(nowS, head?.stampedAt ?? 0)
  const note = await signHead({ size: grown.size, root: grown.root }, signer, stampedAt)
  const entryRows = entries.map((bytes, at) => [first + at, leaves[at] ?? leafHash(bytes), bytes])
  const tileRows = grown.nodes.map(({ level, index, hash }) => [level, index, hash])
  const next: LogHead = {
    size: grown.size,
    root: grown.root,
    frontier: grown.frontier,
    note,
    stampedAt,
  }
  return {
    head: next,
    statements: [
      insert('entry', ['idx', 'leaf', 'bytes'], entryRows),
      insert('log_tile', ['level', 'idx', 'hash'], tileRows),
      insert(
        'checkpoint',
        ['size', 'root', 'frontier', 'note', 'stamped_at'],
        [[next.size, next.root, concatBytes([...next.frontier]), note, stampedAt]],
      ),
    ],
  }
}

/** Plans a fresh stamp on an unchanged head; the log signature is the same bytes for ever, only the stamp has a time. */
export async function planRestamp(
  head: LogHead,
  signer: LogSigner,
  nowS: number,
): Promise<AppendPlan> {
  const stampedAt = Math.max(nowS, head.stampedAt + 1)
  const note = await signHead(head, signer, stampedAt)
  const update = sql(
    'UPDATE checkpoint SET note = ?, stamped_at = ? WHERE size = ? AND stamped_at < ?',
    note,
    stampedAt,
    head.size,
    stampedAt,
  )
  return { head: { ...head, note, stampedAt }, statements: [update] }
}

async function signHead(
  head: { size: number; root: Uint8Array },
  { origin, log, nextLog, witness }: LogSigner,
  stampedAt: number,
): Promise<string> {
  const text = formatCheckpoint({ origin, size: head.size, root: head.root })
  const logs = nextLog === undefined ? [log] : [log, nextLog]
  const signatures = await Promise.all(
    logs.map(({ publicKey, sign }) => signNote(text, origin, publicKey, sign)),
  )
  const name = `${origin}/witness`
  const stamp = await cosign(text, name, witness.publicKey, witness.sign, stampedAt)
  return new TextDecoder().decode(formatNote(text, [...signatures, stamp]))
}
