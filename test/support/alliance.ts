// An alliance in one process: real nodes over real databases, their apps reached through fetch; the clock is a number the test moves.
import { Hono } from 'hono'
import { createApp } from '../../src/app.ts'
import type { AppointingDeps } from '../../src/appointing.ts'
import { charterHeader, charterPayload, parseCharter } from '../../src/charter/charter.ts'
import { foundingTerms, type MemberFile } from '../../src/charter/found.ts'
import type { CharterPayload } from '../../src/charter/schema.ts'
import { planAdoption, requireAdopted } from '../../src/charter/store.ts'
import type { Effect } from '../../src/decision/vocabulary.ts'
import { decodeBase64url, encodeBase64url } from '../../src/encoding/base64.ts'
import {
  type Ed25519PrivateJwk,
  ed25519Signer,
  generateEd25519Jwk,
  jwkThumbprint,
} from '../../src/encoding/ed25519.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { guarded } from '../../src/gate.ts'
import { type GuardSettings, OPEN } from '../../src/guarding.ts'
import type { LogSigner } from '../../src/log/append.ts'
import type { Copies } from '../../src/log/copies.ts'
import type { HeadMemory, RememberedHead } from '../../src/log/memory.ts'
import type { StampStore } from '../../src/log/pass.ts'
import { type NodeDb, openDatabase } from '../../src/node/database.ts'
import { guardedSigner, signingGate } from '../../src/opening.ts'
import {
  type OutboundDeps,
  openLog,
  type Published,
  publishActs,
  publishFile,
} from '../../src/outbound.ts'
import { importTokenKey } from '../../src/people/token.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import type { Fetch } from '../../src/pull/source.ts'
import { scratchOf } from '../../src/replay.ts'
import type { ActKey } from '../../src/signing.ts'
import { readStatus, type Status } from '../../src/status/read.ts'
import { type SyncDeps, type SyncReport, syncRound } from '../../src/sync.ts'
import { formatVkey } from '../../src/tlog/key.ts'
import { documented } from './api.ts'
import type { TestWorker } from './worker.ts'

export type TestKey = ActKey & { jwk: Ed25519PrivateJwk; publicKey: Uint8Array }
export type TestKeys = Record<'root' | 'agency' | 'node' | 'log' | 'witness' | 'applied', TestKey>
export type TestNode = {
  market: string
  origin: string
  url: string
  db: NodeDb
  keys: TestKeys
  sync: SyncDeps
  app: ReturnType<typeof createApp>
  people: AppointingDeps
  outbound(): Promise<OutboundDeps>
  publish(acts: readonly UnsignedAct[]): Promise<Published>
  publishText(text: string): Promise<Published>
  pull(peer?: string): Promise<SyncReport>
  status(): Promise<Status>
  /** A request to this node's own app. */
  request(path: string, init?: RequestInit): Promise<Response>
}
export type TestAlliance = {
  nodes: Map<string, TestNode>
  node(market: string): TestNode
  charter: CharterPayload
  alliance: string
  /** POSIX milliseconds; every node reads this clock. */
  clock: { nowMs: number }
  /** Replaces or wraps how every node is reached: here peers are made to lie. */
  net: { fetch: Fetch }
  /** One forced round at every node. */
  syncAll(): Promise<void>
  close(): void
}

/** One for all nodes: their names for themselves tell their tokens apart. */
const TOKEN_JWK = await generateEd25519Jwk()
const TOKEN_KEY = await importTokenKey(TOKEN_JWK)

export const START_MS = Date.UTC(2026, 10, 23, 12, 0, 0)

/** Founds an alliance. Nodes have opened their logs; nothing has been pulled yet. */
export async function testAlliance(
  markets: readonly string[],
  options: {
    defaultEffect?: Effect
    nowMs?: number
    path?: (market: string) => string
    /** Who may look up, how often. Without: everybody, always. */
    guard?: Partial<GuardSettings>
    /** Changes charter 1 before it is signed. */
    terms?: (terms: CharterPayload) => CharterPayload
  } = {},
): Promise<TestAlliance> {
  const clock = { nowMs: options.nowMs ?? START_MS }
  const nodes = new Map<string, TestNode>()
  const net = { fetch: appFetch(nodes) }
  const keys = new Map<string, TestKeys>()
  for (const market of markets) keys.set(market, await testKeys())
  const files = [...keys].map(([market, own]) => memberFile(market, own))
  const founding = foundingTerms(files, {
    defaultEffect: options.defaultEffect ?? 'detain',
    nowS: Math.floor(clock.nowMs / 1000),
  })
  const terms = options.terms?.(founding) ?? founding
  const text = await signedCharter(
    terms,
    [...keys.values()].map(({ root }) => root),
  )
  const workerMarket = workerMarketOf(markets)
  let alliance = ''
  for (const [market, own] of keys) {
    const worker = market === workerMarket ? await openTestWorker(market, own, clock, net) : null
    const db =
      worker === null ? openDatabase(options.path?.(market) ?? ':memory:') : asNodeDb(worker)
    alliance = await adopt(db, text, clock.nowMs)
    const node = testNode(market, own, db, clock, net, options.guard, worker)
    nodes.set(market, node)
    await openLog(await node.outbound(), own.node)
  }
  return {
    nodes,
    charter: terms,
    alliance,
    clock,
    net,
    node(market) {
      const node = nodes.get(market)
      if (node === undefined) throw new TypeError(`no node ${market}`)
      return node
    },
    async syncAll() {
      for (const node of nodes.values()) await node.pull()
    },
    close() {
      for (const { db } of nodes.values()) db.close()
    },
  }
}

