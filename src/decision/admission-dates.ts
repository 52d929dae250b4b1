// Sense of dates (design: decisions 2.1 row "time"): real days, the second that belongs to each, and their order.
import { type DateMember, datesIn } from './admission-date-members.ts'
import {
  each,
  isPlainObject,
  type Loose,
  type Path,
  type Problem,
  problem,
} from './admission-problem.ts'
import { boundaryDay, type DateRole, isRealDay, isTimeZone, secondOf } from './date.ts'
import type { DateAt, Header, Product } from './schema.ts'
import { dateSchema } from './schema-parts.ts'
import { DAY_PATTERN } from './vocabulary.ts'

/** Every date of an act's body: a real day, on the edge of a month or year known no nearer, `at` as worked out. Code: ERR_ADMIT_DATE. */
export function checkDates(body: Record<string, unknown>, timeZone: string | undefined): Problem[] {
  return datesIn(body).flatMap((member) => {
    const date = dateSchema.safeParse(member.value, { jitless: true })
    return date.success ? checkDate(date.data, member, timeZone) : []
  })
}

function checkDate(
  date: DateAt,
  { path, role }: DateMember,
  timeZone: string | undefined,
): Problem[] {
  const { on, precision, at } = date
  if (!isRealDay(on)) return [wrong([...path, 'on'], `${on} is not a day of the calendar.`)]
  const coarse = precision === 'month' ? on.slice(0, 7) : precision === 'year' ? on.slice(0, 4) : on
  const expected = boundaryDay(coarse, role)
  if (expected !== on) {
    const edge = role === 'start' ? 'first' : 'last'
    const message = `A date known only to the ${precision} stands on its ${edge} day here: ${expected}.`
    return [wrong([...path, 'on'], message)]
  }
  if (timeZone === undefined || !isTimeZone(timeZone)) return []
  const second = secondOf(on, role, timeZone)
  if (second === at) return []
  const named = role === 'start' ? `The first second of ${on}` : `The first second after ${on}`
  const message = `${named} in ${timeZone} is ${second ?? 'before 1970'}, not ${at}; leave \`at\` out, it is worked out for you.`
  return [wrong([...path, 'at'], message)]
}

/** The zone of the authority, and those of its desks. Code: ERR_ADMIT_TIME_ZONE. */
export function checkTimeZones(header: Loose<Header>, path: Path): Problem[] {
  const named: [string | undefined, Path][] = [
    [header.time_zone, [...path, 'time_zone']],
    [header.redress?.time_zone, [...path, 'redress', 'time_zone']],
    [header.action?.contact?.time_zone, [...path, 'action', 'contact', 'time_zone']],
  ]
  return named.flatMap(([zone, at]) => (zone === undefined ? [] : timeZoneProblem(zone, at)))
}

/** Empty for a zone of the IANA database. Code: ERR_ADMIT_TIME_ZONE. */
export function timeZoneProblem(zone: string, path: Path): Problem[] {
  if (isTimeZone(zone)) return []
  const message = `\`${zone}\` is not a time zone of the IANA database.`
  const hint =
    'Write Area/City in its own spelling, such as America/New_York or Asia/Seoul, or UTC; not EST or +09:00.'
  return [problem('ERR_ADMIT_TIME_ZONE', path, message, hint)]
}

/** issued ≤ starts ≤ expires, review ends between start and expiry, carve-outs begin before they end. Code: ERR_ADMIT_DATE. */
export function checkHeaderOrder(header: Loose<Header>, path: Path): Problem[] {
  const { issued_on: issued, starts_on: starts, review_ends_on: reviewEnds } = header
  const due = header.review_due_on
  const expires = asDate(header.expires_on)
  const at = (name: string) => [...path, name]
  return [
    ...inOrder(issued, starts, at('starts_on'), 'The order starts before it was issued'),
    ...inOrder(starts, expires, at('expires_on'), 'The order expires before it starts'),
    ...inOrder(starts, reviewEnds, at('review_ends_on'), 'The review ends before the order starts'),
    ...inOrder(
      reviewEnds,
      expires,
      at('review_ends_on'),
      'The review ends after the order expires',
    ),
    ...inOrder(issued, due, at('review_due_on'), 'A review is due before the order was issued'),
    ...each(header.carve_outs, at('carve_outs')).flatMap(({ item, path: place }) =>
      inOrder(asDate(item.from), asDate(item.to), [...place, 'to'], 'It ends before it begins'),
    ),
  ]
}

/** Nothing happens to an order before it was issued. Code: ERR_ADMIT_DATE. */
export function notBeforeIssue(
  date: Loose<DateAt> | undefined,
  header: Header | undefined,
  path: Path,
): Problem[] {
  return inOrder(header?.issued_on, date, path, 'This is before the order was issued')
}

/** The given order of two dates, compared no finer than the coarser is known. Code: ERR_ADMIT_DATE. */
export function inOrder(
  earlier: Loose<DateAt> | undefined,
  later: Loose<DateAt> | undefined,
  path: Path,
  message: string,
): Problem[] {
  if (earlier?.on === undefined || later?.on === undefined) return []
  // "by that day at the latest" may have been any day before it
  if (earlier.precision === 'by') return []
  const length = Math.min(known(earlier.precision), known(later.precision))
  if (earlier.on.slice(0, length) <= later.on.slice(0, length)) return []
  return [wrong(path, `${message}: ${shown(earlier)} comes after ${shown(later)}.`)]
}

/** A source's plain day. Code: ERR_ADMIT_DATE. */
export function checkSourceDay(product: Loose<Product>, path: Path): Problem[] {
  const date = product.source?.date
  if (date === undefined || isRealDay(date)) return []
  return [wrong([...path, 'source', 'date'], `${date} is not a day of the calendar.`)]
}

/** The problem of something written as a date that is none. */
export function notADate(written: unknown, role: DateRole, path: Path): Problem {
  const shown = typeof written === 'string' ? written : (JSON.stringify(written) ?? '')
  const missing = role === 'start' ? 'first' : 'last'
  const message = DAY_PATTERN.test(shown)
    ? `${shown} is not a day of the calendar, or lies before 1970.`
    : `\`${shown.slice(0, 60)}\` is not a date.`
  const hint = `Write 2026-01-31, or 2026-01 or 2026 where no more is known (its ${missing} day is taken), or {on: 2026-01-31, precision: by}.`
  return problem('ERR_ADMIT_DATE', path, message, hint)
}

function wrong(path: Path, message: string): Problem {
  return problem('ERR_ADMIT_DATE', path, message)
}

function asDate(value: unknown): Loose<DateAt> | undefined {
  return isPlainObject(value) && 'on' in value ? (value as Loose<DateAt>) : undefined
}

function known(precision: DateAt['precision'] | undefined): number {
  return precision === 'year' ? 4 : precision === 'month' ? 7 : 10
}

function shown(date: Loose<DateAt>): string {
  return (date.on ?? '').slice(0, known(date.precision))
}
