// The last signed head is also remembered outside the database: a restored database must not sign a second history (protocol 1.10).
import { encodeHex } from '../encoding/hex.ts'
import { Failure } from '../errors.ts'

export type RememberedHead = { size: number; root: Uint8Array }

/** Where the edge remembers the largest head that may have left the process. */
export interface HeadMemory {
  read(): Promise<RememberedHead | null>
  /** Durable when it returns. Called after the commit and before the head leaves. */
  keep(head: RememberedHead): Promise<void>
  /**
   * Whether it was laid out for a new log and has kept nothing since. Where an edge cannot tell, an empty log counts as new; where it can, one
   * without this memory may be a lost one.
   */
  isBlank?(): Promise<boolean>
}

/**
 * Refuses to sign behind a head that was signed before. Throws ERR_HEAD_BEHIND when the database's head is smaller than the remembered
 * one, or of the same size with another root: signing then would fork the log.
 */
export function refuseBehind(head: RememberedHead | null, remembered: RememberedHead | null): void {
  if (remembered === null) return
  const size = head?.size ?? 0
  const isSame = head !== null && encodeHex(head.root) === encodeHex(remembered.root)
  if (size > remembered.size || (size === remembered.size && isSame)) return
  const what =
    size < remembered.size
      ? `the database holds ${size} entries, but a head of ${remembered.size} was signed`
      : `the database holds another history of ${size} entries than the head that was signed`
  throw new Failure('ERR_HEAD_BEHIND', what, {
    cure: 'this looks like a restored database: restore a newer backup; never delete last-head.txt, peers would see a forked log',
  })
}
