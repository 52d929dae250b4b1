// GET /v1/status, /healthz, /readyz: is the process alive, can it answer, is it current: three different questions.
import { Hono } from 'hono'
import { readAdopted, requireAdopted } from '../charter/store.ts'
import { type Db, sql } from '../db.ts'
import { Failure } from '../errors.ts'
import { readStatus } from './read.ts'

export type StatusDeps = {
  db: Db
  here: { market: string; name: string }
  nowMs: () => number
}

export function statusRoutes(deps: StatusDeps): Hono {
  const routes = new Hono()

  routes.get('/v1/status', async (c) => {
    const adopted = await requireAdopted(deps.db)
    const nowS = Math.floor(deps.nowMs() / 1000)
    const { peers, ...status } = await readStatus(deps.db, deps.here, adopted, nowS)
    return c.json(
      {
        ...status,
        peers: peers.map(({ etag: _, ...peer }) => peer),
      },
      200,
      { 'cache-control': 'no-store' },
    )
  })

  routes.get('/healthz', (c) => c.text('ok\n', 200, { 'cache-control': 'no-store' }))

  /** Ready to answer officers. A stale peer does not make it unready: it changes answers, and the answers say so. */
  routes.get('/readyz', async (c) => {
    await deps.db.query(sql('SELECT 1'))
    if ((await readAdopted(deps.db)) === null) {
      throw new Failure('ERR_CHARTER_NONE', 'no charter has been adopted yet')
    }
    return c.text('ready\n', 200, { 'cache-control': 'no-store' })
  })

  return routes
}
