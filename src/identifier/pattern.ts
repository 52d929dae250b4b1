// The signed pattern language for model numbers (design: decisions 2.1): literals, `?` one character, `#` one digit, `*` at the end.
import { modelKey } from './model.ts'

type Place = string | { wild: 'any' | 'digit' }

export type Pattern = {
  /** One place each: a literal character of the model key, or a wildcard. */
  places: readonly Place[]
  /** True where the pattern ends in `*`: any rest, also none. */
  open: boolean
}

export type PatternReading =
  | { ok: true; pattern: Pattern }
  | { ok: false; reason: 'length' | 'star' | 'literals' }

export const MAX_PATTERN = 64
export const MIN_PATTERN_LITERALS = 4

/** Reads a pattern. Its literals are folded as model keys are, so `EP-6##*` and `ep6##*` are one pattern. */
export function parsePattern(text: string): PatternReading {
  if (text.length > MAX_PATTERN) return { ok: false, reason: 'length' }
  const trimmed = text.toWellFormed().normalize('NFKC').trim()
  const open = trimmed.endsWith('*')
  const body = open ? trimmed.slice(0, -1) : trimmed
  if (body.includes('*')) return { ok: false, reason: 'star' }
  const places = body.split(/([?#])/).flatMap((part): Place[] => {
    if (part === '?') return [{ wild: 'any' }]
    if (part === '#') return [{ wild: 'digit' }]
    return [...modelKey(part)]
  })
  const literals = places.filter((place) => typeof place === 'string').length
  if (literals < MIN_PATTERN_LITERALS) return { ok: false, reason: 'literals' }
  return { ok: true, pattern: { places, open } }
}

/** True when the pattern describes the whole model key. */
export function isPatternMatch(pattern: Pattern, key: string): boolean {
  const chars = [...key]
  if (chars.length < pattern.places.length) return false
  if (!pattern.open && chars.length > pattern.places.length) return false
  return pattern.places.every((place, i) => {
    const char = chars[i] ?? ''
    if (typeof place === 'string') return char === place
    return place.wild === 'any' || /^[0-9]$/.test(char)
  })
}

/** The literal characters before the first wildcard: the key under which a pattern is indexed, possibly empty. */
export function patternPrefix(pattern: Pattern): string {
  const wild = pattern.places.findIndex((place) => typeof place !== 'string')
  const literal = wild === -1 ? pattern.places : pattern.places.slice(0, wild)
  return literal.join('')
}

/** Every prefix of a model key, the empty one included: the index keys a matching pattern may lie under. */
export function prefixesOf(key: string): string[] {
  const chars = [...key]
  return Array.from({ length: Math.min(chars.length, MAX_PATTERN) + 1 }, (_, n) =>
    chars.slice(0, n).join(''),
  )
}
