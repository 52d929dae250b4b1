// D1 behind the two-method door: `batch` is its only transaction, and rows travel as one JSON parameter that SQLite takes apart.
import type { Db, Insert, SqlValue, Statement } from '../db.ts'
import { encodeHex } from '../encoding/hex.ts'
import { Failure } from '../errors.ts'
import { D1_LIMITS, type D1Limits } from './limits.ts'
import type { D1Database, D1Statement } from './platform.ts'

export type D1Door = Db & {
  /** Statements this invocation may still run. */
  left(): number
}

/**
 * A door for one invocation: the limit of statements counts from here. Throws `Failure` ERR_COMMIT_CONFLICT as the other adapter does,
 * ERR_PLATFORM_LIMIT before D1 would refuse.
 */
export function d1Door(d1: D1Database, limits: D1Limits = D1_LIMITS): D1Door {
  let used = 0
  const take = (count: number): void => {
    if (used + count > limits.queries) {
      throw new Failure(
        'ERR_PLATFORM_LIMIT',
        `this invocation has run ${used} of ${limits.queries} statements, and ${count} more are asked for`,
        {
          cure: 'the work goes on with the next run; on the free plan set PORTCULLIS_D1_QUERIES=50',
        },
      )
    }
    used += count
  }
  const prepare = ({ sql, params }: Statement): D1Statement => {
    requireWithin(sql, params, limits)
    const prepared = d1.prepare(sql)
    return params.length === 0 ? prepared : prepared.bind(...params)
  }
  return {
    left: () => limits.queries - used,
    async query<Row>(statement: Statement): Promise<Row[]> {
      take(1)
      const { results } = await prepare(statement).all<Record<string, unknown>>()
      for (const row of results) restoreBlobs(row)
      return results as Row[]
    },
    async commit(statements) {
      const flat = statements.flatMap((statement) =>
        'sql' in statement ? [statement] : insertStatements(statement, limits.valueBytes),
      )
      if (flat.length === 0) return
      take(flat.length)
      try {
        await d1.batch(flat.map(prepare))
      } catch (error) {
        throw asConflict(error)
      }
    },
  }
}

/** D1 gives a BLOB as an ArrayBuffer or as a plain array of its bytes. */
function restoreBlobs(row: Record<string, unknown>): void {
  for (const name in row) {
    const value = row[name]
    if (value instanceof ArrayBuffer) row[name] = new Uint8Array(value)
    else if (Array.isArray(value)) row[name] = Uint8Array.from(value as number[])
  }
}

/** INSERT … SELECT over one JSON array, in as many statements as the largest value asks for. Blobs travel in hex. */
function insertStatements({ table, columns, rows }: Insert, mostBytes: number): Statement[] {
  if (rows.length === 0) return []
  const isBlob = columns.map((_, at) => rows.some((row) => row[at] instanceof Uint8Array))
  const values = isBlob.map((blob, at) => (blob ? `unhex(value ->> ${at})` : `value ->> ${at}`))
  const text = `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM json_each(?)`
  const statements: Statement[] = []
  let chunk: string[] = []
  let bytes = 2
  const flush = (): void => {
    if (chunk.length > 0) statements.push({ sql: text, params: [`[${chunk.join(',')}]`] })
    chunk = []
    bytes = 2
  }
  for (const row of rows) {
    const json = JSON.stringify(row.map(asJson))
    const length = utf8Length(json) + 1
    if (bytes + length > mostBytes) flush()
    chunk.push(json)
    bytes += length
  }
  flush()
  return statements
}

const asJson = (value: SqlValue): string | number | null =>
  value instanceof Uint8Array ? encodeHex(value) : value

function requireWithin(sql: string, params: readonly SqlValue[], limits: D1Limits): void {
  const over = (what: string): Failure =>
    new Failure('ERR_PLATFORM_LIMIT', `${what}: ${sql.slice(0, 80)}`)
  if (params.length > limits.params) throw over(`${params.length} parameters`)
  if (utf8Length(sql) > limits.sqlBytes) throw over('a statement that is too long')
  for (const value of params) {
    const length =
      typeof value === 'string' ? utf8Length(value) : value instanceof Uint8Array ? value.length : 0
    if (length > limits.valueBytes) throw over(`a value of ${length} bytes`)
  }
  if (
    /\b(LIKE|GLOB)\b/.test(sql) &&
    params.some((value) => typeof value === 'string' && utf8Length(value) > limits.patternBytes)
  ) {
    throw over('a pattern that is too long')
  }
}

/** UTF-8 bytes; exact without encoding, because rows are measured one by one. */
function utf8Length(text: string): number {
  let length = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit > 0x7f) length += unit > 0x7ff && !(unit >= 0xd800 && unit <= 0xdfff) ? 2 : 1
  }
  return length
}

function asConflict(error: unknown): unknown {
  const text = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : ''
  return /UNIQUE constraint failed|SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE|ROWID)/.test(text)
    ? new Failure('ERR_COMMIT_CONFLICT', 'another writer was first', { cause: error })
    : error
}
