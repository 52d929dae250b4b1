// Firmware versions and serial numbers in order: a serial or firmware range decides between an original and its redesign.

export const MAX_VERSION = 300

/**
 * Compares `10.2` with `10.10` as people do: runs of digits by value, runs of letters by code point, the shorter first.
 * Negative, zero or positive.
 */
export function compareVersions(a: string, b: string): number {
  const ours = runsOf(a)
  const theirs = runsOf(b)
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const order = compareRuns(ours[i], theirs[i])
    if (order !== 0) return order
  }
  return 0
}

/** True when a value lies between two inclusive ends; an end left out is open. */
export function isBetween(
  value: string,
  range: { from?: string | undefined; to?: string | undefined },
): boolean {
  if (range.from !== undefined && compareVersions(value, range.from) < 0) return false
  return range.to === undefined || compareVersions(value, range.to) <= 0
}

function compareRuns(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return -1
  if (b === undefined) return 1
  const bothDigits = /^[0-9]/.test(a) && /^[0-9]/.test(b)
  // Leading zeros are gone, so of two numbers the longer is the larger: no number is too long for this.
  if (bothDigits && a.length !== b.length) return a.length - b.length
  return a < b ? -1 : 1
}

function runsOf(text: string): string[] {
  const folded = text.slice(0, MAX_VERSION).toWellFormed().normalize('NFKC').toUpperCase()
  const runs = folded.match(/[0-9]+|[\p{L}\p{M}]+/gu) ?? []
  const body = runs[0] === 'V' && runs.length > 1 ? runs.slice(1) : runs
  return body.map((run) => (/^[0-9]/.test(run) ? run.replace(/^0+(?=[0-9])/, '') : run))
}
