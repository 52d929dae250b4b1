// Push on this machine: watch the own log, tell the members, and pull whoever says that there is more (design: protocol 1.6).
import { requireAdopted } from '../charter/store.ts'
import { Failure } from '../errors.ts'
import { foldCosignatures } from '../folding.ts'
import { readHead } from '../log/read.ts'
import { PUSH_WAIT_MS, pushHead, rereadApplied } from '../push.ts'
import { pullNow } from '../sync.ts'
import type { OpenNode } from './open.ts'
import type { Trace } from './serve.ts'

/** `publish` may be another process on this directory, so the log is looked at this often. */
const WATCH_MS = 50
/** When members are asked what they have applied, after a push. The job asks later still. */
const REREAD_MS = [100, 300, 1000, 3000] as const

export type PushNode = Pick<OpenNode, 'db' | 'sync'>

/** Pulls a market when its push says that there is more: one pull at a time each, and one more if it said so again meanwhile. */
export function wakeUp(
  node: OpenNode,
  trace: Trace,
): { wake(market: string): void; stop(): Promise<void> } {
  const busy = new Map<string, Promise<void>>()
  const again = new Set<string>()
  let isStopped = false
  const wake = (market: string): void => {
    if (isStopped) return
    if (busy.has(market)) {
      again.add(market)
      return
    }
    const pull = pullNow(node.sync, market)
      .then((report) => {
        if (report !== null && report.outcome !== 'unchanged') trace('push_pull', { ...report })
      })
      .catch((error: unknown) => trace('push_pull_failed', { market, cause: causeText(error) }))
      .finally(() => {
        busy.delete(market)
        if (again.delete(market)) wake(market)
      })
    busy.set(market, pull)
  }
  return {
    wake,
    async stop() {
      isStopped = true
      await Promise.all(busy.values())
    },
  }
}

/** Pushes each new head. While members answer, newer heads wait at most a second, then the newest goes. */
export function pushJob(node: PushNode, trace: Trace): { stop(): Promise<void> } {
  let isStopped = false
  let pushed = -1
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const pending = new Set<Promise<void>>()
  const later = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, ms)
      timers.add(timer)
    })
  const failed = (error: unknown): void => trace('push_failed', { cause: causeText(error) })
  const look = async (): Promise<void> => {
    const head = await readHead(node.db)
    if (head === null || head.size <= pushed) return
    pushed = head.size
    const push = pushOnce(node, trace).catch(failed)
    track(pending, push)
    await Promise.race([push, later(PUSH_WAIT_MS)])
    await fold(node)
    track(
      pending,
      reread(node, trace, later, () => isStopped || pushed !== head.size),
    )
  }
  const watch = async (): Promise<void> => {
    while (!isStopped) {
      // A fault of this moment, such as a database that is busy, must not end the watch for good.
      await look().catch(failed)
      await later(WATCH_MS)
    }
  }
  const watching = watch()
  return {
    async stop() {
      isStopped = true
      await watching
      await Promise.all(pending)
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

async function pushOnce(node: PushNode, trace: Trace): Promise<void> {
  const deps = { ...node.sync, adopted: await requireAdopted(node.db) }
  for (const { market, outcome, detail } of await pushHead(deps)) {
    if (outcome !== 'cosigned') trace('push', { market, outcome, detail })
  }
}

async function fold(node: PushNode): Promise<void> {
  await foldCosignatures({ ...node.sync, adopted: await requireAdopted(node.db) })
}

/** Asks the mirrors until all have applied the head, it is no longer the newest, or the last of the waits is over. */
async function reread(
  node: PushNode,
  trace: Trace,
  later: (ms: number) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
  let waited = 0
  for (const ms of REREAD_MS) {
    // In short steps, so that a stop is not held up.
    for (; waited < ms && !isOver(); waited += WATCH_MS) await later(WATCH_MS)
    if (isOver()) return
    try {
      if (await rereadApplied({ ...node.sync, adopted: await requireAdopted(node.db) })) return
    } catch (error) {
      trace('reread_failed', { cause: causeText(error) })
    }
  }
}

function track(pending: Set<Promise<void>>, work: Promise<void>): void {
  const tracked = work.finally(() => pending.delete(tracked))
  pending.add(tracked)
}

function causeText(error: unknown): string {
  return error instanceof Failure ? `${error.code} ${error.message}` : String(error)
}
