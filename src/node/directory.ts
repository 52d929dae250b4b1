// A node's directory: settings, keys, database. Keys are read here and nowhere else, and never printed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { parseSettings, readEnvironment, type Settings, type SettingsInput } from '../config.ts'
import { decodeBase64url } from '../encoding/base64.ts'
import {
  type Ed25519PrivateJwk,
  ed25519Signer,
  generateEd25519Jwk,
  jwkThumbprint,
  type Signer,
} from '../encoding/ed25519.ts'
import { Failure } from '../errors.ts'

export const KEY_ROLES = ['root', 'agency', 'node', 'log', 'witness', 'applied', 'token'] as const
export type KeyRole = (typeof KEY_ROLES)[number]
/** A key ready to sign. `kid` is the RFC 7638 thumbprint. */
export type SigningKey = { kid: string; x: string; publicKey: Uint8Array; sign: Signer }

const SETTINGS_FILE = 'portcullis.yaml'
export const keyPath = (directory: string, role: KeyRole) =>
  join(directory, 'keys', `${role}.jwk.json`)

export const databasePath = (directory: string): string => join(directory, 'portcullis.db')
/** Where the last signed head is remembered beside the database. */
export const headPath = (directory: string): string => join(directory, 'last-head.txt')
/** The agency's copies of every signed act. */
export const copiesPath = (directory: string): string => join(directory, 'signed-acts.txt')
/** By which a database that was put back is known. */
export const stampPath = (directory: string): string => join(directory, 'signing-stamp.txt')
export const lockPath = (directory: string): string => join(directory, 'running.lock')
export const settingsPath = (directory: string): string => join(directory, SETTINGS_FILE)

/** Creates a node's directory with fresh keys. Code ERR_DIRECTORY_IN_USE when one is there. */
export async function createDirectory(directory: string, settings: SettingsInput): Promise<void> {
  if (existsSync(settingsPath(directory))) {
    throw new Failure('ERR_DIRECTORY_IN_USE', `${directory} holds a node already`, {
      cure: 'choose another directory with --dir',
    })
  }
  mkdirSync(join(directory, 'keys'), { recursive: true, mode: 0o700 })
  for (const role of KEY_ROLES) writeKey(keyPath(directory, role), await generateEd25519Jwk())
  // Empty: this log has signed nothing. One that is missing may have been lost with the database.
  writeFileSync(headPath(directory), '', { mode: 0o600 })
  writeSettings(directory, settings)
}

/** Writes a private key that only its owner can read; never over another. */
export function writeKey(path: string, jwk: Ed25519PrivateJwk): void {
  writeFileSync(path, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' })
}

export function writeSettings(directory: string, settings: SettingsInput): void {
  writeFileSync(settingsPath(directory), stringify(settings))
}

/** The settings as the file has them, without what the environment says. */
export function readWrittenSettings(directory: string): Settings {
  return readSettings(directory, {})
}

/** Codes: ERR_CONFIG_MISSING, ERR_CONFIG_FORMAT, ERR_CONFIG_UNKNOWN_KEY. */
export function readSettings(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const path = settingsPath(directory)
  if (!existsSync(path)) {
    throw new Failure('ERR_CONFIG_MISSING', `${directory} holds no ${SETTINGS_FILE}`, {
      cure: "name a node's directory with --dir, or create one: npm run -s portcullis -- init --help",
    })
  }
  return parseSettings(readFileSync(path, 'utf8'), readEnvironment(env), path)
}

export function readKey(directory: string, role: KeyRole): Promise<SigningKey> {
  return readKeyFile(keyPath(directory, role))
}

/** Reads a private Ed25519 JWK. Code ERR_KEY_UNREADABLE; the error never holds what the file held. */
export async function readKeyFile(path: string): Promise<SigningKey> {
  const unreadable = (what: string) =>
    new Failure('ERR_KEY_UNREADABLE', `the key file ${path} ${what}`, {
      cure: 'restore the key from its backup, or follow the runbook for a lost key in the README',
    })
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw unreadable('cannot be read')
  }
  const jwk = parsePrivateJwk(text)
  const publicKey = jwk === null ? null : decodeBase64url(jwk.x)
  if (jwk === null || publicKey === null) throw unreadable('is not a private Ed25519 JWK')
  try {
    return { kid: jwkThumbprint(jwk.x), x: jwk.x, publicKey, sign: await ed25519Signer(jwk) }
  } catch {
    throw unreadable('holds no key pair')
  }
}

export function parsePrivateJwk(text: string): Ed25519PrivateJwk | null {
  try {
    const { kty, crv, d, x } = JSON.parse(text)
    const isKey =
      kty === 'OKP' && crv === 'Ed25519' && typeof d === 'string' && typeof x === 'string'
    return isKey ? { kty, crv, d, x } : null
  } catch {
    return null
  }
}
