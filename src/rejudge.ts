// THE STORY of judging again: a new charter moved key ranges, logs or a freeze, so a market's entries are judged anew from the bytes
// held, and its rows are rewritten from the first outcome that differs, in one commit with the charter (design: protocol 1.9).
import { planForgetRows } from './catalog/forget.ts'
import { planCatalog } from './catalog/plan.ts'
import { type Adopted, type FeedTerms, feedsOfMarket, signersOf } from './charter/members.ts'
import type { CharterPayload } from './charter/schema.ts'
import { type Db, type Insert, insert, type SqlValue, type Statement, sql } from './db.ts'
import type { JudgeState } from './decision/judge.ts'
import { encodeBase64 } from './encoding/base64.ts'
import { judgeContext, readEndorsed } from './judging.ts'
import { planForgetOutcomes } from './merge/forget.ts'
import { ACT_COLUMNS, planChains, planEndorsed, planMerge } from './merge/plan.ts'
import {
  countMirrored,
  type Prefix,
  planCut,
  planDropMirror,
  planUnmoved,
  readMirrored,
  readPrefix,
} from './pull/cut.ts'
import { planPosition, readFeed } from './pull/feed.ts'
import { planDropped, planHeard } from './pull/journal.ts'
import { EMPTY_ROOT } from './tlog/hash.ts'
import { verifyEntries } from './verify/entries.ts'

const PAGE = 1024
const OUTCOMES = `SELECT origin, idx, leaf, code, two_keys AS twoKeys FROM act
  WHERE market = ? AND pos >= ? AND pos < ? ORDER BY pos`
const ENDORSED = `SELECT pos, endorsed AS by FROM act
  WHERE market = ? AND two_keys = 1 AND endorsed IS NOT NULL ORDER BY pos`
const LAST = 'SELECT max(pos) AS pos FROM act WHERE market = ?'

type Statements = (Statement | Insert)[]
type Work = {
  market: string
  state: JudgeState
  /** The first place whose outcome differs; null: none so far. */
  fromPos: number | null
  acts: SqlValue[][]
  catalog: Statements
  endorsed: Endorsed[]
  /** Of acts that count only once endorsed: their places and their endorses', as they were and as they are now. */
  counted: Endorsed[]
}
type Endorsed = [pos: number, by: number]

/** Markets of both charters whose entries may be judged otherwise by the second: keys, two-key rules, logs or a freeze changed. */
export function marketsToRejudge(before: CharterPayload, after: CharterPayload): string[] {
  const rules = ({ logs }: CharterPayload['members'][number]) =>
    JSON.stringify(logs.map(({ logKeys: _, ...log }) => log))
  return after.members
    .filter((member) => {
      const known = before.members.find(({ market }) => market === member.market)
      return known !== undefined && rules(known) !== rules(member)
    })
    .map(({ market }) => market)
}

/**
 * Plans what the charter `adopted` makes of one market's entries held here: nothing where every outcome stays. The statements must be
 * committed with the charter itself; they fail with ERR_COMMIT_CONFLICT where another process merged entries of the market meanwhile.
 * `drop` names a frozen log whose bytes held here were shown to be of another history.
 */
export async function rejudge(
  db: Db,
  adopted: Adopted,
  market: string,
  nowMs: number,
  drop: string | null = null,
): Promise<Statements> {
  const { feeds, logs } = await readHeld(db, adopted, market, nowMs, drop)
  const counted = await db.query<{ pos: number; by: number }>(sql(ENDORSED, market))
  const before = counted.map(({ pos, by }): Endorsed => [pos, by])
  let work = await replayAll(db, adopted, market, logs, null, before)
  const fromPos = work.fromPos === null ? null : beforeAllCounted(work.fromPos, work.counted)
  if (fromPos !== work.fromPos) work = await replayAll(db, adopted, market, logs, fromPos, before)
  return [...feeds, ...rewrite(work)]
}

/** What the charter `adopted` would make of a market's entries held here: rows of `act`, columns as `ACT_COLUMNS`, and first endorses. */
export async function judgedUnder(
  db: Db,
  adopted: Adopted,
  market: string,
): Promise<{ acts: SqlValue[][]; endorsed: ReadonlyMap<number, number> }> {
  const { logs } = await readHeld(db, adopted, market, 0, null)
  const { acts, endorsed } = await replayAll(db, adopted, market, logs, 0, [])
  return { acts, endorsed: new Map(endorsed) }
}

/** The logs of a market as far as they are held and count, and what has to be done to their copies. */
async function readHeld(
  db: Db,
  adopted: Adopted,
  market: string,
  nowMs: number,
  drop: string | null,
): Promise<{ feeds: Statements; logs: Held[] }> {
  const feeds: Statements = []
  const logs: Held[] = []
  // A later log is judged only on top of the whole of the earlier.
  let isWhole = true
  for (const terms of feedsOfMarket(adopted.charter.terms, market)) {
    const { origin, frozen } = terms.log
    const held = await countMirrored(db, origin)
    feeds.push(planUnmoved(origin, held))
    const prefix =
      frozen === null ? null : await frozenPrefix(db, terms, origin === drop ? 0 : held)
    const size: number = !isWhole ? 0 : (prefix?.size ?? held)
    if (prefix !== null) feeds.push(...(await cutFeed(db, terms, prefix, held, nowMs)))
    if (size > 0) logs.push({ terms, size })
    isWhole &&= frozen === null || size === frozen.size
  }
  return { feeds, logs }
}

