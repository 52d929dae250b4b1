// People at this machine: the key that signs tokens, and who runs a command here.
import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Settings } from '../config.ts'
import type { Db } from '../db.ts'
import { generateEd25519Jwk } from '../encoding/ed25519.ts'
import { type ErrorCode, Failure } from '../errors.ts'
import { type Actor, planAudit } from '../people/audit.ts'
import { importTokenKey, type Realm, type TokenKey } from '../people/token.ts'
import { openDatabase } from './database.ts'
import {
  databasePath,
  keyPath,
  parsePrivateJwk,
  readWrittenSettings,
  writeKey,
} from './directory.ts'

/**
 * The key of a directory's tokens, made where there is none: a directory may be older than tokens. Without it all tokens end, and nothing
 * else does. Code ERR_KEY_UNREADABLE.
 */
export async function readTokenKey(directory: string): Promise<TokenKey> {
  const path = keyPath(directory, 'token')
  if (!existsSync(path)) await makeTokenKey(path)
  const jwk = parsePrivateJwk(readFileSync(path, 'utf8'))
  if (jwk !== null) return importTokenKey(jwk)
  throw new Failure('ERR_KEY_UNREADABLE', `the key file ${path} is not a private Ed25519 JWK`, {
    cure: 'move it away: a new one is made, and tokens must be issued anew',
  })
}

async function makeTokenKey(path: string): Promise<void> {
  const jwk = await generateEd25519Jwk()
  try {
    writeKey(path, jwk)
  } catch (error) {
    // Another process on this directory was first.
    if (!existsSync(path)) throw error
  }
}

/** Where tokens of this node come from and where they are good. */
export const realmOf = ({ origin, url }: Settings): Realm => ({ issuer: origin, audience: url })

/** The account that runs this command: whoever can read the directory may do what the command does. */
export function localActor(): Actor {
  return { subject: `local:${accountName()}`.slice(0, 64), jti: null, address: 'cli' }
}

/** Runs what a command changes, and leaves its line in the audit log whether it worked or not. */
export async function audited<T>(
  db: Db,
  action: string,
  target: string,
  act: () => Promise<T>,
): Promise<T> {
  const record = (outcome: 'ok' | ErrorCode) => {
    const at = Math.floor(Date.now() / 1000)
    return db.commit([planAudit({ ...localActor(), at, action, target, outcome })])
  }
  let done: T
  try {
    done = await act()
  } catch (error) {
    await record(error instanceof Failure ? error.code : 'ERR_INTERNAL')
    throw error
  }
  await record('ok')
  return done
}

/** The same for a command that does not open the database otherwise. Code ERR_CONFIG_MISSING where no node is. */
export async function auditedIn<T>(
  directory: string,
  action: string,
  target: string,
  act: () => Promise<T>,
): Promise<T> {
  // Throws where no node is, before a database is made there.
  readWrittenSettings(directory)
  const db = openDatabase(databasePath(directory))
  try {
    return await audited(db, action, target, act)
  } finally {
    db.close()
  }
}

function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown') // an account without a name, as in containers
  }
}
