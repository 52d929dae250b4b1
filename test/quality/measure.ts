// How good the look-up is: every row of the corpus and every line of the clean manifest asked, and counted per tier and script.

import type { Answer } from '../../src/lookup/answer.ts'
import { openBatch } from '../../src/lookup/batch.ts'
import { parseQuery } from '../../src/lookup/query.ts'
import type { TestCatalogue } from '../support/catalogue.ts'
import { IDENTIFIER_KINDS, ROWS, type Row, SCRIPTS } from './corpus.ts'
import { questionOf, readLines } from './manifest.ts'

export type Outcome = { row: Row; verdict: string; tier: string; score: string; top: string }

const STRENGTH = ['not_listed', 'cannot_say', 'possible', 'exception', 'blocked']

/** The outcome of each row, in the order of the corpus. */
export async function askRows(
  catalogue: TestCatalogue,
  rows: readonly Row[] = ROWS,
): Promise<Outcome[]> {
  const batch = await openBatch(catalogue.ctx)
  const answers = await batch.answer(rows.map(({ query }) => parseQuery(query)))
  return rows.map((row, i) => {
    const answer = answers[i]
    const [top] = answer?.results ?? []
    const name = top === undefined ? '' : `${top.decision}${top.pid === null ? '' : `#${top.pid}`}`
    const verdict = answer?.verdict ?? ''
    return { row, verdict, tier: top?.tier ?? '', score: String(top?.score ?? ''), top: name }
  })
}

/** The lines of the clean manifest that are not simply `not_listed`. */
export async function askManifest(
  catalogue: TestCatalogue,
): Promise<{ lines: number; alarms: { line: string; answer: Answer }[] }> {
  const lines = readLines()
  const batch = await openBatch(catalogue.ctx)
  const answers = await batch.answer(lines.map((line) => parseQuery(questionOf(line))))
  const alarms = answers.flatMap((answer, i) =>
    answer.verdict === 'not_listed' ? [] : [{ line: (lines[i] ?? []).join(' | '), answer }],
  )
  return { lines: lines.length, alarms }
}

/** A positive whose first result is the product or order meant, with the verdict that is right. */
export function isTopRight({ row, verdict, top }: Outcome): boolean {
  return row.targets.includes(top) && verdict === row.expect
}

/** A row that came out as the corpus says: the tier too, and of a negative nothing stronger than what is still right. */
export function isAsLabelled(outcome: Outcome): boolean {
  const { row, verdict, tier } = outcome
  if (row.truth === 'positive') return isTopRight(outcome) && (row.tier === '' || row.tier === tier)
  if (row.expect === 'exception') return verdict === 'exception'
  return STRENGTH.indexOf(verdict) <= STRENGTH.indexOf(row.expect)
}

/** Goods that no listing covers, found in tier A and blocked. */
export function isFalseBlock({ row, verdict }: Outcome): boolean {
  return row.truth === 'negative' && verdict === 'blocked'
}

export function identifierRows(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter(({ row }) => row.truth === 'positive' && IDENTIFIER_KINDS.has(row.kind))
}

/**
 * Of what was found in a tier, the share that is right (a negative counts against it where it was found more strongly than is right;
 * one rightly `possible`, say an accessory, is no part of it); of the positives labelled with the tier, the share found right.
 */
export function tierFigures(outcomes: readonly Outcome[], tier: string) {
  const found = outcomes.filter((outcome) => outcome.tier === tier && isFound(outcome))
  const right = found.filter(
    ({ row, top }) => row.truth === 'positive' && row.targets.includes(top),
  )
  const wrong = found.filter(
    (outcome) =>
      (outcome.row.truth === 'negative' && !isAsLabelled(outcome)) ||
      (outcome.row.truth === 'positive' && !outcome.row.targets.includes(outcome.top)),
  )
  const meant = outcomes.filter(({ row }) => row.truth === 'positive' && row.tier === tier)
  return {
    rows: meant.length,
    precision: share(right.length, right.length + wrong.length),
    recall: share(meant.filter(isAsLabelled).length, meant.length),
  }
}

export function scriptFigures(outcomes: readonly Outcome[]) {
  return SCRIPTS.map((script) => {
    const rows = outcomes.filter(({ row }) => row.script === script)
    const positives = rows.filter(({ row }) => row.truth === 'positive')
    const negatives = rows.filter(({ row }) => row.truth === 'negative')
    const found = positives.filter(({ row, top }) => row.targets.includes(top))
    const wrong = negatives.filter((outcome) => !isAsLabelled(outcome))
    return {
      script,
      positives: positives.length,
      negatives: negatives.length,
      precision: share(found.length, found.length + wrong.length),
      recall: share(found.length, positives.length),
      top1: topRecall(rows),
      falseBlocks: rows.filter(isFalseBlock).length,
    }
  })
}

export function topRecall(outcomes: readonly Outcome[]): number {
  const positives = outcomes.filter(({ row }) => row.truth === 'positive')
  return share(positives.filter(isTopRight).length, positives.length)
}

function isFound({ top }: Outcome): boolean {
  return top !== ''
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}
