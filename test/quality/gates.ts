// What the look-up must reach (design: look-up 4.5).
import { identifierRows, isAsLabelled, isFalseBlock, type Outcome, topRecall } from './measure.ts'

export const GATES = { topRecall: 0.97, alarms: 20, positives: 400, negatives: 400 }

/** Every gate that is missed, in words; empty: none is. */
export function gateFailures(outcomes: readonly Outcome[], alarms: number): string[] {
  const count = (truth: string) => outcomes.filter(({ row }) => row.truth === truth).length
  const names = (some: readonly Outcome[]) => some.map(({ row }) => row.id).join(', ')
  const blocks = outcomes.filter(isFalseBlock)
  const lost = identifierRows(outcomes).filter((outcome) => !isAsLabelled(outcome))
  const recall = topRecall(outcomes)
  return [
    count('positive') < GATES.positives ? `only ${count('positive')} positives` : '',
    count('negative') < GATES.negatives ? `only ${count('negative')} near misses` : '',
    blocks.length > 0 ? `blocked, but not listed: ${names(blocks)}` : '',
    lost.length > 0 ? `identifier rows not found as labelled: ${names(lost)}` : '',
    recall < GATES.topRecall ? `top-1 recall ${recall} is below ${GATES.topRecall}` : '',
    alarms > GATES.alarms ? `${alarms} alarms on the clean manifest` : '',
  ].filter((failure) => failure !== '')
}
