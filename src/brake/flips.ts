// Counts what a range of a market's acts flips: decisions and listed products that block on one side of it and not on the other, both
// read at the same moments (design: protocol 1.10 "mass change").
import { identifierKeys } from '../catalog/keys.ts'
import { type DecisionRow, readDecisions } from '../catalog/read.ts'
import { type Db, sql } from '../db.ts'
import type { Product, Ruling } from '../decision/schema.ts'
import { isInForce, type Moment, rulingsAt, stateAt } from '../decision/state.ts'
import { CHAIN_ACTS } from '../decision/vocabulary.ts'
import { BRAKE_WINDOW_S, type Flips, MIN_DECISIONS, type Standing } from './limit.ts'

/** Entries of a market from `base` on, up to and without `merged`, over its logs in order. */
export type Range = { market: string; base: number; merged: number }
export type Flip = {
  decision: string
  /** null: it blocks before and after, and only products of it differ. */
  change: 'added' | 'lifted' | null
  products: Flips['products']
}

const KINDS = CHAIN_ACTS.map((act) => `'${act}'`).join(', ')
// By what stands in the range, and by what was endorsed in it: an act that needs two keys counts from then on.
const TOUCHED = `WITH q (market, first, past) AS (SELECT ?, ?, ?)
  SELECT a.pos AS pos, a.decision AS decision, a.kind AS kind FROM q CROSS JOIN act AS a
    ON a.market = q.market AND a.pos >= q.first AND a.pos < q.past
    WHERE a.code IS NULL AND a.decision IS NOT NULL AND a.kind IN (${KINDS})
  UNION ALL SELECT a.endorsed AS pos, a.decision AS decision, a.kind AS kind FROM q CROSS JOIN act AS a
    ON a.market = q.market AND a.endorsed >= q.first AND a.endorsed < q.past
    WHERE a.two_keys = 1 AND a.endorsed IS NOT NULL AND a.kind IN (${KINDS})
  ORDER BY pos LIMIT ?`
const PAGE = 4096
const DECISIONS = 200

/**
 * Decisions that acts of the range are about. True: an act may flip all products of it, not only those it names. Stops looking once there
 * are more than `most`.
 */
export async function readTouched(
  db: Db,
  { market, base, merged }: Range,
  most = Number.POSITIVE_INFINITY,
): Promise<Map<string, boolean>> {
  const touched = new Map<string, boolean>()
  for (let from = base; touched.size <= most; ) {
    type Row = { pos: number; decision: string; kind: string }
    const rows = await db.query<Row>(sql(TOUCHED, market, from, merged, PAGE))
    for (const { decision, kind } of rows) {
      touched.set(decision, touched.get(decision) === true || kind !== 'products')
    }
    if (rows.length < PAGE) break
    from = (rows.at(-1)?.pos ?? merged) + 1
  }
  return touched
}

/** Every decision that flips, or products of which do, by id, after one. */
export async function* readFlips(
  db: Db,
  range: Range,
  nowS: number,
  after = '',
): AsyncGenerator<Flip> {
  const all = [...(await readTouched(db, range)).keys()].sort()
  const touched = all.filter((decision) => decision > after)
  for (let at = 0; at < touched.length; at += DECISIONS) {
    const ids = touched.slice(at, at + DECISIONS)
    const before = await readDecisions(db, new Map([[range.market, range.base]]), ids)
    const after = await readDecisions(db, new Map([[range.market, range.merged]]), ids)
    const products = await readProducts(db, range, ids)
    for (const id of ids) {
      const flip = flipOf(id, before.get(id), after.get(id), products.get(id) ?? [], nowS)
      if (flip !== null) yield flip
    }
  }
}

/** The numbers of all of them. */
export async function countFlips(db: Db, range: Range, nowS: number): Promise<Flips> {
  const total: Flips = {
    decisions: { added: 0, lifted: 0 },
    products: { added: 0, lifted: 0, changed: 0 },
  }
  for await (const { change, products } of readFlips(db, range, nowS)) {
    if (change !== null) total.decisions[change] += 1
    total.products.added += products.added
    total.products.lifted += products.lifted
    total.products.changed += products.changed
  }
  return total
}

