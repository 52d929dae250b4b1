// The first sheet of an .xlsx file. It is read as a whole, so its size is bounded before anything unpacks it.
import { readSheet } from 'read-excel-file/universal'
import { Failure } from '../errors.ts'
import { type Cell, cellText, MAX_COLUMNS } from './lines.ts'
import { requireSmallZip } from './zip.ts'

export const MAX_SHEET_BYTES = 16 * 1024 * 1024
/** A sheet of ten columns takes about 6 KB of memory a line while it is read. */
export const MAX_SHEET_UNPACKED = 32 * 1024 * 1024
export const MAX_SHEET_LINES = 20_000

/** The rows of the first sheet, blank ones left out. Codes: ERR_SCREENING_FORMAT, ERR_SCREENING_TOO_LARGE. */
export async function readFirstSheet(file: Uint8Array): Promise<Cell[][]> {
  await requireSmallZip(file, MAX_SHEET_UNPACKED)
  const rows = await rowsOf(file)
  const kept = rows
    .map((row) => row.map(cellOf))
    .filter((row) => row.some((cell) => cellText(cell).trim() !== ''))
  if (kept.length > MAX_SHEET_LINES + 1) {
    throw new Failure('ERR_SCREENING_TOO_LARGE', `the sheet has ${kept.length} lines`, {
      cure: `at most ${MAX_SHEET_LINES} are read from .xlsx; save it as CSV, which has room for millions`,
    })
  }
  if (kept.some((row) => row.length > MAX_COLUMNS)) {
    throw new Failure('ERR_SCREENING_LINE', `the sheet has over ${MAX_COLUMNS} columns`)
  }
  return kept
}

async function rowsOf(file: Uint8Array): Promise<unknown[][]> {
  try {
    const blob = new Blob([file as Uint8Array<ArrayBuffer>])
    return await readSheet(blob)
  } catch (cause) {
    throw new Failure('ERR_SCREENING_FORMAT', 'the .xlsx file holds no sheet that can be read', {
      cause,
      cure: 'open it and save it again as .xlsx, or as CSV',
    })
  }
}

function cellOf(value: unknown): Cell {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : { date: value.getTime() }
  if (typeof value === 'string' || typeof value === 'boolean') return value
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
