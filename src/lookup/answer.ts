// The answer to a look-up: verdict, instruction here, evidence, effects everywhere, coverage (design: look-up 4.4, decisions 2.4, 2.5).
import type * as z from 'zod'
import { strongest } from '../decision/effect.ts'
import type { Moment } from '../decision/state.ts'
import type { Effect } from '../decision/vocabulary.ts'
import { nothingFound, type Snapshot } from './coverage.ts'
import { compareFindings, findAll } from './find.ts'
import { heldAdditions, tellHeldLifts } from './held.ts'
import { type Finding, MIN_POSSIBLE, MIN_WEAK, VERDICTS, type Verdict } from './judge.ts'
import { MATCHER } from './match.ts'
import { partyNames } from './party.ts'
import type { Query } from './query.ts'
import type { Question } from './question.ts'
import { type Reading, readQuery } from './read-query.ts'
import { effectIn, resultOf } from './result.ts'
import type { answerSchema, instructionSchema } from './schema.ts'
import { listText, type Sentence, say } from './sentences.ts'
import type { View } from './view.ts'

export type Instruction = z.infer<typeof instructionSchema>
export type Answer = z.infer<typeof answerSchema>

type Read = { reading: Reading; active: Finding[]; weak: Finding[]; inactive: Finding[] }

/** Answers one question. Every reading of it is tried; the strongest finding is shown, and the others are said. */
export async function answer(
  view: View,
  query: Query,
  readings: readonly Reading[] = readQuery(query),
): Promise<Answer> {
  const moment = momentOf(query, view.snapshot)
  const reads: Read[] = []
  for (const reading of readings) reads.push(await readOne(view, reading, moment))
  return answerFrom(view, query, reads, moment)
}

/** The answer where it is known that nothing is found, however the question is read. */
export function answerNothing(view: View, query: Query, readings: readonly Reading[]): Answer {
  const reads = readings.map((reading) => ({ reading, active: [], weak: [], inactive: [] }))
  return answerFrom(view, query, reads, momentOf(query, view.snapshot))
}

function answerFrom(view: View, query: Query, reads: readonly Read[], moment: Moment): Answer {
  const [best] = reads.toSorted(compareReads)
  if (best === undefined) throw new TypeError('a query without a reading')
  const verdict = verdictOf(best, view)
  const carrying = best.active.filter((finding) => finding.verdict === verdict)
  const shown = (findings: readonly Finding[], word?: Verdict) =>
    findings.slice(0, query.limit).map((finding) => {
      const effect = effectIn(view.ctx.here, finding, view.ctx, view.rules, moment)
      return resultOf(finding, word ?? finding.verdict, effect, view.ctx, moment, view.standings)
    })
  return {
    verdict,
    why: whyOf(verdict, carrying, best, view.snapshot),
    query: understood(best.reading),
    readings: reads
      .filter((read) => read !== best && isWorthSaying(read))
      .map((read) => ({ ...named(read.reading), verdict: verdictOf(read, view) })),
    instruction: instructionOf(carrying, view, moment),
    results: shown(best.active),
    // A finding that carries no verdict must not show a word that could be read as one.
    weak: shown(best.weak, 'not_listed'),
    inactive: shown(best.inactive, 'not_listed'),
    decided_in: [...new Set(carrying.map(({ decision }) => decision.market))].sort(),
    effects: effectsOf(carrying, view, moment),
    coverage: view.snapshot.coverage,
    charter: charterOf(view),
    vector: view.snapshot.vector,
    matcher: MATCHER,
    on: query.on ?? null,
    known: view.ctx.known?.form ?? null,
    at: view.snapshot.nowS,
  }
}

async function readOne(view: View, reading: Reading, moment: Moment): Promise<Read> {
  const { effective, merged } = view
  const found = await findAll(effective, reading.question, moment)
  const held = merged === null ? [] : await findAll(merged, reading.question, moment)
  const told =
    merged === null ? found : await tellHeldLifts(merged.db, merged.positions, found, moment)
  const all = [...told, ...heldAdditions(found, held)].sort(compareFindings)
  const isAsked = isHsOnly(reading.question)
  const isWeak = (finding: Finding) => !isPossible(finding)
  return {
    reading,
    active: all.filter((finding) => finding.isActive && !isWeak(finding)),
    weak: all.filter(
      (finding) => finding.isActive && isWeak(finding) && (isAsked || finding.score >= MIN_WEAK),
    ),
    inactive: all.filter((finding) => !finding.isActive && !isWeak(finding)),
  }
}

// A misread barcode scores below the line and is shown all the same: the officer can scan again.
function isPossible({ score, explain, row }: Finding): boolean {
  if (score >= MIN_POSSIBLE) return true
  return row !== null && score >= 0.55 && explain.some(({ code }) => code === 'gtin_near')
}

/** A guess that found nothing is no other way to read the input. */
function isWorthSaying({ reading, active, weak, inactive }: Read): boolean {
  return !reading.isGuess || active.length + weak.length + inactive.length > 0
}

