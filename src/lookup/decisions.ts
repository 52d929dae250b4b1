// Decisions to browse, and the whole story of one: terms, products, events, acts with their outcome, responses, effects everywhere.
import type * as z from 'zod'
import { NO_FLIPS } from '../brake/limit.ts'
import { readHolds } from '../brake/store.ts'
import { readDecisionPage } from '../catalog/page.ts'
import {
  type DecisionRow,
  type Positions,
  readDecisions,
  readEffectRules,
  readProductsOf,
} from '../catalog/read.ts'
import { sql } from '../db.ts'
import { isRealDay } from '../decision/date.ts'
import { type EffectHere, effectHere } from '../decision/effect.ts'
import { type Moment, STATES, stateAt } from '../decision/state.ts'
import { DECISION_PATTERN, MARKET_PATTERN } from '../decision/vocabulary.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import { Failure } from '../errors.ts'
import type { LookupContext, Standing } from './context.ts'
import { readSnapshot } from './coverage.ts'
import { termsOf } from './question.ts'
import type {
  decisionPageSchema,
  decisionSummarySchema,
  storyActSchema,
  storySchema,
} from './schema.ts'

export type DecisionSummary = z.infer<typeof decisionSummarySchema>
export type DecisionPage = z.infer<typeof decisionPageSchema>
export type StoryAct = z.infer<typeof storyActSchema>
export type Story = z.infer<typeof storySchema>

export type DecisionFilter = {
  market?: string | undefined
  state?: string | undefined
  q?: string | undefined
  after?: string | undefined
  limit?: string | undefined
  on?: string | undefined
  /** Read by whoever gives the context. */
  known?: string | undefined
}

export const MAX_DECISION_PAGE = 200
/** Rows looked through for one page when a state is asked for, which no row stores. */
const MAX_SCANNED = 1000
const MAX_STORY_PRODUCTS = 500
const MAX_STORY_ACTS = 1000
const MAX_SEARCH_TEXT = 300

const ACTS = `SELECT a.market, a.pos, a.leaf, a.id, a.kind, a.iat, a.kid, a.code, a.two_keys,
    n.pos AS by_pos, n.leaf AS by_leaf, n.iat AS by_iat, n.kid AS by_kid
  FROM act AS a CROSS JOIN json_each(?) AS v ON v.key = a.market
  LEFT JOIN act AS n ON n.market = a.market AND n.pos = a.endorsed AND n.pos < v.value
  WHERE a.decision = ? AND a.pos < v.value ORDER BY a.market, a.pos LIMIT ?`

/** One page of decisions by name. Throws ERR_QUERY_INVALID for a filter that is not of its form. */
export async function readDecisionList(
  ctx: LookupContext,
  filter: DecisionFilter,
): Promise<DecisionPage> {
  const { market, state, q = '', after = '' } = filter
  const limit = Number(filter.limit ?? 50)
  checkFilter('market', market === undefined || MARKET_PATTERN.test(market))
  checkFilter('state', state === undefined || STATES.some((known) => known === state))
  checkFilter('after', after.length <= 140)
  checkFilter('q', q.length <= MAX_SEARCH_TEXT)
  checkFilter('limit', Number.isInteger(limit) && limit >= 1 && limit <= MAX_DECISION_PAGE)
  const { effective, nowS } = await readSnapshot(ctx)
  const moment = momentOf(filter.on, nowS)
  const terms = q.trim() === '' ? {} : { terms: termsOf([q]) }
  const found: DecisionSummary[] = []
  let last = after.toWellFormed()
  for (let scanned = 0; scanned < MAX_SCANNED && found.length < limit; ) {
    const page = { after: last, limit: MAX_DECISION_PAGE, ...terms, ...(market ? { market } : {}) }
    const ids = await readDecisionPage(ctx.db, effective, page)
    const rows = await readDecisions(ctx.db, effective, ids)
    for (const id of ids) {
      const row = rows.get(id)
      if (row === undefined) continue
      last = id
      const summary = summaryOf(row, moment)
      if (state === undefined || summary.state === state) found.push(summary)
      if (found.length === limit) return { decisions: found, next: last }
    }
    if (ids.length < MAX_DECISION_PAGE) return { decisions: found, next: null }
    scanned += ids.length
  }
  return { decisions: found, next: last }
}

/** `products_next` of the story before, and the day it is told for. */
export type StoryOptions = { productsAfter?: string | undefined; on?: string | undefined }

function momentOf(on: string | undefined, nowS: number): Moment {
  if (on === undefined || on === '') return { kind: 'now', atS: nowS }
  checkFilter('on', isRealDay(on))
  return { kind: 'day', on }
}

