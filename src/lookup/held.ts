// What a held mass change does to answers: it adds only what is possible, and lifts nothing (design: protocol 1.10 "mass change").
import { type Positions, readDecisions } from '../catalog/read.ts'
import type { Db } from '../db.ts'
import { isInForce, type Moment, stateAt } from '../decision/state.ts'
import type { Finding } from './judge.ts'
import { say } from './sentences.ts'

/** Blocked only by entries that are held back: possible, with the reason. `held` are the findings at the merged positions. */
export function heldAdditions(found: readonly Finding[], held: readonly Finding[]): Finding[] {
  const nameOf = ({ decision, row }: Finding) => `${decision.decision} ${row?.pid ?? ''}`
  const known = new Set(found.filter(({ isActive }) => isActive).map(nameOf))
  return held
    .filter((finding) => finding.isActive && finding.verdict !== 'exception')
    .filter((finding) => !known.has(nameOf(finding)))
    .map((finding) => ({ ...finding, verdict: 'possible', why: say('held_addition') }))
}

/** What a held change would lift stays what it is, and says so. */
export async function tellHeldLifts(
  db: Db,
  merged: Positions,
  found: readonly Finding[],
  moment: Moment,
): Promise<Finding[]> {
  const active = found.filter(({ isActive }) => isActive)
  const ids = active.map(({ decision }) => decision.decision)
  const after = await readDecisions(db, merged, ids)
  return found.map((finding) => {
    const row = finding.isActive ? after.get(finding.decision.decision) : undefined
    const isLifted = row !== undefined && !isInForce(stateAt(row.header, row.events, moment))
    return isLifted ? { ...finding, held: say('held_lift') } : finding
  })
}
