// IMEI and type allocation code of a mobile device (3GPP TS 23.003 §6; Luhn check of annex B).
import { asciiDigits } from './fold.ts'

export type ImeiReading =
  | { ok: true; tac: string; form: 'IMEI' | 'IMEISV' | 'TAC' }
  | { ok: false; reason: 'characters' | 'length' | 'check_digit' | 'placeholder' }

export const MAX_IMEI_TEXT = 40

/** Reads an IMEI (15 digits, Luhn), an IMEISV (16) or a bare TAC (8). A wrong check digit is said, never mended. */
export function parseImei(text: string): ImeiReading {
  if (text.length > MAX_IMEI_TEXT) return { ok: false, reason: 'length' }
  const digits = asciiDigits(text.normalize('NFKC'))
    .replace(/^\s*(IMEI(SV)?|TAC)\s*[:#]?/i, '')
    .replace(/[\s\p{Pd}/]/gu, '')
  if (!/^[0-9]+$/.test(digits)) return { ok: false, reason: 'characters' }
  if (/^0+$/.test(digits.slice(0, 8))) return { ok: false, reason: 'placeholder' }
  const tac = digits.slice(0, 8)
  if (digits.length === 8) return { ok: true, tac, form: 'TAC' }
  if (digits.length === 16) return { ok: true, tac, form: 'IMEISV' }
  if (digits.length !== 15) return { ok: false, reason: 'length' }
  return isLuhn(digits) ? { ok: true, tac, form: 'IMEI' } : { ok: false, reason: 'check_digit' }
}

/** True when the last digit is the Luhn check digit of those before it. */
export function isLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = digit * 2
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return digits.length > 1 && sum % 10 === 0
}
