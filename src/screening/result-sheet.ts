// The result as .xlsx: the lines with coloured verdicts, and a sheet that sums up. Every text is a text cell, so no formula runs.
import writeXlsxFile, { type Row, type SheetData } from 'write-excel-file/universal'
import type { Db } from '../db.ts'
import type { Cell } from './lines.ts'
import {
  ADDED,
  addedNames,
  type Finished,
  type ResultLine,
  resultHeader,
  resultLines,
} from './result.ts'
import { type Summary, summaryOf } from './summary.ts'

/** Word and colour: never colour alone. The colours are those of the verdict cards, pale enough for black text. */
const COLOURS: Record<string, string> = {
  blocked: '#F4B6B0',
  exception: '#BBD4F2',
  possible: '#F7DC9C',
  cannot_say: '#D9CBEA',
}
const HEAD = { fontWeight: 'bold', backgroundColor: '#E4E7EB' } as const

/** The whole workbook. Sheets that were read have few enough lines to be written at once. */
export async function resultSheet(db: Db, screening: Finished): Promise<Uint8Array> {
  const header = resultHeader(screening)
  const width = header.length - ADDED.length
  const data: SheetData = [header.map((name) => ({ value: name, type: String, ...HEAD }))]
  for await (const lines of resultLines(db, screening)) {
    for (const line of lines) data.push(rowOf(line, width))
  }
  const summary = summaryRows(await summaryOf(db, screening))
  const columns = [...header.slice(0, width).map(() => ({ width: 18 })), ...ADDED_WIDTHS]
  const book = writeXlsxFile([
    { data, sheet: 'Lines', columns, stickyRowsCount: 1 },
    { data: summary, sheet: 'Summary', columns: [{ width: 30 }, { width: 60 }] },
  ])
  return new Uint8Array(await (await book.toBlob()).arrayBuffer())
}

const ADDED_WIDTHS = addedNames([]).map((name) => ({ width: name === 'why' ? 60 : 16 }))

function rowOf({ line, added }: ResultLine, width: number): Row {
  const typed = line.typed ?? line.cells
  const cells = Array.from({ length: width }, (_, at) => cellOf(typed[at] ?? null))
  const colour = COLOURS[added.verdict]
  const painted = colour === undefined ? {} : { backgroundColor: colour }
  return [
    ...cells,
    ...ADDED.map((name) => {
      const value = added[name]
      if (value === '') return null
      return {
        value,
        type: String,
        ...(name === 'verdict' ? { ...painted, fontWeight: 'bold' as const } : {}),
      }
    }),
  ]
}

function cellOf(cell: Cell): Row[number] {
  if (cell === null || cell === '') return null
  if (typeof cell === 'string') return { value: cell, type: String }
  if (typeof cell === 'number') return { value: cell, type: Number }
  if (typeof cell === 'boolean') return { value: cell, type: Boolean }
  return { value: new Date(cell.date), type: Date, format: 'yyyy-mm-dd' }
}

function summaryRows(summary: Summary): SheetData {
  const { counts, as_of: asOf, name } = summary
  const row = (label: string, value: string | number): Row => [
    { value: label, type: String, fontWeight: 'bold' },
    typeof value === 'number' ? { value, type: Number } : { value, type: String },
  ]
  const late = asOf?.coverage.filter(({ state }) => state !== 'fresh') ?? []
  return [
    [
      { value: 'Screening', type: String, ...HEAD },
      { value: name, type: String, ...HEAD },
    ],
    row('Lines', counts?.lines ?? 0),
    row('Blocked', counts?.blocked ?? 0),
    row('Exception', counts?.exception ?? 0),
    row('Possible', counts?.possible ?? 0),
    row('Cannot say', counts?.cannot_say ?? 0),
    row('Not listed', counts?.not_listed ?? 0),
    row('Lines that name nothing', counts?.unasked ?? 0),
    row('As of', asOf === null ? '' : new Date(asOf.at * 1000).toISOString()),
    row(
      'Markets not fresh',
      late.map(({ market, state }) => `${market} ${state}`).join(', ') || 'none',
    ),
    row('Charter', asOf === null ? '' : `${asOf.charter.n} ${asOf.charter.hash}`),
    row('Matcher', asOf?.matcher ?? ''),
    row('Note', 'Not listed is no clearance: nothing was found in the markets named above.'),
  ]
}
