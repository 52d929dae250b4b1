// Read-only questions to the catalogue, each at given log positions: a row counts when it holds at its market's position.
import { type Db, type Statement, sql } from '../db.ts'
import type { Response } from '../decision/effect.ts'
import type { EffectRule, Header, Product } from '../decision/schema.ts'
import type { DecisionEvent } from '../decision/state.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import { matchAll, matchAllButOne, type TextTerm } from './fulltext.ts'
import { type IdentifierKey, productId, type TermKey } from './keys.ts'

/** Market to number of its entries in effect. A market that is not named has none. */
export type Positions = ReadonlyMap<string, number>

export type ProductRow = {
  id: number
  market: string
  decision: string
  pid: string
  /** base64url leaf hash of the act that set it. */
  leaf: string
  product: Product
}

export type DecisionRow = {
  decision: string
  market: string
  /** Position of the act that set the terms, over the market's logs in order. */
  pos: number
  leaf: string
  header: Header
  /** In log order. */
  events: DecisionEvent[]
  /** Per responding market, in its log order. */
  responses: ReadonlyMap<string, Response[]>
}

/** Candidates of one market and kind of key: a flood from one market never pushes out another's. */
export const MAX_CANDIDATES = 200
/** Candidates of one market by words or by HS code, where a common one may fit thousands. */
export const MAX_BROAD_CANDIDATES = 25
/** Brands of one question whose products are looked through. */
export const MAX_BRANDS = 4

/** SQL: a row of `table` counts at its market's position `v`. */
export const HOLDS = (table: string) => `${table}.valid_from < v.value
  AND (${table}.valid_to IS NULL OR ${table}.valid_to >= v.value)`

const PRODUCTS_BY_KEY = `SELECT id, market, decision, pid, leaf, body FROM product WHERE id IN (
  SELECT id FROM (
    SELECT p.id AS id, ROW_NUMBER() OVER (PARTITION BY p.market, k.kind ORDER BY p.id) AS place
    FROM (SELECT value ->> 0 AS kind, value ->> 1 AS value FROM json_each(?)) AS k
    CROSS JOIN identifier AS i ON i.kind = k.kind AND i.value = k.value
    CROSS JOIN product AS p ON p.id = i.product
    CROSS JOIN json_each(?) AS v ON v.key = p.market
    WHERE ${HOLDS('p')}
  ) WHERE place <= ${MAX_CANDIDATES}
) ORDER BY id`

const FEW_BY_KEY = `SELECT p.id, p.market, p.decision, p.pid, p.leaf, p.body
  FROM (SELECT value ->> 0 AS kind, value ->> 1 AS value FROM json_each(?)) AS k
  CROSS JOIN identifier AS i ON i.kind = k.kind AND i.value = k.value
  CROSS JOIN product AS p ON p.id = i.product
  CROSS JOIN json_each(?) AS v ON v.key = p.market
  WHERE ${HOLDS('p')} LIMIT ${MAX_CANDIDATES + 1}`

// Row ids are ordered by market and position, so each market's own range is read in order and left after the first that hold:
// a common word costs no more than a rare one. `v` is [first id, id after the last, position].
const BROAD = (source: string, row: string) => `SELECT id, market, decision, pid, leaf, body
  FROM product WHERE id IN (
    SELECT f.value FROM json_each(?) AS v CROSS JOIN json_each((
      SELECT json_group_array(id) FROM (
        SELECT p.id AS id FROM ${source} CROSS JOIN product AS p ON p.id = ${row}
        WHERE ${row} >= v.value ->> 0 AND ${row} < v.value ->> 1
          AND p.valid_from < v.value ->> 2 AND (p.valid_to IS NULL OR p.valid_to >= v.value ->> 2)
        ORDER BY ${row} LIMIT ${MAX_BROAD_CANDIDATES}
      )
    )) AS f
  ) ORDER BY id`

const PRODUCTS_BY_TEXT = BROAD(
  '(SELECT rowid FROM product_text WHERE product_text MATCH ?) AS t',
  't.rowid',
)
const PRODUCTS_BY_HS = BROAD(
  `(SELECT product FROM identifier WHERE kind = 'hs' AND value = ?) AS i`,
  'i.product',
)

const PRODUCTS_BY_BRAND = BROAD(
  `(SELECT product FROM identifier WHERE kind = 'brand' AND value = ?) AS i`,
  'i.product',
)
const KNOWN_BRANDS = `SELECT k.value AS value FROM json_each(?) AS k
  WHERE EXISTS (SELECT 1 FROM identifier AS i WHERE i.kind = 'brand' AND i.value = k.value) ORDER BY k.key`

