// What an answer depends on beside the question (design: protocol 1.11): handed in, never imported.
import type { Db } from '../db.ts'
import type { Effect } from '../decision/vocabulary.ts'
import type { Known } from './known.ts'

export type AllianceMember = {
  market: string
  name: string
  /** Its logs in order, the last one live. */
  origins: readonly string[]
  status: 'active' | 'left'
  /** Of a member that left: the decisions that no longer count, or all of them. */
  released?: true | readonly string[]
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
  /** Positions and ages of another moment, where one was asked for; `charter` and `db` are those of then. */
  known?: Known
  /** Number of the newest adopted charter, where `charter` is another. */
  newest?: number
  /** Read once per request. */
  readStandings: () => Promise<Standings>
  charter: {
    n: number
    hash: string
    /** POSIX seconds; past it everything goes on, and says so. */
    expires: number
    staleAfterS: number
    defaultEffect: Effect
    members: readonly AllianceMember[]
  }
}

/** True for a decision of a member that left, once the charter released it: it stays on record and blocks nothing. */
export function isReleased({ members }: LookupContext['charter'], decision: string): boolean {
  const member = members.find(({ market }) => decision.startsWith(`${market}/`))
  if (member?.status !== 'left' || member.released === undefined) return false
  return member.released === true || member.released.includes(decision)
}

/** Readings that a new charter interrupts are begun again; a node adopts few. */
const MAX_READINGS = 3

/**
 * Answers from one charter: adopting one rewrites rows and positions in one commit, and an answer of several queries must not show half
 * of each. So what was read across a change of charter is read again.
 */
export async function underOneCharter<T>(
  readContext: () => Promise<LookupContext>,
  read: (ctx: LookupContext) => Promise<T>,
): Promise<T> {
  for (let reading = 1; ; reading++) {
    const ctx = await readContext()
    try {
      const value = await read(ctx)
      if (reading >= MAX_READINGS || (await isSame(ctx))) return value
    } catch (error) {
      // What failed over rows that changed under it may well succeed now.
      if (reading >= MAX_READINGS || (await isSame(ctx))) throw error
    }
  }
  async function isSame(ctx: LookupContext): Promise<boolean> {
    return newestOf(await readContext()) === newestOf(ctx)
  }
}

function newestOf({ charter, newest }: LookupContext): number {
  return newest ?? charter.n
}
