// What a row of the catalogue that changed between two positions could be found by: whoever asks for none of it, gets the same answer at both.
import { type Db, sql } from '../db.ts'
import type { Header, Product } from '../decision/schema.ts'
import { identifierKeys, productId, productText, termKeys } from './keys.ts'

/** Market and the positions between which its rows may have changed, from the smaller (included) to the larger. */
export type Range = { market: string; from: number; to: number }

/** With more changed products than this, everything is asked again. */
export const MAX_CHANGED = 20_000

// A row begins or ends to count between two positions if the act that set or ended it stands there.
const TOUCHED = `SELECT p.body, p.decision FROM json_each(?) AS v CROSS JOIN product AS p
  ON p.id >= v.value ->> 0 AND p.id < v.value ->> 1
  WHERE p.valid_from >= v.value ->> 2 OR (p.valid_to >= v.value ->> 2 AND p.valid_to < v.value ->> 3)
  ORDER BY p.id LIMIT ?`
const TERMS = `SELECT t.decision, t.body FROM json_each(?) AS v CROSS JOIN terms AS t ON t.market = v.value ->> 4
  WHERE (t.valid_from >= v.value ->> 2 AND t.valid_from < v.value ->> 3)
    OR (t.valid_to >= v.value ->> 2 AND t.valid_to < v.value ->> 3)
  ORDER BY t.decision, t.valid_from LIMIT ?`
// Whoever owns new terms may be found otherwise than before: so all products of the decision count as changed.
const PRODUCTS = `SELECT p.body, p.decision FROM json_each(?) AS k CROSS JOIN product AS p ON p.decision = k.value
  ORDER BY p.id LIMIT ?`

/** Keys in one spelling (`askedKeys` of look-up spells its own so); null: too much changed. */
export async function changedKeys(db: Db, ranges: readonly Range[]): Promise<Set<string> | null> {
  const moved = ranges.filter(({ from, to }) => from < to)
  const keys = new Set<string>()
  if (moved.length === 0) return keys
  const param = JSON.stringify(
    moved.map(({ market, from, to }) => [
      productId(market, 0, 0),
      productId(market, to, 0),
      from,
      to,
      market,
    ]),
  )
  const terms = await db.query<{ decision: string; body: string }>(
    sql(TERMS, param, MAX_CHANGED + 1),
  )
  const decisions = JSON.stringify([...new Set(terms.map(({ decision }) => decision))])
  type Touched = { body: string; decision: string }
  const touched = await db.query<Touched>(sql(TOUCHED, param, MAX_CHANGED + 1))
  const owned = await db.query<Touched>(sql(PRODUCTS, decisions, MAX_CHANGED + 1))
  if (terms.length + touched.length + owned.length > MAX_CHANGED) return null
  for (const { decision, body } of terms) {
    keys.add(decisionKey(decision))
    // The catalogue holds the terms and products of accepted acts only, whose shape was judged.
    for (const { kind, value } of termKeys(JSON.parse(body) as Header, decision)) {
      keys.add(spelledKey(kind, value))
    }
  }
  for (const { body } of [...touched, ...owned]) addProduct(keys, JSON.parse(body) as Product)
  return keys
}

function addProduct(keys: Set<string>, product: Product): void {
  for (const { kind, value } of identifierKeys(product)) keys.add(spelledKey(kind, value))
  const { words, grams } = productText(product)
  for (const term of [...words.split(' '), ...grams.split(' ')]) {
    for (const key of textKeysOf(term)) keys.add(key)
  }
}

export function spelledKey(kind: string, value: string): string {
  return `${kind} ${value}`
}

export function decisionKey(decision: string): string {
  return `decision ${decision}`
}

/** The keys of one search term: without any mark, as coarse as the full-text tokenizer could ever be. */
export function textKeysOf(term: string): string[] {
  const tokens =
    term
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  return tokens.map((token) => `text ${token}`)
}