const PRODUCTS_OF = `SELECT p.id, p.market, p.decision, p.pid, p.leaf, p.body
  FROM product AS p CROSS JOIN json_each(?) AS v ON v.key = p.market
  WHERE p.decision = ? AND p.pid > ? AND ${HOLDS('p')} ORDER BY p.pid LIMIT ?`

const DECISIONS_BY_KEY = `SELECT kind, value, decision FROM (
    SELECT k.kind AS kind, k.value AS value, t.decision AS decision,
      ROW_NUMBER() OVER (PARTITION BY t.market, k.kind ORDER BY t.decision) AS place
    FROM (SELECT value ->> 0 AS kind, value ->> 1 AS value FROM json_each(?)) AS k
    CROSS JOIN term_key AS i ON i.kind = k.kind AND i.value = k.value
    CROSS JOIN terms AS t ON t.decision = i.decision AND t.pos = i.pos
    CROSS JOIN json_each(?) AS v ON v.key = t.market
    WHERE ${HOLDS('t')}
  ) WHERE place <= ${MAX_CANDIDATES} ORDER BY decision, kind, value`

const TERMS = `SELECT t.decision, t.market, t.pos, t.leaf, t.body
  FROM json_each(?) AS k CROSS JOIN terms AS t ON t.decision = k.value
  CROSS JOIN json_each(?) AS v ON v.key = t.market
  WHERE ${HOLDS('t')} ORDER BY t.decision`

const EVENTS = `SELECT e.decision, e.pos, e.kind, e.leaf, e.body
  FROM json_each(?) AS k CROSS JOIN event AS e ON e.decision = k.value
  CROSS JOIN json_each(?) AS v ON v.key = e.market
  WHERE e.valid_from < v.value ORDER BY e.decision, e.pos`

const RESPONSES = `SELECT r.decision, r.market, r.pos, r.body
  FROM json_each(?) AS k CROSS JOIN response AS r ON r.decision = k.value
  CROSS JOIN json_each(?) AS v ON v.key = r.market
  WHERE r.valid_from < v.value ORDER BY r.decision, r.market, r.pos`

const EFFECT_RULES = `SELECT market, body FROM (
    SELECT r.market AS market, r.body AS body,
      ROW_NUMBER() OVER (PARTITION BY r.market ORDER BY r.pos DESC) AS place
    FROM effect_rules AS r CROSS JOIN json_each(?) AS v ON v.key = r.market
    WHERE r.valid_from < v.value
  ) WHERE place = 1 ORDER BY market`

/** Products found by any of the keys, in row order, each once. */
export async function readProductsByKey(
  db: Db,
  positions: Positions,
  keys: readonly IdentifierKey[],
): Promise<ProductRow[]> {
  if (keys.length === 0) return []
  // Nearly always there are fewer than any market may have of one kind, and nothing has to be counted.
  const few = await readProducts(db, sql(FEW_BY_KEY, pairs(keys), at(positions)))
  if (few.length > MAX_CANDIDATES) {
    return readProducts(db, sql(PRODUCTS_BY_KEY, pairs(keys), at(positions)))
  }
  const rows = new Map(few.map((row) => [row.id, row]))
  return [...rows.values()].sort((a, b) => a.id - b.id)
}

/** Products of a tariff code, by one key of it. */
export async function readProductsByHs(
  db: Db,
  positions: Positions,
  key: string,
): Promise<ProductRow[]> {
  return readProducts(db, sql(PRODUCTS_BY_HS, ranges(positions), key))
}

/** The first products of each brand among some keys, at most `MAX_BRANDS` brands. */
export async function readProductsByBrand(
  db: Db,
  positions: Positions,
  brands: readonly string[],
): Promise<ProductRow[]> {
  if (brands.length === 0) return []
  const known = await db.query<{ value: string }>(sql(KNOWN_BRANDS, JSON.stringify(brands)))
  const rows = new Map<number, ProductRow>()
  let brandsFound = 0
  for (const { value } of known) {
    const found = await readProducts(db, sql(PRODUCTS_BY_BRAND, ranges(positions), value))
    for (const row of found) rows.set(row.id, row)
    // A brand of rows that hold no longer takes nobody's place.
    if (found.length > 0) brandsFound++
    if (brandsFound === MAX_BRANDS) break
  }
  return [...rows.values()].sort((a, b) => a.id - b.id)
}

