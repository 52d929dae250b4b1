// The next key of a role beside the one in use: made here, named by a charter, then used (design: protocol 1.9; reference 6.7).
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeBase64url } from '../encoding/base64.ts'
import { generateEd25519Jwk, jwkThumbprint } from '../encoding/ed25519.ts'
import { Failure } from '../errors.ts'
import { formatVkey } from '../tlog/key.ts'
import {
  keyPath,
  readKeyFile,
  readWrittenSettings,
  type SigningKey,
  writeKey,
} from './directory.ts'

const ROLES = ['log', 'agency', 'root'] as const
type Role = (typeof ROLES)[number]
export type NextKey = { file: string; publicFile: string; kid: string; vkey: string | null }

const nextPath = (directory: string, role: Role) => join(directory, 'keys', `${role}-next.jwk.json`)

/**
 * Makes the next key of a role and writes its public part beside it. `vkey` is that of a log key, as a charter names it. Codes: ERR_USAGE,
 * ERR_CONFIG_*, ERR_DIRECTORY_IN_USE where a next key stands already.
 */
export async function makeNextKey(directory: string, role: string): Promise<NextKey> {
  const known = roleOf(role)
  const { origin } = readWrittenSettings(directory)
  const file = nextPath(directory, known)
  if (existsSync(file)) {
    throw new Failure('ERR_DIRECTORY_IN_USE', `${file} stands there already`, {
      cure: 'use it, or move it away when no charter names it',
    })
  }
  const jwk = await generateEd25519Jwk()
  const publicKey = decodeBase64url(jwk.x)
  if (publicKey === null) throw new TypeError('a fresh key does not decode')
  writeKey(file, jwk)
  const { kty, crv, x } = jwk
  const publicFile = file.replace('.jwk.json', '.public.json')
  writeFileSync(publicFile, `${JSON.stringify({ kty, crv, x })}\n`)
  const vkey = known === 'log' ? formatVkey({ name: origin, type: 1, publicKey }) : null
  return { file, publicFile, kid: jwkThumbprint(x), vkey }
}

/** Puts the next key in the place of the one in use, which is kept under its kid. Codes: ERR_USAGE, ERR_KEY_UNREADABLE. */
export function useNextKey(directory: string, role: string): { file: string; old: string } {
  const known = roleOf(role)
  const next = nextPath(directory, known)
  const file = keyPath(directory, known)
  if (!existsSync(next)) {
    throw new Failure('ERR_KEY_UNREADABLE', `${next} is not there`, {
      cure: `make it: npm run -s portcullis -- key new ${known} --dir ${directory}`,
    })
  }
  const old = oldPath(directory, known)
  if (existsSync(file)) renameSync(file, old)
  renameSync(next, file)
  return { file, old }
}

/**
 * How charters name a key: the one in use of a role of the directory, or that of a private key file. `vkey` is that of a log key. Codes:
 * ERR_USAGE, ERR_CONFIG_*, ERR_KEY_UNREADABLE.
 */
export async function showKey(
  roleOrFile: string,
  directory: string | undefined,
): Promise<{ kid: string; vkey: string | null }> {
  if (directory === undefined) {
    if (ROLES.some((role) => role === roleOrFile)) {
      throw new Failure('ERR_USAGE', `${roleOrFile} of which node?`, { cure: 'add --dir' })
    }
    return { kid: (await readKeyFile(roleOrFile)).kid, vkey: null }
  }
  const role = roleOf(roleOrFile)
  const { kid, publicKey } = await readKeyFile(keyPath(directory, role))
  const { origin } = readWrittenSettings(directory)
  return { kid, vkey: role === 'log' ? formatVkey({ name: origin, type: 1, publicKey }) : null }
}

/** The log key that signs beside the one in use while a charter names both; undefined where there is none. */
export async function readNextLogKey(directory: string): Promise<SigningKey | undefined> {
  const file = nextPath(directory, 'log')
  return existsSync(file) ? readKeyFile(file) : undefined
}

function oldPath(directory: string, role: Role): string {
  for (let number = 1; ; number++) {
    const path = join(directory, 'keys', `${role}-old-${number}.jwk.json`)
    if (!existsSync(path)) return path
  }
}

function roleOf(role: string): Role {
  const known = ROLES.find((one) => one === role)
  if (known !== undefined) return known
  throw new Failure('ERR_USAGE', `${role}: one of ${ROLES.join(', ')}`)
}
