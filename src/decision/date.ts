// Days of an authority's calendar and the POSIX second at which they begin there (design: decisions 2.1, row "time"). Pure: the zone
// rules are the runtime's own, through Intl; signed acts carry the result, so no later reader depends on them.
import type { DateAt } from './schema.ts'
import { DAY_PATTERN, PRECISIONS } from './vocabulary.ts'

/** A start counts from the first second of its day, an inclusive end until the last second of its day. */
export type DateRole = 'start' | 'inclusive_end'

type Precision = DateAt['precision']

const DAY_S = 86_400
/** No zone's midnight is farther from midnight in UTC. */
const WIDEST_OFFSET_S = 15 * 3600
/** 9999-12-31T23:59:59Z: an act's `at` may be any safe integer, Intl throws far beyond this. */
const LAST_SECOND_S = 253_402_300_799

/**
 * POSIX seconds of the first second of `on` (`YYYY-MM-DD`) in an IANA zone; where midnight is skipped, of the first second that the day
 * has. Null for a day that is not real, an unknown zone, or a moment before 1970.
 */
export function startOfDay(on: string, timeZone: string): number | null {
  const format = formatOf(timeZone)
  if (format === null || !isRealDay(on)) return null
  const utcMidnightS = Date.parse(`${on}T00:00:00Z`) / 1000
  const fromS = utcMidnightS - WIDEST_OFFSET_S
  const toS = utcMidnightS + WIDEST_OFFSET_S
  const candidates = [fromS, utcMidnightS, toS]
    .map((sampleS) => utcMidnightS - offsetAt(format, sampleS))
    .filter((atS) => localAt(format, atS) === utcMidnightS)
  const atS = candidates.length > 0 ? Math.min(...candidates) : firstSecondFrom(format, fromS, toS)
  return atS >= 0 ? atS : null

  // Midnight falls into a gap: the clocks jumped over it, so within this window local time only grows.
  function firstSecondFrom(zone: Intl.DateTimeFormat, beforeS: number, afterS: number): number {
    let [low, high] = [beforeS, afterS]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (localAt(zone, middle) < utcMidnightS) low = middle
      else high = middle
    }
    return high
  }
}

/** The day (`YYYY-MM-DD`) on the calendar of an IANA zone at a POSIX second; null for an unknown zone and outside the years 1970 to 9999. */
export function dayIn(timeZone: string, atS: number): string | null {
  const format = formatOf(timeZone)
  if (format === null || !(atS >= 0 && atS <= LAST_SECOND_S)) return null
  const day = new Date(localAt(format, atS) * 1000).toISOString().slice(0, 10)
  return DAY_PATTERN.test(day) ? day : null
}

/** True for `Area/City` names of the IANA database, spelled their way, and for `UTC`; abbreviations and fixed offsets hide summer time. */
export function isTimeZone(text: string): boolean {
  return formatOf(text) !== null
}

/** True for `YYYY-MM-DD` that the calendar has: no 31 February. */
export function isRealDay(text: string): boolean {
  if (!DAY_PATTERN.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

/** The day after a real day, or null after 9999-12-31. */
export function nextDay(on: string): string | null {
  const day = new Date(Date.parse(`${on}T00:00:00Z`) + DAY_S * 1000).toISOString().slice(0, 10)
  return isRealDay(day) ? day : null
}

/**
 * What an agency wrote as a date, in full: `2023-10-26`, `2023-10`, `2023`, or `{on: '2023-10-26', precision: 'by'}`. A missing month or
 * day means the first for starts, the last for inclusive ends; `at` is the first second of `on`, or the first second after it for inclusive
 * ends. Null for what is no date, an unknown zone, or a moment before 1970.
 */
export function resolveDate(written: unknown, role: DateRole, timeZone: string): DateAt | null {
  if (typeof written === 'object' && written !== null) {
    const { on, precision, ...others } = written as Record<string, unknown>
    const known = PRECISIONS.find((word) => word === precision)
    if (known === undefined || Object.keys(others).length > 0) return null
    return typeof on === 'string' && isRealDay(on) ? dateAt(on, known, role, timeZone) : null
  }
  // YAML reads a bare 2023 as a number.
  const text = typeof written === 'number' ? String(written) : written
  if (typeof text !== 'string') return null
  const on = boundaryDay(text, role)
  return on === null ? null : dateAt(on, precisionOf(text), role, timeZone)
}

/** The second a date's `at` must hold, or null where `resolveDate` would give null. */
export function secondOf(on: string, role: DateRole, timeZone: string): number | null {
  if (!isRealDay(on)) return null
  const day = role === 'start' ? on : nextDay(on)
  return day === null ? null : startOfDay(day, timeZone)
}

/** The first (starts) or last (inclusive ends) day of `YYYY-MM` or `YYYY`; a full day is itself. Null when not real. */
export function boundaryDay(text: string, role: DateRole): string | null {
  const [, year, month, day] = /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?$/.exec(text) ?? []
  if (year === undefined) return null
  if (day !== undefined) return isRealDay(text) ? text : null
  const wholeMonth = `${year}-${month ?? (role === 'start' ? '01' : '12')}`
  if (role === 'start') return isRealDay(`${wholeMonth}-01`) ? `${wholeMonth}-01` : null
  return [31, 30, 29, 28].map((last) => `${wholeMonth}-${last}`).find(isRealDay) ?? null
}

function dateAt(on: string, precision: Precision, role: DateRole, timeZone: string): DateAt | null {
  const at = secondOf(on, role, timeZone)
  return at === null ? null : { on, precision, at }
}

function precisionOf(text: string): Precision {
  if (text.length === 4) return 'year'
  return text.length === 7 ? 'month' : 'day'
}

/** Seconds by which the zone's clock is ahead of UTC at a moment. */
function offsetAt(format: Intl.DateTimeFormat, atS: number): number {
  return localAt(format, atS) - atS
}

/** What the zone's clock shows, as if it were UTC, in POSIX seconds. */
function localAt(format: Intl.DateTimeFormat, atS: number): number {
  const parts = new Map(format.formatToParts(atS * 1000).map((part) => [part.type, part.value]))
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  const local = new Date(0)
  // Date.UTC would read the years 0 to 99 as 1900 to 1999
  local.setUTCFullYear(number('year'), number('month') - 1, number('day'))
  local.setUTCHours(number('hour'), number('minute'), number('second'))
  return local.getTime() / 1000
}

// Only names that passed are kept: a stranger cannot make this grow beyond the IANA database.
const formats = new Map<string, Intl.DateTimeFormat>()

const ZONE_NAME = /^(UTC|[A-Z][A-Za-z_]+(\/[A-Z0-9][A-Za-z0-9_+-]*){1,2})$/

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  if (timeZone.length > 64 || !ZONE_NAME.test(timeZone)) return null
  try {
    const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    const canonical = format.resolvedOptions().timeZone
    // Intl ignores case, the signed text does not: an alias may differ from its canonical name, its capitals may not.
    if (canonical !== timeZone && canonical.toLowerCase() === timeZone.toLowerCase()) return null
    formats.set(timeZone, format)
    return format
  } catch {
    return null // RangeError: no such zone
  }
}
