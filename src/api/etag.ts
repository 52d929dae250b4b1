// Entity tags and conditional requests (RFC 9110 §8.8.3, §13.1.2).
import { encodeBase64url } from '../encoding/base64.ts'
import { sha256 } from '../encoding/sha256.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'

/** The tag of a representation by its bytes: equal tags, equal bytes. */
export function strongTag(text: string): string {
  return `"${encodeBase64url(sha256(encodeUtf8(text)))}"`
}

/** How long, in seconds, two answers that differ in nothing but their moment and ages have one tag. */
export const TAG_BUCKET_S = 60

/**
 * The tag of what tells its own moment and ages: equal where everything else is, in the same minute. It is computed from the answer of
 * now, never instead of it, so that a feed that has just grown old gets no old "not listed" confirmed.
 */
export function weakTag(lasting: unknown, atS: number): string {
  return `W/${strongTag(JSON.stringify([Math.floor(atS / TAG_BUCKET_S), lasting]))}`
}

/** True when `if-none-match` names this tag. Weak comparison: caches that compress weaken a tag on the way. */
export function isNotChanged(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const bare = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.split(',').some((tag) => bare(tag) === bare(etag) || tag.trim() === '*')
}
