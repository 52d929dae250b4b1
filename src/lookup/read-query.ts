// The one free box: what may have been typed or scanned, most telling first (design: look-up 4.2, decisions 2.5 "two ways").
import { DECISION_PATTERN } from '../decision/vocabulary.ts'
import { isCaseLike } from '../identifier/case.ts'
import { parseGs1 } from '../identifier/gs1.ts'
import { parseGtin } from '../identifier/gtin.ts'
import { isRightLike, parseRight } from '../identifier/right.ts'
import { parseImei } from '../identifier/tac.ts'
import type { Query } from './query.ts'
import { type Fields, type Question, questionOf } from './question.ts'

export type ReadingKind =
  | 'fields'
  | 'gs1'
  | 'gtin'
  | 'decision'
  | 'case'
  | 'right'
  | 'imei'
  | 'tac'
  | 'hs'
  | 'asin'
  | 'words'

export type Reading = { as: ReadingKind; question: Question }

/** Every way in which a query can be read, at least one. What stands in a field of its own is never overruled by the box. */
export function readQuery(query: Query): Reading[] {
  const { q, on: _on, known: _known, lang: _lang, limit: _limit, ...fields } = query
  if (q === undefined) return [{ as: 'fields', question: questionOf(fields) }]
  return readBox(q).map(([as, read]) => ({ as, question: questionOf({ ...read, ...fields }) }))
}

function readBox(q: string): [ReadingKind, Fields][] {
  const scan = parseGs1(q)
  if (scan !== null) return [['gs1', { gtin: q }]]
  const lower = q.toLowerCase()
  if (DECISION_PATTERN.test(lower)) return [['decision', { decision: lower, case: lower }]]
  if (isCaseLike(q)) return [['case', { case: q }]]
  const readings: [ReadingKind, Fields][] = [...readDigits(q), ...readMarked(q)]
  // A valid long barcode is nothing else; all other text may also be a brand, a model or words.
  const sure = readings.some(([as]) => as === 'gtin' || as === 'imei') && isSure(q)
  return sure ? readings : [...readings, ['words', { free: q }]]
}

// Eight bare digits are far more often a barcode, so an HS code of that length needs its dots.
const HS_CODE = /^(HS\s*[0-9.]{4,14}|[0-9]{4}\.[0-9]{2}(\.?[0-9]{2}){0,3}|[0-9]{6}|[0-9]{10})$/i

function readDigits(q: string): [ReadingKind, Fields][] {
  const digits = q.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '')
  const readings: [ReadingKind, Fields][] = []
  const gtin = parseGtin(q)
  if (gtin.ok || gtin.reason === 'check_digit' || (gtin.neighbours?.length ?? 0) > 0) {
    readings.push(['gtin', { gtin: q }])
  }
  const imei = parseImei(q)
  if (imei.ok && imei.form === 'IMEI') readings.push(['imei', { tac: q }])
  else if (imei.ok) readings.push(['tac', { tac: q }])
  else if (/^[0-9]{15}$/.test(digits)) readings.push(['imei', { tac: q }])
  if (HS_CODE.test(q.trim())) readings.push(['hs', { hs: q }])
  if (/^[0-9]{1,4}$/.test(digits)) readings.push(['case', { case: q }])
  return readings
}

function readMarked(q: string): [ReadingKind, Fields][] {
  const readings: [ReadingKind, Fields][] = []
  const right = parseRight(q)
  if (isRightLike(q) || /^[0-9]{7,8}$/.test(right?.number ?? '')) {
    readings.push(['right', { right: q }])
  }
  if (/^B0[A-Z0-9]{8}$/i.test(q)) readings.push(['asin', { asin: q.toUpperCase() }])
  return readings
}

function isSure(q: string): boolean {
  const gtin = parseGtin(q)
  if (gtin.ok) return gtin.form !== 'UPC-E' && gtin.form !== 'GTIN-8'
  const imei = parseImei(q)
  return imei.ok && imei.form === 'IMEI'
}
