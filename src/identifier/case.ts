// Case numbers as comparable keys (domain reference §4.1 "Case number").

export const MAX_CASE_TEXT = 300

// The ITC counts investigations and complaint dockets apart: 337-3936 is docket 3936, never Inv. No. 337-TA-3936.
const FIRST_DOCKET = 2000
const PREFIX_WORDS = new Set(['inv', 'investigation', 'no', 'nos', 'number', 'case', 'in', 're'])

/**
 * The key of a case number: runs of letters and runs of digits, lower case, joined by dashes; leading zeros and words such as
 * "Inv. No." go. `337-1276` becomes `337-ta-1276`, `337-3936` becomes `337-docket-3936`. A decision id gives its case.
 */
export function caseKey(text: string): string {
  const segments = text.slice(0, MAX_CASE_TEXT).trim().split('/')
  const isDecision = /^[a-z]{2}\/[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)?$/.test(
    segments.join('/'),
  )
  const runs = runsOf(isDecision ? (segments[1] ?? '') : text.slice(0, MAX_CASE_TEXT))
  const start = runs.findIndex((run) => !PREFIX_WORDS.has(run))
  return canonical(start === -1 ? runs : runs.slice(start)).join('-')
}

/** The keys a typed case number may lie under: its key and, for a bare number, the US investigation of that number. */
export function caseQueryKeys(text: string): string[] {
  const key = caseKey(text)
  if (key === '') return []
  const bare = /^[0-9]{1,4}$/.test(key) && Number(key) < FIRST_DOCKET
  return bare ? [key, `337-ta-${key}`] : [key]
}

/** True for text that can only be a case number: 337-TA-1276, 337-1276, Inv. No. 337-TA-1276, docket 3936. */
export function isCaseLike(text: string): boolean {
  return /^337-(ta|docket)-[0-9]+(-|$)/.test(caseKey(text))
}

function canonical(runs: readonly string[]): string[] {
  const [first = '', second = '', third, fourth] = runs
  if (first === 'docket') {
    const number = second === 'no' ? third : second
    if (number !== undefined && /^[0-9]+$/.test(number)) return ['337', 'docket', number]
  }
  if (first === '337' && runs.length === 2 && /^[0-9]{1,5}$/.test(second)) {
    return ['337', Number(second) < FIRST_DOCKET ? 'ta' : 'docket', second]
  }
  // 337-TA-1276 typed with its long form: Investigation 337 TA No. 1276
  if (first === '337' && second === 'ta' && third === 'no' && fourth !== undefined) {
    return ['337', 'ta', ...runs.slice(3)]
  }
  return [...runs]
}

function runsOf(text: string): string[] {
  const folded = text.toWellFormed().normalize('NFKC').toLowerCase()
  return (folded.match(/[0-9]+|[\p{L}\p{M}]+/gu) ?? []).map((run) =>
    /^[0-9]+$/.test(run) ? run.replace(/^0+(?=[0-9])/, '') : run,
  )
}
