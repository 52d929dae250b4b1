// The users of this node: a short name, roles, and whether they count. Users are disabled, never removed: the audit log names them.
import { type Db, type Insert, insert, type Statement, sql } from '../db.ts'
import { isRole, type Role } from './role.ts'

export type User = {
  subject: string
  name: string
  roles: Role[]
  isDisabled: boolean
  /** POSIX seconds. */
  createdAt: number
}

/** Short name of a user. A colon never stands in it, so nobody is called `local:…`. */
export const SUBJECT_PATTERN = /^[a-z0-9][a-z0-9._@+-]{0,63}$/
export const MAX_USER_NAME = 200
/** Users on one page. */
export const MAX_USERS = 200

const COLUMNS = 'subject, name, roles, is_disabled, created_at'

type Row = {
  subject: string
  name: string
  roles: string
  is_disabled: number
  created_at: number
}

export async function readUser(db: Db, subject: string): Promise<User | null> {
  const [row] = await db.query<Row>(sql(`SELECT ${COLUMNS} FROM user WHERE subject = ?`, subject))
  return row === undefined ? null : fromRow(row)
}

/** A page of users by subject, from the one after `after` on. */
export async function readUsers(db: Db, after = ''): Promise<User[]> {
  const page = `SELECT ${COLUMNS} FROM user WHERE subject > ? ORDER BY subject LIMIT ?`
  return (await db.query<Row>(sql(page, after, MAX_USERS))).map(fromRow)
}

/** The commit throws ERR_COMMIT_CONFLICT where the subject is taken. */
export function planUser({ subject, name, roles, isDisabled, createdAt }: User): Insert {
  return insert(
    'user',
    ['subject', 'name', 'roles', 'is_disabled', 'created_at'],
    [[subject, name, JSON.stringify(roles), isDisabled ? 1 : 0, createdAt]],
  )
}

export function planRoles(subject: string, roles: readonly Role[]): Statement {
  return sql('UPDATE user SET roles = ? WHERE subject = ?', JSON.stringify(roles), subject)
}

export function planDisabled(subject: string, isDisabled: boolean): Statement {
  return sql('UPDATE user SET is_disabled = ? WHERE subject = ?', isDisabled ? 1 : 0, subject)
}

/** Words that a later version wrote and this one does not know give no right here. */
export function rolesOf(json: string): Role[] {
  const words: unknown = JSON.parse(json)
  return Array.isArray(words) ? words.filter(isRole) : []
}

function fromRow(row: Row): User {
  return {
    subject: row.subject,
    name: row.name,
    roles: rolesOf(row.roles),
    isDisabled: row.is_disabled !== 0,
    createdAt: row.created_at,
  }
}
