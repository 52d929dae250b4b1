// Goes through the lines of a manifest and asks those that are due, from the pinned moment; what comes of it waits to be committed.
import type { Db } from './db.ts'
import { Failure } from './errors.ts'
import type { Answer } from './lookup/answer.ts'
import { meetsKeys } from './lookup/asked-keys.ts'
import type { Batch } from './lookup/batch.ts'
import type { LookupContext } from './lookup/context.ts'
import type { Query } from './lookup/query.ts'
import type { GiveReceipt } from './lookup/routes.ts'
import { type Found, readFound } from './screening/found.ts'
import { type Line, readLines } from './screening/lines.ts'
import {
  bareOutcome,
  NOTE_CUT,
  NOTE_GARBLED,
  outcomeOf,
  RANK_NOTE,
  strongestOf,
} from './screening/outcome.ts'
import { askedColumns, questionsOf } from './screening/question.ts'
import { type Pin, type Progress, readChunks, type Screening } from './screening/store.ts'

export type RunDeps = {
  db: Db
  /** POSIX milliseconds. */
  nowMs: () => number
  /** Names this process in leases. */
  holder: string
  readContext: () => Promise<LookupContext>
  giveReceipt: GiveReceipt
  /** Lets other work of the process have its turn. */
  breathe: () => Promise<void>
  /** Stops at the next commit; the screening goes on from there when it is run again. */
  isStopped?: () => boolean
  onProgress?: (screening: Screening) => void
}

const ASKED_AGAIN_AT_ONCE = 500
/** Each takes a signature and more than a kilobyte. */
export const MAX_RECEIPT_LINES = 10_000

export type Run = {
  deps: RunDeps
  screening: Screening
  pin: Pin
  batch: Batch
  /** Keys of rows that changed between base and pin; null: every line is asked. */
  changed: ReadonlySet<string> | null
  isMine: () => Promise<boolean>
}

/** What is not committed yet, and the line it reaches. */
export type Pending = {
  found: Found[]
  again: number[]
  progress: Progress
  lines: number
  sinceMs: number
}

/** No row changed: only what was found can read otherwise by now, because a day has come. */
export async function* askedAgain(run: Run, pending: Pending): AsyncGenerator<void> {
  const { screening, deps } = run
  for (;;) {
    const page = { after: pending.progress.line, limit: ASKED_AGAIN_AT_ONCE, rank: 3 as const }
    const known = await readFound(deps.db, screening.id, page)
    const asked = known.map(({ line, asked }) => ({
      line,
      queries: asked,
      notes: notesIn(known, line),
    }))
    await ask(run, asked, pending)
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
export async function* readThrough(run: Run, pending: Pending): AsyncGenerator<void> {
  const { screening, deps } = run
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
    await ask(run, asked, pending)
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
  if (changed === null || (known.get(line) ?? RANK_NOTE) < RANK_NOTE) return true
  return queries.some((query) => meetsKeys(query, changed))
}

async function ask(run: Run, asked: readonly Asked[], pending: Pending): Promise<void> {
  const answers = await run.batch.answer(asked.flatMap(({ queries }) => queries))
  let at = 0
  for (const { line, queries, notes } of asked) {
    const own = answers.slice(at, at + queries.length)
    at += queries.length
    const outcome = outcomeOf(line, queries, own, notes)
    const receipt = await receiptOf(run, line, queries, own)
    if (outcome === null && receipt === null) continue
    pending.found.push({ ...(outcome ?? bareOutcome(line, queries)), receipt })
  }
}

/** The signed receipt of a line, of its strongest answer, where the file was handed in with that wish. */
async function receiptOf(
  { screening, deps, batch }: Run,
  line: number,
  queries: readonly Query[],
  answers: readonly Answer[],
): Promise<string | null> {
  if (!screening.receipts) return null
  if (line > MAX_RECEIPT_LINES) {
    throw new Failure(
      'ERR_SCREENING_TOO_LARGE',
      `receipts are given for ${MAX_RECEIPT_LINES} lines`,
      {
        cure: 'split the file, or screen it without receipts',
      },
    )
  }
  const at = strongestOf(answers)
  const [query, given] = [queries[at], answers[at]]
  if (query === undefined || given === undefined) return null
  return deps.giveReceipt(batch.view, query, given)
}
