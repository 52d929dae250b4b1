// Screens a file: all its answers from one pinned moment, committed with the place they reach, so that whoever comes next goes on from there.
import { changedKeys } from './catalog/changed.ts'
import type { Db, Insert, Statement } from './db.ts'
import { Failure } from './errors.ts'
import { meetsKeys } from './lookup/asked-keys.ts'
import { type Batch, openBatch } from './lookup/batch.ts'
import type { LookupContext } from './lookup/context.ts'
import { MATCHER } from './lookup/match.ts'
import type { Query } from './lookup/query.ts'
import { giveLease, takeLease } from './pull/lease.ts'
import { type Found, planForget, planForgetAll, planFound, readFound } from './screening/found.ts'
import { type Line, readLines } from './screening/lines.ts'
import { NOTE_CUT, NOTE_GARBLED, outcomeOf } from './screening/outcome.ts'
import { pinOf, rangesOf, snapshotOf } from './screening/pin.ts'
import { askedColumns, questionsOf } from './screening/question.ts'
import {
  NO_PROGRESS,
  type Pin,
  type Progress,
  planChange,
  readChunks,
  readScreening,
  type Screening,
} from './screening/store.ts'

export type RunDeps = {
  db: Db
  /** POSIX milliseconds. */
  nowMs: () => number
  /** Names this process in leases. */
  holder: string
  readContext: () => Promise<LookupContext>
  /** Lets other work of the process have its turn. */
  breathe: () => Promise<void>
  /** Stops at the next commit; the screening goes on from there when it is run again. */
  isStopped?: () => boolean
  onProgress?: (screening: Screening) => void
}

/** `busy`: another process has it; `gone`: it was deleted; `stopped`: at the caller's wish. */
export type RunEnd = 'done' | 'failed' | 'busy' | 'gone' | 'stopped'

/** A process that dies is replaced after this long; a commit comes every second. */
export const SCREENING_LEASE_S = 15
const COMMIT_MS = 1000
const COMMIT_LINES = 20_000
const ASKED_AGAIN_AT_ONCE = 500

/** Runs or goes on with one screening to its end. */
export async function runScreening(deps: RunDeps, id: string): Promise<RunEnd> {
  const lease = `screening/${id}`
  const isMine = () =>
    takeLease(deps.db, lease, deps.holder, Math.floor(deps.nowMs() / 1000), SCREENING_LEASE_S)
  if (!(await isMine())) return 'busy'
  try {
    return await runHeld(deps, id, isMine)
  } finally {
    await giveLease(deps.db, lease, deps.holder)
  }
}

async function runHeld(deps: RunDeps, id: string, isMine: () => Promise<boolean>): Promise<RunEnd> {
  for (;;) {
    const stored = await readScreening(deps.db, id)
    if (stored === null) return 'gone'
    if (stored.state !== 'queued' && stored.state !== 'running') return 'done'
    try {
      const run = await openRun(deps, stored, isMine)
      const end = await pass(run)
      if (end !== 'charter') return end
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { code, message: detail } = error
      const endedAt = Math.floor(deps.nowMs() / 1000)
      await deps.db.commit([
        planChange(id, ['running', 'queued'], { state: 'failed', code, detail, endedAt }),
      ])
      return 'failed'
    }
  }
}

type Run = {
  deps: RunDeps
  screening: Screening
  pin: Pin
  batch: Batch
  /** Keys of rows that changed between base and pin; null: every line is asked. */
  changed: ReadonlySet<string> | null
  isMine: () => Promise<boolean>
}

/** Pins the moment, or takes up the pinned one; where charter or matcher are others by now, everything begins anew. */
async function openRun(deps: RunDeps, stored: Screening, isMine: Run['isMine']): Promise<Run> {
  const { db } = deps
  const ctx = await deps.readContext()
  const isSame = (pin: Pin | null) =>
    pin === null || (pin.charter.hash === ctx.charter.hash && pin.matcher === MATCHER)
  const isFit = isSame(stored.pin) && isSame(stored.base)
  const held = isFit ? stored.pin : null
  const batch = await openBatch(ctx, held === null ? undefined : snapshotOf(held))
  const pin = held ?? pinOf(batch.view)
  const changed =
    isFit && stored.base !== null ? await changedKeys(db, rangesOf(stored.base, pin)) : null
  const isAfresh = !isFit || (stored.base !== null && changed === null)
  const screening: Screening = {
    ...stored,
    ...{ state: 'running', pin },
    ...(isAfresh ? { base: null, progress: NO_PROGRESS } : {}),
  }
  if (stored.pin === null || isAfresh) {
    const { state, base, progress } = screening
    await db.commit([
      planChange(stored.id, ['queued', 'running'], { state, pin, base, progress }),
      ...(isAfresh ? [planForgetAll(stored.id)] : []),
    ])
  }
  return { deps, screening, pin, batch, changed, isMine }
}

type Pending = {
  found: Found[]
  again: number[]
  progress: Progress
  lines: number
  sinceMs: number
}

async function pass(run: Run): Promise<RunEnd | 'charter'> {
  const { screening, deps, changed } = run
  const pending: Pending = {
    found: [],
    again: [],
    progress: { ...screening.progress },
    lines: 0,
    sinceMs: deps.nowMs(),
  }
  const isShort = screening.base !== null && changed?.size === 0
  for await (const _ of isShort ? askedAgain(run, pending) : readThrough(run, pending)) {
    await deps.breathe()
    if (pending.lines < COMMIT_LINES && deps.nowMs() - pending.sinceMs < COMMIT_MS) continue
    const end = await commitPending(run, pending)
    if (end !== null) return end
  }
  return (await commitPending(run, pending)) ?? finish(run, pending)
}