/** Everything on record about one decision. Throws ERR_DECISION_UNKNOWN. */
export async function readStory(
  ctx: LookupContext,
  decision: string,
  { productsAfter = '', on }: StoryOptions = {},
): Promise<Story> {
  const { effective, merged, nowS } = await readSnapshot(ctx)
  const moment = momentOf(on, nowS)
  const readRow = async (at: Positions | null) =>
    at !== null && DECISION_PATTERN.test(decision)
      ? (await readDecisions(ctx.db, at, [decision])).get(decision)
      : undefined
  const inEffect = await readRow(effective)
  // A decision that is held as a whole is told as it is merged, and said to be held.
  const row = inEffect ?? (await readRow(merged))
  const positions = inEffect === undefined ? (merged ?? effective) : effective
  const known = JSON.stringify(Object.fromEntries(merged ?? effective))
  const acts = await ctx.db.query<ActRow>(sql(ACTS, known, decision, MAX_STORY_ACTS))
  if (row === undefined) throw unknownDecision(decision, acts)
  const products = await readProductsOf(ctx.db, positions, decision, {
    after: productsAfter,
    limit: MAX_STORY_PRODUCTS,
  })
  const isHeld = (act: ActRow) => countsFrom(act) >= (effective.get(act.market) ?? 0)
  const held = acts.filter((act) => act.market === row.market && isHeld(act))
  const standings = await ctx.readStandings()
  // The newest accepted act carries the whole: what is applied of it is applied of all before.
  const counting = acts.filter(
    (act) => act.market === row.market && act.code === null && !isWaiting(act),
  )
  const newest = counting
    .filter((act) => inEffect === undefined || !isHeld(act))
    .reduce((most, act) => Math.max(most, countsFrom(act)), row.pos)
  const isFull = products.length === MAX_STORY_PRODUCTS
  return {
    decision,
    market: row.market,
    state: stateAt(row.header, row.events, moment),
    leaf: row.leaf,
    header: row.header,
    products: products.map(({ pid, leaf, product }) => ({ pid, leaf, product })),
    products_next: isFull ? (products.at(-1)?.pid ?? null) : null,
    events: row.events,
    acts: acts.map((act) => ({
      ...toldAct(act),
      ...(isHeld(act) ? { held: true as const } : {}),
      ...standings(act.market, act.pos),
    })),
    responses: Object.fromEntries(row.responses),
    effects: await effectsOf(ctx, row, moment, positions),
    ...(held.length === 0
      ? {}
      : { held: await heldOf(ctx, row.market, inEffect === undefined, held.length) }),
    ...standings(row.market, newest),
  }
}

type ActRow = Pick<StoryAct, 'market' | 'pos' | 'id' | 'kind' | 'iat' | 'kid' | 'code'> & {
  leaf: Uint8Array
  two_keys: number
  /** Of the first endorse, as far as it is merged. */
  by_pos: number | null
  by_leaf: Uint8Array | null
  by_iat: number | null
  by_kid: string | null
}

const isWaiting = ({ code, two_keys: twoKeys, by_pos: by }: ActRow): boolean =>
  code === null && twoKeys === 1 && by === null

/** The position from which an act counts: its own, or that of the endorse it needs. */
const countsFrom = ({ pos, two_keys: twoKeys, by_pos: by }: ActRow): number =>
  twoKeys === 1 && by !== null ? by : pos

function toldAct(row: ActRow): Omit<StoryAct, keyof Standing | 'held'> {
  const { leaf, two_keys: _, by_pos: pos, by_leaf: by, by_iat: iat, by_kid: kid, ...act } = row
  return {
    ...act,
    leaf: encodeBase64url(leaf),
    outcome: act.code === null ? 'accepted' : 'refused',
    ...(isWaiting(row) ? { waits: true as const } : {}),
    ...(pos === null || by === null
      ? {}
      : { endorsed: { pos, leaf: encodeBase64url(by), iat, kid } }),
  }
}

function unknownDecision(decision: string, acts: readonly ActRow[]): Failure {
  const name = decision.slice(0, 140)
  const isIssued = acts.some((act) => act.kind === 'issue' && isWaiting(act))
  if (!isIssued) return new Failure('ERR_DECISION_UNKNOWN', `no decision ${name} is known here`)
  const what = `${name} is signed, not in effect: it waits for a second key`
  return new Failure('ERR_DECISION_UNKNOWN', what, {
    cure: `its market endorses it: npm run -s portcullis -- endorse ${name} --dir D --key SECOND.jwk.json`,
  })
}

async function heldOf(
  ctx: LookupContext,
  market: string,
  isWhole: boolean,
  acts: number,
): Promise<NonNullable<Story['held']>> {
  const hold = (await readHolds(ctx.db)).find((one) => one.market === market)
  const { decisions, products } = hold?.flips ?? NO_FLIPS
  return {
    isWhole,
    acts,
    since: hold?.since ?? null,
    decisions: decisions.added + decisions.lifted,
    products: products.added + products.lifted + products.changed,
  }
}

async function effectsOf(
  ctx: LookupContext,
  row: DecisionRow,
  moment: Moment,
  positions: ReadonlyMap<string, number>,
): Promise<Record<string, EffectHere>> {
  const rules = await readEffectRules(ctx.db, positions)
  const active = ctx.charter.members.filter(({ status }) => status === 'active')
  return Object.fromEntries(
    active.map(({ market }) => [
      market,
      effectHere({
        here: market,
        issuer: row.market,
        grounds: row.header.grounds,
        responses: row.responses.get(market) ?? [],
        rules: rules.get(market),
        defaultEffect: ctx.charter.defaultEffect,
        moment,
      }),
    ]),
  )
}

function summaryOf(
  { decision, market, header, events }: DecisionRow,
  moment: Moment,
): DecisionSummary {
  return {
    decision,
    market,
    state: stateAt(header, events, moment),
    ...(header.title === undefined ? {} : { title: header.title }),
    instrument: header.instrument,
    ...(header.record === undefined ? {} : { record: header.record }),
    ...(header.case_numbers === undefined ? {} : { case_numbers: header.case_numbers }),
    starts_on: header.starts_on,
    ...(header.review_ends_on === undefined ? {} : { review_ends_on: header.review_ends_on }),
    expires_on: header.expires_on,
    grounds: header.grounds,
    breadth: header.breadth,
  }
}

function checkFilter(name: string, isGood: boolean): void {
  if (isGood) return
  throw new Failure('ERR_QUERY_INVALID', `${name} is too long or not of its form`, {
    at: `/${name}`,
    facts: { parameter: name },
  })
}
