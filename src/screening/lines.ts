// A file as lines of cells, streamed: CSV, NDJSON, and an XLSX sheet as it is kept. What one line can hold has named maxima.
import { parse } from 'csv-parse'
import { Failure } from '../errors.ts'
import type { EncodingName } from './encodings.ts'

export const FORMATS = ['csv', 'xlsx', 'ndjson'] as const
export type Format = (typeof FORMATS)[number]
export const DELIMITERS = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/** A longer line is no line: an open quote swallowed the rest of the file. */
export const MAX_LINE_BYTES = 1024 * 1024
export const MAX_COLUMNS = 256
export const MAX_LINES = 2_000_000

/** A cell of a spreadsheet keeps its type, so that it can be given back. */
export type Cell = string | number | boolean | null | { date: number }

export type Line = {
  /** 1 for the first below the header. */
  line: number
  cells: readonly string[]
  /** NDJSON: the text of the line. XLSX: the cells as they were. */
  raw?: string
  typed?: readonly Cell[]
  /** The line cannot be read: it is given back as it is and asks nothing. */
  isBroken?: true
}

export type ReadTerms = {
  format: Format
  encoding: EncodingName
  delimiter: Delimiter
  /** Names of the columns; for NDJSON the members that are read. */
  header: readonly string[]
  /** The first line is data already. */
  headerless: boolean
}
export type Chunks = AsyncIterable<Uint8Array>

/** Lines handed on at once: one by one they would cost more than their parsing. */
const LINES_AT_ONCE = 250

/** The lines of a file below its header, in batches. Codes: ERR_SCREENING_LINE, ERR_SCREENING_TOO_LARGE. */
export async function* readLines(chunks: Chunks, terms: ReadTerms): AsyncGenerator<Line[]> {
  const rows =
    terms.format === 'csv' ? csvRows(decoded(chunks, terms.encoding), terms.delimiter) : null
  let line = terms.format === 'csv' && !terms.headerless ? -1 : 0
  let batch: Line[] = []
  const texts = rows === null ? textLines(decoded(chunks, terms.encoding)) : null
  for await (const row of rows ?? texts ?? []) {
    line += 1
    if (line === 0) continue
    if (line > MAX_LINES) {
      throw new Failure('ERR_SCREENING_TOO_LARGE', `over ${MAX_LINES} lines`, {
        cure: 'split the file',
      })
    }
    batch.push(lineOf(row, line, terms))
    if (batch.length < LINES_AT_ONCE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function lineOf(row: string | string[], line: number, { format, header }: ReadTerms): Line {
  if (typeof row !== 'string') return { line, cells: row }
  if (format === 'xlsx') {
    // Our own spelling of a sheet, written when it was taken in.
    const typed = JSON.parse(row) as Cell[]
    return { line, cells: typed.map(cellText), typed }
  }
  const members = parseObject(row)
  if (members === null) return { line, cells: [], raw: row, isBroken: true }
  return { line, cells: header.map((name) => memberText(members.get(name))), raw: row }
}

/** The members of one NDJSON line; null when it is no object. A map: a member may have any name. */
export function parseObject(text: string): Map<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return new Map(Object.entries(value))
  } catch {
    return null
  }
}

function memberText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

export function cellText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'object') return new Date(cell.date).toISOString().slice(0, 10)
  return String(cell)
}

/** Decodes without failing: bytes that the encoding does not have become U+FFFD and are counted by whoever reads. */
export async function* decoded(chunks: Chunks, encoding: EncodingName): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    if (text !== '') yield text
  }
  const last = decoder.decode()
  if (last !== '') yield last
}

/** Records of a CSV file (RFC 4180, quotes inside unquoted cells pass). Blank lines are left out, ragged ones kept as they are. */
export async function* csvRows(
  texts: AsyncIterable<string> | Iterable<string>,
  delimiter: Delimiter,
): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
  })
  const written = write()
  // A fault shows on the reading side as well; here it must only not become an unhandled rejection.
  written.catch(() => undefined)
  try {
    for await (const record of parser) {
      const row = record as string[]
      if (row.length > MAX_COLUMNS) {
        throw new Failure('ERR_SCREENING_LINE', `a line has ${row.length} columns`, {
          cure: `at most ${MAX_COLUMNS} are read; check the delimiter`,
        })
      }
      yield row
    }
    await written
  } catch (error) {
    throw asFailure(error)
  } finally {
    parser.destroy()
  }

  async function write(): Promise<void> {
    try {
      for await (const text of texts) {
        if (parser.destroyed) return
        if (!parser.write(text)) await drained()
      }
      parser.end()
    } catch (error) {
      parser.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        parser.off('drain', go)
        parser.off('close', go)
        resolve()
      }
      parser.once('drain', go)
      parser.once('close', go)
    })
  }
}

function asFailure(error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  if (!code.startsWith('CSV_')) return error
  const at = 'lines' in error ? ` near line ${String(error.lines)}` : ''
  const isQuote = /QUOTE/.test(code)
  const what = isQuote
    ? 'a quote is opened and not closed'
    : `a line is over ${MAX_LINE_BYTES} bytes; perhaps a quote is not closed`
  return new Failure('ERR_SCREENING_LINE', `${what}${at}`, {
    cause: error,
    cure: 'mend the line, or save the file again from the program that made it',
  })
}

async function* textLines(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of texts) {
    const parts = `${rest}${text}`.split('\n')
    rest = parts.pop() ?? ''
    if (rest.length > MAX_LINE_BYTES) throw tooLong()
    for (const part of parts) {
      if (part.length > MAX_LINE_BYTES) throw tooLong()
      const line = part.trim()
      if (line !== '') yield line
    }
  }
  const last = rest.trim()
  if (last !== '') yield last
}

function tooLong(): Failure {
  return new Failure('ERR_SCREENING_LINE', `a line is over ${MAX_LINE_BYTES} bytes`, {
    cure: 'NDJSON has one object on each line',
  })
}