/** No row changed: only what was found can read otherwise by now, because a day has come. */
async function* askedAgain(
  { screening, deps, batch }: Run,
  pending: Pending,
): AsyncGenerator<void> {
  for (;;) {
    const page = { after: pending.progress.line, limit: ASKED_AGAIN_AT_ONCE, rank: 3 as const }
    const known = await readFound(deps.db, screening.id, page)
    const asked = known.map(({ line, asked }) => ({
      line,
      queries: asked,
      notes: notesIn(known, line),
    }))
    await ask(batch, asked, pending)
    pending.again.push(...known.map(({ line }) => line))
    const last = known.at(-1)
    if (last === undefined) return
    pending.progress.line = last.line
    pending.lines += known.length
    yield
  }
}

function notesIn(known: readonly Found[], line: number): string[] {
  const why = known.find((one) => one.line === line)?.why ?? ''
  return [NOTE_CUT, NOTE_GARBLED].filter((note) => why.includes(note))
}

/** Reads the file from its beginning, passes over what is committed, and asks the rest or what could have changed. */
async function* readThrough(run: Run, pending: Pending): AsyncGenerator<void> {
  const { screening, deps, batch } = run
  const { id, file, mapping } = screening
  const columns = askedColumns(mapping)
  const { progress } = pending
  let read = 0
  const chunks = readChunks(deps.db, id, file.chunks, (bytes) => {
    read = bytes
  })
  const committed = progress.line
  for await (const lines of readLines(chunks, file)) {
    const fresh = lines.filter(({ line }) => line > committed)
    if (fresh.length === 0) continue
    const known = await knownLines(run, fresh)
    const asked: Asked[] = []
    for (const line of fresh) {
      const one = askedOf(line, columns)
      if (screening.base === null) count(progress, line, one.queries.length > 0)
      if (one.queries.length === 0 || !isDue(run, one, known)) continue
      if (known.has(one.line)) pending.again.push(one.line)
      asked.push(one)
    }
    await ask(batch, asked, pending)
    progress.line = fresh.at(-1)?.line ?? progress.line
    progress.bytes = read
    pending.lines += fresh.length
    yield
  }
}

function count(progress: Progress, { cells }: Line, isAsked: boolean): void {
  if (!isAsked) progress.unasked += 1
  if (cells.length > progress.widest) progress.widest = cells.length
}

type Asked = { line: number; queries: Query[]; notes: string[] }

function askedOf(line: Line, columns: ReturnType<typeof askedColumns>): Asked {
  const { queries, isCut, isGarbled } = questionsOf(line, columns)
  return {
    line: line.line,
    queries,
    notes: [...(isCut ? [NOTE_CUT] : []), ...(isGarbled ? [NOTE_GARBLED] : [])],
  }
}

/** Ranks of the lines that have an outcome, where some do: while a file is asked again. */
async function knownLines(
  { screening, deps }: Run,
  lines: readonly Line[],
): Promise<Map<number, number>> {
  const [first, last] = [lines[0], lines.at(-1)]
  if (screening.base === null || first === undefined || last === undefined) return new Map()
  const page = { after: first.line - 1, limit: lines.length }
  const found = await readFound(deps.db, screening.id, page)
  return new Map(
    found.filter(({ line }) => line <= last.line).map(({ line, rank }) => [line, rank]),
  )
}

function isDue(
  { changed }: Run,
  { line, queries }: Asked,
  known: ReadonlyMap<number, number>,
): boolean {
  if (changed === null || (known.get(line) ?? 4) <= 3) return true
  return queries.some((query) => meetsKeys(query, changed))
}

async function ask(batch: Batch, asked: readonly Asked[], pending: Pending): Promise<void> {
  const answers = await batch.answer(asked.flatMap(({ queries }) => queries))
  let at = 0
  for (const { line, queries, notes } of asked) {
    const own = answers.slice(at, at + queries.length)
    at += queries.length
    const outcome = outcomeOf(line, queries, own, notes)
    if (outcome !== null) pending.found.push({ ...outcome, receipt: null })
  }
}

/** Commits what was found with the line it reaches; null: go on. */
async function commitPending(run: Run, pending: Pending): Promise<RunEnd | 'charter' | null> {
  const { deps, screening, pin } = run
  const { db } = deps
  const { id } = screening
  const now = await readScreening(db, id)
  if (now === null) return 'gone'
  if (now.state !== 'running' || !(await run.isMine())) return 'busy'
  // Adopting a charter rewrites rows: an answer after it is not one of the pinned moment.
  if ((await deps.readContext()).charter.hash !== pin.charter.hash) return 'charter'
  const progress = { ...pending.progress }
  const statements: (Statement | Insert)[] = [
    ...(pending.again.length === 0 ? [] : [planForget(id, pending.again)]),
    ...(pending.found.length === 0 ? [] : [planFound(id, pending.found)]),
    planChange(id, ['running'], { progress }),
  ]
  await db.commit(statements, 'soon')
  Object.assign(pending, { found: [], again: [], lines: 0, sinceMs: deps.nowMs() })
  deps.onProgress?.({ ...screening, progress })
  return deps.isStopped?.() ? 'stopped' : null
}

async function finish({ deps, screening }: Run, { progress }: Pending): Promise<RunEnd> {
  const isWhole = screening.base === null
  const lines = isWhole ? progress.line : (screening.progress.lines ?? progress.line)
  const ended: Progress = { ...progress, line: lines, lines, bytes: screening.file.bytes }
  const endedAt = Math.floor(deps.nowMs() / 1000)
  await deps.db.commit([
    planChange(screening.id, ['running'], { state: 'done', base: null, progress: ended, endedAt }),
  ])
  deps.onProgress?.({ ...screening, state: 'done', progress: ended, endedAt })
  return 'done'
}
