// Builds the index rows anew when the keys are made otherwise: in bounded steps, beside the rows in use, which serve until one commit
// puts the new ones in their place. A step that was interrupted is taken again from where the last commit left it.
import { type Db, type Insert, insert, type Statement, sql } from '../db.ts'
import type { Header, Product } from '../decision/schema.ts'
import { identifierKeys, productId, productText, termKeys, termsId, termsText } from './keys.ts'

/** How keys, words and bigrams are made (`keys.ts`, `identifier/`). A change that makes other rows gets a new name. */
export const INDEX_VERSION = 'index-1'
/** Products, or terms, of one step. */
export const REINDEX_ROWS = 250

type Cursor = Record<string, [product: number, terms: number]>
type State = { version: string; next: string | null; cursor: string }
type Planned = (Statement | Insert)[]

const STATE = 'SELECT version, next, cursor FROM catalog_index WHERE id = 1'
const MARKETS = 'SELECT DISTINCT market FROM terms ORDER BY market'
const PRODUCTS = 'SELECT id, body FROM product WHERE id > ? AND id < ? ORDER BY id LIMIT ?'
const TERMS =
  'SELECT decision, pos, body FROM terms WHERE market = ? AND pos > ? ORDER BY pos LIMIT ?'
const TABLES = {
  identifier: `(kind TEXT NOT NULL, value TEXT NOT NULL, product INTEGER NOT NULL,
    PRIMARY KEY (kind, value, product)) STRICT, WITHOUT ROWID`,
  term_key: `(kind TEXT NOT NULL, value TEXT NOT NULL, decision TEXT NOT NULL, pos INTEGER NOT NULL,
    PRIMARY KEY (kind, value, decision, pos)) STRICT, WITHOUT ROWID`,
} as const
const TEXTS = ['product_text', 'terms_text'] as const
const TEXT_OPTIONS = `words, grams, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'`

/** True while rows of another version are being built: what is not found may be there under its new key only. */
export async function isReindexing(db: Db): Promise<boolean> {
  const [state] = await db.query<State>(sql(STATE))
  return state !== undefined && state.next !== null
}

/** Statements of the next step towards the rows of a version; null where they are in use already. */
export async function planReindexStep(
  db: Db,
  version: string = INDEX_VERSION,
): Promise<Planned | null> {
  const [known] = await db.query<State>(sql(STATE))
  const state = known ?? { version: '', next: null, cursor: '{}' }
  const markets = (await db.query<{ market: string }>(sql(MARKETS))).map(({ market }) => market)
  if (state.next === null) {
    if (state.version === version) return null
    // A catalogue that is empty, or that nobody ever rebuilt, was written by this version's keys.
    if (markets.length === 0 || state.version === '') return [setState({ ...state, version })]
    return [setState({ ...state, next: version, cursor: '{}' })]
  }
  // Built for a version that is none any more: begun again.
  if (state.next !== version) {
    return [...planEmptyNext(), setState({ ...state, next: version, cursor: '{}' })]
  }
  const cursor = JSON.parse(state.cursor) as Cursor
  for (const market of markets) {
    const built = cursor[market] ?? [productId(market, 0, 0) - 1, -1]
    const planned = await planRows(db, market, built)
    if (planned === null) continue
    const moved = { ...cursor, [market]: planned.built }
    return [...planned.rows, setState({ ...state, cursor: JSON.stringify(moved) })]
  }
  return planSwitch(version, cursor, markets)
}

/** What was forgotten must not come back with the rows being built: they are begun again. */
export function planReindexAnew(): Statement[] {
  return [
    sql(
      "UPDATE catalog_index SET next = next || '?' WHERE next IS NOT NULL AND next NOT LIKE '%?'",
    ),
  ]
}

async function planRows(
  db: Db,
  market: string,
  [product, terms]: [number, number],
): Promise<{ rows: Planned; built: [number, number] } | null> {
  const end = termsId(market, 2 ** 32 - 1)
  const products = await db.query<{ id: number; body: string }>(
    sql(PRODUCTS, product, end, REINDEX_ROWS),
  )
  const last = products.at(-1)
  if (last !== undefined) {
    // The catalogue holds the products of accepted acts only, whose shape was judged.
    const read = products.map(({ id, body }) => ({ id, product: JSON.parse(body) as Product }))
    const keys = read.flatMap(({ id, product }) =>
      identifierKeys(product).map(({ kind, value }) => [kind, value, id]),
    )
    const texts = read.map(({ id, product }) => {
      const { words, grams } = productText(product)
      return [id, words, grams]
    })
    const rows = [
      insert('identifier_next', ['kind', 'value', 'product'], keys),
      insert('product_text_next', ['rowid', 'words', 'grams'], texts),
    ]
    return { rows, built: [last.id, terms] }
  }
  const headers = await db.query<{ decision: string; pos: number; body: string }>(
    sql(TERMS, market, terms, REINDEX_ROWS),
  )
  const end_ = headers.at(-1)
  if (end_ === undefined) return null
  const read = headers.map(({ body, ...row }) => ({ ...row, header: JSON.parse(body) as Header }))
  const keys = read.flatMap(({ decision, pos, header }) =>
    termKeys(header, decision).map(({ kind, value }) => [kind, value, decision, pos]),
  )
  const texts = read.map(({ pos, header }) => {
    const { words, grams } = termsText(header)
    return [termsId(market, pos), words, grams]
  })
  const rows = [
    insert('term_key_next', ['kind', 'value', 'decision', 'pos'], keys),
    insert('terms_text_next', ['rowid', 'words', 'grams'], texts),
  ]
  return { rows, built: [product, end_.pos] }
}

/** The new rows take the place of the old, unless something was merged since they were read: then the commit collides. */
function planSwitch(version: string, cursor: Cursor, markets: readonly string[]): Planned {
  const guards = markets.flatMap((market) => {
    const [product, terms] = cursor[market] ?? [productId(market, 0, 0) - 1, -1]
    const isNew = `EXISTS (SELECT 1 FROM product WHERE id > ? AND id < ?)
      OR EXISTS (SELECT 1 FROM terms WHERE market = ? AND pos > ?)`
    return [
      sql(
        `INSERT INTO catalog_index (id, version, cursor) SELECT 1, '', '' WHERE ${isNew}`,
        product,
        termsId(market, 2 ** 32 - 1),
        market,
        terms,
      ),
    ]
  })
  const moved = [...Object.keys(TABLES), ...TEXTS].flatMap((table) => [
    sql(`DROP TABLE ${table}`),
    sql(`ALTER TABLE ${table}_next RENAME TO ${table}`),
  ])
  return [...guards, ...moved, ...planCreateNext(), setState({ version, next: null, cursor: '{}' })]
}

function planEmptyNext(): Statement[] {
  const tables = [...Object.keys(TABLES), ...TEXTS]
  return [...tables.map((table) => sql(`DROP TABLE ${table}_next`)), ...planCreateNext()]
}

function planCreateNext(): Statement[] {
  return [
    ...Object.entries(TABLES).map(([table, columns]) =>
      sql(`CREATE TABLE ${table}_next ${columns}`),
    ),
    ...TEXTS.map((table) => sql(`CREATE VIRTUAL TABLE ${table}_next USING fts5(${TEXT_OPTIONS})`)),
  ]
}

function setState({ version, next, cursor }: State): Statement {
  return sql(
    `INSERT INTO catalog_index (id, version, next, cursor) VALUES (1, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET version = excluded.version, next = excluded.next, cursor = excluded.cursor`,
    version,
    next,
    cursor,
  )
}
