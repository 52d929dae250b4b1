// A file in parts of one size, as it is kept; and by what it is known again.
import { concatBytes } from '../encoding/bytes.ts'
import { encodeHex } from '../encoding/hex.ts'
import { sha256 } from '../encoding/sha256.ts'

/** Small parts keep small what is in memory at once. */
export const PART_BYTES = 64 * 1024

/** The parts of a body put together to parts of one size: the digest of a file depends on it. */
export async function* partsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    let rest = chunk
    while (length + rest.length >= PART_BYTES) {
      const part = rest.subarray(0, PART_BYTES - length)
      // What comes in parts of this size, as files are read here, is handed on as it is: copies by the megabyte would only wait to be collected.
      yield parts.length === 0 ? part : concatBytes([...parts, part])
      rest = rest.subarray(PART_BYTES - length)
      parts = []
      length = 0
    }
    // A copy: who hands bytes on may use their memory again.
    if (rest.length > 0) parts.push(rest.slice())
    length += rest.length
  }
  if (length > 0) yield concatBytes(parts)
}

/** By this a file is known again: SHA-256 over the SHA-256 of its parts of 64 KiB, in hexadecimal. */
export async function digestOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const hashes: Uint8Array[] = []
  for await (const chunk of partsOf(body)) hashes.push(sha256(chunk))
  return fileDigest(hashes)
}

/** The digest of a file whose parts have these hashes. */
export function fileDigest(hashes: readonly Uint8Array[]): string {
  return encodeHex(sha256(...hashes))
}
