// Which log entry a proof is about: the act that last changed a decision, or one that is named (design: protocol 1.11).
import { type Db, sql } from '../db.ts'
import { CHAIN_ACTS, DECISION_PATTERN } from '../decision/vocabulary.ts'

export type LoggedAct = {
  origin: string
  market: string
  idx: number
  leaf: Uint8Array
  bytes: Uint8Array
}

const COLUMNS = `SELECT a.origin, a.market, a.idx, a.leaf, e.bytes FROM act AS a
  CROSS JOIN feed AS f ON f.origin = a.origin AND a.idx < f.effective
  CROSS JOIN feed_entry AS e ON e.origin = a.origin AND e.idx = a.idx`
const ABOUT = `${COLUMNS} WHERE a.decision = ? AND a.code IS NULL`
/** An act that needs a second key counts once the endorse, too, is in effect here. */
const COUNTS = (act: string) => `(${act}.two_keys = 0 OR EXISTS (
    SELECT 1 FROM act AS n CROSS JOIN feed AS nf ON nf.origin = n.origin AND n.idx < nf.effective
    WHERE n.market = ${act}.market AND n.pos = ${act}.endorsed))`
const LAST = `${ABOUT} AND a.market = ? AND ${COUNTS('a')} AND EXISTS (
    SELECT 1 FROM act AS i WHERE i.decision = a.decision AND i.market = a.market AND i.kind = 'issue'
      AND i.code IS NULL AND ${COUNTS('i')})
  AND a.kind IN (${CHAIN_ACTS.map((act) => `'${act}'`).join(', ')})
  ORDER BY a.pos DESC LIMIT 1`
const NAMED = `${ABOUT} AND a.leaf = ? ORDER BY a.market, a.pos LIMIT 1`
const ENDORSE = `${COLUMNS} WHERE a.leaf = ? AND a.kind = 'endorse' AND a.code IS NULL AND EXISTS (
    SELECT 1 FROM act AS t WHERE t.market = a.market AND t.endorsed = a.pos AND t.decision = ?)
  ORDER BY a.market, a.pos LIMIT 1`

/** The last act of a decision's own chain that counts here, or null. */
export async function readLastAct(db: Db, decision: string): Promise<LoggedAct | null> {
  if (!DECISION_PATTERN.test(decision)) return null
  const [row] = await db.query<LoggedAct>(sql(LAST, decision, decision.slice(0, 2)))
  return row ?? null
}

/** The accepted act about a decision with this leaf hash, also a response of another market, the first endorse of either, or null. */
export async function readNamedAct(
  db: Db,
  decision: string,
  leaf: Uint8Array,
): Promise<LoggedAct | null> {
  if (!DECISION_PATTERN.test(decision)) return null
  const [row] = await db.query<LoggedAct>(sql(NAMED, decision, leaf))
  if (row !== undefined) return row
  const [endorse] = await db.query<LoggedAct>(sql(ENDORSE, leaf, decision))
  return endorse ?? null
}