/**
 * The place from which rows can be rewritten: an act that stands before it has begun to count before it too, or not at all. Else its rows
 * would have to be taken back to what they were before the endorse.
 */
function beforeAllCounted(fromPos: number, counted: readonly Endorsed[]): number {
  let from = fromPos
  // From the last place down: once one has moved `from` to itself, those after it are rewritten anyway.
  for (const [pos, by] of [...counted].sort(([a], [b]) => b - a))
    if (pos < from && by >= from) from = pos
  return from
}

type Held = { terms: FeedTerms; size: number }

/** Judges all that is held of a market, and keeps the rows from a place on, else from the first outcome that differs. */
async function replayAll(
  db: Db,
  adopted: Adopted,
  market: string,
  logs: readonly Held[],
  fromPos: number | null,
  counted: readonly Endorsed[],
): Promise<Work> {
  const state = {
    chains: new Map(),
    responds: new Map(),
    ids: new Set<string>(),
    endorsable: new Map(),
  }
  const rows = { acts: [], catalog: [], endorsed: [], counted: [...counted] }
  const work: Work = { market, state, fromPos, ...rows }
  let end = 0
  for (const { terms, size } of logs) {
    await replay(db, adopted, terms, size, work)
    end = terms.offset + size
  }
  const [last] = await db.query<{ pos: number | null }>(sql(LAST, market))
  if (work.fromPos === null && (last?.pos ?? -1) >= end) work.fromPos = end
  return work
}

/** The prefix that stands of a frozen log: nothing where the charter froze another history than this node holds. */
async function frozenPrefix(
  db: Db,
  { log: { origin, frozen } }: FeedTerms,
  held: number,
): Promise<Prefix> {
  const prefix = await readPrefix(db, origin, Math.min(held, frozen?.size ?? held))
  const isOther = prefix.size === frozen?.size && encodeBase64(prefix.root) !== frozen.root
  return isOther ? { size: 0, frontier: [], root: EMPTY_ROOT } : prefix
}

async function cutFeed(
  db: Db,
  { log: { origin }, member }: FeedTerms,
  prefix: Prefix,
  held: number,
  nowMs: number,
): Promise<Statements> {
  const feed = await readFeed(db, origin, member.market)
  if (feed.merged === prefix.size && feed.state === 'open') return []
  return [
    ...(prefix.size === 0 && held > 0
      ? [...planDropMirror(origin), planDropped(origin, nowMs)]
      : []),
    planCut(origin, prefix),
    planPosition(origin, nowMs),
    planHeard(origin, nowMs),
  ]
}

/** Judges the first `size` entries of one log again, page by page, and keeps the rows from the first that differs. */
async function replay(
  db: Db,
  adopted: Adopted,
  terms: FeedTerms,
  size: number,
  work: Work,
): Promise<void> {
  const context = judgeContext(adopted, terms)
  const signers = signersOf(terms.log)
  for (let from = 0; from < size; from += PAGE) {
    const to = Math.min(from + PAGE, size)
    const entries = await verifyEntries(await readMirrored(db, terms.log.origin, from, to), signers)
    const plan = planMerge(context, terms.offset, work.state, entries)
    // Everything held was judged before, and charters only ever add what is adopted.
    if (plan.stop !== null || plan.judged !== to - from)
      throw new TypeError(`entries held of ${terms.log.origin} can no longer be judged`)
    const start = terms.offset + from
    work.fromPos ??= await firstDifference(db, work.market, start, plan.acts)
    for (const { pos: by, endorses } of plan.accepted)
      if (endorses !== null) work.counted.push([endorses, by])
    const { fromPos } = work
    if (fromPos === null) continue
    work.acts.push(...plan.acts.slice(Math.max(0, fromPos - start)))
    work.endorsed.push(...plan.endorsed.filter(([, by]) => by >= fromPos))
    const accepted = plan.accepted.filter(({ pos }) => pos >= fromPos)
    const endorsed = await readEndorsed(db, adopted, work.market, accepted)
    work.catalog.push(...planCatalog(work.market, accepted, endorsed))
  }
}

async function firstDifference(
  db: Db,
  market: string,
  start: number,
  acts: readonly SqlValue[][],
): Promise<number | null> {
  type Row = {
    origin: string
    idx: number
    leaf: Uint8Array
    code: string | null
    twoKeys: number
  }
  const rows = await db.query<Row>(sql(OUTCOMES, market, start, start + acts.length))
  const at = acts.findIndex((act, i) => {
    const row = rows[i]
    const value = (name: (typeof ACT_COLUMNS)[number]) => act[ACT_COLUMNS.indexOf(name)]
    if (row === undefined || row.origin !== value('origin')) return true
    if (row.idx !== value('idx') || row.code !== value('code')) return true
    if (row.twoKeys !== value('two_keys')) return true
    return !sameLeaf(row.leaf, value('leaf'))
  })
  return at < 0 ? null : start + at
}

function sameLeaf(leaf: Uint8Array, other: SqlValue | undefined): boolean {
  return other instanceof Uint8Array && encodeBase64(leaf) === encodeBase64(other)
}

function rewrite({ market, state, fromPos, acts, endorsed, catalog }: Work): Statements {
  if (fromPos === null) return []
  const decisions = [...state.chains.keys(), ...state.responds.keys()]
  return [
    ...planForgetOutcomes(market, fromPos),
    ...planForgetRows(market, fromPos),
    insert('act', ACT_COLUMNS, acts),
    ...planEndorsed(market, endorsed),
    ...planChains(market, state, decisions),
    ...catalog,
  ]
}
