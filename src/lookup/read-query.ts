// The one free box: what may have been typed or scanned, most telling first (design: look-up 4.2, decisions 2.5 "two ways").
import { DECISION_PATTERN } from '../decision/vocabulary.ts'
import { isCaseLike } from '../identifier/case.ts'
import { asciiDigits } from '../identifier/fold.ts'
import { parseGs1 } from '../identifier/gs1.ts'
import { parseGtin } from '../identifier/gtin.ts'
import { layoutReadings } from '../identifier/layout.ts'
import { isRightLike, parseRight } from '../identifier/right.ts'
import { parseImei } from '../identifier/tac.ts'
import type { Query } from './query.ts'
import { type Fields, type Question, questionOf } from './question.ts'
import { type Sentence, say } from './sentences.ts'

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

/** One way to read a query. A guess is worth a word only where it finds something. */
export type Reading = { as: ReadingKind; question: Question; isGuess: boolean }

type Read = { as: ReadingKind; fields: Fields; isGuess?: boolean; notes?: Sentence[] }

/** Every way in which a query can be read, at least one. What stands in a field of its own is never overruled by the box. */
export function readQuery(query: Query): Reading[] {
  const { q, on: _on, known: _known, receipt: _r, lang: _lang, limit: _limit, ...fields } = query
  const read = q === undefined ? [{ as: 'fields' as const, fields: {} }] : readText(q)
  return read.map(({ as, fields: typed, isGuess = false, notes = [] }: Read) => {
    const question = questionOf({ ...typed, ...fields })
    question.notes.unshift(...notes)
    return { as, question, isGuess }
  })
}

function readText(q: string): Read[] {
  const readings = readBox(q)
  // Only of text that is nothing better than words is it worth guessing.
  const isOpen = readings.at(-1)?.as === 'words' && readings.every(({ as }) => as !== 'hs')
  return isOpen ? [...readings, ...readGuesses(q)] : readings
}

function readBox(q: string): Read[] {
  const scan = parseGs1(q)
  if (scan !== null) return [{ as: 'gs1', fields: { gtin: q } }]
  const lower = q.toLowerCase()
  if (DECISION_PATTERN.test(lower)) {
    return [{ as: 'decision', fields: { decision: lower, case: lower } }]
  }
  if (isCaseLike(q)) return [{ as: 'case', fields: { case: q } }]
  const readings = [...readDigits(q), ...readMarked(q)]
  // A valid long barcode is nothing else; all other text may also be a brand, a model or words.
  const sure = readings.some(({ as }) => as === 'gtin' || as === 'imei') && isSure(q)
  return sure ? readings : [...readings, ...readWithin(q), { as: 'words', fields: { free: q } }]
}

/** A barcode or a device number among other words: `EAN 9520001000010 blue`, `バーコード 9520001000010`. */
function readWithin(q: string): Read[] {
  const text = asciiDigits(q.normalize('NFKC'))
  const readings: Read[] = []
  for (const [digits] of text.matchAll(/(?<![0-9])[0-9]{12,15}(?![0-9])/g)) {
    if (digits === text.trim() || readings.length === MAX_WITHIN) break
    const free = text.replace(digits, ' ').trim()
    const gtin = parseGtin(digits)
    if (gtin.ok && gtin.notUnique === undefined) {
      readings.push({ as: 'gtin', fields: { gtin: digits, free } })
    } else if (digits.length === 15 && parseImei(digits).ok) {
      readings.push({ as: 'imei', fields: { tac: digits, free } })
    }
  }
  return readings
}

const MAX_WITHIN = 3
/** A longer text is no case number. */
const MAX_GUESSED_CASE = 40

/** What the text would be if it were a court's file number, or sent by a scanner to a keyboard of another layout. */
function readGuesses(q: string): Read[] {
  const guesses: Read[] = []
  const isFile =
    /[0-9]/.test(q) && /\p{L}/u.test(q) && /[^0-9a-z]/i.test(q) && q.length <= MAX_GUESSED_CASE
  if (isFile && !isCaseLike(q)) guesses.push({ as: 'case', fields: { case: q }, isGuess: true })
  for (const { layout, text } of layoutReadings(q)) {
    const notes = [say('read_layout', { layout, text })]
    const [first] = readBox(text)
    const sure =
      first !== undefined && (first.as === 'gs1' || first.as === 'gtin') ? first : undefined
    const read: Read = sure ?? { as: 'words', fields: { free: text } }
    guesses.push({ ...read, isGuess: true, notes })
  }
  return guesses
}

// Eight bare digits are far more often a barcode, so an HS code of that length needs its dots.
const HS_CODE = /^(HS\s*[0-9.]{4,14}|[0-9]{4}\.[0-9]{2}(\.?[0-9]{2}){0,3}|[0-9]{6}|[0-9]{10})$/i

function readDigits(q: string): Read[] {
  const digits = q.normalize('NFKC').replace(/[\s\p{Pd}]/gu, '')
  const readings: Read[] = []
  const gtin = parseGtin(q)
  if (gtin.ok || gtin.reason === 'check_digit' || (gtin.neighbours?.length ?? 0) > 0) {
    readings.push({ as: 'gtin', fields: { gtin: q } })
  }
  const imei = parseImei(q)
  if (imei.ok && imei.form === 'IMEI') readings.push({ as: 'imei', fields: { tac: q } })
  else if (imei.ok) readings.push({ as: 'tac', fields: { tac: q } })
  else if (/^[0-9]{15}$/.test(digits)) readings.push({ as: 'imei', fields: { tac: q } })
  if (HS_CODE.test(q.trim())) readings.push({ as: 'hs', fields: { hs: q } })
  if (/^[0-9]{1,4}$/.test(digits)) readings.push({ as: 'case', fields: { case: q } })
  return readings
}

function readMarked(q: string): Read[] {
  const readings: Read[] = []
  const right = parseRight(q)
  if (isRightLike(q) || /^[0-9]{7,8}$/.test(right?.number ?? '')) {
    readings.push({ as: 'right', fields: { right: q } })
  }
  if (/^B0[A-Z0-9]{8}$/i.test(q)) readings.push({ as: 'asin', fields: { asin: q.toUpperCase() } })
  return readings
}

function isSure(q: string): boolean {
  const gtin = parseGtin(q)
  if (gtin.ok) return gtin.form !== 'UPC-E' && gtin.form !== 'GTIN-8'
  const imei = parseImei(q)
  return imei.ok && imei.form === 'IMEI'
}
