// What one person alone may not do: a second, distinct, enabled one with the same right must confirm within a named time.
import { type Db, type Insert, insert, sql } from '../db.ts'
import { Failure } from '../errors.ts'
import { type Person, requireScope } from './authenticate.ts'
import { rightsOf, type Scope } from './role.ts'
import { readUser } from './user.ts'

/** What two people agree to. `target` names it exactly, with the state it is about: both must mean the same thing. */
export type TwoPersonRule = {
  purpose: string
  target: string
  /** Both need it. */
  scope: Scope
  /** Seconds that the second may take. */
  withinS: number
}
export type Confirmation =
  | { state: 'waiting'; first: string; until: number; statements: Insert[] }
  | { state: 'complete'; first: string; second: string; statements: Insert[] }
/** Who waits for a second person, and until when (POSIX seconds). */
export type Waiting = { subject: string; at: number; until: number }

type Row = { seq: number; subject: string; at: number; completes: number }

const LAST = `SELECT seq, subject, at, completes FROM two_person
  WHERE purpose = ? AND target = ? ORDER BY seq DESC LIMIT 1`

/**
 * Plans a person's confirmation. The caller commits the statements together with what is agreed to once it is `complete`; of two at once
 * the second gets ERR_COMMIT_CONFLICT and plans again. Codes: ERR_SCOPE; ERR_TWO_PERSON where the same person has confirmed already, with
 * this token or another.
 */
export async function planConfirmation(
  db: Db,
  rule: TwoPersonRule,
  person: Person,
  nowS: number,
): Promise<Confirmation> {
  requireScope(person, rule.scope)
  const last = await readLast(db, rule)
  const seq = (last?.seq ?? 0) + 1
  const first = last === undefined ? null : await waitingOf(db, rule, last, nowS)
  if (first === null) {
    const until = nowS + rule.withinS
    const statements = [planRow(rule, seq, person, nowS, false)]
    return { state: 'waiting', first: person.subject, until, statements }
  }
  if (first.subject === person.subject) {
    throw new Failure('ERR_TWO_PERSON', `${person.subject} has confirmed this already`, {
      cure: `a second person with the right \`${rule.scope}\` must confirm it too`,
      facts: { subject: first.subject, until: first.until },
    })
  }
  const statements = [planRow(rule, seq, person, nowS, true)]
  return { state: 'complete', first: first.subject, second: person.subject, statements }
}

/** Who has confirmed and waits for a second; null where nobody does, or the time is over. */
export async function readWaiting(
  db: Db,
  rule: TwoPersonRule,
  nowS: number,
): Promise<Waiting | null> {
  const last = await readLast(db, rule)
  return last === undefined ? null : waitingOf(db, rule, last, nowS)
}

async function readLast(db: Db, { purpose, target }: TwoPersonRule): Promise<Row | undefined> {
  const [row] = await db.query<Row>(sql(LAST, purpose, target))
  return row
}

/** A first confirmation counts while its time runs and its person is enabled and still has the right. */
async function waitingOf(
  db: Db,
  rule: TwoPersonRule,
  row: Row,
  nowS: number,
): Promise<Waiting | null> {
  const until = row.at + rule.withinS
  if (row.completes !== 0 || nowS > until) return null
  const user = await readUser(db, row.subject)
  const counts = user !== null && !user.isDisabled && rightsOf(user.roles).includes(rule.scope)
  return counts ? { subject: row.subject, at: row.at, until } : null
}

function planRow(
  { purpose, target }: TwoPersonRule,
  seq: number,
  { subject, jti }: Person,
  nowS: number,
  completes: boolean,
): Insert {
  return insert(
    'two_person',
    ['purpose', 'target', 'seq', 'subject', 'jti', 'at', 'completes'],
    [[purpose, target, seq, subject, jti, nowS, completes ? 1 : 0]],
  )
}
