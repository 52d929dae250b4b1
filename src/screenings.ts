// Takes manifests in, begins and repeats their screening, and forgets them: they name live shipments and stay here only for a while.
import type { Db } from './db.ts'
import { concatBytes } from './encoding/bytes.ts'
import { sha256 } from './encoding/sha256.ts'
import { encodeUtf8 } from './encoding/utf8.ts'
import { uuidv7 } from './encoding/uuid.ts'
import { Failure } from './errors.ts'
import {
  type Chosen,
  describeSheet,
  describeText,
  type FileTerms,
  headerFingerprint,
  sniffFormat,
} from './screening/describe.ts'
import { type Cell, cellText } from './screening/lines.ts'
import {
  changeMapping,
  guessMapping,
  isAsking,
  type Mapping,
  requireAsking,
} from './screening/mapping.ts'
import { fileDigest, partsOf } from './screening/parts.ts'
import { sampler } from './screening/sample.ts'
import { MAX_SHEET_BYTES, readFirstSheet } from './screening/sheet.ts'
import {
  idsInState,
  idsMadeBefore,
  keptBytes,
  NO_PROGRESS,
  planChange,
  planChunk,
  planDelete,
  planRemember,
  planScreening,
  rememberedMapping,
  requireScreening,
  type Screening,
  type StoredFile,
} from './screening/store.ts'

export type TakeInDeps = {
  db: Db
  /** POSIX milliseconds. */
  nowMs: () => number
  random: (bytes: number) => Uint8Array
}

export const MAX_FILE_BYTES = 512 * 1024 * 1024
/** Files that are being handed in, mapped, or wait to be screened, of one node. */
export const MAX_WAITING = 50
/** Bytes of all files that one node keeps: a disk that is full stops more than screenings. */
export const MAX_KEPT_BYTES = 8 * 1024 ** 3
const UPLOAD_S = 3600
const MAX_NAME = 200
const DAY_S = 86_400

export type TakeIn = {
  name: string
  madeBy: string | null
  chosen: Chosen
  /** Changes of the mapping: `gtin=EAN code`. */
  map: readonly string[]
  receipts: boolean
  /** False: wait for a person to look at the mapping. */
  start: boolean
}

/**
 * Keeps a file and says what it is. It waits for its screening, or for a mapping where none could be guessed. What fails is forgotten.
 * Codes: ERR_SCREENING_*.
 */
export async function takeIn(
  deps: TakeInDeps,
  body: AsyncIterable<Uint8Array>,
  asked: TakeIn,
): Promise<Screening> {
  const { db, nowMs } = deps
  const waiting = await idsInState(db, ['uploading', 'mapping', 'queued', 'running'], MAX_WAITING)
  if (waiting.length >= MAX_WAITING) {
    throw new Failure('ERR_SCREENING_BUSY', `${waiting.length} files are waiting`, {
      cure: 'delete those that nobody needs, or wait',
    })
  }
  if ((await keptBytes(db)) > MAX_KEPT_BYTES) {
    throw new Failure('ERR_SCREENING_BUSY', 'as many bytes of manifests are kept as may be', {
      cure: 'delete those that nobody needs: portcullis screenings --dir D',
    })
  }
  const screening = newScreening(deps, asked)
  const { id } = screening
  await db.commit([planScreening(screening)], 'soon')
  try {
    const stored = await store(db, id, body, asked)
    const file: StoredFile = {
      ...stored,
      fingerprint: headerFingerprint(stored),
      isRemembered: false,
    }
    const remembered = await rememberedMapping(db, file.fingerprint)
    file.isRemembered = remembered?.length === file.header.length
    const guessed = file.isRemembered && remembered !== null ? remembered : guessMapping(file)
    const mapping = changeMapping(guessed, asked.map, file.header)
    const isReady = asked.start && isAsking(mapping)
    const state = isReady ? 'queued' : 'mapping'
    const nowS = Math.floor(nowMs() / 1000)
    await db.commit([
      planChange(id, ['uploading'], { file, mapping, state }),
      ...(isReady ? [planRemember(file.fingerprint, mapping, nowS)] : []),
    ])
    return { ...screening, file, mapping, state }
  } catch (error) {
    await db.commit(planDelete(id))
    throw error
  }
}

function newScreening({ nowMs, random }: TakeInDeps, asked: TakeIn): Screening {
  const file: StoredFile = {
    name: asked.name.toWellFormed().slice(0, MAX_NAME),
    ...{ format: 'csv', encoding: 'utf-8', how: 'ascii', isMarked: false, delimiter: ',' },
    ...{ header: [], headerless: false, sample: [], fingerprint: '', isRemembered: false },
    ...{ sha256: '', bytes: 0, chunks: 0 },
  }
  return {
    id: uuidv7(nowMs(), random(16)),
    madeAt: Math.floor(nowMs() / 1000),
    madeBy: asked.madeBy,
    state: 'uploading',
    file,
    mapping: [],
    receipts: asked.receipts,
    pin: null,
    base: null,
    progress: NO_PROGRESS,
    endedAt: null,
    code: null,
    detail: null,
  }
}

