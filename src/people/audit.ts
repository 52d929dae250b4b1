// Who did what, when, from where, with which outcome. Append-only: the database refuses to change or remove a row.
import { type Db, type Insert, insert, sql } from '../db.ts'
import type { ErrorCode } from '../errors.ts'

/** Who acts: a person with a token, or an account of this machine that runs a command. */
export type Actor = { subject: string; jti: string | null; address: string }
export type AuditEntry = Actor & {
  /** POSIX seconds. */
  at: number
  /** `POST /v1/acts`, `user add`. */
  action: string
  /** What it was done to; never the words of a look-up. */
  target: string | null
  outcome: 'ok' | ErrorCode
}
export type AuditRow = AuditEntry & { seq: number }

/** Rows on one page. */
export const MAX_AUDIT_ROWS = 200
const MAX_ACTION = 100
const MAX_TARGET = 300

const COLUMNS = 'seq, at, subject, jti, action, target, outcome, address'

export function planAudit({
  at,
  subject,
  jti,
  action,
  target,
  outcome,
  address,
}: AuditEntry): Insert {
  return insert(
    'audit',
    ['at', 'subject', 'jti', 'action', 'target', 'outcome', 'address'],
    [
      [
        at,
        subject,
        jti,
        action.slice(0, MAX_ACTION),
        target?.slice(0, MAX_TARGET) ?? null,
        outcome,
        address,
      ],
    ],
  )
}

/** A page, newest first, from the row before `before` on; of one subject where one is named. */
export async function readAudit(
  db: Db,
  { before, subject, limit }: { before?: number; subject?: string; limit?: number } = {},
): Promise<AuditRow[]> {
  const page = `SELECT ${COLUMNS} FROM audit
    WHERE seq < ? AND (? IS NULL OR subject = ?) ORDER BY seq DESC LIMIT ?`
  const most = Math.min(limit ?? MAX_AUDIT_ROWS, MAX_AUDIT_ROWS)
  const who = subject ?? null
  return db.query<AuditRow>(sql(page, before ?? Number.MAX_SAFE_INTEGER, who, who, most))
}
