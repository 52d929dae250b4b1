// One finding as an answer shows it: the order, the evidence, what to do here (design: look-up 4.4 `results`).
import type * as z from 'zod'
import { positionOf } from '../catalog/keys.ts'
import type { DecisionRow } from '../catalog/read.ts'
import { capped, type EffectHere, effectHere } from '../decision/effect.ts'
import type { EffectRule, Product } from '../decision/schema.ts'
import { type Moment, rulingsAt } from '../decision/state.ts'
import type { Effect } from '../decision/vocabulary.ts'
import { isReleased, type LookupContext, type Standings } from './context.ts'
import { evidenceOf } from './find.ts'
import type { Finding, Verdict } from './judge.ts'
import type { PartyCondition } from './party.ts'
import type { resultSchema } from './schema.ts'

export type LookupResult = z.infer<typeof resultSchema>
export type OrderSummary = LookupResult['order']

/** What the strongest effect of a verdict may be: a mere possibility is examined at most, an exception only told. */
export const EFFECT_CAPS: Record<'blocked' | 'exception' | 'possible', Effect> = {
  blocked: 'enforce',
  possible: 'examine',
  exception: 'inform',
}

export type EffectRules = ReadonlyMap<string, readonly EffectRule[]>

/** The effect of a finding in a market, capped by its verdict. */
export function effectIn(
  market: string,
  finding: Finding,
  ctx: LookupContext,
  rules: EffectRules,
  moment: Moment,
): EffectHere {
  const { decision, verdict } = finding
  const effect = effectHere({
    here: market,
    issuer: decision.market,
    grounds: decision.header.grounds,
    responses: decision.responses.get(market) ?? [],
    rules: rules.get(market),
    defaultEffect: ctx.charter.defaultEffect,
    moment,
  })
  return { ...effect, value: capped(effect.value, EFFECT_CAPS[verdict]) }
}

/** A finding as shown, under the given verdict word. */
export function resultOf(
  finding: Finding,
  verdict: Verdict,
  effect: EffectHere,
  ctx: LookupContext,
  moment: Moment,
  standings: Standings,
): LookupResult {
  const { decision, row, state, tier, score, why, held, explain, questions } = finding
  return {
    decision: decision.decision,
    pid: row?.pid ?? null,
    verdict,
    state,
    tier,
    score,
    evidence: evidenceOf(finding),
    why,
    ...(held === undefined ? {} : { held }),
    explain,
    questions,
    product: row === null ? null : shownProduct(row.product),
    order: orderOf(decision, finding.party, ctx, moment),
    effect,
    ...standings(decision.market, row === null ? decision.pos : positionOf(row.id)),
  }
}

function shownProduct(product: Product): NonNullable<LookupResult['product']> {
  const { listing, brand, model, source, description } = product
  return withoutUndefined({ listing, brand, model, source, description })
}

function orderOf(
  { decision, market, header, events }: DecisionRow,
  party: PartyCondition,
  ctx: LookupContext,
  moment: Moment,
): OrderSummary {
  const left = ctx.charter.members.some((m) => m.market === market && m.status === 'left')
  const {
    context: _context,
    reasons: _reasons,
    evidence: _evidence,
    rights: _rights,
    territory: _territory,
    lang: _lang,
    procedures: _procedures,
    review_due_on: _reviewDueOn,
    parties,
    ...shown
  } = header
  return {
    ...shown,
    market,
    ...(left ? { left: true as const } : {}),
    ...(isReleased(ctx.charter, decision) ? { released: true as const } : {}),
    parties: (parties ?? []).map(({ name }) => name),
    party,
    rulings: rulingsAt(events, moment).map(({ ruling: { number, body, on, scope, wording } }) =>
      withoutUndefined({ number, body, on: on.on, precision: on.precision, scope, wording }),
    ),
  }
}

function withoutUndefined<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T
}
