// Fills in the dates of a draft: which day, how exactly known, and the second at which it begins or ends where the authority sits
// (design: decisions 2.1, row "time").
import { datesIn } from '../decision/admission-date-members.ts'
import { notADate, timeZoneProblem } from '../decision/admission-dates.ts'
import { isPlainObject, type Problem, problem, putAt } from '../decision/admission-problem.ts'
import { isTimeZone, resolveDate } from '../decision/date.ts'
import { type Draft, type DraftAct, isAboutDecision } from './draft.ts'

export type Zones = {
  /** Time zone of the decision's header, where the decision is known already. */
  zoneOf?: string | undefined
  /** Time zone of the publishing market: for `respond` and notices, unless the file says another. */
  zoneHere: string
}

/** An act's body with its dates resolved; `admit` says whether it is one of ours in every other way. */
export type FilledAct = { act: string; decision: string | null; [member: string]: unknown }

/** `acts` are all there, also with problems, less the dates that could not be read: so that admission can go on and say everything. */
export type FilledDraft = { acts: FilledAct[] } & (
  | { ok: true }
  | { ok: false; problems: Problem[] }
)

/**
 * Resolves the dates of a draft's acts. An act with a header has the zone of that header; an act after it that of the last header in
 * the file, else `zoneOf`, else the file's `time_zone`; `respond` and notices the file's `time_zone`, else `zoneHere`. Codes:
 * ERR_ADMIT_DATE, ERR_ADMIT_TIME_ZONE, ERR_ADMIT_MISSING (a header without time zone).
 */
export function fillDraft(draft: Draft, zones: Zones): FilledDraft {
  const problems = draft.timeZone === null ? [] : timeZoneProblem(draft.timeZone, ['time_zone'])
  let zoneOfDecision = zones.zoneOf
  const acts = draft.acts.map((written, index) => {
    const path = ['acts', index]
    const act = structuredClone(written)
    const zone = zoneOfDates(act, { ofDecision: zoneOfDecision, draft, here: zones.zoneHere })
    if (isPlainObject(act.header)) zoneOfDecision = zone ?? zoneOfDecision
    problems.push(
      ...zoneProblems(act, zone, path),
      ...contradiction(draft.timeZone, act, zone),
      ...fillDates(act, zone, path),
    )
    const { act: name, ...members } = act
    return { act: name, decision: isAboutDecision(name) ? draft.decision : null, ...members }
  })
  return problems.length === 0 ? { ok: true, acts } : { ok: false, acts, problems }
}

function zoneOfDates(
  act: DraftAct,
  from: { ofDecision: string | undefined; draft: Draft; here: string },
): string | undefined {
  if (isPlainObject(act.header)) {
    const zone = act.header.time_zone
    return typeof zone === 'string' ? zone : undefined
  }
  const ofFile = from.draft.timeZone ?? undefined
  if (act.act === 'respond' || !isAboutDecision(act.act)) return ofFile ?? from.here
  return from.ofDecision ?? ofFile
}

function zoneProblems(
  act: DraftAct,
  zone: string | undefined,
  path: readonly (string | number)[],
): Problem[] {
  const at = [...path, 'header', 'time_zone']
  if (isPlainObject(act.header)) {
    if (zone !== undefined) return timeZoneProblem(zone, at)
    const hint = "Write the zone of the authority's calendar, such as America/New_York."
    return [problem('ERR_ADMIT_MISSING', at, '`time_zone` is required and missing.', hint)]
  }
  if (zone !== undefined || datesIn(act).length === 0) return []
  const message =
    'The decision is not known here, so neither is the zone of its dates; say `time_zone` at the top of the file.'
  return [problem('ERR_ADMIT_TIME_ZONE', ['time_zone'], message)]
}

/** A zone at the top that does not rule would leave the author with other seconds than the file says. */
function contradiction(ofFile: string | null, act: DraftAct, zone: string | undefined): Problem[] {
  if (ofFile === null || zone === undefined || zone === ofFile) return []
  if (datesIn(act).length === 0) return []
  const message = `The dates of \`${act.act}\` are those of the decision's header, in ${zone}, not in ${ofFile}; leave \`time_zone\` out at the top.`
  return [problem('ERR_ADMIT_TIME_ZONE', ['time_zone'], message)]
}

/** Writes each date in full in its place. One that is empty or gives its `at` already is left for admission to check. */
function fillDates(
  act: DraftAct,
  zone: string | undefined,
  path: readonly (string | number)[],
): Problem[] {
  // Without a zone the seconds mean nothing, but a day that is none can still be told.
  const usable = zone !== undefined && isTimeZone(zone) ? zone : 'UTC'
  return datesIn(act).flatMap(({ path: place, role, value }) => {
    if (value === null) return []
    if (isPlainObject(value) && ('at' in value || 'open' in value)) return []
    const date = resolveDate(value, role, usable)
    putAt(act, place, date ?? undefined)
    return date === null ? [notADate(value, role, [...path, ...place])] : []
  })
}
