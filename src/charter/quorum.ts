// How many witnesses make a head confirmed (design: protocol 1.8).

/** k of w witnesses: more than two thirds, so that two quorums share an honest one; null where there is no witness. */
export function quorumOf(witnesses: number): number | null {
  return witnesses === 0 ? null : 1 + Math.floor((2 * witnesses) / 3)
}
