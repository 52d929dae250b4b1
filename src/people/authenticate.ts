// Who is asking: a bearer token becomes a person, or a refusal that never says why (RFC 6750).
import type { Db } from '../db.ts'
import { Failure, ok, type Result, refusal } from '../errors.ts'
import { readHolder } from './issued.ts'
import { rightsOf, type Scope } from './role.ts'
import { type Realm, type TokenKey, verifyToken } from './token.ts'

export type AuthDeps = { db: Db; key: TokenKey; realm: Realm; nowMs: () => number }

/** Somebody whose token counts now. `scopes`: what the token carries and the user's roles still give. */
export type Person = { subject: string; name: string; jti: string; scopes: readonly Scope[] }

/**
 * The person behind a token. A role taken away, a user disabled or a token revoked counts from the next request on. Code ERR_TOKEN; its
 * detail is for the operator's log: callers get `tokenNeeded()`, the same for every cause.
 */
export async function authenticate(deps: AuthDeps, token: string): Promise<Result<Person>> {
  const claims = await verifyToken(deps.key, deps.realm, token, deps.nowMs())
  if (!claims.ok) return claims
  const { subject, jti, scopes } = claims.value
  const holder = await readHolder(deps.db, { jti, subject })
  if (holder === null)
    return refusal('ERR_TOKEN', `token ${jti} is revoked, or ${subject} disabled`)
  const rights = rightsOf(holder.roles)
  const granted = scopes.filter((scope) => rights.includes(scope))
  return ok({ subject, name: holder.name, jti, scopes: granted })
}

/** The token of an Authorization header; null where there is none or another scheme. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header ?? '')?.[1] ?? null
}

/** The one refusal of whoever has no token that counts, whatever is wrong with it. */
export function tokenNeeded(wasGiven: boolean): Failure {
  return new Failure('ERR_TOKEN', 'send a token of this node that is valid now', {
    cure: 'ask the operator for one: portcullis token new',
    facts: { given: wasGiven },
  })
}

/** Throws ERR_SCOPE, which names the scope that is missing. */
export function requireScope(person: Person, scope: Scope): void {
  if (person.scopes.includes(scope)) return
  throw new Failure('ERR_SCOPE', `this token does not carry the scope ${scope}`, {
    cure: `ask the operator for a token with the scope ${scope}`,
    facts: { scope },
  })
}
