// The two-method door to SQLite: better-sqlite3 on Node, D1 on Workers (design: house "One database behind a two-method door").

export type SqlValue = string | number | null | Uint8Array
export type Statement = { readonly sql: string; readonly params: readonly SqlValue[] }
/** Many rows into one table: each adapter knows its own fastest way. */
export type Insert = {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly SqlValue[])[]
}

export interface Db {
  /** Rows of one SELECT. BLOB columns are Uint8Array at either runtime. */
  query<Row>(statement: Statement): Promise<Row[]>
  /**
   * All statements or none; durable when it returns, unless `durability` is `soon`: then a power cut may undo the last ones, never a
   * part of one. Only what can be fetched again is committed `soon`; a head that left the process must never be lost. Throws `Failure` ERR_COMMIT_CONFLICT when a primary key is taken: of two
   * writers that planned from the same state the second is rolled back and must plan again.
   */
  commit(statements: readonly (Statement | Insert)[], durability?: Durability): Promise<void>
  /** Another text when something was committed since: through this door at once, by another process within milliseconds. A runtime that cannot say so has none. */
  stamp?(): string
}

export type Durability = 'durable' | 'soon'

/** A statement with its parameters in the order of the question marks. */
export function sql(text: string, ...params: SqlValue[]): Statement {
  return { sql: text, params }
}

/** Rows for one table. Names are our own constants, never input. */
export function insert(
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
): Insert {
  return { table, columns, rows }
}
