// What a file is: format, encoding, delimiter, header and first lines, each found or chosen, and said.
import { encodeHex } from '../encoding/hex.ts'
import { sha256 } from '../encoding/sha256.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { parseGtin } from '../identifier/gtin.ts'
import { detectEncoding, type EncodingHow, type EncodingName, hasDecoder } from './encodings.ts'
import {
  cellText,
  csvRows,
  DELIMITERS,
  type Delimiter,
  type Format,
  MAX_COLUMNS,
  parseObject,
  type ReadTerms,
} from './lines.ts'
import { MAX_FIRST_BYTES, type Sample } from './sample.ts'

export type FileTerms = ReadTerms & {
  /** As it was handed in, for the name of the result. */
  name: string
  how: EncodingHow
  /** The file began with a byte order mark. */
  isMarked: boolean
  /** The first lines, cut short, for people who map columns. */
  sample: string[][]
}
export type Chosen = {
  format?: Format
  encoding?: EncodingName
  delimiter?: Delimiter
  headerless?: boolean
}

/** Lines that people see while they map columns, and by which columns are guessed. */
const SAMPLE_LINES = 20
const MAX_SAMPLE_CELL = 120
const MAX_HEADER_NAME = 200

/** The format by its first bytes. Code ERR_SCREENING_FORMAT for what is none of ours. */
export function sniffFormat(first: Uint8Array): Format {
  const begins = (...bytes: number[]) => bytes.every((byte, at) => first[at] === byte)
  if (begins(0x50, 0x4b, 0x03, 0x04)) return 'xlsx'
  if (begins(0xd0, 0xcf, 0x11, 0xe0))
    throw notOurs('an old Excel file (.xls)', 'save it as .xlsx or CSV')
  if (begins(0x25, 0x50, 0x44, 0x46)) throw notOurs('a PDF', 'export the table as CSV or .xlsx')
  const at = first.findIndex((byte) => ![0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return first[at] === 0x7b ? 'ndjson' : 'csv'
}

/** Text has no zero bytes; a stray one passes. */
function isBinary(first: Uint8Array): boolean {
  const head = first.subarray(0, 4096)
  return head.filter((byte) => byte === 0).length * 20 > head.length
}

function notOurs(what: string, cure: string): Failure {
  return new Failure('ERR_SCREENING_FORMAT', `this is ${what}`, { cure })
}

/** Describes a CSV or NDJSON file from its sample. Codes: ERR_SCREENING_EMPTY, ERR_SCREENING_ENCODING, ERR_SCREENING_LINE. */
export async function describeText(
  name: string,
  format: 'csv' | 'ndjson',
  sample: Sample,
  chosen: Chosen,
): Promise<FileTerms> {
  const first = sample.first()
  const found = detectEncoding(first, sample.lines())
  const encoding = chosen.encoding ?? found.encoding
  if (!hasDecoder(encoding)) {
    throw new Failure('ERR_SCREENING_ENCODING', `this runtime cannot decode ${encoding}`, {
      cure: 'save the file as UTF-8, or run the node on Node.js with full ICU',
    })
  }
  if (!encoding.startsWith('utf-16') && isBinary(first)) {
    throw notOurs('no text', 'if it is UTF-16, choose that encoding; else export it as CSV')
  }
  const text = new TextDecoder(encoding).decode(first)
  if (first.length >= MAX_FIRST_BYTES && !/[\r\n]/.test(text)) {
    throw new Failure('ERR_SCREENING_LINE', `the first line is over ${MAX_FIRST_BYTES} bytes`)
  }
  if (text.trim() === '') throw empty('the file is empty')
  const how = chosen.encoding === undefined ? found.how : 'chosen'
  const common = { name, encoding, how, isMarked: found.how === 'mark' }
  if (format === 'ndjson') return { ...common, ...describeObjects(text) }
  const delimiter = chosen.delimiter ?? guessDelimiter(text)
  const rows = await firstRows(text, delimiter, first.length >= MAX_FIRST_BYTES)
  return { ...common, delimiter, ...describeRows('csv', rows, chosen.headerless) }
}

/** Describes a sheet from its first rows. Code ERR_SCREENING_EMPTY. */
export function describeSheet(
  name: string,
  rows: readonly (readonly string[])[],
  chosen: Chosen,
): FileTerms {
  if (rows.length === 0) throw empty('the first sheet is empty')
  return {
    name,
    encoding: 'utf-8',
    how: 'strict',
    isMarked: false,
    delimiter: ',',
    ...describeRows('xlsx', rows, chosen.headerless),
  }
}

function describeRows(
  format: 'csv' | 'xlsx',
  rows: readonly (readonly string[])[],
  chosen: boolean | undefined,
): Pick<FileTerms, 'format' | 'header' | 'headerless' | 'sample'> {
  const [head = []] = rows
  const headerless = chosen ?? looksLikeData(head)
  const lines = headerless ? rows : rows.slice(1)
  if (lines.length === 0) throw empty('the file has a header and no line below it')
  const header = head.map((cell, at) => {
    const named = headerless ? '' : cell.trim().slice(0, MAX_HEADER_NAME)
    return named === '' ? `column ${at + 1}` : named
  })
  return { format, header, headerless, sample: shortened(lines) }
}

/** A first line with a barcode in it is no header: taken for one, its goods would not be looked up. */
function looksLikeData(head: readonly string[]): boolean {
  return head.some((cell) => /^[0-9 -]{8,20}$/.test(cell.trim()) && parseGtin(cell).ok)
}

function describeObjects(
  text: string,
): Pick<FileTerms, 'format' | 'delimiter' | 'header' | 'headerless' | 'sample'> {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1) || text
  const objects = whole
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 100)
    .map((line) => parseObject(line))
    .filter((members) => members !== null)
  const header = [...new Set(objects.flatMap((members) => [...members.keys()]))]
    .filter((name) => name.length <= MAX_HEADER_NAME)
    .slice(0, MAX_COLUMNS)
  if (header.length === 0) {
    throw new Failure('ERR_SCREENING_FORMAT', 'no line is a JSON object', {
      cure: 'NDJSON has one object on each line',
    })
  }
  const cells = objects.map((members) =>
    header.map((name) => {
      const value = members.get(name)
      return typeof value === 'string' || typeof value === 'number' ? cellText(value) : ''
    }),
  )
  return { format: 'ndjson', delimiter: ',', header, headerless: true, sample: shortened(cells) }
}

