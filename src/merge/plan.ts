// Judges a run of entries in index order and plans the rows that record what each did (design: protocol 1.3, 1.7 step 3).
import { type Insert, insert, type SqlValue, type Statement, sql } from '../db.ts'
import type { Entry, VerifiedEntry } from '../decision/entry.ts'
import { advance, type JudgeContext, type JudgeState, judge } from '../decision/judge.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import type { ErrorCode } from '../errors.ts'

export type Accepted = {
  pos: number
  leaf: Uint8Array
  entry: Entry
  /** It counts only once endorsed. */
  needsTwo: boolean
  /** The decision's issue waits for a second key, and with it whatever the act changes: of an endorse, of the act it names. */
  isGated: boolean
  /** Of an endorse by which an act begins to count: that act's place. */
  endorses: number | null
}
export type Refused = { idx: number; code: ErrorCode; detail: string }
export type Stop = { idx: number; code: ErrorCode; detail: string; charter?: number }

export type MergePlan = {
  /** How many of the entries were judged, from the first on. */
  judged: number
  accepted: Accepted[]
  refused: Refused[]
  /** Why judging went no further. */
  stop: Stop | null
  statements: (Statement | Insert)[]
  /** Acts that were endorsed for the first time, and by which entry: places in the lineage. */
  endorsed: [pos: number, by: number][]
  /** The rows of `act` that the statements insert, one per judged entry, columns as `ACT_COLUMNS`. */
  acts: SqlValue[][]
}

const UPSERT_CHAINS = `INSERT INTO chain (market, decision, tip, body)
  SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
  ON CONFLICT (market, decision) DO UPDATE SET tip = excluded.tip, body = excluded.body`
export const ACT_COLUMNS = [
  'market',
  'pos',
  'origin',
  'idx',
  'leaf',
  'id',
  'kind',
  'decision',
  'iat',
  'kid',
  'code',
  'two_keys',
] as const
const ENDORSED = `UPDATE act SET endorsed = named.by
  FROM (SELECT value ->> 0 AS pos, value ->> 1 AS by FROM json_each(?)) AS named
  WHERE act.market = ? AND act.pos = named.pos`

/**
 * Plans the merge of entries that follow each other without a gap. `offset` is where this log begins in the market's lineage.
 * `state` is advanced; read it afresh for the next run.
 */
export function planMerge(
  context: JudgeContext,
  offset: number,
  state: JudgeState,
  entries: readonly VerifiedEntry[],
): MergePlan {
  const plan: MergePlan = {
    judged: 0,
    accepted: [],
    refused: [],
    stop: null,
    statements: [],
    endorsed: [],
    acts: [],
  }
  for (const verified of entries) {
    const stop = judgeOne(context, state, verified, plan, offset)
    if (stop !== null) {
      plan.stop = stop
      break
    }
    plan.judged += 1
  }
  plan.statements = [
    insert('act', ACT_COLUMNS, plan.acts),
    ...planEndorsed(context.market, plan.endorsed),
    ...chainStatements(context.market, state, plan),
  ]
  return plan
}

function judgeOne(
  context: JudgeContext,
  state: JudgeState,
  { idx, leaf, parsed, signed }: VerifiedEntry,
  plan: MergePlan,
  offset: number,
): Stop | null {
  const pos = offset + idx
  const place = [context.market, pos, context.origin, idx, leaf] as const
  if (parsed.read === 'unknown') return { idx, code: parsed.code, detail: parsed.detail }
  if (parsed.read === 'refused') {
    plan.refused.push({ idx, code: parsed.code, detail: parsed.detail })
    plan.acts.push([...place, null, null, null, null, null, parsed.code, 0])
    return null
  }
  const { entry } = parsed
  const { id, decision, iat } = entry.act
  const judgement = judge(context, state, { index: idx }, entry, signed)
  if (judgement.outcome === 'waiting') {
    const detail = `waits for charter ${judgement.n}`
    return { idx, code: judgement.code, detail, charter: judgement.n }
  }
  const code = judgement.outcome === 'refused' ? judgement.code : null
  const needsTwo = code === null && context.needsTwoKeys(entry.kind, idx)
  if (code === null) {
    accept(state, { pos, leaf, entry, needsTwo }, plan)
  } else {
    plan.refused.push({ idx, code, detail: `${entry.kind} ${decision ?? id}` })
  }
  plan.acts.push([...place, id, entry.kind, decision, iat, entry.kid, code, needsTwo ? 1 : 0])
  return null
}

function accept(
  state: JudgeState,
  { pos, leaf, entry, needsTwo }: Pick<Accepted, 'pos' | 'leaf' | 'entry' | 'needsTwo'>,
  plan: MergePlan,
): void {
  const { act } = entry
  const named = act.act === 'endorse' && 'entry' in act ? state.endorsable.get(act.entry) : null
  const isFirst = named?.isEndorsed === false
  const { decision, kind } = named ?? { decision: act.decision, kind: entry.kind }
  // Of a foreign decision there is no chain here but that of the responses.
  const chain = decision === null ? undefined : state.chains.get(decision)
  const isGated = kind !== 'issue' && chain?.isWaiting === true
  const endorses = isFirst && named.needsTwo ? named.pos : null
  if (isFirst) plan.endorsed.push([named.pos, pos])
  advance(state, entry, { leaf: encodeBase64url(leaf), pos, needsTwo })
  plan.accepted.push({ pos, leaf, entry, needsTwo, isGated, endorses })
}

/** Plans to say of acts by which entry they were first endorsed. */
export function planEndorsed(
  market: string,
  endorsed: readonly (readonly [pos: number, by: number])[],
): Statement[] {
  return endorsed.length === 0 ? [] : [sql(ENDORSED, JSON.stringify(endorsed), market)]
}

function chainStatements(market: string, state: JudgeState, plan: MergePlan): Statement[] {
  const touched = plan.accepted.flatMap(({ entry: { act } }) =>
    act.act === 'endorse' && 'entry' in act
      ? (state.endorsable.get(act.entry)?.decision ?? null)
      : act.decision,
  )
  return planChains(
    market,
    state,
    touched.filter((decision) => decision !== null),
  )
}

/** Plans the chain rows of these decisions as the state has them. */
export function planChains(
  market: string,
  state: JudgeState,
  decisions: Iterable<string>,
): Statement[] {
  const rows: string[][] = []
  for (const decision of new Set(decisions)) {
    const chain = state.chains.get(decision)
    const responded = state.responds.get(decision)
    if (chain !== undefined) {
      const { tip, ...body } = chain
      rows.push([decision, tip, JSON.stringify(body)])
    } else if (responded !== undefined) {
      rows.push([decision, responded, '{}'])
    }
  }
  return rows.length === 0 ? [] : [sql(UPSERT_CHAINS, market, JSON.stringify(rows))]
}
