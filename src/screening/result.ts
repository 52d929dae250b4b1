// The file given back: its own columns in their order, then what was found, in the format in which it came (design: look-up 4.4).
import { stringify } from 'csv-stringify/sync'
import type { Db } from '../db.ts'
import { Failure } from '../errors.ts'
import { readFound } from './found.ts'
import { type Line, readLines } from './lines.ts'
import { type Rank, type Shown, shownOutcome } from './outcome.ts'
import { askedColumns, questionsOf } from './question.ts'
import { type Pin, readChunks, type Screening } from './store.ts'

export const ADDED = ['verdict', 'tier', 'score', 'decision', 'why', 'coverage', 'receipt'] as const
type Added = (typeof ADDED)[number]

export type ResultLine = { line: Line; rank: Rank | null; added: Record<Added, string> }
export type Finished = Screening & { pin: Pin }

/** Throws ERR_SCREENING_STATE unless it is done. */
export function requireDone(screening: Screening): Finished {
  const { state, pin, code, detail } = screening
  if (state === 'done' && pin !== null) return { ...screening, pin }
  const why = state === 'failed' ? `it failed: ${code ?? ''} ${detail ?? ''}` : `it is ${state}`
  throw new Failure('ERR_SCREENING_STATE', `there is no result: ${why}`)
}

/** Every line of the file with what was found, in order, in batches. */
export async function* resultLines(db: Db, screening: Finished): AsyncGenerator<ResultLine[]> {
  const { id, file, mapping, pin } = screening
  const columns = askedColumns(mapping)
  const coverage = coverageText(pin)
  for await (const lines of readLines(readChunks(db, id, file.chunks), file)) {
    const [first, last] = [lines[0], lines.at(-1)]
    if (first === undefined || last === undefined) continue
    const found = await readFound(db, id, { after: first.line - 1, limit: lines.length })
    const byLine = new Map(found.map((one) => [one.line, one]))
    yield lines.map((line) => {
      const one = byLine.get(line.line) ?? null
      const isAsked = one !== null || questionsOf(line, columns).queries.length > 0
      const shown: Shown = shownOutcome(one, isAsked, pin.nothing)
      const added = { ...shown, coverage: isAsked ? coverage : '', receipt: one?.receipt ?? '' }
      return { line, rank: one?.rank ?? null, added }
    })
  }
}

/** `3 of 3 fresh`, `2 of 3 fresh; kr stale`. */
export function coverageText({ coverage }: Pick<Pin, 'coverage'>): string {
  const late = coverage.filter(({ state }) => state !== 'fresh')
  const named = late.map(({ market, state }) => `${market} ${state}`).join(', ')
  const count = `${coverage.length - late.length} of ${coverage.length} fresh`
  return named === '' ? count : `${count}; ${named}`
}

/** The names of the added columns; one that the file has already gets `portcullis_` in front. */
export function addedNames(header: readonly string[]): string[] {
  const taken = new Set(header.map((name) => name.trim().toLowerCase()))
  return ADDED.map((name) => (taken.has(name) ? `portcullis_${name}` : name))
}

/** Names of all columns of a table: the header, as wide as the widest line, and the added ones. */
export function resultHeader({ file, progress }: Screening): string[] {
  const { header } = file
  const wider = Math.max(0, progress.widest - header.length)
  return [
    ...header,
    ...Array.from({ length: wider }, (_, at) => `column ${header.length + at + 1}`),
    ...addedNames(header),
  ]
}

/** The result as text in parts, for CSV and NDJSON. `bom` puts the mark of UTF-8 in front, by which Excel knows it. */
export async function* resultText(
  db: Db,
  screening: Finished,
  bom: boolean,
): AsyncGenerator<string> {
  if (bom) yield '\ufeff'
  if (screening.file.format === 'ndjson') {
    for await (const lines of resultLines(db, screening)) yield lines.map(objectText).join('')
    return
  }
  const header = resultHeader(screening)
  const width = header.length - ADDED.length
  const { delimiter } = screening.file
  yield rowsText([header], delimiter)
  for await (const lines of resultLines(db, screening)) {
    const rows = lines.map(({ line, added }) => [
      ...Array.from({ length: width }, (_, at) => line.cells[at] ?? ''),
      ...ADDED.map((name) => added[name]),
    ])
    yield rowsText(rows, delimiter)
  }
}

function rowsText(rows: readonly (readonly string[])[], delimiter: string): string {
  return stringify(
    rows.map((row) => row.map(withoutFormula)),
    { delimiter, record_delimiter: 'windows' },
  )
}

/**
 * A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection). A plain number may begin with
 * a sign: it is none, and goods have negative temperatures.
 */
export function withoutFormula(cell: string): string {
  if (!/^[=+\-@\t\r＝＋－＠]/.test(cell)) return cell
  return /^[+-]?[0-9]+([.,][0-9]+)*$/.test(cell) ? cell : `'${cell}`
}

/** The object as it was written, with members added at its end; a line that is no object is given back within one. */
function objectText({ line, added }: ResultLine): string {
  const raw = (line.raw ?? '{}').trim()
  const members = Object.keys(line.isBroken ? {} : (JSON.parse(raw) as object))
  const names = addedNames(members)
  const said = ADDED.map(
    (name, at) => `${JSON.stringify(names[at])}:${JSON.stringify(added[name])}`,
  )
  if (line.isBroken) return `{"unread":${JSON.stringify(raw)},${said.join(',')}}\n`
  return `${raw.slice(0, -1)}${members.length === 0 ? '' : ','}${said.join(',')}}\n`
}

/** The name of the result: `manifest.screened.csv`. */
export function resultName({ file }: Screening): string {
  const bare = file.name.replace(/^.*[/\\]/, '').replace(/\.[A-Za-z0-9]{1,8}$/, '')
  const plain = bare.replace(/[^\p{L}\p{N}._ -]/gu, '_').slice(0, 80)
  return `${plain === '' ? 'manifest' : plain}.screened.${file.format}`
}

/** Excel needs the mark; whoever handed in UTF-8 without it reads without it. */
export function wantsMark({ file }: Screening): boolean {
  return (
    file.format === 'csv' && (file.isMarked || (file.encoding !== 'utf-8' && file.how !== 'ascii'))
  )
}
