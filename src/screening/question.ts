// One line of a manifest as questions: what its mapped columns ask (design: look-up 4.4). What a cell can hold is cut, and that is said.
import { PROCEDURES } from '../decision/vocabulary.ts'
import { plainText, type Query } from '../lookup/query.ts'
import { FIELDS, type Field } from './column-names.ts'
import type { Line } from './lines.ts'
import type { Mapping } from './mapping.ts'

export type LineQuestions = {
  /** None: the line names nothing to look up. */
  queries: Query[]
  /** Some text was longer than a question takes. */
  isCut: boolean
  /** Some character is none of the encoding. */
  isGarbled: boolean
}

/** Results wanted of each question: the strongest few, to name their decisions. */
const RESULTS_OF_LINE = 5
/** A line with a case barcode beside the item's asks both. */
const MAX_QUESTIONS_OF_LINE = 4

/** The maxima of a look-up's parameters (`query.ts`). */
const MAX_LENGTH: Record<Field, number> = {
  gtin: 64,
  model: 120,
  brand: 120,
  mpn: 120,
  serial: 120,
  firmware: 120,
  tac: 40,
  hs: 40,
  maker: 300,
  exporter: 300,
  importer: 300,
  party: 300,
  case: 300,
  right: 120,
  text: 2000,
  origin: 2,
  procedure: 40,
}

/** Of several columns one question each; their other values make further questions of the line. */
const ALTERNATIVE: readonly Field[] = ['gtin', 'model', 'mpn', 'tac', 'case', 'right']
const NOT_GOODS: readonly Field[] = ['origin', 'procedure', 'serial', 'firmware', 'brand', 'hs']
const FILLER = /^(n\/?\.?a\.?|none|nil|null|unknown|various|-+|\.+|0+|なし|无|無|없음|нет)$/i

type Columns = readonly (readonly [field: Field, columns: readonly number[]])[]

/** The columns of each question, worked out once for a file. */
export function askedColumns(mapping: Mapping): Columns {
  return FIELDS.map((field) => {
    const columns = mapping.flatMap((mapped, at) => (mapped === field ? [at] : []))
    return [field, columns] as const
  }).filter(([, columns]) => columns.length > 0)
}

/** The questions of a line: one, or more where several columns hold different identifiers of one kind. */
export function questionsOf({ cells, isBroken }: Line, columns: Columns): LineQuestions {
  if (isBroken) return { queries: [], isCut: false, isGarbled: false }
  const given = new Map<Field, string[]>()
  let isCut = false
  let isGarbled = false
  for (const [field, indexes] of columns) {
    const values: string[] = []
    for (const at of indexes) {
      const text = plainText(cells[at] ?? '')
      if (text === undefined || FILLER.test(text)) continue
      if (text.includes('\ufffd')) isGarbled = true
      if (!values.includes(text)) values.push(text)
    }
    if (values.length === 0) continue
    const texts = ALTERNATIVE.includes(field)
      ? values
      : [values.join(field === 'text' ? '\n' : ' ')]
    const most = MAX_LENGTH[field]
    if (field === 'origin') {
      const [code = ''] = texts
      if (/^[a-z]{2}$/i.test(code)) given.set(field, [code.toLowerCase()])
      continue
    }
    if (field === 'procedure') {
      const procedure = PROCEDURES.find((known) => known === texts[0]?.toLowerCase())
      if (procedure !== undefined) given.set(field, [procedure])
      continue
    }
    if (texts.some((text) => text.length > most)) isCut = true
    given.set(
      field,
      texts.map((text) => (text.length > most ? cutAt(text, most) : text)),
    )
  }
  return { queries: combined(given), isCut, isGarbled }
}

function combined(given: ReadonlyMap<Field, readonly string[]>): Query[] {
  const fields = [...given.keys()]
  const named = fields.filter((field) => !NOT_GOODS.includes(field))
  // A brand or a tariff code is a question too, if a weak one; an origin is none.
  if (named.length === 0 && !given.has('brand') && !given.has('hs')) return []
  const most = Math.min(
    MAX_QUESTIONS_OF_LINE,
    Math.max(...[...given.values()].map((values) => values.length)),
  )
  return Array.from({ length: most }, (_, at) => {
    const query: Record<string, unknown> = { limit: RESULTS_OF_LINE }
    for (const [field, values] of given) query[field] = values[at] ?? values[0]
    return query as Query
  })
}

/** Never within a pair of surrogates. */
function cutAt(text: string, most: number): string {
  return text
    .slice(0, most)
    .toWellFormed()
    .replace(/\ufffd$/, '')
}
