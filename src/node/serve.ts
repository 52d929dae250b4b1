// Runs a node on this machine: HTTP, the scheduled sync job (node-cron, UTC), a graceful stop.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { schedule } from 'node-cron'
import { type AppDeps, createApp } from '../app.ts'
import { contextReader } from '../asking.ts'
import type { Settings } from '../config.ts'
import { Failure } from '../errors.ts'
import type { EdgeFacts } from '../guarded-routes.ts'
import { guardSettings } from '../guarding.ts'
import { requireLiveLog } from '../outbound.ts'
import type { PeopleDeps } from '../people-routes.ts'
import { reindex } from '../reindexing.ts'
import { type SyncReport, syncRound } from '../sync.ts'
import { clientAddress } from './client-address.ts'
import { answerMalformed, malformedResponse } from './malformed.ts'
import type { OpenNode } from './open.ts'
import { limitSockets, PATIENCE } from './patience.ts'
import { pushJob, wakeUp } from './push.ts'
import { reindexJob } from './reindex-job.ts'
import { screeningJob } from './screening-job.ts'
import { openFirst, openingJob } from './signing-start.ts'

export type Trace = (event: string, facts: Record<string, unknown>) => void
export type RunningNode = {
  /** Base URL it listens on. */
  url: string
  /** Runs one round now, beside the schedule. */
  sync(): Promise<SyncReport>
  /** Finishes what is being answered and merged, then closes the database. */
  stop(): Promise<void>
}

/** Waits this long for open requests before it closes them. */
const STOP_TIMEOUT_MS = 5_000

/** Codes: ERR_PORT_BUSY, ERR_CHARTER_NONE, ERR_NOT_MEMBER and those of opening the directory. */
export async function startNode(node: OpenNode, trace: Trace): Promise<RunningNode> {
  const outbound = await node.outbound()
  requireLiveLog(outbound.adopted, node.settings.market, node.settings.origin)
  await node.begin()
  await openFirst(node)
  const { market, name } = node.settings
  const waker = wakeUp(node, trace)
  const deps: AppDeps = {
    db: node.db,
    here: { market, name },
    nowMs: node.sync.nowMs,
    scratch: node.scratch,
    receipts: { key: await node.nodeKey(), gate: node.sync.gate },
    trace,
    member: {
      sync: node.sync,
      alliance: node.settings.alliance,
      wake: waker.wake,
      outbound: node.outbound,
    },
    people: { ...peopleOf(node), refused: (facts) => trace('token_refused', facts) },
  }
  const screenings = screeningJob(node, contextReader(deps), trace)
  const { random } = node.sync
  const app = createApp({
    ...deps,
    screenings: { random, wake: screenings.wake, keepDays: node.settings.screenings_keep_days },
  })
  // Before the first answer: while the index is built anew, nobody is told that something is not listed.
  await reindex(node.db, { most: 1 })
  const server = await listen((request, facts) => app.fetch(request, facts), node.settings)
  const opening = openingJob(node, trace)
  const reindexing = reindexJob(node.db, trace)
  const rounds = syncJob(node, trace)
  const pushes = node.settings.push ? pushJob(node, trace) : null
  return {
    url: server.url,
    sync: () => syncRound(node.sync, { force: true }),
    async stop() {
      await opening.stop()
      await reindexing.stop()
      await rounds.stop()
      await pushes?.stop()
      await waker.stop()
      await screenings.stop()
      await server.stop()
      node.close()
    },
  }
}

function peopleOf({ people, settings }: OpenNode): PeopleDeps {
  return {
    key: people.key,
    realm: people.realm,
    settings: guardSettings(settings),
  }
}

function syncJob(node: OpenNode, trace: Trace): { stop(): Promise<void> } {
  let current: Promise<void> = Promise.resolve()
  let isBusy = false
  let isStopped = false
  const run = (): void => {
    // Single flight: here within the process, in the database between processes.
    if (isBusy || isStopped) return
    isBusy = true
    current = syncRound(node.sync)
      .then((report) => traceRound(report, trace))
      .catch((error: unknown) => trace('sync_failed', { cause: causeText(error) }))
      .finally(() => {
        isBusy = false
      })
  }
  let jitter: ReturnType<typeof setTimeout> | undefined
  const { schedule: expression, jitter_s: jitterS } = node.settings
  const task = schedule(
    expression,
    () => {
      clearTimeout(jitter)
      jitter = setTimeout(run, Math.random() * jitterS * 1000)
    },
    { timezone: 'UTC' },
  )
  run()
  return {
    async stop() {
      isStopped = true
      clearTimeout(jitter)
      await task.stop()
      await current
    },
  }
}

function traceRound(report: SyncReport, trace: Trace): void {
  for (const peer of report.peers) {
    if (peer.outcome === 'merged' || peer.outcome === 'failed') trace('sync_peer', { ...peer })
  }
  // An alarm: said with every round until it ends.
  for (const market of report.held) trace('mass_change_held', { market })
}

type Listening = { url: string; stop(): Promise<void> }

function listen(
  fetch: (request: Request, facts: EdgeFacts) => Response | Promise<Response>,
  { host, port, trusted_proxies: proxies }: Settings,
): Promise<Listening> {
  const answer = (
    request: Request,
    env: { incoming: { socket: Pick<Socket, 'remoteAddress'> } },
  ) => {
    const forwardedFor = request.headers.get('x-forwarded-for')
    const address = clientAddress(env.incoming.socket.remoteAddress, forwardedFor, proxies)
    return fetch(request, { address })
  }
  return new Promise((resolve, reject) => {
    const server = httpServer(getRequestListener(answer, { errorHandler: malformedResponse }), {
      proxies,
    })
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo
      const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
      resolve({ url, stop: () => stopServer(server) })
    })
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      const message = `port ${port} on ${host} is in use`
      const cure = 'stop the other program, or choose another port with --port'
      reject(new Failure('ERR_PORT_BUSY', message, { cure }))
    })
  })
}

/** A server that is patient for as long as it says, and answers what is no request. */
export function httpServer(
  listener: RequestListener,
  { proxies = 0, patience = PATIENCE }: { proxies?: number; patience?: typeof PATIENCE } = {},
): Server {
  const server = createServer(patience, listener)
  server.on('clientError', answerMalformed)
  limitSockets(server, proxies)
  return server
}

function stopServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.closeAllConnections()
    }, STOP_TIMEOUT_MS)
    server.close(() => {
      clearTimeout(force)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function causeText(error: unknown): string {
  return error instanceof Failure ? `${error.code} ${error.message}` : String(error)
}
