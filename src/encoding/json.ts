// The one spelling of signed JSON (design 1.3): what `JSON.stringify(JSON.parse(text))` leaves
// unchanged, and less.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** Why a text is refused. */
export type StrictJsonReason =
  | 'not_json'
  | 'other_spelling'
  | 'lone_surrogate'
  | 'forbidden_name'
  | 'not_safe_integer'
  | 'too_deep'

export type StrictJson = { ok: true; value: Json } | { ok: false; reason: StrictJsonReason }

/**
 * Arrays and objects inside one another, the outermost counted, unless the caller says otherwise.
 */
export const MAX_JSON_DEPTH = 16

/**
 * Reads JSON that has exactly one spelling in every language: no blanks, no duplicate names, no
 * needless escapes; every string and name well-formed Unicode; no name `__proto__` or made of ASCII
 * digits only; numbers are safe integers, no fraction, exponent or −0; nesting at most `maxDepth`
 * arrays and objects. Gives the value or the first reason found.
 */
export function parseStrictJson(text: string, { maxDepth = MAX_JSON_DEPTH } = {}): StrictJson {
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, reason: 'not_json' }
  }
  // the walk comes before stringify, which overflows the stack on what the depth limit refuses
  const reason = faultIn(value, maxDepth)
  if (reason !== null) return { ok: false, reason }
  if (JSON.stringify(value) !== text) return { ok: false, reason: 'other_spelling' }
  return { ok: true, value }
}

function faultIn(value: Json, depthLeft: number): StrictJsonReason | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : 'lone_surrogate'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? null : 'not_safe_integer'
  if (typeof value !== 'object' || value === null) return null
  if (depthLeft === 0) return 'too_deep'
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = faultIn(item, depthLeft - 1)
      if (fault !== null) return fault
    }
    return null
  }
  for (const name of Object.keys(value)) {
    if (isForbiddenName(name)) return 'forbidden_name'
    if (!name.isWellFormed()) return 'lone_surrogate'
    const fault = faultIn(value[name] as Json, depthLeft - 1)
    if (fault !== null) return fault
  }
  return null
}

// JavaScript moves integer-like names to the front of an object: their order could not survive a
// round trip
function isForbiddenName(name: string): boolean {
  const first = name.charCodeAt(0)
  if (first >= 0x30 && first <= 0x39) return /^[0-9]+$/.test(name)
  return name === '__proto__'
}
