// Conditional requests (RFC 9110 §13.1.2).

/** True when `if-none-match` names this tag. Weak comparison: caches that compress weaken a tag on the way. */
export function isNotChanged(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header
    .split(',')
    .some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*')
}
