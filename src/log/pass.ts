// Why this database may sign: the row that a stamp outside of the database must match (design: protocol 1.10).
import { type Db, type Statement, sql } from '../db.ts'

/** `without_peers` has the operator's reason. `since` and `renewed` are POSIX seconds. */
export type Pass = {
  stamp: string
  before: string
  state: 'signing' | 'without_peers'
  reason: string | null
  since: number
  renewed: number
}

/** A few characters kept outside of the database, so that a database that was put back is known by another stamp. */
export interface StampStore {
  read(): Promise<string | null>
  /** Durable when it returns. */
  write(stamp: string): Promise<void>
}

const COLUMNS = 'stamp, before, state, reason, since, renewed'

export async function readPass(db: Db): Promise<Pass | null> {
  const [pass] = await db.query<Pass>(sql(`SELECT ${COLUMNS} FROM signing_pass WHERE only = 1`))
  return pass ?? null
}

export function planPass({ stamp, before, state, reason, since, renewed }: Pass): Statement {
  return sql(
    `INSERT OR REPLACE INTO signing_pass (only, ${COLUMNS}) VALUES (1, ?, ?, ?, ?, ?, ?)`,
    stamp,
    before,
    state,
    reason,
    since,
    renewed,
  )
}
