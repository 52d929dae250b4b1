// What each version of the matcher answers to the corpus, on record: a change of outcomes needs a new version and its own file
// (lookup reference §8.14), so that the difference between two versions is the difference between two files.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { MATCHER } from '../../src/lookup/match.ts'
import type { Outcome } from './measure.ts'

const FOLDER = new URL('../../fixtures/lookup/outcomes/', import.meta.url)

export function outcomesText(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(({ row, verdict, tier, score, top }) =>
    [row.id, verdict, tier, score, top].join('\t'),
  )
  return `${['id\tverdict\ttier\tscore\ttop', ...lines].join('\n')}\n`
}

/** The record of this version of the matcher, or null where none was made. */
export function readRecord(matcher: string = MATCHER): string | null {
  const file = new URL(`${matcher}.tsv`, FOLDER)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

/** Records the outcomes of this version. Refuses where the version has a record already that says otherwise. */
export function writeRecord(outcomes: readonly Outcome[]): 'written' | 'same' | 'refused' {
  const known = readRecord()
  const text = outcomesText(outcomes)
  if (known !== null) return known === text ? 'same' : 'refused'
  writeFileSync(new URL(`${MATCHER}.tsv`, FOLDER), text)
  return 'written'
}
