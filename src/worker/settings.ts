// A Worker's settings and keys: variables of wrangler.toml by the names of README, and one secret for all keys.
import { parseSettings, readEnvironment, type Settings } from '../config.ts'
import { decodeBase64url } from '../encoding/base64.ts'
import {
  type Ed25519PrivateJwk,
  ed25519Signer,
  jwkThumbprint,
  type Signer,
} from '../encoding/ed25519.ts'
import { Failure } from '../errors.ts'
import { importTokenKey, type TokenKey } from '../people/token.ts'

/** Roles whose keys a Worker holds. The agency key stays with the agency, the root key offline. */
export const WORKER_KEY_ROLES = ['log', 'witness', 'applied', 'node'] as const
export type WorkerKey = { kid: string; publicKey: Uint8Array; sign: Signer }
export type WorkerKeys = Record<(typeof WORKER_KEY_ROLES)[number], WorkerKey> & {
  /** Signs the tokens of people; without it nobody has one. */
  token: TokenKey | null
}

/** Settings from the string variables of the environment. Codes ERR_CONFIG_*. */
export function workerSettings(env: object): Settings {
  const texts = Object.entries(env).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  )
  return parseSettings('{}', readEnvironment(Object.fromEntries(texts)), 'the variables')
}

/** The keys in the secret PORTCULLIS_KEYS: `{"log": JWK, …}`. Code ERR_KEY_UNREADABLE; the error never holds what the secret held. */
export async function workerKeys(secret: string | undefined): Promise<WorkerKeys> {
  const unreadable = (what: string) =>
    new Failure('ERR_KEY_UNREADABLE', `the secret PORTCULLIS_KEYS ${what}`, {
      cure: 'set it with `wrangler secret put PORTCULLIS_KEYS`: one JSON object of the files in keys/, {"log": …, "witness": …, "applied": …, "node": …, "token": …}',
    })
  if (secret === undefined) throw unreadable('is not set')
  let jwks: Record<string, Record<string, unknown>>
  try {
    jwks = JSON.parse(secret)
  } catch {
    throw unreadable('is not JSON')
  }
  const jwkOf = (role: string): Ed25519PrivateJwk => {
    const { kty, crv, d, x } = jwks[role] ?? {}
    const isKey =
      kty === 'OKP' && crv === 'Ed25519' && typeof d === 'string' && typeof x === 'string'
    if (!isKey) throw unreadable(`holds no Ed25519 JWK for ${role}`)
    return { kty, crv, d, x }
  }
  const read = async (role: (typeof WORKER_KEY_ROLES)[number]): Promise<WorkerKey> => {
    const jwk = jwkOf(role)
    const publicKey = decodeBase64url(jwk.x)
    if (publicKey === null) throw unreadable(`holds no key pair for ${role}`)
    try {
      return { kid: jwkThumbprint(jwk.x), publicKey, sign: await ed25519Signer(jwk) }
    } catch {
      throw unreadable(`holds no key pair for ${role}`)
    }
  }
  const [log, witness, applied, node] = await Promise.all(WORKER_KEY_ROLES.map(read))
  if (!log || !witness || !applied || !node) throw new TypeError('a role without a key')
  const token = jwks.token === undefined ? null : await importTokenKey(jwkOf('token'))
  return { log, witness, applied, node, token }
}
