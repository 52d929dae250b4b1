// better-sqlite3 behind the two-method door: WAL, full durability, the migrations of schema/sql.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import type { Db, Insert, SqlValue, Statement } from '../db.ts'
import { Failure } from '../errors.ts'

const MIGRATIONS = fileURLToPath(new URL('../../schema/sql/', import.meta.url))
const BUSY_TIMEOUT_MS = 10_000
const CACHE_KB = 16_384
/** A commit of another process may be seen so much later. */
const STAMP_MS = 2
/** Pages of 4 KiB in the write-ahead log before they are moved into the database. */
const CHECKPOINT_PAGES = 8_192

type Prepare = (text: string) => Database.Statement
export type NodeDb = Db & { close(): void; readonly raw: Database.Database }

/**
 * Opens or creates a node's database and brings it to the newest schema. `:memory:` works. Codes: ERR_DATABASE_NEWER when a later
 * version of this program wrote it, ERR_DATABASE_OPEN when it cannot be opened.
 */
export function openDatabase(path: string): NodeDb {
  const raw = open(path)
  raw.pragma('journal_mode = WAL')
  raw.pragma(`cache_size = -${CACHE_KB}`)
  raw.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  raw.pragma('foreign_keys = ON')
  migrate(raw, path)
  const prepared = new Map<string, Database.Statement>()
  const prepare: Prepare = (text) => {
    const known = prepared.get(text)
    if (known !== undefined) return known
    const statement = raw.prepare(text)
    prepared.set(text, statement)
    return statement
  }
  const run = raw.transaction((statements: readonly (Statement | Insert)[]) => {
    for (const statement of statements) {
      if ('sql' in statement) {
        prepare(statement.sql).run(...statement.params)
        continue
      }
      insertRows(statement, prepare)
    }
  })
  // Of the commits of other connections the file tells, at the price of a lock; of our own the connection knows.
  const theirs = raw.prepare('PRAGMA data_version').pluck()
  const ours = raw.prepare('SELECT total_changes()').pluck()
  let version: unknown
  let readAt = Number.NEGATIVE_INFINITY
  const stamp = () => {
    const now = performance.now()
    if (now - readAt > STAMP_MS) {
      version = theirs.get()
      readAt = now
    }
    return `${version} ${ours.get()}`
  }
  return {
    raw,
    stamp,
    async query<Row>(statement: Statement): Promise<Row[]> {
      return prepare(statement.sql).all(...statement.params) as Row[]
    },
    async commit(statements, durability = 'durable') {
      if (statements.length === 0) return
      // In WAL mode FULL waits for the disk at each commit, NORMAL only when the log is moved: a served head must be FULL.
      raw.pragma(durability === 'soon' ? 'synchronous = NORMAL' : 'synchronous = FULL')
      try {
        run.immediate(statements)
      } catch (error) {
        throw asConflict(error)
      }
    },
    close() {
      raw.close()
    },
  }
}

/** Rows in one statement: a call from JavaScript costs as much as a row. */
const ROWS_AT_ONCE = 32

function insertRows({ table, columns, rows }: Insert, prepare: Prepare): void {
  // A full-text table writes its index out at the end of a statement of several rows, of one row only at the commit.
  const whole = table.endsWith('_text') ? 0 : rows.length - (rows.length % ROWS_AT_ONCE)
  if (whole > 0) {
    const many = prepare(insertText(table, columns, ROWS_AT_ONCE))
    const params: SqlValue[] = []
    for (let at = 0; at < whole; at++) {
      for (const value of rows[at] ?? []) params.push(value)
      if (params.length < ROWS_AT_ONCE * columns.length) continue
      many.run(params)
      params.length = 0
    }
  }
  if (whole === rows.length) return
  const one = prepare(insertText(table, columns, 1))
  for (const row of rows.slice(whole)) one.run(row)
}

function insertText(table: string, columns: readonly string[], rows: number): string {
  const marks = `(${columns.map(() => '?').join(', ')})`
  const values = Array.from({ length: rows }, () => marks).join(', ')
  // OR FAIL: the commit is rolled back as a whole, so a statement needs no copy of every page it touches to undo itself alone.
  return `INSERT OR FAIL INTO ${table} (${columns.join(', ')}) VALUES ${values}`
}

function asConflict(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isTaken = code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_UNIQUE'
  return isTaken || code === 'SQLITE_CONSTRAINT_ROWID'
    ? new Failure('ERR_COMMIT_CONFLICT', 'another writer was first', { cause: error })
    : error
}

function open(path: string): Database.Database {
  try {
    return new Database(path, { timeout: BUSY_TIMEOUT_MS })
  } catch (error) {
    throw new Failure('ERR_DATABASE_OPEN', `the database ${path} cannot be opened`, {
      cause: error,
      cure: 'check that the directory exists and that this user may write to it',
    })
  }
}

function migrate(raw: Database.Database, path: string): void {
  const files = readdirSync(MIGRATIONS)
    .filter((name) => /^[0-9]{4}_[a-z_]+\.sql$/.test(name))
    .sort()
  const apply = raw.transaction(() => {
    raw.exec('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID')
    const done = new Set(raw.prepare('SELECT name FROM migration').pluck().all() as string[])
    const foreign = [...done].find((name) => !files.includes(name))
    if (foreign !== undefined) {
      throw new Failure(
        'ERR_DATABASE_NEWER',
        `${path} was written by a newer version (${foreign})`,
        {
          cure: 'start the newer version again, or restore the backup made before the upgrade',
        },
      )
    }
    for (const name of files) {
      if (done.has(name)) continue
      raw.exec(readFileSync(new URL(name, `file://${MIGRATIONS}`), 'utf8'))
      raw.prepare('INSERT INTO migration (name) VALUES (?)').run(name)
    }
  })
  apply.immediate()
}
