// The tables of screenings: what is handed in, how far it is, what was found. All reads are paged; plans are committed by the story.
import { type Db, type Insert, insert, type Statement, sql } from '../db.ts'
import { Failure } from '../errors.ts'
import type { Coverage, Snapshot } from '../lookup/coverage.ts'
import type { Verdict } from '../lookup/judge.ts'
import type { Chosen, FileTerms } from './describe.ts'
import type { Mapping } from './mapping.ts'

export type ScreeningState = 'uploading' | 'mapping' | 'queued' | 'running' | 'done' | 'failed'

export type StoredFile = FileTerms & {
  sha256: string
  bytes: number
  chunks: number
  fingerprint: string
  /** A mapping remembered from an earlier file with this header was taken. */
  isRemembered: boolean
}

/** The moment that all answers of a screening are given from. */
export type Pin = {
  /** POSIX seconds. */
  atS: number
  charter: { n: number; hash: string }
  matcher: string
  effective: [market: string, position: number][]
  merged: [market: string, position: number][] | null
  coverage: Coverage[]
  vector: Snapshot['vector']
  beyond?: NonNullable<Snapshot['beyond']>
  /** What is said of lines for which nothing was found. */
  nothing: { verdict: Verdict; why: string }
}

export type Progress = {
  /** The last line whose outcome is committed. */
  line: number
  /** Bytes of the file that were read up to there. */
  bytes: number
  /** Lines that name nothing to look up. */
  unasked: number
  /** The most cells that a line has. */
  widest: number
  /** Lines of the file, once it was read to its end. */
  lines: number | null
}
export const NO_PROGRESS: Progress = { line: 0, bytes: 0, unasked: 0, widest: 0, lines: null }

export type Screening = {
  id: string
  madeAt: number
  madeBy: string | null
  state: ScreeningState
  file: StoredFile
  mapping: Mapping
  receipts: boolean
  pin: Pin | null
  base: Pin | null
  progress: Progress
  endedAt: number | null
  code: string | null
  detail: string | null
}

type Row = {
  id: string
  made_at: number
  made_by: string | null
  state: string
  file: string
  mapping: string
  receipts: number
  pin: string | null
  base: string | null
  progress: string
  ended_at: number | null
  code: string | null
  detail: string | null
}

const COLUMNS =
  'id, made_at, made_by, state, file, mapping, receipts, pin, base, progress, ended_at, code, detail'

/** A screening by its id. Code ERR_SCREENING_UNKNOWN. */
export async function requireScreening(db: Db, id: string): Promise<Screening> {
  const found = await readScreening(db, id)
  if (found !== null) return found
  throw new Failure('ERR_SCREENING_UNKNOWN', 'no screening has this name', {
    cure: 'it may have been deleted: screenings are kept for a few days only',
  })
}

export async function readScreening(db: Db, id: string): Promise<Screening | null> {
  const [row] = await db.query<Row>(sql(`SELECT ${COLUMNS} FROM screening WHERE id = ?`, id))
  return row === undefined ? null : screeningOf(row)
}

/** Whose screenings: everybody's, those that nobody's name is on, or also those of one person. */
export type Whose = 'all' | 'nobody' | { subject: string }

/** The newest first, before an id (`''`: from the newest). */
export async function listScreenings(
  db: Db,
  whose: Whose,
  page: { before: string; limit: number },
): Promise<Screening[]> {
  const rows = await db.query<Row>(
    sql(
      `SELECT ${COLUMNS} FROM screening WHERE state <> 'uploading' AND (? = '' OR id < ?)
        AND (? = 1 OR made_by IS NULL OR made_by = ?) ORDER BY id DESC LIMIT ?`,
      page.before,
      page.before,
      whose === 'all' ? 1 : 0,
      typeof whose === 'string' ? '' : whose.subject,
      page.limit,
    ),
  )
  return rows.map(screeningOf)
}

/** The newest screening of the same bytes, with the same choices of how to read them; null: none, or only a failed one. */
export async function findSame(
  db: Db,
  sha256: string,
  { encoding, delimiter, format, headerless }: Chosen,
  receipts: boolean,
): Promise<Screening | null> {
  const rows = await db.query<Row>(
    sql(
      `SELECT ${COLUMNS} FROM screening WHERE file ->> 'sha256' = ? AND made_by IS NULL
        AND state IN ('queued', 'running', 'done') ORDER BY id DESC LIMIT 10`,
      sha256,
    ),
  )
  const same = rows
    .map(screeningOf)
    .find(
      ({ file, receipts: has }) =>
        has === receipts &&
        (encoding === undefined ? file.how !== 'chosen' : file.encoding === encoding) &&
        (delimiter === undefined || file.delimiter === delimiter) &&
        (format === undefined || file.format === format) &&
        (headerless === undefined || file.headerless === headerless),
    )
  return same ?? null
}

/** Ids in one state, the oldest first. */
export async function idsInState(
  db: Db,
  states: readonly ScreeningState[],
  limit: number,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    sql(
      'SELECT id FROM screening WHERE state IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?',
      JSON.stringify(states),
      limit,
    ),
  )
  return rows.map(({ id }) => id)
}

/** Bytes of all files that are kept. */
export async function keptBytes(db: Db): Promise<number> {
  const [row] = await db.query<{ bytes: number }>(
    sql("SELECT COALESCE(SUM(file ->> 'bytes'), 0) AS bytes FROM screening"),
  )
  return row?.bytes ?? 0
}

