// Plans the rows by which accepted acts become findable; every row carries the log positions for which it holds.
import { type Insert, insert, type SqlValue, type Statement, sql } from '../db.ts'
import type { Entry } from '../decision/entry.ts'
import type { Act, Header, Product } from '../decision/schema.ts'
import { type Counted, planCount } from './count.ts'
import { identifierKeys, productId, productText, termKeys, termsId, termsText } from './keys.ts'
import { type Since, sinceOf } from './since.ts'

/** An accepted act, its place in the market's lineage, and from when it counts. */
export type PlacedAct = Since & {
  leaf: Uint8Array
  entry: Entry
  /** Of an endorse by which an act begins to count: that act's place. */
  endorses: number | null
}
/** Where an act stands and from which position its rows count. */
type Place = { pos: number; since: number; counts: boolean; leaf: Uint8Array }
type Rows = Record<
  | 'terms'
  | 'product'
  | 'identifier'
  | 'term_key'
  | 'event'
  | 'response'
  | 'effect_rules'
  | 'product_text'
  | 'terms_text',
  SqlValue[][]
>
type Work = {
  market: string
  rows: Rows
  /** Rows of this run that are still open, by decision or by decision and pid. */
  openTerms: Map<string, SqlValue[][]>
  openProducts: Map<string, SqlValue[][]>
  /** Rows of earlier runs that end here: decision (and pid) with the position. */
  endedTerms: Map<string, [decision: string, pos: number]>
  endedProducts: Map<string, [decision: string, pid: string, pos: number]>
}

const COLUMNS: Record<keyof Rows, readonly string[]> = {
  terms: ['decision', 'valid_to', 'pos', 'valid_from', 'market', 'leaf', 'body'],
  product: ['id', 'valid_to', 'market', 'decision', 'pid', 'valid_from', 'leaf', 'body'],
  identifier: ['kind', 'value', 'product'],
  term_key: ['kind', 'value', 'decision', 'pos'],
  event: ['market', 'decision', 'pos', 'valid_from', 'kind', 'leaf', 'body'],
  response: ['market', 'decision', 'pos', 'valid_from', 'leaf', 'body'],
  effect_rules: ['market', 'pos', 'valid_from', 'leaf', 'body'],
  product_text: ['rowid', 'words', 'grams'],
  terms_text: ['rowid', 'words', 'grams'],
}
/** Where both kinds of rows hold `valid_to`. */
const VALID_TO = 1
const END_TERMS = `UPDATE terms SET valid_to = ended.pos
  FROM (SELECT value ->> 0 AS decision, value ->> 1 AS pos FROM json_each(?)) AS ended
  WHERE terms.decision = ended.decision AND terms.valid_to IS NULL`
const END_PRODUCTS = `UPDATE product SET valid_to = ended.pos
  FROM (SELECT value ->> 0 AS decision, value ->> 1 AS pid, value ->> 2 AS pos FROM json_each(?)) AS ended
  WHERE product.decision = ended.decision AND product.pid = ended.pid AND product.valid_to IS NULL`

/**
 * Statements for a run of accepted acts of one market in log order. The rows that end are ended before new ones come. `earlier` holds, by
 * place, the acts of earlier runs that an endorse of this one names.
 */
export function planCatalog(
  market: string,
  acts: readonly PlacedAct[],
  earlier: ReadonlyMap<number, Act> = new Map(),
): (Statement | Insert)[] {
  const work: Work = {
    market,
    rows: {
      terms: [],
      product: [],
      identifier: [],
      term_key: [],
      event: [],
      response: [],
      effect_rules: [],
      product_text: [],
      terms_text: [],
    },
    openTerms: new Map(),
    openProducts: new Map(),
    endedTerms: new Map(),
    endedProducts: new Map(),
  }
  for (const one of acts) {
    const { pos, leaf, entry, needsTwo } = one
    takeAct(work, { pos, since: sinceOf(one), counts: !needsTwo, leaf }, entry.act)
  }
  const statements: (Statement | Insert)[] = []
  if (work.endedTerms.size > 0) {
    statements.push(sql(END_TERMS, JSON.stringify([...work.endedTerms.values()])))
  }
  if (work.endedProducts.size > 0) {
    statements.push(sql(END_PRODUCTS, JSON.stringify([...work.endedProducts.values()])))
  }
  for (const [table, rows] of Object.entries(work.rows)) {
    if (rows.length > 0) statements.push(insert(table, COLUMNS[table as keyof Rows], rows))
  }
  statements.push(...planCount(market, countedBy(acts, earlier)))
  return statements
}

