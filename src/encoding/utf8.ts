// UTF-8 without repair: what cannot be read exactly is refused.

const encoder = new TextEncoder()
// ignoreBOM keeps a leading U+FEFF in the text, so that parsed text and signed bytes stay the same
// thing
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The UTF-8 bytes of a text. Lone surrogates become U+FFFD: check `isWellFormed` before signing a
 * stranger's text.
 */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/**
 * The text of UTF-8 bytes, a byte order mark kept, or null when the bytes are not well-formed
 * UTF-8.
 */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}
