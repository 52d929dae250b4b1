// Judges a run of entries in index order and plans the rows that record what each did (design: protocol 1.3, 1.7 step 3).
import { type Insert, insert, type SqlValue, type Statement, sql } from '../db.ts'
import type { Entry, VerifiedEntry } from '../decision/entry.ts'
import { advance, type JudgeContext, type JudgeState, judge } from '../decision/judge.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import type { ErrorCode } from '../errors.ts'

export type Accepted = { pos: number; leaf: Uint8Array; entry: Entry }
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
] as const

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
    plan.acts.push([...place, null, null, null, null, null, parsed.code])
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
  if (code === null) {
    advance(state, entry, encodeBase64url(leaf))
    plan.accepted.push({ pos, leaf, entry })
  } else {
    plan.refused.push({ idx, code, detail: `${entry.kind} ${decision ?? id}` })
  }
  plan.acts.push([...place, id, entry.kind, decision, iat, entry.kid, code])
  return null
}

function chainStatements(market: string, state: JudgeState, plan: MergePlan): Statement[] {
  const touched = plan.accepted.map(({ entry }) => entry.act.decision)
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
