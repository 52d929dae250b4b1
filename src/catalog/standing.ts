// What admission must know of a decision that stands: its terms as last signed, and the pids that it lists or that wait to be listed; the
// next act builds on those, in effect or not. A read-only door.
import { type Db, sql } from '../db.ts'
import type { Header } from '../decision/schema.ts'

export type Standing = { header: Header; pids: ReadonlySet<string> }

const TERMS = 'SELECT body FROM terms WHERE decision = ? ORDER BY pos DESC LIMIT 1'
const PIDS = 'SELECT pid FROM product WHERE decision = ? AND valid_to IS NULL ORDER BY pid'

/** Null when this node knows no such decision. */
export async function readStanding(db: Db, decision: string): Promise<Standing | null> {
  const [terms] = await db.query<{ body: string }>(sql(TERMS, decision))
  if (terms === undefined) return null
  const rows = await db.query<{ pid: string }>(sql(PIDS, decision))
  return { header: JSON.parse(terms.body) as Header, pids: new Set(rows.map(({ pid }) => pid)) }
}
