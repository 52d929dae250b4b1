// Single flight of the sync job, held in the database so that two processes on one directory do not pull at once.
import { type Db, type Statement, sql } from '../db.ts'
import { Failure } from '../errors.ts'

/** A job that dies is replaced after this long. */
export const LEASE_S = 120

/** Takes or prolongs the lease. False while another holder has it. */
export async function takeLease(
  db: Db,
  name: string,
  holder: string,
  nowS: number,
  leaseS = LEASE_S,
): Promise<boolean> {
  const [row] = await db.query<{ holder: string; until: number }>(
    sql('SELECT holder, until FROM lease WHERE name = ? ORDER BY name', name),
  )
  if (row !== undefined && row.holder !== holder && row.until > nowS) return false
  const statements: Statement[] = [
    // Only the row that was read is removed: if another took over since, the insert below collides and all is undone.
    sql('DELETE FROM lease WHERE name = ? AND holder = ?', name, row?.holder ?? holder),
    sql('INSERT INTO lease (name, holder, until) VALUES (?, ?, ?)', name, holder, nowS + leaseS),
  ]
  try {
    await db.commit(statements)
    return true
  } catch (error) {
    if (error instanceof Failure && error.code === 'ERR_COMMIT_CONFLICT') return false
    throw error
  }
}

export async function giveLease(db: Db, name: string, holder: string): Promise<void> {
  await db.commit([sql('DELETE FROM lease WHERE name = ? AND holder = ?', name, holder)])
}
