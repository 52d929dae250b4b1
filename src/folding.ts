// THE STORY of the served checkpoint: cosignatures of a quorum are put on it when they are there (design: protocol 1.5).
import { witnessesOf } from './charter/policy.ts'
import { quorumOf } from './charter/quorum.ts'
import { sql } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import { readHead } from './log/read.ts'
import { type OutboundDeps, requireLiveLog } from './outbound.ts'
import { readCosignatures } from './witness/store.ts'

/** Lines that come late are added to the served head at most this often: each time it becomes another file for every cache. */
const FOLD_S = 10

/**
 * Puts the newest lines of other witnesses, at most k, on the head that is served. The log's line and the own stamp come first. Lines that
 * stand there are not replaced by newer ones of the same keys; more are added no sooner than 10 s after the newest that stands there.
 */
export async function foldCosignatures(
  deps: Pick<OutboundDeps, 'db' | 'adopted' | 'market' | 'signer' | 'nowMs'>,
): Promise<void> {
  const head = await readHead(deps.db)
  if (head === null) return
  const own = requireLiveLog(deps.adopted, deps.market, deps.signer.origin)
  const witnesses = witnessesOf(deps.adopted.charter.terms, own)
  const names = witnesses.map(({ witness }) => parseName(witness))
  const stored = (await readCosignatures(deps.db, deps.signer.origin)).filter(
    ({ size, root, name }) =>
      size === head.size && equalBytes(root, head.root) && names.includes(name),
  )
  stored.sort((a, b) => b.timeS - a.timeS)
  const lines = stored
    .slice(0, quorumOf(names.length) ?? 0)
    .map(({ line }) => `${line}\n`)
    .sort()
  const kept = ownLines(head.note)
  const standing = head.note.slice(kept.length).split('\n').slice(0, -1)
  if (lines.length <= standing.length) return
  const newestS = stored.find(({ line }) => standing.includes(line))?.timeS
  if (newestS !== undefined && deps.nowMs() < (newestS + FOLD_S) * 1000) return
  const fold = sql(
    'UPDATE checkpoint SET note = ? WHERE size = ? AND stamped_at = ?',
    kept + lines.join(''),
    head.size,
    head.stampedAt,
  )
  await deps.db.commit([fold], 'soon')
}

/** The note with the lines of this log's own keys only: the log's signatures (two while its key is being replaced) and the own stamp. */
export function ownLines(note: string): string {
  const origin = note.slice(0, note.indexOf('\n'))
  const blank = note.indexOf('\n\n') + 2
  const isOwn = (line: string) =>
    line.startsWith(`— ${origin} `) || line.startsWith(`— ${origin}/witness `)
  const lines = note.slice(blank).split('\n').filter(isOwn)
  return `${note.slice(0, blank)}${lines.map((line) => `${line}\n`).join('')}`
}

const parseName = (vkey: string): string => vkey.slice(0, vkey.indexOf('+'))
