// Which column feeds which question: guessed from names and contents, changed by people, remembered for the next file with this header.
import { nearestName } from '../encoding/nearest.ts'
import { Failure } from '../errors.ts'
import { parseGtin } from '../identifier/gtin.ts'
import { FIELDS, type Field, fieldByName, isOtherName } from './column-names.ts'
import type { FileTerms } from './describe.ts'

/** For each column the question it feeds; null for none. Several columns may feed one. */
export type Mapping = (Field | null)[]

/** Questions that name goods or an order; with none of them there is nothing to ask. */
const ASKS: readonly Field[] = FIELDS.filter(
  (field) => !['origin', 'procedure', 'serial', 'firmware'].includes(field),
)

/** Guesses from the names of the columns, then from what stands in those that no name explains. */
export function guessMapping({ header, sample, headerless, format }: FileTerms): Mapping {
  const isNamed = !headerless || format === 'ndjson'
  const mapping: Mapping = header.map((name) => (isNamed ? fieldByName(name) : null))
  const cellsOf = (at: number) =>
    sample.map((row) => (row[at] ?? '').trim()).filter((cell) => cell !== '')
  const isFree = (at: number) => mapping[at] === null && !(isNamed && isOtherName(header[at] ?? ''))
  header.forEach((_, at) => {
    if (isFree(at) && !mapping.includes('gtin') && areGtins(cellsOf(at))) mapping[at] = 'gtin'
  })
  if (mapping.includes('text')) return mapping
  // Nobody called a column the description: what reads like text is taken for it, sooner than passed over.
  header.forEach((_, at) => {
    if (isFree(at) && areTexts(cellsOf(at), isNamed)) mapping[at] = 'text'
  })
  return mapping
}

function areGtins(cells: readonly string[]): boolean {
  const valid = cells.filter((cell) => /^[0-9 -]{8,20}$/.test(cell) && parseGtin(cell).ok).length
  return cells.length > 0 && valid * 5 >= cells.length * 4
}

function areTexts(cells: readonly string[], isNamed: boolean): boolean {
  const texts = cells.filter((cell) => /\p{L}{2}/u.test(cell) && !/^[A-Z]{2,3}$/.test(cell))
  const long = texts.filter((cell) => /\s|[\p{scx=Han}\p{scx=Kana}\p{scx=Hangul}]{2}/u.test(cell))
  return cells.length > 0 && (isNamed ? long : texts).length * 2 > cells.length
}

/**
 * Changes a mapping: `gtin=EAN code`, `text=3` (a column by its number), `none=Remarks`. Naming a question for the first time takes
 * it from the columns that were guessed for it. Code ERR_SCREENING_MAP.
 */
export function changeMapping(
  mapping: Mapping,
  changes: readonly string[],
  header: readonly string[],
): Mapping {
  const changed = [...mapping]
  const named = new Set<Field>()
  for (const change of changes) {
    const at = change.indexOf('=')
    const field = parseField(at < 0 ? change : change.slice(0, at))
    if (at < 0) throw wrongMap(`${change.slice(0, 60)} is not of the form question=column`)
    const column = findColumn(change.slice(at + 1).trim(), header)
    if (field !== null && !named.has(field)) {
      named.add(field)
      changed.forEach((old, index) => {
        if (old === field) changed[index] = null
      })
    }
    changed[column] = field
  }
  return changed
}

/** A field by its name, null for `none`. Code ERR_SCREENING_MAP with the nearest. */
export function parseField(text: string): Field | null {
  const name = text.trim().toLowerCase()
  if (name === 'none' || name === '') return null
  const field = FIELDS.find((known) => known === name)
  if (field !== undefined) return field
  const nearest = nearestName(name.slice(0, 40), FIELDS)
  throw wrongMap(
    `no column can feed ${name.slice(0, 40)}`,
    nearest === null ? `questions: ${FIELDS.join(', ')}` : `did you mean ${nearest}?`,
  )
}

function findColumn(name: string, header: readonly string[]): number {
  const folded = (text: string) => text.normalize('NFKC').trim().toLowerCase()
  const found = header.findIndex((known) => folded(known) === folded(name))
  if (found >= 0) return found
  if (/^[0-9]{1,3}$/.test(name)) {
    const at = Number(name) - 1
    if (at >= 0 && at < header.length) return at
  }
  const nearest = nearestName(name.slice(0, 100), header)
  throw wrongMap(
    `no column is called ${name.slice(0, 100)}`,
    nearest === null ? `columns: ${header.slice(0, 20).join(', ')}` : `did you mean ${nearest}?`,
  )
}

/** Throws ERR_SCREENING_UNMAPPED where no column feeds a question about goods. */
export function requireAsking(mapping: Mapping, header: readonly string[]): void {
  if (mapping.some((field) => field !== null && ASKS.includes(field))) return
  throw new Failure('ERR_SCREENING_UNMAPPED', 'no column says what the goods are', {
    cure: `name one, for example --map text="${header[0] ?? '1'}"; columns: ${header.slice(0, 20).join(', ')}`,
  })
}

/** True where the mapping leaves nothing to ask, so that a person has to map. */
export function isAsking(mapping: Mapping): boolean {
  return mapping.some((field) => field !== null && ASKS.includes(field))
}

function wrongMap(message: string, cure?: string): Failure {
  return new Failure('ERR_SCREENING_MAP', message, cure === undefined ? {} : { cure })
}
