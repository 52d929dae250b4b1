// A node on workerd, the real one, with D1 and a Durable Object, in a test's alliance. One a test file; it is emptied between alliances.
import { type RequestOptions, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { afterAll } from 'vitest'
import { type Db, sql } from '../../src/db.ts'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { type ErrorCode, Failure } from '../../src/errors.ts'
import type { Fetch } from '../../src/pull/source.ts'
import type { SyncOptions, SyncReport } from '../../src/sync.ts'
import { d1Door } from '../../src/worker/database.ts'
import { D1_LIMITS } from '../../src/worker/limits.ts'
import { startWorkerd } from './workerd.ts'

/** Of the connection, not of the answer (RFC 9110 §7.6.1), and what an app leaves to its server. */
const HOP_BY_HOP = ['content-length', 'connection', 'keep-alive', 'transfer-encoding', 'date']

export type TestWorker = {
  db: Db
  fetch(request: Request): Promise<Response>
  round(options: SyncOptions): Promise<SyncReport>
  /** The next alliance may have it. */
  giveBack(): void
}
type Running = { worker: TestWorker; empty(told: object): Promise<void>; stop(): Promise<void> }

let running: Promise<Running> | null = null
let net: Fetch = () => Promise.reject(new TypeError('no alliance yet'))
let clock = { nowMs: 0 }
let alliances = 0
let isTaken = false

afterAll(async () => {
  await (await running)?.stop()
  running = null
})

/**
 * The Worker of this test file, emptied, with these settings and keys; it reaches others through `reach`. Null while an alliance has it
 * that was not closed yet.
 */
export async function testWorker(
  settings: Record<string, string>,
  keys: Record<string, unknown>,
  around: { clock: { nowMs: number }; reach: Fetch },
): Promise<TestWorker | null> {
  if (isTaken) return null
  isTaken = true
  running ??= start()
  const { worker, empty } = await running
  net = around.reach
  clock = around.clock
  alliances += 1
  const vars = { ...settings, PORTCULLIS_KEYS: JSON.stringify(keys) }
  await empty({ vars, alliance: String(alliances), nowMs: clock.nowMs })
  return worker
}

async function start(): Promise<Running> {
  const switchboard = await listen()
  const { port, d1, stop } = await startWorkerd('portcullis-test', {
    TEST_SWITCHBOARD: switchboard.url,
  })
  const db = d1Door(d1, { ...D1_LIMITS, queries: Number.POSITIVE_INFINITY })
  const ask = (path: string, method: string, headers: Headers, body?: Uint8Array) => {
    headers.set('x-test-now', String(clock.nowMs))
    // The local platform packs what it likes for whoever takes gzip, and shows the Worker a header of its own.
    headers.set('x-test-accept-encoding', headers.get('accept-encoding') ?? '')
    headers.set('accept-encoding', 'identity')
    return overSocket({ port, path, method, headers: Object.fromEntries(headers) }, body)
  }
  return {
    worker: {
      db,
      async fetch(asked) {
        // The path as it was spelled: also a lone question mark is another name.
        const path = asked.url.slice(asked.url.indexOf('/', 'http://'.length))
        const { method } = asked
        const hasBody = !['GET', 'HEAD'].includes(method)
        const body = hasBody ? new Uint8Array(await asked.arrayBuffer()) : undefined
        return ask(path, method, new Headers(asked.headers), body)
      },
      giveBack() {
        isTaken = false
      },
      async round(options) {
        const answer = await ask(
          '/test/round',
          'POST',
          new Headers(),
          encodeUtf8(JSON.stringify(options)),
        )
        const value = await answer.json()
        if (answer.ok) return value as SyncReport
        const { code, message } = value as { code?: ErrorCode; message: string }
        throw code === undefined ? new Error(message) : new Failure(code, message)
      },
    },
    async empty(told) {
      await emptyTables(db)
      await ask('/test/tell', 'POST', new Headers(), encodeUtf8(JSON.stringify(told)))
    },
    async stop() {
      await stop()
      switchboard.close()
    },
  }
}

/** As it comes over the wire: no client unpacks it, tidies the path or adds a header. */
function overSocket(options: RequestOptions, body?: Uint8Array): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', agent: false, ...options }, (answer) => {
      const chunks: Uint8Array[] = []
      answer.on('data', (chunk: Uint8Array) => chunks.push(chunk))
      answer.once('error', reject)
      answer.once('end', () => {
        const status = answer.statusCode ?? 0
        const headers = new Headers()
        for (const [name, value] of Object.entries(answer.headers))
          if (!HOP_BY_HOP.includes(name)) headers.set(name, String(value))
        const isEmpty = [204, 304].includes(status) || options.method === 'HEAD'
        resolve(
          new Response(isEmpty ? null : (concatBytes(chunks) as Uint8Array<ArrayBuffer>), {
            status,
            headers,
          }),
        )
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

async function emptyTables(db: Db): Promise<void> {
  const tables = await db.query<{ name: string; sql: string }>(
    sql("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"),
  )
  const isText = ({ sql: text }: { sql: string }) => text.startsWith('CREATE VIRTUAL')
  // A vocabulary is a view of a text's index and holds nothing itself.
  const texts = tables
    .filter((table) => isText(table) && !table.sql.includes('fts5vocab'))
    .map(({ name }) => name)
  const own = tables.filter(
    (table) =>
      !isText(table) &&
      !/^(sqlite_|_cf_|d1_)/.test(table.name) &&
      !texts.some((text) => table.name.startsWith(`${text}_`)),
  )
  await db.commit([
    ...texts.map((name) => sql(`INSERT INTO ${name} (${name}) VALUES ('delete-all')`)),
    ...own.map(({ name }) => sql(`DELETE FROM ${name}`)),
  ])
}

/** One server for all hosts of the test's network. */
function listen(): Promise<{ url: string; close(): void }> {
  const answer = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    const host = request.headers.get('x-test-host')
    const body = request.method === 'GET' ? null : new Uint8Array(await request.arrayBuffer())
    const init = { method: request.method, headers: request.headers, body }
    const answered = await net(`http://${host}${pathname}${search}`, init)
    // A slow network moves the clock while a round goes on.
    const headers = new Headers(answered.headers)
    headers.set('x-test-now', String(clock.nowMs))
    return new Response(answered.body, { status: answered.status, headers })
  }
  return new Promise((resolve) => {
    const server = serve(
      { fetch: answer, hostname: '127.0.0.1', port: 0 },
      ({ port }: AddressInfo) => {
        resolve({ url: `http://127.0.0.1:${port}`, close: () => server.close() })
      },
    )
  })
}
