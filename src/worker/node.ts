// Opens a Worker's environment into what the stories need: D1, clock, randomness, keys. The counterpart of `node/open.ts`.
import { requireAdopted } from '../charter/store.ts'
import type { Settings } from '../config.ts'
import { Failure } from '../errors.ts'
import { guarded } from '../gate.ts'
import type { LogSigner } from '../log/append.ts'
import { guardedSigner, signingGate } from '../opening.ts'
import type { OutboundDeps } from '../outbound.ts'
import type { Realm, TokenKey } from '../people/token.ts'
import { type Fetch, isLoopback } from '../pull/source.ts'
import type { ActKey } from '../signing.ts'
import type { SyncDeps } from '../sync.ts'
import { type D1Door, d1Door } from './database.ts'
import { D1_LIMITS, SUBREQUESTS } from './limits.ts'
import { headMemory, stampMemory } from './memory.ts'
import type { D1Database, DurableNamespace } from './platform.ts'
import { workerKeys, workerSettings } from './settings.ts'

export type Env = {
  DB: D1Database
  MEMORY: DurableNamespace
  /** Secret: the node's keys as one JSON object. */
  PORTCULLIS_KEYS?: string
  /** Statements an invocation may run, where the plan allows fewer or more than 1 000. */
  PORTCULLIS_D1_QUERIES?: string
  /** Requests to elsewhere an invocation may make, where the plan allows fewer or more than 1 000. */
  PORTCULLIS_SUBREQUESTS?: string
}
/** What a test gives otherwise. */
export type WorkerEdges = {
  nowMs: () => number
  fetch: Fetch
  /** Begins work that goes on after the answer has left. */
  later: (work: () => Promise<void>) => void
}
export type WorkerNode = {
  settings: Settings
  db: D1Door
  sync: SyncDeps
  nodeKey: ActKey
  /** Everything publishing needs, with the charter as adopted now. Code ERR_CHARTER_NONE before. */
  outbound(): Promise<OutboundDeps>
  /** Null where no token key was given: then nobody has a token. */
  people: { key: TokenKey; realm: Realm } | null
}

/** Statements and requests kept back for what a round does after pulling: cosigning, notices, the next stamp. */
const RESERVED_QUERIES = 200
const RESERVED_REQUESTS = 30

/**
 * A node over what an environment holds. `counted`: for one invocation, whose statements and requests are counted from here; otherwise for
 * all requests of an isolate, none of which needs many. Codes ERR_CONFIG_*, ERR_KEY_UNREADABLE.
 */
export async function openWorker(
  env: Env,
  { nowMs, fetch }: Omit<WorkerEdges, 'later'>,
  count: 'counted' | 'uncounted' = 'uncounted',
): Promise<WorkerNode> {
  const settings = workerSettings(env)
  const keys = await workerKeys(env.PORTCULLIS_KEYS)
  const isCounted = count === 'counted'
  const most = (text: string | undefined, normally: number) =>
    isCounted ? limit(text, normally) : Number.POSITIVE_INFINITY
  const queries = most(env.PORTCULLIS_D1_QUERIES, D1_LIMITS.queries)
  const requests = most(env.PORTCULLIS_SUBREQUESTS, SUBREQUESTS)
  const db = d1Door(env.DB, { ...D1_LIMITS, queries })
  const counted = countedFetch(fetch, settings, requests)
  const signer: LogSigner = {
    origin: settings.origin,
    log: keys.log,
    witness: keys.witness,
    applied: keys.applied,
  }
  const outside = {
    db,
    market: settings.market,
    memory: headMemory(env.MEMORY, settings.origin),
    nowMs,
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
    fetch: counted.fetch,
  }
  const gate = signingGate({
    ...outside,
    signer,
    stamps: stampMemory(env.MEMORY, settings.origin),
    // Isolates come and go: what counts is that D1 is the database for which the members were asked.
    reliesOnPass: () => true,
    asksWhenLookedAt: true,
    waitMs: 0,
  })
  const nodeKey = guarded(keys.node, gate)
  const sync: SyncDeps = {
    ...outside,
    signer: guardedSigner(signer, gate),
    gate,
    mayGoOn: () =>
      db.left() > Math.min(RESERVED_QUERIES, queries / 2) &&
      counted.left() > Math.min(RESERVED_REQUESTS, requests / 2),
    headsEtags: new Map(),
    nodeKey,
    holder: crypto.randomUUID(),
  }
  return {
    settings,
    db,
    sync,
    nodeKey,
    outbound: async () => ({ ...sync, adopted: await requireAdopted(db) }),
    people:
      keys.token === null
        ? null
        : { key: keys.token, realm: { issuer: settings.origin, audience: settings.url } },
  }
}

/** https only, unless for a demo; the platform itself keeps a Worker from private addresses. Throws once the invocation has none left. */
function countedFetch(
  fetch: Fetch,
  { insecure_http: insecure }: Settings,
  most: number,
): { fetch: Fetch; left(): number } {
  let used = 0
  return {
    left: () => most - used,
    async fetch(url, init) {
      if (!insecure && new URL(url).protocol !== 'https:')
        throw new Error('only https is spoken to peers; set insecure_http for a demo')
      if (used >= most) throw new Error(`this invocation has made its ${most} requests`)
      used += 1
      const headers = new Headers(init.headers)
      if (isLoopback(new URL(url).hostname)) headers.set('accept-encoding', 'identity')
      return fetch(url, { ...init, headers })
    },
  }
}

function limit(text: string | undefined, normally: number): number {
  if (text === undefined) return normally
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new Failure('ERR_CONFIG_FORMAT', `a limit is a whole number above 0, not ${text}`, {
    cure: 'see wrangler.toml',
  })
}
