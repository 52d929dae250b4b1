// workerd, the real one, with D1 and a Durable Object, as wrangler starts it for tests: offline, and nothing of it outlives them.
import { fileURLToPath } from 'node:url'
import { createTestHarness } from 'wrangler'
import type { D1Database } from '../../src/worker/platform.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type Workerd = { port: number; d1: D1Database; stop(): Promise<void> }

/** Starts it with our Worker and an empty database of the newest schema. */
export async function startWorkerd(name: string, vars: Record<string, string>): Promise<Workerd> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'
  process.env.WRANGLER_SEND_METRICS = 'false'
  const database = { database_name: 'test', database_id: 'test', migrations_dir: 'schema/sql' }
  const harness = createTestHarness({
    root: ROOT,
    workers: [
      {
        config: {
          name,
          main: 'test/runtime/entry.ts',
          compatibility_date: '2026-10-01',
          compatibility_flags: ['nodejs_compat'],
          d1_databases: [{ binding: 'DB', ...database }],
          durable_objects: { bindings: [{ name: 'MEMORY', class_name: 'Memory' }] },
          migrations: [{ tag: 'v1', new_sqlite_classes: ['Memory'] }],
          vars,
        },
      },
    ],
  })
  const { port } = (await harness.listen()).url
  const worker = harness.getWorker<{ DB: D1Database }>()
  await worker.applyD1Migrations('DB')
  const { DB: d1 } = await worker.getEnv()
  return { port: Number(port), d1, stop: () => harness.close() }
}
