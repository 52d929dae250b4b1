// One signature line of a note (C2SP signed-note): em dash, key name, base64 of key id and
// signature.
import { decodeBase64, encodeBase64 } from '../encoding/base64.ts'
import { concatBytes } from '../encoding/bytes.ts'
import { decodeU32, encodeU32 } from '../encoding/decimal.ts'
import { isKeyName } from './key.ts'

export type NoteSignature = {
  name: string
  keyId: number
  /**
   * What follows the key id: 64 bytes by a key of type 1, 72 by one of type 4, anything by others.
   */
  signature: Uint8Array
  /** The whole line without its LF. */
  line: string
}

/** A key id and at least one byte. */
const MIN_SIGNATURE_BYTES = 5
const DASH = '\u2014 '

/** One signature line without its LF, unverified, or null. */
export function parseNoteLine(line: string): NoteSignature | null {
  const [name, payload, ...rest] = line.startsWith(DASH) ? line.slice(DASH.length).split(' ') : []
  if (name === undefined || payload === undefined || rest.length > 0) return null
  const bytes = decodeBase64(payload)
  if (!isKeyName(name) || bytes === null || bytes.length < MIN_SIGNATURE_BYTES) return null
  const id = decodeU32(bytes.subarray(0, 4))
  return id === null ? null : { name, keyId: id, signature: bytes.slice(4), line }
}

/** The line of a signature, without its LF. */
export function formatNoteLine(name: string, id: number, signature: Uint8Array): string {
  return `${DASH}${name} ${encodeBase64(concatBytes([encodeU32(id), signature]))}`
}
