// A node's people over a real database: users and tokens made by the stories themselves; the clock is a number the test moves.
import { type AppointingDeps, addUser, newToken } from '../../src/appointing.ts'
import { generateEd25519Jwk } from '../../src/encoding/ed25519.ts'
import { openDatabase } from '../../src/node/database.ts'
import { authenticate, type Person } from '../../src/people/authenticate.ts'
import type { Role, Scope } from '../../src/people/role.ts'
import { importTokenKey } from '../../src/people/token.ts'

export const ADMIN = { subject: 'local:root', jti: null, address: 'cli' }
export const REALM = { issuer: 'us.test/log', audience: 'http://us.test' }

export type Office = {
  deps: AppointingDeps
  clock: { nowMs: number }
  /** A user with a token of all rights, or of these scopes. */
  hire(subject: string, role: Role, scopes?: readonly Scope[]): Promise<string>
  /** The person behind a token that counts. */
  person(token: string): Promise<Person>
  close(): void
}

let seed = 0

export async function office(over: Partial<AppointingDeps> = {}): Promise<Office> {
  const clock = { nowMs: Date.UTC(2026, 10, 23, 12, 0, 0) }
  const db = openDatabase(':memory:')
  const deps: AppointingDeps = {
    db,
    nowMs: () => clock.nowMs,
    random: (bytes) => {
      seed += 1
      return Uint8Array.from({ length: bytes }, (_, at) => (seed >> (8 * (at % 4))) & 0xff)
    },
    key: await importTokenKey(await generateEd25519Jwk()),
    realm: REALM,
    ...over,
  }
  return {
    deps,
    clock,
    async hire(subject, role, scopes) {
      await addUser(deps, ADMIN, { subject, name: `Name of ${subject}`, roles: [role] })
      return (await tokenOf(deps, subject, scopes)).token
    },
    async person(token) {
      const person = await authenticate(deps, token)
      if (!person.ok) throw new TypeError(person.detail)
      return person.value
    },
    close: () => db.close(),
  }
}

export function tokenOf(deps: AppointingDeps, subject: string, scopes?: readonly Scope[]) {
  const wanted = { subject, days: 30, note: '' }
  return newToken(deps, ADMIN, scopes === undefined ? wanted : { ...wanted, scopes })
}

/** A user of a node of a test alliance, and the header with their token. */
export async function bearer(
  node: { people: AppointingDeps },
  subject: string,
  role: Role,
  scopes?: readonly Scope[],
): Promise<{ authorization: string }> {
  await addUser(node.people, ADMIN, { subject, name: `Name of ${subject}`, roles: [role] })
  return { authorization: `Bearer ${(await tokenOf(node.people, subject, scopes)).token}` }
}