export async function testKey(): Promise<TestKey> {
  const jwk = await generateEd25519Jwk()
  const publicKey = decodeBase64url(jwk.x)
  if (publicKey === null) throw new TypeError('a fresh key does not decode')
  return { jwk, publicKey, kid: jwkThumbprint(jwk.x), sign: await ed25519Signer(jwk) }
}

export async function testKeys(): Promise<TestKeys> {
  const [root, agency, node, log, witness, applied] = await Promise.all(
    Array.from({ length: 6 }, testKey),
  )
  if (!root || !agency || !node || !log || !witness || !applied) throw new TypeError('no keys')
  return { root, agency, node, log, witness, applied }
}

export const originOf = (market: string): string => `${market}.test/log`
export const urlOf = (market: string): string => `http://${market}.test`

export function memberFile(market: string, keys: TestKeys, origin = originOf(market)): MemberFile {
  const jwk = ({ jwk: { x } }: TestKey) => ({ kty: 'OKP' as const, crv: 'Ed25519' as const, x })
  return {
    market,
    name: `Agency of ${market}`,
    url: urlOf(market),
    origin,
    rootKey: jwk(keys.root),
    agencyKey: jwk(keys.agency),
    nodeKey: jwk(keys.node),
    logKey: formatVkey({ name: origin, type: 1, publicKey: keys.log.publicKey }),
    witness: formatVkey({ name: `${origin}/witness`, type: 4, publicKey: keys.witness.publicKey }),
    applied: formatVkey({ name: `${origin}/applied`, type: 4, publicKey: keys.applied.publicKey }),
  }
}

/** A charter file signed by these root keys. */
export async function signedCharter(
  terms: CharterPayload,
  roots: readonly TestKey[],
): Promise<string> {
  const payload = charterPayload(terms)
  const signatures = await Promise.all(
    roots.map(async ({ kid, sign }) => {
      const header = encodeBase64url(encodeUtf8(JSON.stringify(charterHeader(kid))))
      const signature = await sign(encodeUtf8(`${header}.${payload}`))
      return { protected: header, signature: encodeBase64url(signature) }
    }),
  )
  return JSON.stringify({ payload, signatures })
}

async function adopt(db: NodeDb, text: string, nowMs: number): Promise<string> {
  const plan = await planAdoption(null, text, null, Math.floor(nowMs / 1000))
  if (!plan.ok) throw new TypeError(`${plan.code} ${plan.detail}`)
  await db.commit(plan.value.statements)
  const parsed = parseCharter(text)
  if (!parsed.ok) throw new TypeError(parsed.detail)
  return parsed.charter.hash
}

/** What a file or key-value store beside the database is at the edges. */
export function headMemory(): HeadMemory {
  let kept: RememberedHead | null = null
  return {
    read: async () => kept,
    keep: async (head) => {
      if (kept === null || head.size > kept.size) kept = head
    },
  }
}

/** What of a node stands outside of its database and survives it. */
export type OwnOutside = {
  memory?: HeadMemory
  copies?: Copies
  withoutPeers?: { reason: string }
}

export function stampMemory(): StampStore {
  let kept: string | null = null
  return {
    read: async () => kept,
    write: async (stamp) => {
      kept = stamp
    },
  }
}

