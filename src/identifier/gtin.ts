// GTIN-8, UPC-A, UPC-E, EAN-13 and GTIN-14 read into one 14-digit form (GS1 General Specifications 3.3, 7.9; lookup reference §5.4).
import { asciiDigits } from './fold.ts'

/** How a GTIN was written. */
export type GtinForm = 'GTIN-8' | 'UPC-A' | 'UPC-E' | 'EAN-13' | 'GTIN-14'

/** Why a valid number does not name one product in the world: store-internal, coupon, periodical, book. */
export type NotUnique = 'restricted' | 'coupon' | 'issn' | 'isbn'

export type GtinReading =
  | { ok: true; gtin14: string; base13?: string; form: GtinForm; notUnique?: NotUnique }
  | {
      ok: false
      reason: 'characters' | 'length' | 'check_digit' | 'placeholder'
      /** Valid GTINs, 14 digits, one misread digit or one swap of neighbours away. */
      neighbours?: string[]
    }

/** More than any printed form with its label and its spaces. */
export const MAX_GTIN_TEXT = 64

const LABEL = /^(?:GTIN|EAN|UPC|JAN)(?:-?(?:8|12|13|14|A|E))?[\s:#]*(?=[0-9])/i

/**
 * Reads a GTIN as typed: a label, spaces, dashes and full-width digits are allowed. Never mends a number: a wrong check digit
 * gives `check_digit` and the valid neighbours, 11 digits (a spreadsheet ate the leading zero) give `length` and that neighbour.
 */
export function parseGtin(text: string): GtinReading {
  if (text.length > MAX_GTIN_TEXT) return { ok: false, reason: 'length' }
  const digits = isDigits(text) ? text : digitsOf(text)
  if (!isDigits(digits)) return { ok: false, reason: 'characters' }
  if (/^0+$/.test(digits)) return { ok: false, reason: 'placeholder' }
  if (digits.length === 8) return readEight(digits)
  if (digits.length === 11) {
    return { ok: false, reason: 'length', ...listed(isGtin14(pad(digits)) ? [pad(digits)] : []) }
  }
  if (digits.length < 12 || digits.length > 14) return { ok: false, reason: 'length' }
  return readPadded(pad(digits), digits)
}

function digitsOf(text: string): string {
  return asciiDigits(text.normalize('NFKC'))
    .trim()
    .replace(LABEL, '')
    .replace(/[\s\p{Pd}\u2212]/gu, '')
}

function isDigits(text: string): boolean {
  return /^[0-9]+$/.test(text)
}

/** The index keys of a valid GTIN-14: itself and, for a case (indicator 1–8), the item inside, so that case and item meet. */
export function gtinKeys(gtin14: string): string[] {
  const base13 = embeddedItem(gtin14)
  return base13 === undefined ? [gtin14] : [gtin14, `0${base13}`]
}

/** The check digit of the digits before it: mod 10, weights 3 and 1 from the right. */
export function gtinCheckDigit(body: string): string {
  let sum = 0
  for (let i = 0; i < body.length; i++) {
    sum += Number(body[body.length - 1 - i]) * (i % 2 === 0 ? 3 : 1)
  }
  return String((10 - (sum % 10)) % 10)
}

/** The UPC-A of an eight-digit UPC-E (number system, six digits, check digit), or null if it cannot be one. */
export function expandUpcE(digits: string): string | null {
  const parts = /^([01])([0-9]{5})([0-9])([0-9])$/.exec(digits)
  if (parts === null) return null
  const [, system = '', five = '', last = '', check = ''] = parts
  const maker = five.slice(0, 2)
  if (last <= '2') return `${system}${maker}${last}0000${five.slice(2)}${check}`
  if (last === '3') return `${system}${five.slice(0, 3)}00000${five.slice(3)}${check}`
  if (last === '4') return `${system}${five.slice(0, 4)}00000${five.slice(4)}${check}`
  return `${system}${five}0000${last}${check}`
}

// Eight digits are a UPC-E or a GTIN-8. A GTIN-8 that begins with 0 is a shop's own number, so there UPC-E is tried first.
function readEight(digits: string): GtinReading {
  const upcA = expandUpcE(digits)
  const asUpcE = upcA !== null && isGtin14(pad(upcA)) ? pad(upcA) : null
  if (asUpcE !== null && (digits.startsWith('0') || !isGtin14(pad(digits)))) {
    return { ok: true, gtin14: asUpcE, form: 'UPC-E', ...uniqueness(asUpcE) }
  }
  return readPadded(pad(digits), digits)
}

function readPadded(gtin14: string, digits: string): GtinReading {
  if (!isGtin14(gtin14)) {
    return { ok: false, reason: 'check_digit', ...listed(neighboursOf(digits).map(pad)) }
  }
  const base13 = embeddedItem(gtin14)
  return {
    ok: true,
    gtin14,
    ...(base13 === undefined ? {} : { base13 }),
    form: formOf(gtin14),
    ...uniqueness(gtin14),
  }
}

function formOf(gtin14: string): GtinForm {
  if (gtin14.startsWith('000000')) return 'GTIN-8'
  if (gtin14.startsWith('00')) return 'UPC-A'
  return gtin14.startsWith('0') ? 'EAN-13' : 'GTIN-14'
}

function embeddedItem(gtin14: string): string | undefined {
  if (!/^[1-8]/.test(gtin14)) return undefined
  const body = gtin14.slice(1, 13)
  return body + gtinCheckDigit(body)
}

function uniqueness(gtin14: string): { notUnique?: NotUnique } {
  const eight = gtin14.startsWith('000000')
  const prefix = eight ? gtin14.slice(6, 9) : gtin14.slice(1, 4)
  if (eight) return /^[02]/.test(prefix) ? { notUnique: 'restricted' } : {}
  if (/^(02|04|2)/.test(prefix)) return { notUnique: 'restricted' }
  if (/^(05|98|99)/.test(prefix)) return { notUnique: 'coupon' }
  if (prefix === '977') return { notUnique: 'issn' }
  if (prefix === '978' || prefix === '979') return { notUnique: 'isbn' }
  return {}
}

function neighboursOf(digits: string): string[] {
  const found = new Set<string>()
  for (let i = 0; i < digits.length; i++) {
    for (let digit = 0; digit <= 9; digit++) {
      found.add(digits.slice(0, i) + digit + digits.slice(i + 1))
    }
    if (i + 1 < digits.length) {
      found.add(digits.slice(0, i) + digits[i + 1] + digits[i] + digits.slice(i + 2))
    }
  }
  return [...found].filter((near) => isGtin14(pad(near)) && !/^0+$/.test(near)).sort()
}

function isGtin14(gtin14: string): boolean {
  return gtinCheckDigit(gtin14.slice(0, 13)) === gtin14[13]
}

function pad(digits: string): string {
  return digits.padStart(14, '0')
}

function listed(neighbours: string[]): { neighbours?: string[] } {
  return neighbours.length === 0 ? {} : { neighbours }
}
