// How many witnesses make a head confirmed (design: protocol 1.8).

/** k of w witnesses: more than two thirds, so that two quorums share an honest one; null where there is no witness. */
export function quorumOf(witnesses: number): number | null {
  return witnesses === 0 ? null : 1 + Math.floor((2 * witnesses) / 3)
}

/**
 * Signature lines of any checkpoint that leaves a node, with so many witnesses: a quorum, the log's (two while its key is replaced) and
 * the stamp or an applied line. Every reader takes 16.
 */
export function mostLines(witnesses: number): number {
  return Math.max(16, (quorumOf(witnesses) ?? 0) + 3)
}
