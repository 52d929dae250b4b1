// Dates, ages, numbers and names in words, by Intl, in the language of the pages (design: look-up UX §6.1.20). Pure.
import type { DateAt } from '../decision/schema.ts'
import { LOCALE, words } from './words.ts'

const dayFormat = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'long', timeZone: 'UTC' })
const monthFormat = new Intl.DateTimeFormat(LOCALE, {
  year: 'numeric',
  month: 'long',
  timeZone: 'UTC',
})
const momentFormat = new Intl.DateTimeFormat(LOCALE, {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
})
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'always' })
const regions = new Intl.DisplayNames([LOCALE], { type: 'region', fallback: 'none' })
const languages = new Intl.DisplayNames([LOCALE], { type: 'language', fallback: 'none' })
const conjunction = new Intl.ListFormat(LOCALE, { type: 'conjunction' })
const whole = new Intl.NumberFormat(LOCALE)

/** No calendar date is later; a stranger's `iat` may be any safe integer and Intl throws beyond its range. */
const LAST_SECOND_S = 253_402_300_799

/** `3 March 2026` of `2026-03-03`; what is no date comes back as it is written. */
export function formatDay(on: string): string {
  const ms = Date.parse(`${on}T00:00:00Z`)
  return Number.isNaN(ms) ? on : dayFormat.format(ms)
}

/** A date only as exactly as it is known: `3 March 2026`, `March 2026`, `2026`, `by 3 March 2026`. */
export function formatDate(date: Pick<DateAt, 'on' | 'precision'>): string {
  if (date.precision === 'year') return date.on.slice(0, 4)
  if (date.precision === 'by') return words.dates.by(formatDay(date.on))
  const ms = Date.parse(`${date.on}T00:00:00Z`)
  if (date.precision === 'month' && !Number.isNaN(ms)) return monthFormat.format(ms)
  return formatDay(date.on)
}

/** `3 March 2026 at 14:05 UTC` of POSIX seconds; null for 0 ("never") and for moments that no calendar has. */
export function formatMoment(atS: number): string | null {
  if (!(atS > 0 && atS <= LAST_SECOND_S)) return null
  return words.dates.utc(momentFormat.format(atS * 1000))
}

/** The same moment for machines: the `datetime` attribute of a time element. */
export function isoMoment(atS: number): string {
  return new Date(atS * 1000).toISOString().slice(0, 19).concat('Z')
}

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** `4 minutes ago` of 250; a negative age lies ahead: `in 4 minutes`. The largest unit that fits, rounded down: never flattering by more than one unit. */
export function formatAge(ageS: number): string {
  const size = Math.abs(ageS)
  const [unit, seconds] = UNITS.find(([, of]) => size >= of) ?? (['second', 1] as const)
  const count = Math.floor(size / seconds)
  if (count === 0) return words.dates.justNow
  return relative.format(ageS > 0 ? -count : count, unit)
}

/** `United States`; null where the code stands for no region. */
export function marketName(market: string): string | null {
  try {
    return regions.of(market.toUpperCase()) ?? null
  } catch {
    return null // RangeError: not of the form of a region code
  }
}

/** `United States (us)`: the name and the code under which its decisions stand. */
export function formatMarket(market: string): string {
  const name = marketName(market)
  return name === null ? market : `${name} (${market})`
}

/** `Japanese` of `ja`; the tag itself where the language has no name here. */
export function languageName(lang: string): string {
  try {
    return languages.of(lang) ?? lang
  } catch {
    return lang // RangeError: the schema's tags are wider than Intl's
  }
}

/** `Drovolt DB-1850`: the brand once, also where the model begins with it; empty where neither is given. */
export function productName(brand: string | undefined, model: string | undefined): string {
  if (brand === undefined || model === undefined) return brand ?? model ?? ''
  const isNamed = model.toLowerCase().startsWith(`${brand.toLowerCase()} `)
  return isNamed ? model : `${brand} ${model}`
}

/** `a, b and c`. */
export function formatList(items: readonly string[]): string {
  return conjunction.format(items)
}

export function formatNumber(value: number): string {
  return whole.format(value)
}

/** Money as the authority gave it: `EUR 12.50`; the amount is a decimal string and passes through no floating point number. */
export function formatMoney(amount: string, currency: string): string {
  return `${currency} ${amount}`
}

/** What the clock and the calendar show at a desk: `Tuesday 14:05`; null for a zone this runtime does not know. */
export function formatLocalNow(timeZone: string, nowMs: number): string | null {
  try {
    const format = new Intl.DateTimeFormat(LOCALE, {
      weekday: 'long',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      timeZone,
    })
    return format.format(nowMs)
  } catch {
    return null // RangeError: no such zone
  }
}
