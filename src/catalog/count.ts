// Plans what an endorse changes: the rows of the act it names begin to count, and end what that act takes the place of.
import { type Statement, sql } from '../db.ts'
import type { Act } from '../decision/schema.ts'
import { productId } from './keys.ts'
import { GATED, WAITING } from './since.ts'

/** An act that begins to count: its place, the endorse's place, and whether its decision's issue is still waiting. */
export type Counted = { pos: number; by: number; isGated: boolean; act: Act }

const COUNT = (table: string) => `UPDATE ${table} SET valid_from = counted.since
  FROM (SELECT value ->> 0 AS pos, value ->> 1 AS since FROM json_each(?)) AS counted
  WHERE ${table}.market = ? AND ${table}.pos = counted.pos AND ${table}.valid_from = ${WAITING}`
const COUNT_OF_DECISION = (table: string) => `UPDATE ${table} SET valid_from = counted.since
  FROM (SELECT value ->> 0 AS pos, value ->> 1 AS since, value ->> 2 AS decision FROM json_each(?)) AS counted
  WHERE ${table}.decision = counted.decision AND ${table}.market = ? AND ${table}.pos = counted.pos
    AND ${table}.valid_from = ${WAITING}`
const COUNT_PRODUCTS = `UPDATE product SET valid_from = counted.since
  FROM (SELECT value ->> 0 AS first, value ->> 1 AS past, value ->> 2 AS since FROM json_each(?)) AS counted
  WHERE product.id >= counted.first AND product.id < counted.past AND product.valid_from = ${WAITING}`
const RELEASE = (table: string) => `UPDATE ${table} SET valid_from = issued.since
  FROM (SELECT value ->> 0 AS decision, value ->> 1 AS since FROM json_each(?)) AS issued
  WHERE ${table}.decision = issued.decision AND ${table}.valid_from = ${GATED}`
const END_TERMS = `UPDATE terms SET valid_to = ?
  WHERE decision = ? AND pos < ? AND (valid_to IS NULL OR valid_to > ?)`
const END_PRODUCTS = `UPDATE product SET valid_to = ?
  FROM (SELECT value AS pid FROM json_each(?)) AS ended
  WHERE product.decision = ? AND product.pid = ended.pid AND product.id < ?
    AND (product.valid_to IS NULL OR product.valid_to > ?)`

/** Statements for the acts that a run of entries endorsed, in log order. They follow the inserts of that run. */
export function planCount(market: string, counted: readonly Counted[]): Statement[] {
  if (counted.length === 0) return []
  const sinceOf = ({ by, isGated }: Counted) => (isGated ? GATED : by)
  const places = counted.map((one) => [one.pos, sinceOf(one), one.act.decision])
  const ids = counted.map((one) => [
    productId(market, one.pos, 0),
    productId(market, one.pos + 1, 0),
    sinceOf(one),
  ])
  const issued = counted
    .filter(({ act }) => act.act === 'issue')
    .map(({ act, by }) => [act.decision, by])
  return [
    ...['terms', 'event', 'response'].map((table) =>
      sql(COUNT_OF_DECISION(table), JSON.stringify(places), market),
    ),
    sql(COUNT('effect_rules'), JSON.stringify(places), market),
    sql(COUNT_PRODUCTS, JSON.stringify(ids)),
    ...counted.flatMap((one) => planEnds(market, one)),
    // After the acts themselves: one endorsed before its decision's issue was only waiting for that.
    ...(issued.length === 0
      ? []
      : ['terms', 'event', 'product'].map((table) => sql(RELEASE(table), JSON.stringify(issued)))),
  ]
}

/** Of rows before it, those it takes the place of end where it begins; those after it in the log have done so to it already. */
function planEnds(market: string, { pos, by, act }: Counted): Statement[] {
  if (act.act === 'amend') return [sql(END_TERMS, by, act.decision, pos, by)]
  if (act.act !== 'products' || !('prev' in act)) return []
  const { add = [], remove = [] } = act as Extract<Act, { act: 'products' }>
  const pids = [...new Set([...remove, ...add.map(({ pid }) => pid)])]
  const before = productId(market, pos, 0)
  return [sql(END_PRODUCTS, by, JSON.stringify(pids), act.decision, before, by)]
}