function isHsOnly(question: Question): boolean {
  return question.hs !== undefined && !question.namesProduct
}

function compareReads(a: Read, b: Read): number {
  const [ours, theirs] = [a.active[0], b.active[0]]
  if (ours !== undefined && theirs !== undefined) {
    return (
      VERDICTS.indexOf(ours.verdict) - VERDICTS.indexOf(theirs.verdict) ||
      compareStrength(ours, theirs)
    )
  }
  if (ours !== undefined || theirs !== undefined) return ours === undefined ? 1 : -1
  const rank = ({ weak, inactive }: Read) => (weak.length > 0 ? 2 : inactive.length > 0 ? 1 : 0)
  return rank(b) - rank(a)
}

function compareStrength(a: Finding, b: Finding): number {
  return (a.tier < b.tier ? -1 : a.tier > b.tier ? 1 : 0) || b.score - a.score
}

function verdictOf(read: Read, view: View): Verdict {
  const [first] = read.active
  if (first !== undefined) return first.verdict
  return nothingFound(view.snapshot).verdict
}

function whyOf(
  verdict: Verdict,
  carrying: readonly Finding[],
  read: Read,
  snapshot: Snapshot,
): Sentence {
  const markets = listText([...new Set(carrying.map(({ decision }) => decision.market))].sort())
  const reason = carrying[0]?.why.text ?? ''
  switch (verdict) {
    case 'blocked':
      return say('blocked', { markets, identity: reason })
    case 'exception':
      return say('exception', { markets, reason })
    case 'possible':
      return say('possible', { markets, reason })
    case 'not_listed':
    case 'cannot_say':
      return nothingFound(snapshot, read.inactive.length).why
  }
}

function effectsOf(
  carrying: readonly Finding[],
  { ctx, rules }: View,
  moment: Moment,
): Record<string, Effect> {
  if (carrying.length === 0) return {}
  const active = ctx.charter.members.filter(({ status }) => status === 'active')
  return Object.fromEntries(
    active.map(({ market }) => [
      market,
      strongest(carrying.map((finding) => effectIn(market, finding, ctx, rules, moment).value)),
    ]),
  )
}

function instructionOf(
  carrying: readonly Finding[],
  { ctx, rules, snapshot }: View,
  moment: Moment,
): Instruction | null {
  if (carrying.length === 0) return null
  const effects = carrying.map((finding) => effectIn(ctx.here, finding, ctx, rules, moment).value)
  const effect = strongest(effects)
  const leading = carrying[effects.indexOf(effect)] ?? carrying[0]
  const action = leading?.decision.header.action
  const bond = leading === undefined ? undefined : bondOf(leading, moment, snapshot.nowS)
  return {
    effect,
    action: action?.kind ?? 'exclude',
    ...(bond === undefined ? {} : { bond }),
    questions: questionsTo(carrying),
    ...(action?.contact === undefined ? {} : { contact: action.contact }),
  }
}

/** What to ask, each once: makers named by several orders are asked for in one question. */
function questionsTo(carrying: readonly Finding[]): Sentence[] {
  const asked = new Map<string, Sentence>()
  const makers = new Set<string>()
  for (const { questions, decision } of carrying) {
    for (const question of questions) {
      const isMaker = question.code === 'ask_maker'
      if (isMaker) for (const name of partyNames(decision.header)) makers.add(name)
      asked.set(isMaker ? question.code : question.text, question)
    }
  }
  if (makers.size > 0) asked.set('ask_maker', say('ask_maker', { named: listText([...makers]) }))
  return [...asked.values()]
}

function bondOf(
  { decision, state }: Finding,
  moment: Moment,
  nowS: number,
): Instruction['bond'] | undefined {
  const { action, review_ends_on: end } = decision.header
  const bond = action?.bond
  if (state !== 'issued_under_review' || end === undefined) return undefined
  if (bond === undefined || bond.kind === 'none') return undefined
  const dayS = 86_400
  const leftS =
    moment.kind === 'now'
      ? end.at - nowS
      : (Date.parse(end.on) - Date.parse(moment.on)) / 1000 + dayS
  return { ...bond, until: end.on, days_left: Math.max(0, Math.ceil(leftS / dayS)) }
}

function momentOf(query: Query, { nowS }: Snapshot): Moment {
  return query.on === undefined ? { kind: 'now', atS: nowS } : { kind: 'day', on: query.on }
}

function named({ as, question }: Reading): { read_as: string; fields: Record<string, string> } {
  return { read_as: as, fields: question.understood }
}

function understood(reading: Reading): Answer['query'] {
  return { ...named(reading), notes: reading.question.notes }
}

function charterOf({ ctx, snapshot }: View): Answer['charter'] {
  const { n, hash, expires } = ctx.charter
  return { n, hash, ...(snapshot.nowS >= expires ? { expired: expires } : {}) }
}
