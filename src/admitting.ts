// THE STORY of acts that were signed elsewhere, before they are appended: admission by what they say, as if we had signed them.
import { readStanding } from './catalog/standing.ts'
import type { Db } from './db.ts'
import { admitAll } from './decision/admission.ts'
import { FILLED_AT_SIGNING } from './decision/admission-members.ts'
import type { Act } from './decision/schema.ts'
import { Failure } from './errors.ts'

/**
 * Admits acts of one market against what stands now and what those before them leave behind. Places are JSON pointers into the list:
 * `/acts/0/header/starts_on`. Throws `Failure` with the first problem's code (ERR_ADMIT_*, ERR_ACT_MARKET, ERR_ACT_IMMUTABLE) and all of them
 * under `facts.problems`.
 */
export async function admitSigned(
  db: Db,
  market: string,
  acts: readonly Act[],
  zoneHere?: string,
): Promise<void> {
  const decisions = [...new Set(acts.map(({ decision }) => decision))]
  for (const decision of decisions) {
    const places = acts.flatMap((act, at) => (act.decision === decision ? [at] : []))
    const bodies = places.flatMap((at) => (acts[at] === undefined ? [] : [bodyOf(acts[at])]))
    const standing = decision === null ? null : await readStanding(db, decision)
    const admitted = admitAll(bodies, {
      market,
      zoneHere,
      previousHeader: standing?.header,
      listedPids: standing?.pids,
    })
    if (!admitted.ok) throw refused(admitted.problems, places)
  }
}

type Problem = { code: Failure['code']; at: string; message: string }

function refused(problems: readonly Problem[], places: readonly number[]): Failure {
  // Counted over all acts that were handed in, not over those of one decision.
  const placed = problems.map((problem) => ({
    ...problem,
    at: problem.at.replace(/^\/acts\/([0-9]+)/, (_, at) => `/acts/${places[Number(at)]}`),
  }))
  const [first] = placed
  if (first === undefined) throw new TypeError('acts were refused without a problem')
  return new Failure(first.code, first.message, { at: first.at, facts: { problems: placed } })
}

function bodyOf(act: Act): Record<string, unknown> {
  const filled: readonly string[] = FILLED_AT_SIGNING
  return Object.fromEntries(Object.entries(act).filter(([name]) => !filled.includes(name)))
}
