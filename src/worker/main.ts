// A node on Cloudflare Workers: HTTP, and the sync job by Cron Trigger. The same page as `node/serve.ts` in the other dialect.
import { waitUntil } from 'cloudflare:workers'
import { createApp } from '../app.ts'
import { requireAdopted } from '../charter/store.ts'
import { Failure } from '../errors.ts'
import { foldCosignatures } from '../folding.ts'
import { guardSettings } from '../guarding.ts'
import { readHead } from '../log/read.ts'
import { pushHead, rereadApplied } from '../push.ts'
import { reindex } from '../reindexing.ts'
import { pullNow, syncRound } from '../sync.ts'
import { type Env, openWorker, type WorkerEdges, type WorkerNode } from './node.ts'
import type { ScheduledController } from './platform.ts'

export { Memory } from './memory.ts'

const REINDEX_STEPS = 8

export type Handlers = {
  fetch(request: Request, env: Env): Promise<Response>
  scheduled(controller: ScheduledController, env: Env): Promise<void>
}

/** The handlers of a node with this clock and this way to others. */
export function workerNode(edges: WorkerEdges): Handlers {
  // Kept for all requests of this isolate. The value, not a promise of it: no request may wait for what another began.
  let app: App | null = null
  return {
    async fetch(request, env) {
      app ??= appOf(await openWorker(env, edges), env, edges)
      // Written by the platform over whatever a client sent.
      const address = request.headers.get('cf-connecting-ip') ?? 'unknown'
      return asEncoded(await app.fetch(request, { address }))
    },
    async scheduled(_controller, env) {
      const node = await openWorker(env, edges, 'counted')
      const before = await readHead(node.db)
      // A few steps a round, each within the limits of one invocation.
      await reindex(node.sync.db, { most: REINDEX_STEPS })
      const report = await syncRound(node.sync)
      for (const peer of report.peers)
        if (peer.outcome === 'merged' || peer.outcome === 'failed') trace('sync_peer', { ...peer })
      // What the node said in its own log, of charters and of evidence, goes out like any act.
      const isGrown = (await readHead(node.db))?.size !== before?.size
      if (isGrown && node.settings.push) await push(node)
    },
  }
}

export default workerNode({
  nowMs: Date.now,
  fetch: (url, init) => fetch(url, init),
  later: (work) => waitUntil(work()),
})

type App = ReturnType<typeof createApp>

function appOf(node: WorkerNode, env: Env, edges: WorkerEdges): App {
  const { settings, sync, people, outbound } = node
  return createApp({
    db: node.db,
    here: { market: settings.market, name: settings.name },
    nowMs: edges.nowMs,
    trace,
    receipts: { key: node.nodeKey, gate: sync.gate },
    member: {
      sync,
      alliance: settings.alliance,
      outbound,
      wake: (of) => edges.later(() => traced('push_pull', pullLater(env, edges, of))),
    },
    ...(people === null
      ? {}
      : {
          people: {
            ...people,
            settings: guardSettings(settings),
            refused: (facts) => trace('token_refused', facts),
          },
        }),
  })
}

/** What the app has compressed itself must not be compressed again by the platform. */
function asEncoded(response: Response): Response {
  if (!response.headers.has('content-encoding')) return response
  const { status, headers, body } = response
  return new Response(body, { status, headers, encodeBody: 'manual' } as ResponseInit)
}

/** Counted from here: the request that woke it has used some of what its invocation may. */
async function pullLater(env: Env, edges: WorkerEdges, market: string): Promise<void> {
  const { sync } = await openWorker(env, edges, 'counted')
  const report = await pullNow(sync, market)
  if (report !== null && report.outcome !== 'unchanged') trace('push_pull', { ...report })
}

async function push(node: WorkerNode): Promise<void> {
  const deps = { ...node.sync, adopted: await requireAdopted(node.db) }
  for (const { market, outcome, detail } of await pushHead(deps))
    if (outcome !== 'cosigned') trace('push', { market, outcome, detail })
  await foldCosignatures(deps)
  await rereadApplied(deps)
}

async function traced(event: string, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    const cause = error instanceof Failure ? `${error.code} ${error.message}` : String(error)
    trace(`${event}_failed`, { cause })
  }
}

/** Workers Logs takes JSON objects line by line. */
function trace(event: string, facts: Record<string, unknown>): void {
  console.log(JSON.stringify({ event, ...facts }))
}