/** Products whose text holds all the terms; where none does and `isLoose`, all but one of at least three. */
export async function readProductsByText(
  db: Db,
  positions: Positions,
  terms: readonly TextTerm[],
  isLoose: boolean,
): Promise<ProductRow[]> {
  for (const match of [matchAll(terms), isLoose ? matchAllButOne(terms) : null]) {
    if (match === null) continue
    const found = await readProducts(db, sql(PRODUCTS_BY_TEXT, ranges(positions), match))
    if (found.length > 0) return found
  }
  return []
}

/** The products of one decision by pid, after a pid. */
export async function readProductsOf(
  db: Db,
  positions: Positions,
  decision: string,
  page: { after: string; limit: number },
): Promise<ProductRow[]> {
  return readProducts(db, sql(PRODUCTS_OF, at(positions), decision, page.after, page.limit))
}

/** Decisions found by case, right, party or registry id, with the key that found them. */
export async function readDecisionsByKey(
  db: Db,
  positions: Positions,
  keys: readonly TermKey[],
): Promise<(TermKey & { decision: string })[]> {
  if (keys.length === 0) return []
  return db.query(sql(DECISIONS_BY_KEY, pairs(keys), at(positions)))
}

/** The decisions of the ids that exist at these positions, with their events and responses. The ids come from bounded candidates. */
export async function readDecisions(
  db: Db,
  positions: Positions,
  ids: Iterable<string>,
): Promise<Map<string, DecisionRow>> {
  const wanted = [...new Set(ids)].sort()
  if (wanted.length === 0) return new Map()
  const params = [JSON.stringify(wanted), at(positions)] as const
  type Terms = { decision: string; market: string; pos: number; leaf: Uint8Array; body: string }
  type Event = { decision: string; pos: number; kind: string; leaf: Uint8Array; body: string }
  type Answer = { decision: string; market: string; pos: number; body: string }
  const rows = new Map<string, DecisionRow>()
  for (const { decision, market, pos, leaf, body } of await db.query<Terms>(
    sql(TERMS, ...params),
  )) {
    rows.set(decision, {
      decision,
      market,
      pos,
      leaf: encodeBase64url(leaf),
      header: JSON.parse(body) as Header,
      events: [],
      responses: new Map<string, Response[]>(),
    })
  }
  for (const { decision, body, leaf, ...event } of await db.query<Event>(sql(EVENTS, ...params))) {
    // The row last: unknown members pass, and one named `kind` would make any event an annulment.
    const placed = { ...JSON.parse(body), ...event, leaf: encodeBase64url(leaf) }
    // The catalogue writes only the five kinds, with the members their accepted act had.
    rows.get(decision)?.events.push(placed as DecisionEvent)
  }
  for (const { decision, market, pos, body } of await db.query<Answer>(sql(RESPONSES, ...params))) {
    const byMarket = rows.get(decision)?.responses as Map<string, Response[]> | undefined
    const response = { ...JSON.parse(body), pos } as Response
    byMarket?.set(market, [...(byMarket.get(market) ?? []), response])
  }
  return rows
}

/** The rules of effect that each market last published. */
export async function readEffectRules(
  db: Db,
  positions: Positions,
): Promise<Map<string, EffectRule[]>> {
  const rows = await db.query<{ market: string; body: string }>(sql(EFFECT_RULES, at(positions)))
  return new Map(rows.map(({ market, body }) => [market, JSON.parse(body) as EffectRule[]]))
}

async function readProducts(db: Db, statement: Statement): Promise<ProductRow[]> {
  type Row = Omit<ProductRow, 'leaf' | 'product'> & { leaf: Uint8Array; body: string }
  const rows = await db.query<Row>(statement)
  // The catalogue holds the products of accepted acts only, whose shape was judged.
  return rows.map(({ leaf, body, ...row }) => ({
    ...row,
    leaf: encodeBase64url(leaf),
    product: JSON.parse(body) as Product,
  }))
}

function pairs(keys: readonly { kind: string; value: string }[]): string {
  return JSON.stringify(keys.map(({ kind, value }) => [kind, value]))
}

const TEXTS = new WeakMap<Positions, string>()

/** Positions as a parameter, made once: a view asks many questions at the same. */
export function at(positions: Positions): string {
  const text = TEXTS.get(positions) ?? JSON.stringify(Object.fromEntries(positions))
  TEXTS.set(positions, text)
  return text
}

function ranges(positions: Positions): string {
  return JSON.stringify(
    [...positions].map(([market, position]) => [
      productId(market, 0, 0),
      productId(market, position, 0),
      position,
    ]),
  )
}