function shortened(rows: readonly (readonly string[])[]): string[][] {
  return rows.slice(0, SAMPLE_LINES).map((row) => row.map((cell) => cell.slice(0, MAX_SAMPLE_CELL)))
}

async function firstRows(text: string, delimiter: Delimiter, isCut: boolean): Promise<string[][]> {
  try {
    return await takeRows(text, delimiter)
  } catch (error) {
    if (!isCut) throw error
    // The sample ends within a quoted cell: closed here, and the line it is in is no example.
    return (await takeRows(`${text}"`, delimiter)).slice(0, SAMPLE_LINES)
  }
}

async function takeRows(text: string, delimiter: Delimiter): Promise<string[][]> {
  const rows: string[][] = []
  for await (const row of csvRows([text], delimiter)) {
    rows.push(row)
    if (rows.length > SAMPLE_LINES) break
  }
  return rows
}

/** The delimiter that most lines have most alike; a comma where there is none. */
function guessDelimiter(text: string): Delimiter {
  const lines = outsideQuotes(text)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, SAMPLE_LINES)
  const scored = DELIMITERS.map((delimiter) => {
    const counts = lines.map((line) => line.split(delimiter).length - 1)
    const [first = 0] = counts
    const alike = counts.filter((count) => count === first && count > 0).length
    return { delimiter, score: first === 0 ? 0 : alike * 1000 + first }
  })
  return scored.reduce((best, one) => (one.score > best.score ? one : best), {
    delimiter: ',' as Delimiter,
    score: 0,
  }).delimiter
}

function outsideQuotes(text: string): string {
  return text.slice(0, 64 * 1024).replace(/"(?:[^"]|"")*"/g, '""')
}

/** A header is known again by this: names folded, order kept. */
export function headerFingerprint({ header, format, headerless }: FileTerms): string {
  const names = headerless && format !== 'ndjson' ? [] : header
  const text = JSON.stringify([
    header.length,
    ...names.map((name) => name.normalize('NFKC').trim().toLowerCase()),
  ])
  return encodeHex(sha256(encodeUtf8(text)))
}

function empty(what: string): Failure {
  return new Failure('ERR_SCREENING_EMPTY', what, {
    cure: 'hand in a file with a header and at least one line of goods',
  })
}
