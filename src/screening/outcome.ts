// What is kept of a line's answers, and what the result file says of it. Lines without a finding keep nothing: the pin speaks for them.
import type { Answer } from '../lookup/answer.ts'
import { VERDICTS, type Verdict } from '../lookup/judge.ts'
import type { Query } from '../lookup/query.ts'
import type { SentenceCode } from '../lookup/sentences.ts'

/** 0 blocked, 1 exception, 2 possible, 3 found but not in force, 4 only a note on how the line was read, 5 only a receipt. */
export type Rank = 0 | 1 | 2 | 3 | 4 | 5
export const RANK_NOTE: Rank = 4
export const RANK_RECEIPT: Rank = 5

export type Outcome = {
  line: number
  rank: Rank
  /** null: nothing was found; the verdict is the pin's. */
  verdict: Verdict | null
  tier: string | null
  score: number | null
  /** Decisions that carry the verdict, or were found and are not in force. */
  decision: string | null
  why: string
  effect: string | null
  asked: Query[]
}

/** The five columns that a result adds before `coverage` and `receipt`. */
export type Shown = {
  verdict: Verdict
  tier: string
  score: string
  decision: string
  why: string
}

/** Notes that a person at the file must see: what was typed identifies nothing. */
const FAULTS: readonly SentenceCode[] = [
  'read_gtin_check_digit',
  'read_gtin_zero_lost',
  'read_gtin_unreadable',
  'read_gtin_not_unique',
  'read_gs1_broken',
  'read_tac_invalid',
  'read_hs_invalid',
]

export const NOTE_CUT = 'Only the first part of a long text was read.'
export const NOTE_GARBLED = 'Some characters are none of the chosen encoding.'
const WHY_UNASKED = 'This line names nothing to look up.'

/** What is kept of a line; null where nothing was found and nothing needs to be said. */
export function outcomeOf(
  line: number,
  asked: readonly Query[],
  answers: readonly Answer[],
  notes: readonly string[],
): Outcome | null {
  const said = [
    ...new Set([
      ...answers.flatMap(({ query }) =>
        query.notes.filter(({ code }) => FAULTS.includes(code)).map(({ text }) => text),
      ),
      ...notes,
    ]),
  ]
  const [best] = answers.toSorted(compareAnswers)
  const rank = best === undefined ? RANK_NOTE : rankOf(best)
  if (rank === RANK_NOTE || best === undefined) {
    if (said.length === 0) return null
    const nothing = { verdict: null, tier: null, score: null, decision: null, effect: null }
    return { line, rank: RANK_NOTE, ...nothing, why: said.join(' '), asked: [...asked] }
  }
  const shown =
    rank === 3 ? best.inactive : best.results.filter(({ verdict }) => verdict === best.verdict)
  const [leading] = shown
  return {
    line,
    rank,
    verdict: best.verdict,
    tier: leading?.tier ?? null,
    score: leading?.score ?? null,
    decision: [...new Set(shown.map(({ decision }) => decision))].join(' '),
    why: [best.why.text, ...said].join(' '),
    effect: best.instruction?.effect ?? null,
    asked: [...asked],
  }
}

/** A line that has nothing but its receipt. */
export function bareOutcome(line: number, asked: readonly Query[]): Outcome {
  const nothing = { verdict: null, tier: null, score: null, decision: null, effect: null }
  return { line, rank: RANK_RECEIPT, ...nothing, why: '', asked: [...asked] }
}

/** The answer that speaks for a line of several questions: its place among them. */
export function strongestOf(answers: readonly Answer[]): number {
  const [best] = answers.toSorted(compareAnswers)
  return best === undefined ? 0 : answers.indexOf(best)
}

function rankOf({ verdict, inactive }: Answer): Rank {
  if (verdict === 'blocked') return 0
  if (verdict === 'exception') return 1
  if (verdict === 'possible') return 2
  return inactive.length > 0 ? 3 : RANK_NOTE
}

/** The strongest first; equal ones keep the order of the columns. */
function compareAnswers(a: Answer, b: Answer): number {
  return (
    rankOf(a) - rankOf(b) ||
    VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
    (b.results[0]?.score ?? 0) - (a.results[0]?.score ?? 0)
  )
}

/** What is said of a line that was asked and kept nothing, of one with an outcome, and of one that asks nothing. */
export function shownOutcome(
  outcome: Outcome | null,
  isAsked: boolean,
  nothing: { verdict: Verdict; why: string },
): Shown {
  const blank = { tier: '', score: '', decision: '' }
  // A line nobody could ask about must never read like one that was looked up.
  if (!isAsked) return { ...blank, verdict: 'cannot_say', why: WHY_UNASKED }
  if (outcome === null) return { ...blank, ...nothing }
  if (outcome.verdict === null) {
    return { ...blank, verdict: nothing.verdict, why: `${nothing.why} ${outcome.why}`.trim() }
  }
  return {
    verdict: outcome.verdict,
    tier: outcome.tier ?? '',
    score: outcome.score === null ? '' : String(outcome.score),
    decision: outcome.decision ?? '',
    why: outcome.why,
  }
}
