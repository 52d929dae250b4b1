// What an officer of one market must do about a decision: the effect here (design: decisions 2.4). It never changes the verdict.
import type { DateAt, EffectRule } from './schema.ts'
import { hasEnded, hasStarted, type Moment } from './state.ts'
import { EFFECTS, type Effect, type Ground } from './vocabulary.ts'

/** A market's accepted statement about a foreign decision, in log order among its own. */
export type Response = {
  pos: number
  effect: Effect | null
  from: DateAt
  until?: DateAt | undefined
  reason?: { code: string; text?: string | undefined } | undefined
  citation?: string | undefined
}

export type EffectHere = {
  value: Effect
  by: 'own_decision' | 'response' | 'effect_rules' | 'alliance_default'
  /** Day the response took effect, where one did. */
  since?: string
  reason?: string
}

/** The last response in log order whose start has come, unless it withdraws or has run out; earlier ones never revive. */
export function responseAt(responses: readonly Response[], moment: Moment): Response | undefined {
  const last = responses.findLast((response) => hasStarted(response.from, moment))
  if (last === undefined || last.effect === null) return undefined
  if (last.until !== undefined && hasEnded(last.until, moment)) return undefined
  return last
}

/** Own decisions are enforced; else this market's response, its rules, the charter's default, in that order. */
export function effectHere(input: {
  here: string
  issuer: string
  grounds: readonly Ground[]
  responses: readonly Response[]
  rules: readonly EffectRule[] | undefined
  defaultEffect: Effect
  moment: Moment
}): EffectHere {
  if (input.here === input.issuer) return { value: 'enforce', by: 'own_decision' }
  const response = responseAt(input.responses, input.moment)
  if (response?.effect) {
    const reason = response.reason?.text ?? response.reason?.code ?? response.citation
    return {
      value: response.effect,
      by: 'response',
      since: response.from.on,
      ...(reason === undefined ? {} : { reason }),
    }
  }
  // Ground by ground, so that a second ground can only strengthen what the first alone would give.
  const perGround = input.grounds.map(
    (ground) => input.rules?.find((rule) => fits(rule, input.issuer, ground))?.effect,
  )
  const value = strongest(perGround.map((effect) => effect ?? input.defaultEffect))
  return { value, by: perGround.includes(value) ? 'effect_rules' : 'alliance_default' }
}

/** The strongest of at least one effect: enforce > detain > examine > inform > decline. */
export function strongest(effects: readonly Effect[]): Effect {
  const first = EFFECTS.find((effect) => effects.includes(effect))
  if (first === undefined) throw new TypeError('strongest of no effects')
  return first
}

/** The weaker of an effect and a cap. */
export function capped(effect: Effect, cap: Effect): Effect {
  return EFFECTS.indexOf(effect) < EFFECTS.indexOf(cap) ? cap : effect
}

function fits(rule: EffectRule, market: string, ground: Ground): boolean {
  return (
    (rule.market === '*' || rule.market === market) &&
    (rule.ground === '*' || rule.ground === ground)
  )
}
