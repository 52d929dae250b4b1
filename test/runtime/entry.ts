// The Worker under test: our own, with the test's settings, clock and network, and a door to run a round and read what it reported.
import { syncRound } from '../../src/sync.ts'
import { type Handlers, Memory, workerNode } from '../../src/worker/main.ts'
import { type Env, openWorker, type WorkerEdges } from '../../src/worker/node.ts'

export { Memory }

/** `alliance` tells one alliance of a test file from the next, where the platform keeps something by name. */
type Told = { vars: Record<string, string>; alliance: string; nowMs: number }

let told: Told = { vars: {}, alliance: '', nowMs: 0 }
let node: Handlers | null = null

const edgesOf = (switchboard: string): WorkerEdges => ({
  nowMs: () => told.nowMs,
  // When to pull is the test's to say.
  later: () => {},
  // Hosts such as us.test live in the test's process: one server there stands for all of them.
  fetch: async (url, init) => {
    const { hostname, pathname, search } = new URL(url)
    const headers = new Headers(init.headers)
    headers.set('x-test-host', hostname)
    headers.set('accept-encoding', 'identity')
    const answer = await fetch(`${switchboard}${pathname}${search}`, { ...init, headers })
    told.nowMs = Number(answer.headers.get('x-test-now') ?? told.nowMs)
    return answer
  },
})

function toldEnv(env: Env): Env {
  const { vars, alliance } = told
  const MEMORY: Env['MEMORY'] = {
    idFromName: (name) => env.MEMORY.idFromName(`${alliance} ${name}`),
    get: (id) => env.MEMORY.get(id),
  }
  return { ...env, ...vars, MEMORY }
}

export default {
  async fetch(request: Request, env: Env & { TEST_SWITCHBOARD: string }): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/test/tell') {
      told = await request.json()
      node = null
      return new Response(null, { status: 204 })
    }
    told.nowMs = Number(request.headers.get('x-test-now') ?? told.nowMs)
    const edges = edgesOf(env.TEST_SWITCHBOARD)
    if (pathname !== '/test/round') {
      const asked = new Request(request)
      asked.headers.set('accept-encoding', request.headers.get('x-test-accept-encoding') ?? '')
      node ??= workerNode(edges)
      return node.fetch(asked, toldEnv(env))
    }
    const { sync } = await openWorker(toldEnv(env), edges)
    try {
      return Response.json(await syncRound(sync, await request.json()))
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      return Response.json({ code, message }, { status: 500 })
    }
  },
}
