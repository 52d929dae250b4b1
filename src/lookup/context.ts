// What an answer depends on beside the question (design: protocol 1.11): handed in, never imported.
import type { Db } from '../db.ts'
import type { Effect } from '../decision/vocabulary.ts'

export type AllianceMember = {
  market: string
  name: string
  /** Its logs in order, the last one live. */
  origins: readonly string[]
  status: 'active' | 'left'
}

export type LookupContext = {
  db: Db
  /** POSIX milliseconds. */
  now: () => number
  /** The market whose officers ask. */
  here: string
  charter: {
    n: number
    hash: string
    staleAfterS: number
    defaultEffect: Effect
    members: readonly AllianceMember[]
  }
}