type Stored = FileTerms & { sha256: string; bytes: number; chunks: number }

async function store(
  db: Db,
  id: string,
  body: AsyncIterable<Uint8Array>,
  asked: TakeIn,
): Promise<Stored> {
  const sample = sampler()
  const hashes: Uint8Array[] = []
  let format = asked.chosen.format
  let bytes = 0
  let sheet: Uint8Array[] = []
  for await (const chunk of partsOf(body)) {
    format ??= sniffFormat(chunk)
    hashes.push(sha256(chunk))
    bytes += chunk.length
    requireSize(bytes, format)
    if (format === 'xlsx') {
      sheet.push(chunk)
      continue
    }
    sample.take(chunk)
    await db.commit([planChunk(id, hashes.length - 1, chunk)], 'soon')
  }
  const digest = fileDigest(hashes)
  if (format !== 'xlsx') {
    const terms = await describeText(asked.name, format ?? 'csv', sample, asked.chosen)
    return { ...terms, sha256: digest, bytes, chunks: hashes.length }
  }
  const rows = await readFirstSheet(concatBytes(sheet))
  sheet = []
  const terms = describeSheet(
    asked.name,
    rows.map((row) => row.map(cellText)),
    asked.chosen,
  )
  return {
    ...terms,
    sha256: digest,
    ...(await storeRows(db, id, terms.headerless ? rows : rows.slice(1))),
  }
}

async function storeRows(
  db: Db,
  id: string,
  rows: readonly Cell[][],
): Promise<{ bytes: number; chunks: number }> {
  let chunks = 0
  let bytes = 0
  for (let at = 0; at < rows.length; at += 1000) {
    const text = rows
      .slice(at, at + 1000)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join('')
    const chunk = encodeUtf8(text)
    await db.commit([planChunk(id, chunks, chunk)], 'soon')
    chunks += 1
    bytes += chunk.length
  }
  return { bytes, chunks }
}

function requireSize(bytes: number, format: FileTerms['format']): void {
  const most = format === 'xlsx' ? MAX_SHEET_BYTES : MAX_FILE_BYTES
  if (bytes <= most) return
  throw new Failure('ERR_SCREENING_TOO_LARGE', `the file is over ${most} bytes`, {
    cure: format === 'xlsx' ? 'save the sheet as CSV' : 'split the file',
  })
}

/** Maps the columns and lets it begin. Codes: ERR_SCREENING_STATE, ERR_SCREENING_UNMAPPED. */
export async function beginScreening(
  { db, nowMs }: TakeInDeps,
  id: string,
  mapping: Mapping,
): Promise<void> {
  const { state, file } = await requireScreening(db, id)
  if (state !== 'mapping') throw wrongState('its columns are mapped already')
  requireAsking(mapping, file.header)
  await db.commit([
    planChange(id, ['mapping'], { mapping, state: 'queued' }),
    planRemember(file.fingerprint, mapping, Math.floor(nowMs() / 1000)),
  ])
}

/** Asks again whatever could have changed since; the result is the one of a new screening. Code ERR_SCREENING_STATE. */
export async function screenAgain({ db }: TakeInDeps, id: string): Promise<void> {
  const { state, pin, progress } = await requireScreening(db, id)
  if (state !== 'done') throw wrongState('only a finished screening is repeated')
  await db.commit([
    planChange(id, ['done'], {
      ...{ state: 'queued', pin: null, base: pin, endedAt: null },
      progress: { ...progress, line: 0, bytes: 0 },
    }),
  ])
}

/** Stops it, if it runs, and forgets the file and everything found. Code ERR_SCREENING_UNKNOWN. */
export async function forgetScreening({ db }: Pick<TakeInDeps, 'db'>, id: string): Promise<void> {
  await requireScreening(db, id)
  await db.commit(planDelete(id))
}

/** Forgets what is older than the setting says, what nobody mapped within a day, and uploads that broke off. Gives how many. */
export async function expireScreenings(
  { db, nowMs }: TakeInDeps,
  keepDays: number,
): Promise<number> {
  const nowS = Math.floor(nowMs() / 1000)
  const ids = await idsMadeBefore(
    db,
    { keptS: nowS - keepDays * DAY_S, mappingS: nowS - DAY_S, uploadS: nowS - UPLOAD_S },
    MAX_WAITING,
  )
  for (const id of ids) await db.commit(planDelete(id))
  return ids.length
}

/** What a runner should take up, the oldest first; some may be in the hands of another process. */
export async function screeningsToRun(db: Db): Promise<string[]> {
  return idsInState(db, ['running', 'queued'], MAX_WAITING)
}

function wrongState(message: string): Failure {
  return new Failure('ERR_SCREENING_STATE', message)
}
