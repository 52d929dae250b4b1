// From an agency's file to acts that may be signed, or to everything that is wrong with it (design: protocol 1.4 "validate").
import { type ActBody, admitAll } from '../decision/admission.ts'
import type { AdmissionContext } from '../decision/admission-acts.ts'
import { distinct, type Problem } from '../decision/admission-problem.ts'
import { type LineOf, parseDraft } from './draft.ts'
import { fillDraft } from './draft-dates.ts'

export type AdmittedDraft = { lineOf: LineOf } & (
  | { ok: true; decision: string | null; acts: ActBody[] }
  | { ok: false; problems: Problem[] }
)

/**
 * Reads, fills in and admits a file of acts: all or none. `zoneHere` is the publishing market's time zone; `previousHeader` and
 * `listedPids` are those of the decision the file is about, where it is known. Codes: as `parseDraft`, `fillDraft` and `admit`.
 */
export function admitDraft(
  text: string,
  context: AdmissionContext & { fileName: string; zoneHere: string },
): AdmittedDraft {
  const parsed = parseDraft(text, context)
  if (!parsed.ok) return parsed
  const { draft, lineOf } = parsed
  const zoneHere = draft.timeZone ?? context.zoneHere
  const filled = fillDraft(draft, { zoneOf: context.previousHeader?.time_zone, zoneHere })
  const admitted = admitAll(filled.acts, { ...context, zoneHere })
  const problems = distinct([
    ...(filled.ok ? [] : filled.problems),
    ...(admitted.ok ? [] : admitted.problems),
  ])
  if (problems.length > 0 || !admitted.ok) return { ok: false, problems, lineOf }
  return { ok: true, decision: draft.decision, acts: admitted.acts, lineOf }
}
