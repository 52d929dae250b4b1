// Timestamped Ed25519 cosignatures, key type 0x04 (C2SP tlog-cosignature).
import { concatBytes } from '../encoding/bytes.ts'
import { decodeU64, encodeU64 } from '../encoding/decimal.ts'
import type { Signer } from '../encoding/ed25519.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { COSIGNATURE_KEY, keyId } from './key.ts'
import { formatNoteLine } from './note-line.ts'

/** What a cosigner signs: a heading, the time in POSIX seconds, and the whole text of the note. */
export function cosignatureMessage(timeS: number, text: string): Uint8Array {
  return encodeUtf8(`cosignature/v1\ntime ${timeS}\n${text}`)
}

/** Cosigns a checkpoint text at a time (POSIX seconds) with a key of type 4 and gives the line. */
export async function cosign(
  text: string,
  name: string,
  publicKey: Uint8Array,
  signer: Signer,
  timeS: number,
): Promise<string> {
  const time = encodeU64(timeS)
  const signature = await signer(cosignatureMessage(timeS, text))
  const id = keyId(name, COSIGNATURE_KEY, publicKey)
  return formatNoteLine(name, id, concatBytes([time, signature]))
}

/**
 * Time and 64-byte signature of the 72 bytes after the key id, or null; times beyond 2^53 − 1 s are
 * refused.
 */
export function decodeCosignature(
  bytes: Uint8Array,
): { timeS: number; signature: Uint8Array } | null {
  if (bytes.length !== 72) return null
  const timeS = decodeU64(bytes.subarray(0, 8))
  return timeS === null ? null : { timeS, signature: bytes.slice(8) }
}
