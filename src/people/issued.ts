// What is kept of issued tokens: their ids, never the tokens.
import { type Db, type Insert, insert, type Statement, sql } from '../db.ts'
import { isScope, type Role, type Scope } from './role.ts'
import type { TokenClaims } from './token.ts'
import { rolesOf } from './user.ts'

export type IssuedToken = {
  jti: string
  subject: string
  scopes: Scope[]
  note: string
  /** POSIX seconds. */
  issuedAt: number
  expiresAt: number
  revokedAt: number | null
}

export const MAX_TOKEN_NOTE = 200
/** Tokens on one page. */
export const MAX_TOKENS = 200

const COLUMNS = 'jti, subject, scopes, note, issued_at, expires_at, revoked_at'

type Row = {
  jti: string
  subject: string
  scopes: string
  note: string
  issued_at: number
  expires_at: number
  revoked_at: number | null
}

export async function readIssued(db: Db, jti: string): Promise<IssuedToken | null> {
  const [row] = await db.query<Row>(sql(`SELECT ${COLUMNS} FROM token WHERE jti = ?`, jti))
  return row === undefined ? null : fromRow(row)
}

/** A page of tokens in the order of their making, from the one after `after` on. */
export async function readIssuedPage(
  db: Db,
  { subject, after = '' }: { subject?: string; after?: string },
): Promise<IssuedToken[]> {
  const query =
    subject === undefined
      ? sql(`SELECT ${COLUMNS} FROM token WHERE jti > ? ORDER BY jti LIMIT ?`, after, MAX_TOKENS)
      : sql(
          `SELECT ${COLUMNS} FROM token WHERE subject = ? AND jti > ? ORDER BY jti LIMIT ?`,
          subject,
          after,
          MAX_TOKENS,
        )
  return (await db.query<Row>(query)).map(fromRow)
}

/** Who holds a token, where it still counts: neither revoked nor of a disabled user. */
export async function readHolder(
  db: Db,
  { jti, subject }: { jti: string; subject: string },
): Promise<{ name: string; roles: Role[] } | null> {
  const query = `SELECT u.name, u.roles FROM token AS t JOIN user AS u ON u.subject = t.subject
    WHERE t.jti = ? AND t.subject = ? AND t.revoked_at IS NULL AND u.is_disabled = 0`
  const [row] = await db.query<{ name: string; roles: string }>(sql(query, jti, subject))
  return row === undefined ? null : { name: row.name, roles: rolesOf(row.roles) }
}

export function planIssued(claims: TokenClaims, note: string): Insert {
  return insert(
    'token',
    ['jti', 'subject', 'scopes', 'note', 'issued_at', 'expires_at', 'revoked_at'],
    [
      [
        claims.jti,
        claims.subject,
        JSON.stringify(claims.scopes),
        note,
        claims.issuedAt,
        claims.expiresAt,
        null,
      ],
    ],
  )
}

/** A token that was revoked before keeps its first time. */
export function planRevoked(jti: string, nowS: number): Statement {
  return sql('UPDATE token SET revoked_at = ? WHERE jti = ? AND revoked_at IS NULL', nowS, jti)
}

function fromRow(row: Row): IssuedToken {
  const scopes: unknown = JSON.parse(row.scopes)
  return {
    jti: row.jti,
    subject: row.subject,
    scopes: Array.isArray(scopes) ? scopes.filter(isScope) : [],
    note: row.note,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