let seed = 0
/** A node over a database that has adopted the charter; `testAlliance` makes them, a restart makes one again. */
export function testNode(
  market: string,
  keys: TestKeys,
  db: NodeDb,
  clock: { nowMs: number },
  net: { fetch: Fetch },
  guard: Partial<GuardSettings> = {},
  worker: TestWorker | null = null,
  own: OwnOutside = {},
): TestNode {
  const signer: LogSigner = {
    origin: originOf(market),
    log: keys.log,
    witness: keys.witness,
    applied: keys.applied,
  }
  const outside = {
    db,
    market,
    memory: headMemory(),
    nowMs: () => clock.nowMs,
    random: (bytes: number) => {
      seed += 1
      return Uint8Array.from({ length: bytes }, (_, at) => (seed >> (8 * (at % 4))) & 0xff)
    },
    fetch: ((url, init) => net.fetch(url, init)) as Fetch,
    ...own,
  }
  // As at the edges: a node that starts asks the others what it has signed, and every key waits for that.
  const gate = signingGate({
    ...outside,
    signer,
    stamps: stampMemory(),
    reliesOnPass: () => false,
    waitMs: 0,
    withoutPeers: own.withoutPeers,
  })
  const sync: SyncDeps = {
    ...outside,
    gate,
    signer: guardedSigner(signer, gate),
    headsEtags: new Map(),
    holder: market,
    nodeKey: guarded(keys.node, gate),
  }
  const here = { market, name: `Agency of ${market}` }
  const outbound = async () => ({ ...sync, adopted: await requireAdopted(db) })
  const people: AppointingDeps = {
    db,
    nowMs: sync.nowMs,
    random: sync.random,
    key: TOKEN_KEY,
    realm: { issuer: originOf(market), audience: urlOf(market) },
  }
  const base = createApp({
    db,
    here,
    nowMs: sync.nowMs,
    scratch: scratchOf(() => openDatabase(':memory:')),
    receipts: { key: keys.node, gate: sync.gate },
    // Files are taken in; when to screen them is the test's to say.
    screenings: { random: sync.random, wake: () => {} },
    // Pushes are delivered; when to pull is the test's to say.
    member: { sync, alliance: null, wake: () => {}, outbound },
    people: { ...people, settings: { ...OPEN, ...guard } },
    trace: (event, facts) => {
      throw new Error(`${market} ${event} ${JSON.stringify(facts)}`)
    },
  })
  // On workerd the same app answers from there; stories that a test tells itself run here, on the same database.
  const app = documented(
    worker === null ? base : new Hono().all('*', (c) => worker.fetch(c.req.raw)),
  )
  return {
    market,
    origin: originOf(market),
    url: urlOf(market),
    db,
    keys,
    sync,
    app,
    people,
    outbound,
    publish: async (acts) => publishActs(await outbound(), acts, keys.agency),
    publishText: async (text) =>
      publishFile(await outbound(), { text, fileName: 'test.yaml', zoneHere: 'UTC' }, keys.agency),
    pull: (peer) => {
      const options = { force: true, ...(peer === undefined ? {} : { peer }) }
      return worker === null ? syncRound(sync, options) : worker.round(options)
    },
    status: async () =>
      readStatus(
        db,
        here,
        await requireAdopted(db),
        Math.floor(clock.nowMs / 1000),
        await gate.state(),
      ),
    request: async (path, init) => app.request(`${urlOf(market)}${path}`, init),
  }
}

/** D1 gives no handle of its own. */
function asNodeDb({ db, giveBack }: TestWorker): NodeDb {
  return {
    ...db,
    close: giveBack,
    get raw(): NodeDb['raw'] {
      throw new TypeError('this test reaches into better-sqlite3 and runs on Node only')
    },
  }
}

/** `worker`: one node of every alliance, us where it is a member, runs on workerd with D1. */
const RUNTIME = process.env.PORTCULLIS_TEST_RUNTIME ?? 'node'

function workerMarketOf(markets: readonly string[]): string | undefined {
  if (RUNTIME !== 'worker') return undefined
  return markets.includes('us') ? 'us' : markets[0]
}

async function openTestWorker(
  market: string,
  keys: TestKeys,
  clock: { nowMs: number },
  net: { fetch: Fetch },
): Promise<TestWorker | null> {
  const { testWorker } = await import('./worker.ts')
  const settings = {
    PORTCULLIS_MARKET: market,
    PORTCULLIS_ORIGIN: originOf(market),
    PORTCULLIS_NAME: `Agency of ${market}`,
    PORTCULLIS_URL: urlOf(market),
    PORTCULLIS_TIME_ZONE: 'UTC',
    PORTCULLIS_INSECURE_HTTP: 'true',
  }
  const { log, witness, applied, node } = keys
  const jwks = {
    log: log.jwk,
    witness: witness.jwk,
    applied: applied.jwk,
    node: node.jwk,
    token: TOKEN_JWK,
  }
  return testWorker(settings, jwks, { clock, reach: (url, init) => net.fetch(url, init) })
}

function appFetch(nodes: ReadonlyMap<string, TestNode>): Fetch {
  return async (url, init) => {
    const market = new URL(url).hostname.split('.')[0] ?? ''
    const node = nodes.get(market)
    if (node === undefined) throw new TypeError(`no host ${url}`)
    // Through Request, as a real fetch would: an app must not see our objects.
    return decoded(await node.app.request(new Request(url, { ...init, signal: null })))
  }
}

/** What a real fetch does with Content-Encoding, so that nodes see the same bytes as over a socket. */
export function decoded(response: Response): Response {
  if (response.headers.get('content-encoding') !== 'gzip' || response.body === null) return response
  const body = response.body.pipeThrough(new DecompressionStream('gzip'))
  return new Response(body, { status: response.status, headers: response.headers })
}

/** A second process with the keys of a node and a copy of its database: what a forked log is behind two ports. */
export async function testTwin(
  alliance: TestAlliance,
  node: TestNode,
  db: NodeDb,
): Promise<TestNode & { fetch: Fetch }> {
  const twin = testNode(node.market, node.keys, db, alliance.clock, alliance.net)
  const only = new Map([[node.market, twin]])
  return { ...twin, fetch: appFetch(only) }
}