function countedBy(acts: readonly PlacedAct[], earlier: ReadonlyMap<number, Act>): Counted[] {
  const here = new Map(acts.map(({ pos, entry }) => [pos, entry.act]))
  return acts.flatMap(({ pos: by, endorses: pos, isGated }) => {
    if (pos === null) return []
    const act = here.get(pos) ?? earlier.get(pos)
    if (act === undefined) throw new TypeError(`the act at ${pos} was not read for its endorse`)
    return [{ pos, by, isGated, act }]
  })
}

function takeAct(work: Work, place: Place, act: Act): void {
  const { market, rows } = work
  const { pos, since, leaf } = place
  switch (act.act) {
    case 'issue': {
      if (!('header' in act)) return
      setTerms(work, place, act.decision, act.header)
      act.products.forEach((product, at) => {
        addProduct(work, place, act.decision, product, at)
      })
      return
    }
    case 'amend':
      if ('header' in act) setTerms(work, place, act.decision, act.header)
      return
    case 'products':
      if ('prev' in act && act.decision !== null) changeProducts(work, place, act as ProductsAct)
      return
    case 'rule':
    case 'suspend':
    case 'resume':
    case 'rescind':
    case 'annul':
      rows.event.push([market, act.decision, pos, since, act.act, leaf, eventBody(act)])
      return
    case 'respond':
      rows.response.push([market, act.decision, pos, since, leaf, eventBody(act)])
      return
    case 'notice':
      // By its kind: unknown members pass, so any notice may carry `rules`, and the node key may sign other kinds.
      if ('rules' in act && act.kind === 'effect_rules')
        rows.effect_rules.push([market, pos, since, leaf, JSON.stringify(act.rules)])
      return
    default:
      return
  }
}

type ProductsAct = Extract<Act, { act: 'products' }>

function changeProducts(work: Work, place: Place, act: ProductsAct): void {
  for (const pid of act.remove ?? []) endProduct(work, place, act.decision, pid)
  ;(act.add ?? []).forEach((product, at) => {
    addProduct(work, place, act.decision, product, at)
  })
}

function setTerms(work: Work, place: Place, decision: string, header: Header): void {
  const { pos, since, counts, leaf } = place
  const open = work.openTerms.get(decision) ?? []
  if (counts) {
    for (const row of open.splice(0)) row[VALID_TO] = pos
    if (!work.endedTerms.has(decision)) work.endedTerms.set(decision, [decision, pos])
  }
  const row: SqlValue[] = [decision, null, pos, since, work.market, leaf, JSON.stringify(header)]
  work.rows.terms.push(row)
  work.openTerms.set(decision, [...open, row])
  for (const { kind, value } of termKeys(header, decision)) {
    work.rows.term_key.push([kind, value, decision, pos])
  }
  const { words, grams } = termsText(header)
  work.rows.terms_text.push([termsId(work.market, pos), words, grams])
}

function addProduct(
  work: Work,
  place: Place,
  decision: string,
  product: Product,
  at: number,
): void {
  endProduct(work, place, decision, product.pid)
  const id = productId(work.market, place.pos, at)
  const { since, leaf } = place
  const body = JSON.stringify(product)
  const row: SqlValue[] = [id, null, work.market, decision, product.pid, since, leaf, body]
  work.rows.product.push(row)
  const key = `${decision} ${product.pid}`
  const open = work.openProducts.get(key)
  if (open === undefined) work.openProducts.set(key, [row])
  else open.push(row)
  for (const { kind, value } of identifierKeys(product))
    work.rows.identifier.push([kind, value, id])
  const { words, grams } = productText(product)
  work.rows.product_text.push([id, words, grams])
}

/** What this act takes the place of ends where it begins; while it waits, only what it wrote itself under the same pid. */
function endProduct(work: Work, { pos, counts }: Place, decision: string, pid: string): void {
  const key = `${decision} ${pid}`
  const open = work.openProducts.get(key)
  const ended = counts ? open : open?.filter(([id]) => isOf(work.market, pos, id))
  for (const row of ended ?? []) row[VALID_TO] = pos
  if (open !== undefined) {
    const still = open.filter((row) => row[VALID_TO] === null)
    if (still.length > 0) work.openProducts.set(key, still)
    else work.openProducts.delete(key)
  }
  if (counts && !work.endedProducts.has(key)) work.endedProducts.set(key, [decision, pid, pos])
}

function isOf(market: string, pos: number, id: SqlValue | undefined): boolean {
  return Number(id) >= productId(market, pos, 0)
}

/** The members of an act beyond those every act has. */
function eventBody(act: Act): string {
  const {
    v,
    alliance,
    log,
    id,
    iat,
    decision,
    prev,
    act: kind,
    ...body
  } = act as Act & { prev: unknown }
  return JSON.stringify(body)
}
