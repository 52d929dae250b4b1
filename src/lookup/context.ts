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

/** How far the act at a position of a market's logs is confirmed by witnesses and applied by members: a ladder, never a gate. */
export type Standing = { confirmed: boolean; applied: { m: number; n: number } }
export type Standings = (market: string, pos: number) => Standing

export type LookupContext = {
  db: Db
  /** POSIX milliseconds. */
  now: () => number
  /** The market whose officers ask. */
  here: string
  /** Read once per request. */
  readStandings: () => Promise<Standings>
  charter: {
    n: number
    hash: string
    staleAfterS: number
    defaultEffect: Effect
    members: readonly AllianceMember[]
  }
}
