// Plans the rows by which accepted acts become findable; every row carries the log positions for which it holds.
import { type Insert, insert, type SqlValue, type Statement, sql } from '../db.ts'
import type { Entry } from '../decision/entry.ts'
import type { Act, Header, Product } from '../decision/schema.ts'
import { identifierKeys, productId, productText, termKeys, termsId, termsText } from './keys.ts'

/** An accepted act and its place in the market's lineage. */
export type PlacedAct = { pos: number; leaf: Uint8Array; entry: Entry }

type Open = { row: SqlValue[]; validTo: number }
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
  openTerms: Map<string, Open>
  openProducts: Map<string, Open>
  /** Rows of earlier runs that end here: decision (and pid) with the position. */
  endedTerms: Map<string, [decision: string, pos: number]>
  endedProducts: Map<string, [decision: string, pid: string, pos: number]>
}

const COLUMNS: Record<keyof Rows, readonly string[]> = {
  terms: ['decision', 'valid_from', 'valid_to', 'market', 'leaf', 'body'],
  product: ['id', 'market', 'decision', 'pid', 'valid_from', 'valid_to', 'leaf', 'body'],
  identifier: ['kind', 'value', 'product'],
  term_key: ['kind', 'value', 'decision', 'valid_from'],
  event: ['market', 'decision', 'pos', 'kind', 'leaf', 'body'],
  response: ['market', 'decision', 'pos', 'leaf', 'body'],
  effect_rules: ['market', 'pos', 'leaf', 'body'],
  product_text: ['rowid', 'words', 'grams'],
  terms_text: ['rowid', 'words', 'grams'],
}
const END_TERMS = `UPDATE terms SET valid_to = ended.pos
  FROM (SELECT value ->> 0 AS decision, value ->> 1 AS pos FROM json_each(?)) AS ended
  WHERE terms.decision = ended.decision AND terms.valid_to IS NULL`
const END_PRODUCTS = `UPDATE product SET valid_to = ended.pos
  FROM (SELECT value ->> 0 AS decision, value ->> 1 AS pid, value ->> 2 AS pos FROM json_each(?)) AS ended
  WHERE product.decision = ended.decision AND product.pid = ended.pid AND product.valid_to IS NULL`

/** Statements for a run of accepted acts of one market in log order. The rows that end are ended before new ones come. */
export function planCatalog(market: string, acts: readonly PlacedAct[]): (Statement | Insert)[] {
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
  for (const { pos, leaf, entry } of acts) takeAct(work, pos, leaf, entry.act)
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
  return statements
}

function takeAct(work: Work, pos: number, leaf: Uint8Array, act: Act): void {
  switch (act.act) {
    case 'issue': {
      if (!('header' in act)) return
      setTerms(work, pos, leaf, act.decision, act.header)
      act.products.forEach((product, place) => {
        addProduct(work, pos, leaf, act.decision, product, place)
      })
      return
    }
    case 'amend':
      if ('header' in act) setTerms(work, pos, leaf, act.decision, act.header)
      return
    case 'products':
      if ('prev' in act && act.decision !== null)
        changeProducts(work, pos, leaf, act as ProductsAct)
      return
    case 'rule':
    case 'suspend':
    case 'resume':
    case 'rescind':
    case 'annul':
      work.rows.event.push([work.market, act.decision, pos, act.act, leaf, eventBody(act)])
      return
    case 'respond':
      work.rows.response.push([work.market, act.decision, pos, leaf, eventBody(act)])
      return
    case 'notice':
      // By its kind: unknown members pass, so any notice may carry `rules`, and the node key may sign other kinds.
      if ('rules' in act && act.kind === 'effect_rules')
        work.rows.effect_rules.push([work.market, pos, leaf, JSON.stringify(act.rules)])
      return
    default:
      return
  }
}

type ProductsAct = Extract<Act, { act: 'products' }>

function changeProducts(work: Work, pos: number, leaf: Uint8Array, act: ProductsAct): void {
  for (const pid of act.remove ?? []) endProduct(work, pos, act.decision, pid)
  ;(act.add ?? []).forEach((product, place) => {
    addProduct(work, pos, leaf, act.decision, product, place)
  })
}

function setTerms(
  work: Work,
  pos: number,
  leaf: Uint8Array,
  decision: string,
  header: Header,
): void {
  const open = work.openTerms.get(decision)
  if (open !== undefined) open.row[open.validTo] = pos
  else work.endedTerms.set(decision, [decision, pos])
  const row: SqlValue[] = [decision, pos, null, work.market, leaf, JSON.stringify(header)]
  work.rows.terms.push(row)
  work.openTerms.set(decision, { row, validTo: 2 })
  for (const { kind, value } of termKeys(header, decision)) {
    work.rows.term_key.push([kind, value, decision, pos])
  }
  const { words, grams } = termsText(header)
  work.rows.terms_text.push([termsId(work.market, pos), words, grams])
}

function addProduct(
  work: Work,
  pos: number,
  leaf: Uint8Array,
  decision: string,
  product: Product,
  place: number,
): void {
  endProduct(work, pos, decision, product.pid)
  const id = productId(work.market, pos, place)
  const row: SqlValue[] = [
    id,
    work.market,
    decision,
    product.pid,
    pos,
    null,
    leaf,
    JSON.stringify(product),
  ]
  work.rows.product.push(row)
  work.openProducts.set(`${decision} ${product.pid}`, { row, validTo: 5 })
  for (const { kind, value } of identifierKeys(product))
    work.rows.identifier.push([kind, value, id])
  const { words, grams } = productText(product)
  work.rows.product_text.push([id, words, grams])
}

function endProduct(work: Work, pos: number, decision: string, pid: string): void {
  const key = `${decision} ${pid}`
  const open = work.openProducts.get(key)
  if (open !== undefined) {
    open.row[open.validTo] = pos
    work.openProducts.delete(key)
  } else if (!work.endedProducts.has(key)) {
    work.endedProducts.set(key, [decision, pid, pos])
  }
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
