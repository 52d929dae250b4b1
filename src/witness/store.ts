// What this witness has cosigned, and the verified cosignatures of others (design: protocol 1.6, 1.8).
import { type Db, type Insert, insert, type Statement, sql } from '../db.ts'

export type Step = {
  origin: string
  size: number
  root: Uint8Array
  text: string
  logLine: string
  line: string
  timeS: number
}
export type Cosignature = {
  origin: string
  name: string
  size: number
  root: Uint8Array
  line: string
  timeS: number
  /** The log's own verified line on the same head; empty where it was not kept. */
  logLine: string
}

const LAST = `SELECT origin, size, root, text, log_line, line, time_s FROM witness_step
  WHERE origin = ? ORDER BY old DESC LIMIT 1`
const STEP_COLUMNS = [
  'origin',
  'old',
  'size',
  'root',
  'text',
  'log_line',
  'line',
  'time_s',
] as const

/** The largest head of an origin that this witness has cosigned, or null. */
export async function readStep(db: Db, origin: string): Promise<Step | null> {
  type Row = Omit<Step, 'logLine' | 'timeS'> & { log_line: string; time_s: number }
  const [row] = await db.query<Row>(sql(LAST, origin))
  if (row === undefined) return null
  const { log_line: logLine, time_s: timeS, ...rest } = row
  return { ...rest, logLine, timeS }
}

/** Plans a step to a larger head. Of two steps from one size the second collides: ERR_COMMIT_CONFLICT. */
export function planStep(old: number, step: Step): (Statement | Insert)[] {
  const { origin, size, root, text, logLine, line, timeS } = step
  return [
    insert('witness_step', STEP_COLUMNS, [[origin, old, size, root, text, logLine, line, timeS]]),
    sql('DELETE FROM witness_step WHERE origin = ? AND old < ?', origin, old),
  ]
}

/** Plans a newer time on the same head. */
export function planRestep(step: Step): Statement {
  return sql(
    'UPDATE witness_step SET line = ?, time_s = ? WHERE origin = ? AND size = ? AND time_s < ?',
    step.line,
    step.timeS,
    step.origin,
    step.size,
    step.timeS,
  )
}

const KEEP = `INSERT INTO cosignature (origin, name, size, root, line, time_s, log_line) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (origin, name, size) DO UPDATE SET line = excluded.line, time_s = excluded.time_s, log_line = excluded.log_line
  WHERE excluded.time_s > time_s AND excluded.root = root`
/** Heads kept per origin and witness: enough for the largest that k of them have in common. Of an applied key the last says all. */
const KEPT_WITNESSED = 16
const KEPT_APPLIED = 1
const PRUNE = `DELETE FROM cosignature WHERE origin = ? AND name = ? AND size <= (
    SELECT size FROM cosignature WHERE origin = ? AND name = ? ORDER BY size DESC LIMIT 1 OFFSET ?)`

/** Plans to keep a verified cosignature, and to forget the oldest of the same key. */
export function planCosignature(cosignature: Cosignature): Statement[] {
  const { origin, name, size, root, line, timeS, logLine } = cosignature
  return [
    sql(KEEP, origin, name, size, root, line, timeS, logLine),
    sql(
      PRUNE,
      origin,
      name,
      origin,
      name,
      name.endsWith('/applied') ? KEPT_APPLIED : KEPT_WITNESSED,
    ),
  ]
}

type CosignatureRow = Omit<Cosignature, 'timeS' | 'logLine'> & { time_s: number; log_line: string }
const COSIGNATURE = 'origin, name, size, root, line, time_s, log_line'

/** Cosignatures of an origin, largest head first, then by name. */
export async function readCosignatures(db: Db, origin: string): Promise<Cosignature[]> {
  const rows = await db.query<CosignatureRow>(
    sql(`SELECT ${COSIGNATURE} FROM cosignature WHERE origin = ? ORDER BY size DESC, name`, origin),
  )
  return rows.map(fromRow)
}

/** The largest head of each origin that a cosigner's key of this name signed, as far as it is kept here. */
export async function readCosignedBy(db: Db, name: string): Promise<Cosignature[]> {
  const rows = await db.query<CosignatureRow>(
    sql(
      `SELECT ${COSIGNATURE} FROM cosignature AS c WHERE name = ? AND size =
          (SELECT max(size) FROM cosignature WHERE origin = c.origin AND name = c.name)
        ORDER BY origin`,
      name,
    ),
  )
  return rows.map(fromRow)
}

function fromRow({ time_s: timeS, log_line: logLine, ...row }: CosignatureRow): Cosignature {
  return { ...row, timeS, logLine }
}
