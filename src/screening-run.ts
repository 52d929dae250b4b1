// Screens a file: all its answers from one pinned moment, committed with the place they reach, so that whoever comes next goes on from there.
import { changedKeys } from './catalog/changed.ts'
import type { Insert, Statement } from './db.ts'
import { Failure } from './errors.ts'
import { openBatch } from './lookup/batch.ts'
import { MATCHER } from './lookup/match.ts'
import { giveLease, takeLease } from './pull/lease.ts'
import { planForget, planForgetAll, planFound } from './screening/found.ts'
import { pinOf, rangesOf, snapshotOf } from './screening/pin.ts'
import {
  NO_PROGRESS,
  type Pin,
  type Progress,
  planChange,
  readScreening,
  type Screening,
} from './screening/store.ts'
import { askedAgain, type Pending, type Run, type RunDeps, readThrough } from './screening-pass.ts'

/** `busy`: another process has it; `gone`: it was deleted; `stopped`: at the caller's wish. */
export type RunEnd = 'done' | 'failed' | 'busy' | 'gone' | 'stopped'

/** A process that dies is replaced after this long; a commit comes every second. */
export const SCREENING_LEASE_S = 15
const COMMIT_MS = 1000
const COMMIT_LINES = 20_000

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
  // A receipt names the moment: with receipts every line is asked again.
  const isAfresh = !isFit || (stored.base !== null && (changed === null || stored.receipts))
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
  return { deps, screening, pin, batch, changed: isAfresh ? null : changed, isMine }
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
