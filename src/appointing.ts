// THE STORY of people: a user is added, gets roles and tokens, and stops to count; each step lands with its line in the audit log.
import type { Db, Insert, Statement } from './db.ts'
import { uuidv7 } from './encoding/uuid.ts'
import { Failure } from './errors.ts'
import { type Actor, planAudit } from './people/audit.ts'
import { MAX_TOKEN_NOTE, planIssued, planRevoked, readIssued } from './people/issued.ts'
import { isRole, isScope, ROLES, type Role, rightsOf, SCOPES, type Scope } from './people/role.ts'
import { MAX_TOKEN_DAYS, type Realm, signToken, type TokenKey } from './people/token.ts'
import {
  MAX_USER_NAME,
  planDisabled,
  planRoles,
  planUser,
  readUser,
  SUBJECT_PATTERN,
  type User,
} from './people/user.ts'

export type AppointingDeps = {
  db: Db
  nowMs: () => number
  /** So many random bytes. */
  random: (bytes: number) => Uint8Array
  key: TokenKey
  realm: Realm
}
export type NewToken = {
  /** Shown once, kept nowhere. */
  token: string
  jti: string
  subject: string
  scopes: readonly Scope[]
  /** POSIX seconds. */
  expiresAt: number
}

const DAY_S = 86_400

/** Codes: ERR_USAGE, ERR_USER_EXISTS. */
export async function addUser(
  deps: AppointingDeps,
  actor: Actor,
  { subject, name, roles }: { subject: string; name: string; roles: readonly string[] },
): Promise<User> {
  if (!SUBJECT_PATTERN.test(subject)) {
    const form = 'a user is named by up to 64 small letters, digits and . _ @ + -'
    throw new Failure('ERR_USAGE', form, { at: subject.slice(0, 80) })
  }
  if (name.trim() === '' || name.length > MAX_USER_NAME) {
    throw new Failure('ERR_USAGE', `--name: 1 to ${MAX_USER_NAME} characters`, { at: '--name' })
  }
  const known = parseRoles(roles)
  if ((await readUser(deps.db, subject)) !== null) {
    throw new Failure('ERR_USER_EXISTS', `${subject} is there already`, {
      cure: 'change the roles with `user role`, or choose another name',
    })
  }
  const createdAt = nowS(deps)
  const user: User = { subject, name: name.trim(), roles: known, isDisabled: false, createdAt }
  await commit(deps, actor, 'user add', `${subject}: ${known.join(', ')}`, [planUser(user)])
  return user
}

/** Gives a user exactly these roles. Their tokens lose what the roles no longer give at once. Codes: ERR_USAGE, ERR_USER_UNKNOWN. */
export async function setRoles(
  deps: AppointingDeps,
  actor: Actor,
  subject: string,
  roles: readonly string[],
): Promise<User> {
  const known = parseRoles(roles)
  const user = await requireUser(deps.db, subject)
  const target = `${subject}: ${known.join(', ')}`
  await commit(deps, actor, 'user role', target, [planRoles(subject, known)])
  return { ...user, roles: known }
}

/** While disabled, none of a user's tokens counts, and no confirmation of theirs. Code ERR_USER_UNKNOWN. */
export async function setDisabled(
  deps: AppointingDeps,
  actor: Actor,
  subject: string,
  isDisabled: boolean,
): Promise<User> {
  const user = await requireUser(deps.db, subject)
  const action = isDisabled ? 'user disable' : 'user enable'
  await commit(deps, actor, action, subject, [planDisabled(subject, isDisabled)])
  return { ...user, isDisabled }
}

/** Without `scopes`: all that the user's roles give. Codes: ERR_USAGE, ERR_USER_UNKNOWN, ERR_SCOPE beyond the roles. */
export async function newToken(
  deps: AppointingDeps,
  actor: Actor,
  wanted: { subject: string; scopes?: readonly string[]; days: number; note: string },
): Promise<NewToken> {
  const { subject, days, note } = wanted
  if (!Number.isInteger(days) || days < 1 || days > MAX_TOKEN_DAYS) {
    throw new Failure('ERR_USAGE', `--days: 1 to ${MAX_TOKEN_DAYS}`, { at: '--days' })
  }
  if (note.length > MAX_TOKEN_NOTE) {
    throw new Failure('ERR_USAGE', `--note: up to ${MAX_TOKEN_NOTE} characters`, { at: '--note' })
  }
  const user = await requireUser(deps.db, subject)
  const rights = rightsOf(user.roles)
  const scopes = wanted.scopes === undefined ? rights : parseScopes(wanted.scopes)
  const beyond = scopes.find((scope) => !rights.includes(scope))
  if (beyond !== undefined) {
    throw new Failure('ERR_SCOPE', `the roles of ${subject} do not give ${beyond}`, {
      cure: `give the role first: portcullis user role ${subject} --set …`,
      facts: { scope: beyond },
    })
  }
  const issuedAt = nowS(deps)
  const expiresAt = issuedAt + days * DAY_S
  const claims = {
    subject,
    jti: uuidv7(deps.nowMs(), deps.random(16)),
    scopes,
    issuedAt,
    expiresAt,
  }
  const token = await signToken(deps.key, deps.realm, claims)
  const target = `${claims.jti} for ${subject}: ${scopes.join(' ')}`
  await commit(deps, actor, 'token new', target, [planIssued(claims, note)])
  return { token, jti: claims.jti, subject, scopes, expiresAt }
}

/** Code ERR_TOKEN_UNKNOWN. */
export async function revokeToken(
  deps: AppointingDeps,
  actor: Actor,
  jti: string,
): Promise<{ jti: string; subject: string }> {
  const issued = await readIssued(deps.db, jti)
  if (issued === null) {
    throw new Failure('ERR_TOKEN_UNKNOWN', `no token ${jti.slice(0, 80)} was issued here`, {
      cure: 'see `token list`',
    })
  }
  await commit(deps, actor, 'token revoke', jti, [planRevoked(jti, nowS(deps))])
  return { jti, subject: issued.subject }
}

function parseRoles(words: readonly string[]): Role[] {
  const wrong = words.find((word) => !isRole(word))
  if (wrong === undefined && words.length > 0) return ROLES.filter((role) => words.includes(role))
  const what = wrong === undefined ? 'at least one role' : `${wrong.slice(0, 40)} is no role`
  throw new Failure('ERR_USAGE', `${what}: ${ROLES.join(', ')}`, { at: '--role' })
}

function parseScopes(words: readonly string[]): Scope[] {
  const wrong = words.find((word) => !isScope(word))
  if (wrong === undefined && words.length > 0) {
    return SCOPES.filter((scope) => words.includes(scope))
  }
  const what = wrong === undefined ? 'at least one scope' : `${wrong.slice(0, 40)} is no scope`
  throw new Failure('ERR_USAGE', `${what}: ${SCOPES.join(', ')}`, { at: '--scope' })
}

async function requireUser(db: Db, subject: string): Promise<User> {
  const user = await readUser(db, subject)
  if (user !== null) return user
  throw new Failure('ERR_USER_UNKNOWN', `there is no user ${subject.slice(0, 80)}`, {
    cure: 'see `user list`, or add one with `user add`',
  })
}

function commit(
  deps: AppointingDeps,
  actor: Actor,
  action: string,
  target: string,
  statements: readonly (Statement | Insert)[],
): Promise<void> {
  const line = planAudit({ ...actor, at: nowS(deps), action, target, outcome: 'ok' })
  return deps.db.commit([...statements, line])
}

const nowS = ({ nowMs }: AppointingDeps): number => Math.floor(nowMs() / 1000)
