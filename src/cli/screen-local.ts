// A counter at a node's directory: this process takes the file in and screens it, or waits for the one that does.
import { contextReader } from '../asking.ts'
import { collectGarbage } from '../node/heap.ts'
import { type OpenNode, openNode } from '../node/open.ts'
import { runDeps, takeInDeps } from '../node/screening-job.ts'
import { digestOf } from '../screening/parts.ts'
import type { Handed } from '../screening/routes.ts'
import { findSame } from '../screening/store.ts'
import { type Summary, summaryOf } from '../screening/summary.ts'
import { type Desk, type ResultFile, screeningDesk, type Visitor } from '../screening-desk.ts'
import { runScreening } from '../screening-run.ts'
import { expireScreenings } from '../screenings.ts'

/** Where a manifest is handed in. */
export type Counter = {
  hand(open: () => AsyncIterable<Uint8Array>, asked: Handed): Promise<Summary>
  /** Waits until it is done or failed. */
  finish(id: string, onProgress: (now: Summary) => void): Promise<Summary>
  result(id: string, bom: boolean | null): Promise<ResultFile>
  list(): Promise<Summary[]>
  forget(id: string): Promise<void>
  close(): void
}

/** Whoever may read the directory may read everything in it. */
const OWNER: Visitor = { subject: null, seesAll: true }
/** How often it looks how far another process is. */
const LOOK_MS = 500

export async function localCounter(dir: string): Promise<Counter> {
  const node = await openNode(dir, process.env)
  const desk = screeningDesk({ ...takeInDeps(node), wake: () => undefined })
  await expireScreenings(takeInDeps(node), node.settings.screenings_keep_days)
  const run = await runDeps(
    node,
    contextReader({ db: node.db, here: node.settings, nowMs: node.sync.nowMs }),
  )
  return {
    hand: (open, asked) => handOrFind(node.db, desk, open, asked),
    async finish(id, onProgress) {
      for (;;) {
        // Told after each commit, about once a second.
        const show = (screening: Parameters<typeof summaryOf>[1]) => {
          collectGarbage()
          void summaryOf(node.db, screening).then(onProgress)
        }
        const end = await runScreening({ ...run, onProgress: show }, id)
        const now = await desk.show(OWNER, id)
        if (end !== 'busy' && (now.state === 'done' || now.state === 'failed')) return now
        onProgress(now)
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    },
    result: (id, bom) => desk.result(OWNER, id, bom),
    async list() {
      const all: Summary[] = []
      for (let before: string | null = ''; before !== null; ) {
        const page = await desk.list(OWNER, before)
        all.push(...page.screenings)
        before = page.next
      }
      return all
    },
    forget: (id) => desk.forget(OWNER, id),
    close: () => node.close(),
  }
}

/** The same file, read the same way: goes on where it was, or is screened again. */
async function handOrFind(
  db: OpenNode['db'],
  desk: Desk,
  open: () => AsyncIterable<Uint8Array>,
  asked: Handed,
): Promise<Summary> {
  const same = asked.start
    ? await findSame(db, await digestOf(open()), asked.chosen, asked.receipts)
    : null
  // A mapping that is changed, or that was not settled, is a new screening.
  if (same === null || asked.map.length > 0) return desk.hand(OWNER, open(), asked)
  if (same.state === 'done') return desk.again(OWNER, same.id)
  return desk.show(OWNER, same.id)
}