type SidedProduct = { before: boolean; after: boolean; product: Product }

const PRODUCTS = `SELECT p.decision, p.body, p.valid_from, p.valid_to
  FROM json_each(?) AS k CROSS JOIN product AS p ON p.decision = k.value
  WHERE p.valid_from < ? AND (p.valid_to IS NULL OR p.valid_to >= ?)
  ORDER BY p.decision, p.pid, p.valid_from`

async function readProducts(
  db: Db,
  { base, merged }: Range,
  ids: readonly string[],
): Promise<Map<string, SidedProduct[]>> {
  type Row = { decision: string; body: string; valid_from: number; valid_to: number | null }
  const holds = (row: Row, at: number) =>
    row.valid_from < at && (row.valid_to === null || row.valid_to >= at)
  const found = new Map<string, SidedProduct[]>()
  for (const row of await db.query<Row>(sql(PRODUCTS, JSON.stringify(ids), merged, base))) {
    const product = JSON.parse(row.body) as Product
    const sided = { before: holds(row, base), after: holds(row, merged), product }
    const known = found.get(row.decision)
    if (known === undefined) found.set(row.decision, [sided])
    else known.push(sided)
  }
  return found
}

function flipOf(
  decision: string,
  before: DecisionRow | undefined,
  after: DecisionRow | undefined,
  products: readonly SidedProduct[],
  nowS: number,
): Flip | null {
  const moments = momentsOf([before, after], nowS)
  const flipped = moments.find((moment) => blocks(before, moment) !== blocks(after, moment))
  const change = flipped === undefined ? null : blocks(after, flipped) ? 'added' : 'lifted'
  const counts = { added: 0, lifted: 0, changed: 0 }
  for (const [old, now] of pairs(products)) {
    const of = productChange(moments, [before, old], [after, now])
    if (of !== null) counts[of] += 1
  }
  const isSame = change === null && counts.added + counts.lifted + counts.changed === 0
  return isSame ? null : { decision, change, products: counts }
}

/** Per pid, the product that stood before and the one that stands after. */
function pairs(products: readonly SidedProduct[]): [Product | undefined, Product | undefined][] {
  const byPid = new Map<string, [Product | undefined, Product | undefined]>()
  for (const { before, after, product } of products) {
    const pair = byPid.get(product.pid) ?? [undefined, undefined]
    byPid.set(product.pid, [before ? product : pair[0], after ? product : pair[1]])
  }
  return [...byPid.values()]
}

type Side = readonly [decision: DecisionRow | undefined, product: Product | undefined]

function productChange(
  moments: readonly Moment[],
  before: Side,
  after: Side,
): keyof Flips['products'] | null {
  let stays = false
  for (const moment of moments) {
    const [was, is] = [blocksProduct(before, moment), blocksProduct(after, moment)]
    if (was !== is) return is ? 'added' : 'lifted'
    stays ||= was
  }
  const [old, now] = [before[1], after[1]]
  if (!stays || old === undefined || now === undefined || old === now) return null
  return keysText(old) === keysText(now) ? null : 'changed'
}

const keysText = (product: Product): string => JSON.stringify(identifierKeys(product))

function blocks(row: DecisionRow | undefined, moment: Moment): boolean {
  return row !== undefined && isInForce(stateAt(row.header, row.events, moment))
}

function blocksProduct([row, product]: Side, moment: Moment): boolean {
  if (row === undefined || product?.listing !== 'listed' || !blocks(row, moment)) return false
  const ruling = rulingsAt(row.events, moment).find((one) => isAbout(one.ruling.product, product))
  return ruling?.ruling.scope !== 'out'
}

/** A ruling binds the pid it names; without one it fits what has all its fields. One about a firmware or serial is of single goods. */
function isAbout(ruled: Ruling['product'], product: Product): boolean {
  const { pid, brand, model, gtin, mpn, firmware, serial } = ruled
  if (pid !== undefined) return pid === product.pid
  if (firmware !== undefined || serial !== undefined) return false
  return (
    (brand === undefined || brand === product.brand) &&
    (model === undefined || model === product.model) &&
    (gtin === undefined || (product.gtins ?? []).includes(gtin)) &&
    (mpn === undefined || (product.mpns ?? []).includes(mpn))
  )
}

