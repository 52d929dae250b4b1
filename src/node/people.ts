// People at this machine: the key that signs tokens, and who runs a command here.
import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Settings } from '../config.ts'
import { generateEd25519Jwk } from '../encoding/ed25519.ts'
import { Failure } from '../errors.ts'
import type { Actor } from '../people/audit.ts'
import { importTokenKey, type Realm, type TokenKey } from '../people/token.ts'
import { keyPath, parsePrivateJwk, writeKey } from './directory.ts'

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

function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown') // an account without a name, as in containers
  }
}
