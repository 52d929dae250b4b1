// Verifier keys and their names (C2SP signed-note; origins as design 1.2).
import { decodeBase64, encodeBase64 } from '../encoding/base64.ts'
import { concatBytes } from '../encoding/bytes.ts'
import { decodeU32, encodeU32 } from '../encoding/decimal.ts'
import { isAcceptablePoint } from '../encoding/ed25519.ts'
import { decodeHex, encodeHex } from '../encoding/hex.ts'
import { sha256 } from '../encoding/sha256.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'

/** 1: Ed25519 over the text. 4: Ed25519 cosignature with a time. */
export type KeyType = 1 | 4

export type Vkey = {
  name: string
  /** The first four bytes of the key hash as a number: an index, never a proof of the key. */
  keyId: number
  type: KeyType
  /** 32 bytes. */
  publicKey: Uint8Array
}

export const ED25519_KEY = 1
export const COSIGNATURE_KEY = 4

export const MAX_NAME_CHARS = 255
const MAX_VKEY_CHARS = 512
const ORIGIN = /^[a-z0-9.-]+(?:\/[a-z0-9._-]+)*$/
// \s lacks U+0085, which Go counts as a space; the class holds controls, spaces of both languages
// and the plus sign
const NOT_IN_NAME = /[\p{Cc}\s+]/u

/**
 * True for a log's name: lowercase `host/path`, at most 255 characters, last part not `witness` or
 * `applied`.
 */
export function isOrigin(name: string): boolean {
  if (name.length > MAX_NAME_CHARS || !ORIGIN.test(name)) return false
  return !name.endsWith('/witness') && !name.endsWith('/applied')
}

/**
 * True for a name the note format can carry: not empty, no space, no plus sign, at most 255
 * characters.
 */
export function isKeyName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME_CHARS) return false
  return name.isWellFormed() && !NOT_IN_NAME.test(name)
}

/** SHA-256(name ‖ 0x0A ‖ type ‖ public key), its first four bytes as a big-endian number. */
export function keyId(name: string, type: KeyType, publicKey: Uint8Array): number {
  const hash = sha256(encodeUtf8(`${name}\n`), Uint8Array.of(type), publicKey)
  return idOf(hash.subarray(0, 4))
}

/** `name+id+base64(type ‖ public key)`. */
export function formatVkey({ name, type, publicKey }: Omit<Vkey, 'keyId'>): string {
  const id = encodeHex(encodeU32(keyId(name, type, publicKey)))
  return `${name}+${id}+${encodeBase64(concatBytes([Uint8Array.of(type), publicKey]))}`
}

/**
 * The key in a vkey of type 1 or 4, or null for any other type, a wrong length or id, a point of
 * small order or with a second spelling, or another spelling of the text.
 */
export function parseVkey(text: string): Vkey | null {
  if (text.length > MAX_VKEY_CHARS) return null
  // base64 may hold a plus sign itself: only the first two part the fields
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  if (first < 0 || second < 0) return null
  const name = text.slice(0, first)
  const id = decodeHex(text.slice(first + 1, second))
  const key = decodeBase64(text.slice(second + 1))
  if (!isKeyName(name) || id === null || id.length !== 4 || key?.length !== 33) return null
  const type = key[0]
  if (type !== ED25519_KEY && type !== COSIGNATURE_KEY) return null
  const publicKey = key.slice(1)
  if (!isAcceptablePoint(publicKey) || keyId(name, type, publicKey) !== idOf(id)) return null
  return { name, keyId: idOf(id), type, publicKey }
}

function idOf(bytes: Uint8Array): number {
  const id = decodeU32(bytes)
  if (id === null) throw new RangeError('a key id has four bytes')
  return id
}