/** Now, and every second within the window at which something of the two begins or ends: a lift is none the smaller for a date in an hour. */
function momentsOf(rows: readonly (DecisionRow | undefined)[], nowS: number): Moment[] {
  const seconds = new Set([nowS])
  for (const row of rows) {
    if (row === undefined) continue
    const { starts_on: starts, expires_on: expires } = row.header
    const dates = row.events.map((event) =>
      event.kind === 'rule' ? event.ruling.on : event.kind === 'annul' ? undefined : event.from,
    )
    for (const date of [starts, expires, ...dates]) {
      const at = date !== undefined && 'at' in date ? date.at : 0
      if (at > nowS && at <= nowS + BRAKE_WINDOW_S) seconds.add(at)
    }
  }
  return [...seconds].sort((a, b) => a - b).map((atS) => ({ kind: 'now', atS }))
}

const HOLDS = (table: string) =>
  `${table}.valid_from < q.pos AND (${table}.valid_to IS NULL OR ${table}.valid_to >= q.pos)`
const ON_RECORD = `WITH q (market, pos) AS (SELECT ?, ?)
  SELECT count(*) AS n FROM (
    SELECT 1 FROM q CROSS JOIN terms AS t ON t.market = q.market
    WHERE ${HOLDS('t')} LIMIT ${MIN_DECISIONS})`

/** Whether the state at a position had enough decisions on record for the brake to look at it at all. */
export async function hasEnough(db: Db, market: string, position: number): Promise<boolean> {
  if (position < MIN_DECISIONS) return false
  const [row] = await db.query<{ n: number }>(sql(ON_RECORD, market, position))
  return (row?.n ?? 0) >= MIN_DECISIONS
}

// As decision/state.ts has it, in SQL: the whole of a market is counted, not only what was touched.
const EVENT = (kinds: string) => `SELECT e.kind FROM event AS e
  WHERE e.decision = t.decision AND e.valid_from < q.pos AND e.kind IN (${kinds})`
const STARTED = `(e.body ->> '$.from.at') <= q.now`
const IN_FORCE = `${HOLDS('t')}
  AND NOT EXISTS (${EVENT(`'annul'`)})
  AND NOT EXISTS (${EVENT(`'rescind'`)} AND ${STARTED})
  AND (json_type(t.body, '$.expires_on.open') = 'true' OR (t.body ->> '$.expires_on.at') > q.now)
  AND (t.body ->> '$.starts_on.at') <= q.now
  AND coalesce((${EVENT(`'suspend', 'resume'`)} AND ${STARTED} ORDER BY e.pos DESC LIMIT 1), '')
    <> 'suspend'`
const STANDING = `WITH q (market, pos, now) AS (SELECT ?, ?, ?)
  SELECT
    (SELECT count(*) FROM q CROSS JOIN terms AS t ON t.market = q.market
      WHERE ${IN_FORCE}) AS decisions,
    (SELECT count(*) FROM q CROSS JOIN terms AS t ON t.market = q.market
      CROSS JOIN product AS p ON p.decision = t.decision
      WHERE ${IN_FORCE} AND ${HOLDS('p')} AND (p.body ->> '$.listing') = 'listed') AS products`

/** What blocked at a position, read at `nowS`. */
export async function readStanding(
  db: Db,
  market: string,
  position: number,
  nowS: number,
): Promise<Standing> {
  const [row] = await db.query<Standing>(sql(STANDING, market, position, nowS))
  return row ?? { decisions: 0, products: 0 }
}

const ROWS = `SELECT count(*) AS n FROM json_each(?) AS k
  CROSS JOIN product AS p ON p.decision = k.key
  WHERE k.value OR p.valid_from >= ? OR p.valid_to >= ?`

/** Product rows that acts since `base` about these decisions can have flipped: of all times, or only those that begin or end since. */
export async function countProductRows(
  db: Db,
  decisions: ReadonlyMap<string, boolean>,
  base: number,
): Promise<number> {
  if (decisions.size === 0) return 0
  const named = JSON.stringify(Object.fromEntries(decisions))
  const [row] = await db.query<{ n: number }>(sql(ROWS, named, base, base))
  return row?.n ?? 0
}
