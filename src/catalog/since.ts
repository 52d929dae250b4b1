// From which log position a row counts (protocol 1.3 `endorse`): the largest of its own place, that of its endorse, those of the issue's.
/** Of an act that waits for its second key: no log is ever so long. */
export const WAITING = Number.MAX_SAFE_INTEGER
/** Of an act that would count, were not its decision's issue waiting. */
export const GATED = Number.MAX_SAFE_INTEGER - 1

/** What the beginning of an act's rows hangs on. */
export type Since = { pos: number; needsTwo: boolean; isGated: boolean }

/** The position from which an act's rows count, as known when it is merged. */
export function sinceOf({ pos, needsTwo, isGated }: Since): number {
  if (needsTwo) return WAITING
  return isGated ? GATED : pos
}
