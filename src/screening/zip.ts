// Measures a ZIP file before anything unpacks it (APPNOTE 6.3.10): how many files, how large each really is. A bomb is told by its size.
import { Failure } from '../errors.ts'

/** An .xlsx with more files than this holds other things than tables. */
export const MAX_ZIP_FILES = 500

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const END_LENGTH = 22
const STORED = 0
const DEFLATED = 8

/**
 * Throws unless the archive is plain (no ZIP64, no encryption, sizes as declared) and its files unpack to at most `maxBytes` together.
 * Each file is unpacked and thrown away, and given up at the first byte past its declared size. Codes: ERR_SCREENING_FORMAT,
 * ERR_SCREENING_TOO_LARGE.
 */
export async function requireSmallZip(zip: Uint8Array, maxBytes: number): Promise<void> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength)
  const end = findEnd(view)
  const count = view.getUint16(end + 10, true)
  if (count > MAX_ZIP_FILES) throw tooLarge(`it holds ${count} files`)
  let at = view.getUint32(end + 16, true)
  let declared = 0
  const files: { start: number; packed: number; size: number; method: number }[] = []
  for (let i = 0; i < count; i++) {
    if (at + 46 > zip.length || view.getUint32(at, true) !== CENTRAL) throw broken()
    const file = readEntry(view, at)
    declared += file.size
    if (declared > maxBytes) throw tooLarge(`it unpacks to over ${maxBytes} bytes`)
    files.push(file)
    at +=
      46 +
      view.getUint16(at + 28, true) +
      view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true)
  }
  for (const { start, packed, size, method } of files) {
    if (start + packed > zip.length) throw broken()
    if (method === STORED && packed !== size) throw broken()
    if (method === DEFLATED) await requireSize(zip.subarray(start, start + packed), size)
    if (method !== STORED && method !== DEFLATED) throw broken()
  }
}

function findEnd(view: DataView): number {
  const least = Math.max(0, view.byteLength - END_LENGTH - 0xffff)
  for (let at = view.byteLength - END_LENGTH; at >= least; at--) {
    if (view.getUint32(at, true) === END) return at
  }
  throw broken()
}

function readEntry(
  view: DataView,
  at: number,
): { start: number; packed: number; size: number; method: number } {
  const packed = view.getUint32(at + 20, true)
  const size = view.getUint32(at + 24, true)
  const local = view.getUint32(at + 42, true)
  // The lowest bit says that it is encrypted; all ones say that the sizes stand in a ZIP64 field.
  const isPlain =
    (view.getUint16(at + 8, true) & 1) === 0 && size !== 0xffffffff && packed !== 0xffffffff
  if (!isPlain || local + 30 > view.byteLength || view.getUint32(local, true) !== LOCAL)
    throw broken()
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  return { start, packed, size, method: view.getUint16(at + 10, true) }
}

async function requireSize(packed: Uint8Array, size: number): Promise<void> {
  const stream = new DecompressionStream('deflate-raw')
  const writer = stream.writable.getWriter()
  const written = writer.write(packed as Uint8Array<ArrayBuffer>).then(() => writer.close())
  // A fault shows on the reading side as well.
  written.catch(() => undefined)
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader()
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw broken()
    })
    if (done) break
    length += value.length
    if (length <= size) continue
    await reader.cancel()
    throw tooLarge('a file in it is larger than it says')
  }
  if (length !== size) throw broken()
}

function broken(): Failure {
  return new Failure(
    'ERR_SCREENING_FORMAT',
    'the .xlsx file is broken, encrypted or of a kind not read here',
    {
      cure: 'open it and save it again as .xlsx without a password, or as CSV',
    },
  )
}

function tooLarge(what: string): Failure {
  return new Failure('ERR_SCREENING_TOO_LARGE', `the .xlsx file is too large: ${what}`, {
    cure: 'save the sheet as CSV, which is read line by line',
  })
}
