// After an upgrade that makes keys otherwise, the index is built anew beside everything else a node does.
import { setImmediate } from 'node:timers/promises'
import type { Db } from '../db.ts'
import { reindex } from '../reindexing.ts'
import type { Trace } from './serve.ts'

/** Takes one step after another until all are taken, requests in between; a fault is traced, and the next start goes on. */
export function reindexJob(db: Db, trace: Trace): { stop(): Promise<void> } {
  let isStopped = false
  const run = async (): Promise<void> => {
    let steps = 0
    while (!isStopped && !(await reindex(db, { most: 1 }))) {
      steps++
      await setImmediate()
    }
    if (steps > 0 && !isStopped) trace('index_rebuilt', { steps })
  }
  const running = run().catch((error: unknown) =>
    trace('index_failed', { cause: error instanceof Error ? error.message : String(error) }),
  )
  return {
    async stop() {
      isStopped = true
      await running
    },
  }
}
