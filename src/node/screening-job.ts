// Screens what waits, behind everything else this process does: one file at a time, also those that another process left unfinished.

import { requireAdopted } from '../charter/store.ts'
import type { LookupContext } from '../lookup/context.ts'
import { receiptGiver } from '../receipting.ts'
import type { RunDeps } from '../screening-pass.ts'
import { runScreening } from '../screening-run.ts'
import { expireScreenings, screeningsToRun } from '../screenings.ts'
import type { OpenNode } from './open.ts'
import type { Trace } from './serve.ts'

/** How often it looks for what another process handed in, and forgets what is too old. */
const LOOK_MS = 5_000

export type ScreeningJob = { wake(): void; stop(): Promise<void> }

export function screeningJob(
  node: RunNode,
  readContext: () => Promise<LookupContext>,
  trace: Trace,
): ScreeningJob {
  let isStopped = false
  let isAskedAgain = false
  let current: Promise<void> | null = null
  const wake = (): void => {
    if (isStopped) return
    if (current !== null) {
      isAskedAgain = true
      return
    }
    current = round()
      // What is traced never says what was in a file.
      .catch((error: unknown) => trace('screening_failed', { cause: causeOf(error) }))
      .finally(() => {
        current = null
        if (!isAskedAgain) return
        isAskedAgain = false
        wake()
      })
  }
  const timer = setInterval(wake, LOOK_MS)
  timer.unref()
  wake()
  return {
    wake,
    async stop() {
      isStopped = true
      clearInterval(timer)
      await current
    },
  }

  async function round(): Promise<void> {
    const forgotten = await expireScreenings(takeInDeps(node), node.settings.screenings_keep_days)
    if (forgotten > 0) trace('screenings_forgotten', { count: forgotten })
    const waiting = await screeningsToRun(node.db)
    if (waiting.length === 0) return
    const deps = { ...(await runDeps(node, readContext)), isStopped: () => isStopped }
    for (const id of waiting) {
      if (isStopped) return
      const end = await runScreening(deps, id)
      if (end !== 'busy') trace('screening', { id, end })
    }
  }
}

type Node = Pick<OpenNode, 'db' | 'sync'>
type RunNode = Node & Pick<OpenNode, 'nodeKey' | 'settings'>

export function takeInDeps({ db, sync }: Node) {
  return { db, nowMs: sync.nowMs, random: sync.random }
}

/** What a screening runs with in this process; other work has its turn between batches of lines. */
export async function runDeps(
  { db, sync, nodeKey, settings }: RunNode,
  readContext: () => Promise<LookupContext>,
): Promise<RunDeps> {
  const asking = {
    market: settings.market,
    nowMs: sync.nowMs,
    readAdopted: () => requireAdopted(db),
  }
  return {
    db,
    nowMs: sync.nowMs,
    holder: sync.holder,
    readContext,
    giveReceipt: receiptGiver(asking, { key: await nodeKey(), gate: sync.gate }),
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

/** The kind of fault and where: a message could quote a line of the file. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const [, ...frames] = (error.stack ?? '').split('\n')
  return [error.name, ...frames.slice(0, 8).map((frame) => frame.trim())].join(' ')
}
