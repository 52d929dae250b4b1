// A decision's state at a moment: a pure fold of its accepted acts (design: decisions 2.3). Nothing stores "blocked".
import type { DateAt, Header, Ruling } from './schema.ts'

/** Now, or a day as it is written, compared in no zone: the day the goods are presented. */
export type Moment = { kind: 'now'; atS: number } | { kind: 'day'; on: string }

export const STATES = [
  'annulled',
  'rescinded',
  'expired',
  'suspended',
  'not_yet_started',
  'issued_under_review',
  'in_force',
] as const
export type State = (typeof STATES)[number]

type Reason = { code: string; text?: string | undefined; lang?: string | undefined }
type Dated = { from: DateAt; reason?: Reason | undefined; citation?: string | undefined }

/** An accepted act that changes standing or scope, with its place in the market's lineage. */
export type DecisionEvent = { pos: number; leaf: string } & (
  | ({ kind: 'suspend' | 'resume' | 'rescind' } & Dated)
  | { kind: 'annul'; reason?: Reason | undefined; citation?: string | undefined }
  | { kind: 'rule'; ruling: Ruling }
)

/** True once the first second of a start has come. */
export function hasStarted(date: DateAt, moment: Moment): boolean {
  return moment.kind === 'now' ? moment.atS >= date.at : moment.on >= date.on
}

/** True once an inclusive last day is over: its `at` is the first second after it. */
export function hasEnded(date: DateAt, moment: Moment): boolean {
  return moment.kind === 'now' ? moment.atS >= date.at : moment.on > date.on
}

/**
 * The state of a decision: the first that fits of annulled, rescinded, expired, suspended, not_yet_started, issued_under_review,
 * in_force. `events` are in log order; the later of suspend and resume in that order wins among those whose date has come.
 */
export function stateAt(header: Header, events: readonly DecisionEvent[], moment: Moment): State {
  if (events.some((event) => event.kind === 'annul')) return 'annulled'
  if (events.some((event) => event.kind === 'rescind' && hasStarted(event.from, moment))) {
    return 'rescinded'
  }
  const end = header.expires_on
  if (!isOpenEnd(end) && hasEnded(end, moment)) return 'expired'
  if (standingPause(events, moment)?.kind === 'suspend') return 'suspended'
  if (!hasStarted(header.starts_on, moment)) return 'not_yet_started'
  if (header.review_ends_on !== undefined && !hasEnded(header.review_ends_on, moment)) {
    return 'issued_under_review'
  }
  return 'in_force'
}

/** By the word itself: unknown members pass, so an open end may carry a stray `at`, and that must not end it. */
function isOpenEnd(end: Header['expires_on']): end is Exclude<Header['expires_on'], DateAt> {
  return 'open' in end && end.open === true
}

/** The suspend or resume that rules at a moment, if any has come into effect. */
export function standingPause(
  events: readonly DecisionEvent[],
  moment: Moment,
): (DecisionEvent & { kind: 'suspend' | 'resume' | 'rescind' }) | undefined {
  return events.findLast(
    (event): event is DecisionEvent & { kind: 'suspend' | 'resume' } =>
      (event.kind === 'suspend' || event.kind === 'resume') && hasStarted(event.from, moment),
  )
}

/** Only these two states make a listed product blocked. */
export function isInForce(state: State): boolean {
  return state === 'in_force' || state === 'issued_under_review'
}

/** The rulings that have been given by a moment, newest first: by `ruling.on`, then by log order. */
export function rulingsAt(
  events: readonly DecisionEvent[],
  moment: Moment,
): { ruling: Ruling; leaf: string; pos: number }[] {
  return events
    .filter((event) => event.kind === 'rule')
    .filter((event) => hasStarted(event.ruling.on, moment))
    .map(({ ruling, leaf, pos }) => ({ ruling, leaf, pos }))
    .sort((a, b) => compareText(b.ruling.on.on, a.ruling.on.on) || b.pos - a.pos)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
