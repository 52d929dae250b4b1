// Plans the return of a lost tail into the own log, byte for byte (design: protocol 1.10; reference 6.8).
import { type Insert, insert, type Statement, sql } from '../db.ts'
import { concatBytes, equalBytes } from '../encoding/bytes.ts'
import { leafHash } from '../tlog/hash.ts'
import { appendLeaves } from '../tlog/tree.ts'
import { type AppendPlan, type LogSigner, MAX_BATCH, planAppend } from './append.ts'
import type { RememberedHead } from './memory.ts'
import type { LogHead } from './read.ts'

/**
 * Plans to take over from the own view what the log lacks: the view was pulled from a mirror up to `head`, proven like any feed. One commit;
 * the keys of entries and sizes make it fail with ERR_COMMIT_CONFLICT where another process was first.
 */
export function planTakenOver(origin: string, from: number, head: LogHead): (Statement | Insert)[] {
  return [
    sql(
      `INSERT INTO entry (idx, leaf, bytes) SELECT idx, leaf, bytes FROM feed_entry
        WHERE origin = ? AND idx >= ? AND idx < ?`,
      origin,
      from,
      head.size,
    ),
    sql(
      'INSERT OR IGNORE INTO log_tile (level, idx, hash) SELECT level, idx, hash FROM feed_tile WHERE origin = ?',
      origin,
    ),
    insert(
      'checkpoint',
      ['size', 'root', 'frontier', 'note', 'stamped_at'],
      [[head.size, head.root, concatBytes([...head.frontier]), head.note, head.stampedAt]],
    ),
  ]
}

/**
 * Plans to append entries as they were, if they lead to exactly the head that was signed before; null where they do not. The heads signed
 * here are then of the same tree, so that they fork nothing.
 */
export async function planAgain(
  head: LogHead | null,
  entries: readonly Uint8Array[],
  signed: RememberedHead,
  signer: LogSigner,
  nowS: number,
): Promise<AppendPlan | null> {
  const grown = appendLeaves(head?.size ?? 0, head?.frontier ?? [], entries.map(leafHash))
  if (grown.size !== signed.size || !equalBytes(grown.root, signed.root)) return null
  const statements: AppendPlan['statements'] = []
  let last = head
  for (let at = 0; at < entries.length; at += MAX_BATCH) {
    const plan = await planAppend(last, entries.slice(at, at + MAX_BATCH), signer, nowS)
    statements.push(...plan.statements)
    last = plan.head
  }
  return last === null ? null : { head: last, statements }
}
