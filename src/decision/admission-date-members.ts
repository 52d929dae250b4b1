// Where an act's body holds dates and which end of the day each means: a table, so that drafts and admission read the same places.
import { isPlainObject } from './admission-problem.ts'
import type { DateRole } from './date.ts'

export type DateMember = { path: (string | number)[]; role: DateRole; value: unknown }

/** Paths from an act's body; `*` is any place of a list. */
export const DATE_MEMBERS: readonly (readonly [path: string, role: DateRole])[] = [
  ['from', 'start'],
  ['until', 'inclusive_end'],
  ['ruling/on', 'start'],
  ['header/issued_on', 'start'],
  ['header/starts_on', 'start'],
  ['header/review_ends_on', 'inclusive_end'],
  ['header/expires_on', 'inclusive_end'],
  ['header/review_due_on', 'inclusive_end'],
  ['header/rights/*/expires_on', 'inclusive_end'],
  ['header/carve_outs/*/from', 'start'],
  ['header/carve_outs/*/to', 'inclusive_end'],
]

/** The dates that a body holds, resolved or not. `info/…` acts have none: their members are their own. */
export function datesIn(body: Record<string, unknown>): DateMember[] {
  if (typeof body.act === 'string' && body.act.startsWith('info/')) return []
  return DATE_MEMBERS.flatMap(([path, role]) =>
    find(body, path.split('/'), []).map((found) => ({ ...found, role })),
  )
}

function find(
  value: unknown,
  steps: readonly string[],
  path: (string | number)[],
): { path: (string | number)[]; value: unknown }[] {
  const [step, ...rest] = steps
  if (step === undefined) return value === undefined ? [] : [{ path, value }]
  if (step === '*') {
    if (!Array.isArray(value)) return []
    return value.flatMap((item, index) => find(item, rest, [...path, index]))
  }
  if (!isPlainObject(value) || !Object.hasOwn(value, step)) return []
  return find(value[step], rest, [...path, step])
}
