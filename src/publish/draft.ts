// A draft: the acts an agency writes in one file, YAML or JSON, all of them or none (design: stack 5.2 `sign` and `publish`). Read here
// into plain values; draft-dates.ts fills in the dates, decision/admission.ts judges the sense.
import { type Document, isNode, LineCounter, parseAllDocuments, visit } from 'yaml'
import { unknownMember } from '../decision/admission-members.ts'
import { isPlainObject, type Problem, problem } from '../decision/admission-problem.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'

/** One act as written: dates in shorthand, without what signing fills in. */
export type DraftAct = { act: string; [member: string]: unknown }

export type Draft = {
  /** `us/337-ta-1276/leo`; null where no act is about a decision. */
  decision: string | null
  /** Zone of the dates of `respond` and notices, where it is not that of the responding market. */
  timeZone: string | null
  acts: DraftAct[]
}

/** The line (from 1) at which a JSON pointer's value stands, or what stands nearest around it; null where there is no text. */
export type LineOf = (pointer: string) => number | null

export type ParsedDraft = { lineOf: LineOf } & (
  | { ok: true; draft: Draft }
  | { ok: false; problems: Problem[] }
)

export const MAX_DRAFT_BYTES = 1024 * 1024
/** As many as one batch of our log takes (design: protocol 1.4). */
export const MAX_DRAFT_ACTS = 256

const MEMBERS = ['decision', 'time_zone', 'acts']

/**
 * Reads a file of acts: one YAML 1.2 document (so JSON too), names unique, no aliases, no tags, at most `MAX_DRAFT_BYTES`. Codes:
 * ERR_DRAFT_TOO_LARGE, ERR_DRAFT_SYNTAX, and for its outermost members ERR_ADMIT_SHAPE, ERR_ADMIT_MISSING, ERR_ADMIT_UNKNOWN_MEMBER.
 */
export function parseDraft(text: string, { fileName }: { fileName: string }): ParsedDraft {
  const bytes = encodeUtf8(text).length
  if (bytes > MAX_DRAFT_BYTES) {
    const message = `${fileName} has ${bytes} bytes; at most ${MAX_DRAFT_BYTES}. Split its acts over several files.`
    return { ok: false, problems: [problem('ERR_DRAFT_TOO_LARGE', [], message)], lineOf: nowhere }
  }
  const lines = new LineCounter()
  const parsed = parseDocument(text, lines)
  if ('faults' in parsed) {
    const problems = parsed.faults.map((fault) =>
      problem('ERR_DRAFT_SYNTAX', [], `${fileName}${fault}`),
    )
    return { ok: false, problems, lineOf: nowhere }
  }
  const { document } = parsed
  const lineOf: LineOf = (pointer) => lineWithin(document, lines, pointer)
  const read = readDraft(document.toJS({ maxAliasCount: 0 }))
  return Array.isArray(read)
    ? { ok: false, problems: read, lineOf }
    : { ok: true, draft: read, lineOf }
}

/** The one document, or its faults, each written to follow the file's name: `:3:7: Map keys must be unique`. */
function parseDocument(
  text: string,
  lineCounter: LineCounter,
): { document: Document.Parsed } | { faults: string[] } {
  const [document, second] = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    lineCounter,
  })
  if (document === undefined) return { faults: [': the file is empty.'] }
  if (second !== undefined) return { faults: [': write one document, without --- in between.'] }
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return `:${line}:${col}`
  }
  const faults = [...document.errors, ...document.warnings].map(
    ({ message, pos }) => `${place(pos[0])}: ${message}.`,
  )
  visit(document, {
    Alias(_, alias) {
      const offset = alias.range?.[0] ?? 0
      faults.push(`${place(offset)}: no aliases (*${alias.source}); write the value out again.`)
    },
  })
  return faults.length > 0 ? { faults } : { document }
}

function readDraft(root: unknown): Draft | Problem[] {
  if (!isPlainObject(root)) {
    const message = 'A file of acts has the members `decision` and `acts`.'
    return [problem('ERR_ADMIT_SHAPE', [], message)]
  }
  const { decision, time_zone: timeZone, acts } = root
  const problems = [
    ...Object.keys(root)
      .filter((name) => !MEMBERS.includes(name))
      .map((name) => unknownMember(name, MEMBERS, [])),
    ...wordProblem(decision, 'decision'),
    ...wordProblem(timeZone, 'time_zone'),
    ...actsProblems(acts),
  ]
  if (problems.length > 0) return problems
  // Sound: no problem was found, so both words are text or absent, and the acts are groups that name their act.
  const draft = {
    decision: (decision as string | null | undefined) ?? null,
    timeZone: (timeZone as string | null | undefined) ?? null,
    acts: acts as DraftAct[],
  }
  if (draft.decision !== null || !draft.acts.some(({ act }) => isAboutDecision(act))) return draft
  const message = 'Say at the top which decision the acts are about: decision: us/337-ta-1276/leo'
  return [problem('ERR_ADMIT_MISSING', ['decision'], message)]
}

/** True for acts that name a decision; endorse, notices and `info/…` name none. */
export function isAboutDecision(act: string): boolean {
  return act !== 'endorse' && act !== 'notice' && !act.startsWith('info/')
}

function wordProblem(value: unknown, name: string): Problem[] {
  if (value === undefined || value === null || typeof value === 'string') return []
  return [problem('ERR_ADMIT_SHAPE', [name], `\`${name}\` must be text.`)]
}

function actsProblems(acts: unknown): Problem[] {
  if (acts === undefined || acts === null || (Array.isArray(acts) && acts.length === 0)) {
    const message = 'There is no act; list them under `acts`, each beginning with "- act: …".'
    return [problem('ERR_ADMIT_MISSING', ['acts'], message)]
  }
  if (!Array.isArray(acts)) {
    const message = '`acts` must be a list, each item beginning with "- act: …".'
    return [problem('ERR_ADMIT_SHAPE', ['acts'], message)]
  }
  if (acts.length > MAX_DRAFT_ACTS) {
    const message = `${acts.length} acts; at most ${MAX_DRAFT_ACTS} in one file.`
    return [problem('ERR_DRAFT_TOO_LARGE', ['acts'], message)]
  }
  return acts.flatMap((act: unknown, index) => actProblems(act, ['acts', index]))
}

function actProblems(act: unknown, path: (string | number)[]): Problem[] {
  if (!isPlainObject(act)) {
    return [problem('ERR_ADMIT_SHAPE', path, 'An act is a group of members; the first is `act`.')]
  }
  if (Object.hasOwn(act, 'decision')) {
    const message = 'The decision is said once, at the top of the file; leave it out here.'
    return [problem('ERR_ADMIT_UNKNOWN_MEMBER', [...path, 'decision'], message)]
  }
  if (typeof act.act === 'string') return []
  const message = 'Say which act this is, such as `act: issue`.'
  return [problem('ERR_ADMIT_MISSING', [...path, 'act'], message)]
}

const nowhere: LineOf = () => null

function lineWithin(document: Document.Parsed, lines: LineCounter, pointer: string): number | null {
  const path = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return null
}