/** Ids of what was made before a moment, of what nobody mapped since another, and of uploads that broke off before a third. */
export async function idsMadeBefore(
  db: Db,
  before: { keptS: number; mappingS: number; uploadS: number },
  limit: number,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    sql(
      `SELECT id FROM screening WHERE made_at < ? OR (state = 'mapping' AND made_at < ?)
        OR (state = 'uploading' AND made_at < ?) ORDER BY id LIMIT ?`,
      before.keptS,
      before.mappingS,
      before.uploadS,
      limit,
    ),
  )
  return rows.map(({ id }) => id)
}

export function planScreening(screening: Screening): Insert {
  const { id, madeAt, madeBy, state, file, mapping, receipts, pin, base, progress } = screening
  const row = [
    ...[id, madeAt, madeBy, state, JSON.stringify(file), JSON.stringify(mapping), receipts ? 1 : 0],
    ...[pin === null ? null : JSON.stringify(pin), base === null ? null : JSON.stringify(base)],
    ...[JSON.stringify(progress), screening.endedAt, screening.code, screening.detail],
  ]
  return insert('screening', COLUMNS.split(', '), [row])
}

type Changed = Partial<Omit<Screening, 'id' | 'madeAt' | 'madeBy'>>

/** Changes a screening, if it is in one of the states: of two who change it, one finds another state. */
export function planChange(
  id: string,
  from: readonly ScreeningState[],
  changed: Changed,
): Statement {
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
  const columns: [string, string | number | null][] = []
  if (changed.state !== undefined) columns.push(['state', changed.state])
  if (changed.file !== undefined) columns.push(['file', json(changed.file)])
  if (changed.mapping !== undefined) columns.push(['mapping', json(changed.mapping)])
  if (changed.receipts !== undefined) columns.push(['receipts', changed.receipts ? 1 : 0])
  if (changed.pin !== undefined) columns.push(['pin', json(changed.pin)])
  if (changed.base !== undefined) columns.push(['base', json(changed.base)])
  if (changed.progress !== undefined) columns.push(['progress', json(changed.progress)])
  if (changed.endedAt !== undefined) columns.push(['ended_at', changed.endedAt])
  if (changed.code !== undefined) columns.push(['code', changed.code])
  if (changed.detail !== undefined) columns.push(['detail', changed.detail])
  const set = columns.map(([name]) => `${name} = ?`).join(', ')
  return sql(
    `UPDATE screening SET ${set} WHERE id = ? AND state IN (SELECT value FROM json_each(?))`,
    ...columns.map(([, value]) => value),
    id,
    JSON.stringify(from),
  )
}

/** Everything of a screening: file, findings, itself. */
export function planDelete(id: string): Statement[] {
  return [
    sql('DELETE FROM screening_line WHERE screening = ?', id),
    sql('DELETE FROM screening_chunk WHERE screening = ?', id),
    sql('DELETE FROM screening WHERE id = ?', id),
  ]
}

export function planChunk(id: string, seq: number, bytes: Uint8Array): Insert {
  return insert('screening_chunk', ['screening', 'seq', 'bytes'], [[id, seq, bytes]])
}

/** The file in its parts, one in memory at a time. `onRead` is told the bytes handed on so far. */
export async function* readChunks(
  db: Db,
  id: string,
  chunks: number,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for (let seq = 0; seq < chunks; seq++) {
    const [row] = await db.query<{ bytes: Uint8Array }>(
      sql('SELECT bytes FROM screening_chunk WHERE screening = ? AND seq = ?', id, seq),
    )
    // Deleted while it was read.
    if (row === undefined) return
    bytes += row.bytes.length
    onRead(bytes)
    yield row.bytes
  }
}

/** The mapping that the last file with this header was read with. */
export async function rememberedMapping(db: Db, fingerprint: string): Promise<Mapping | null> {
  const [row] = await db.query<{ mapping: string }>(
    sql('SELECT mapping FROM screening_mapping WHERE fingerprint = ?', fingerprint),
  )
  return row === undefined ? null : (JSON.parse(row.mapping) as Mapping)
}

export function planRemember(fingerprint: string, mapping: Mapping, nowS: number): Statement {
  return sql(
    `INSERT INTO screening_mapping (fingerprint, mapping, used_at) VALUES (?, ?, ?)
      ON CONFLICT (fingerprint) DO UPDATE SET mapping = excluded.mapping, used_at = excluded.used_at`,
    fingerprint,
    JSON.stringify(mapping),
    nowS,
  )
}

function screeningOf(row: Row): Screening {
  return {
    id: row.id,
    madeAt: row.made_at,
    madeBy: row.made_by,
    // Our own rows, written by planScreening and planChange.
    state: row.state as ScreeningState,
    file: JSON.parse(row.file) as StoredFile,
    mapping: JSON.parse(row.mapping) as Mapping,
    receipts: row.receipts === 1,
    pin: row.pin === null ? null : (JSON.parse(row.pin) as Pin),
    base: row.base === null ? null : (JSON.parse(row.base) as Pin),
    progress: JSON.parse(row.progress) as Progress,
    endedAt: row.ended_at,
    code: row.code,
    detail: row.detail,
  }
}
