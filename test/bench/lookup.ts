// The look-up over a million identifiers: each kind of question in process, exact identifiers over HTTP against a bare route that
// returns the same bytes, and lines of a manifest against one prepared SELECT a line.
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createApp } from '../../src/app.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { gtinKeys } from '../../src/identifier/gtin.ts'
import { answer } from '../../src/lookup/answer.ts'
import { openBatch } from '../../src/lookup/batch.ts'
import type { LookupContext } from '../../src/lookup/context.ts'
import { parseQuery, type Query } from '../../src/lookup/query.ts'
import { openView } from '../../src/lookup/view.ts'
import { readStandings } from '../../src/standing.ts'
import { questionOf, readLines } from '../quality/manifest.ts'
import { percentile, round } from './limits.ts'
import {
  type Bench,
  benchCatalogue,
  brandOf,
  gtinOf,
  MARKETS,
  modelOf,
  productOf,
} from './lookup-catalogue.ts'

type Figures = Record<string, number | string>
const ASKED = 2_000
const SECONDS = 5
const ROUNDS = 3
const CONNECTIONS = 16
const BATCH_LINES = 100_000

export async function benchLookup(): Promise<Figures> {
  const bench = await benchCatalogue()
  try {
    return {
      identifiers: bench.identifiers,
      products: bench.products,
      ...(await inProcess(bench)),
      ...(await overHttp(bench)),
      ...(await manifest(bench)),
      peak_mb: round(process.resourceUsage().maxRSS / 1024, 0),
    }
  } finally {
    bench.alliance.close()
    rmSync(bench.directory, { recursive: true, force: true })
  }
}

/** p50 and p99 in milliseconds of each kind of question, each with a view of its own, as a request has. */
async function inProcess({ node, alliance, products }: Bench): Promise<Figures> {
  const per = products / MARKETS.length
  const serial = (i: number) => (i * 7919) % products
  const spot = (i: number) => {
    const market = MARKETS[Math.floor(serial(i) / per)] ?? 'us'
    return productOf(market, serial(i) % per)
  }
  const kinds: Record<string, (i: number) => Record<string, string>> = {
    gtin_listed: (i) => ({ gtin: gtinOf(serial(i) * 5 + 2) }),
    gtin_not_listed: (i) => ({ gtin: gtinOf(500_000_000 + i) }),
    model_listed: (i) => ({ brand: spot(i).brand ?? '', model: spot(i).model ?? '' }),
    model_not_listed: (i) => ({ brand: brandOf(i), model: `${modelOf(serial(i))}Z9` }),
    box_listed: (i) => ({ q: `${spot(i).brand} ${spot(i).model} ${spot(i).words?.[0]} black` }),
    box_misread: (i) => ({ q: `${spot(i).brand} ${spot(i).model?.replaceAll('0', 'O')}` }),
    box_not_listed: (i) => ({ q: `Bosch ${i}-XR drill driver 18V` }),
    two_characters: (i) => ({ q: ['炊飯', '도어', '逆变', '空气'][i % 4] ?? '' }),
    party: (i) => ({ party: `${brandOf((i % 200) * 13)} Electric US Works` }),
    case_number: (i) => ({ case: `B-kr-${i % 200}` }),
  }
  const figures: Figures = {}
  const ctx = await contextOf(node, alliance)
  for (const [kind, ask] of Object.entries(kinds)) {
    const queries = Array.from({ length: ASKED }, (_, i) => parseQuery(ask(i)))
    const times: number[] = []
    for (const query of queries) {
      const from = performance.now()
      await answer(await openView(ctx), query)
      times.push(performance.now() - from)
    }
    times.sort((a, b) => a - b)
    figures[`${kind}_p50_ms`] = round(percentile(times, 0.5), 3)
    figures[`${kind}_p99_ms`] = round(percentile(times, 0.99), 3)
  }
  return figures
}

async function contextOf(node: Bench['node'], alliance: Bench['alliance']): Promise<LookupContext> {
  const adopted = await requireAdopted(node.db)
  const { terms, hash } = adopted.charter
  return {
    db: node.db,
    now: () => alliance.clock.nowMs,
    here: node.market,
    readStandings: () => readStandings(node.db, adopted),
    charter: {
      n: terms.n,
      hash,
      expires: terms.expires,
      staleAfterS: terms.policy.staleAfter,
      defaultEffect: terms.policy.defaultEffect,
      members: terms.members.map(({ market, name, logs }) => ({
        market,
        name,
        origins: logs.map(({ origin }) => origin),
        status: 'active' as const,
      })),
    },
  }
}

/** Look-ups a second through the whole app, the bare route in turns with it. */
async function overHttp({ node, alliance, directory, products }: Bench): Promise<Figures> {
  const paths = Array.from(
    { length: 5_000 },
    (_, i) => `/v1/lookup?gtin=${gtinOf(((i * 7919) % products) * 5 + 1)}`,
  )
  const { db, market } = node
  const here = { market, name: market.toUpperCase() }
  // A clock that goes: a view is of one second.
  const started = performance.now()
  const nowMs = () => alliance.clock.nowMs + Math.floor(performance.now() - started)
  const whole = createApp({ db, here, nowMs, trace: () => undefined })
  const response = await whole.request(paths[0] ?? '')
  const bytes = new Uint8Array(await response.arrayBuffer())
  const app = new Hono()
  app.get('/bare', (c) =>
    c.body(bytes, 200, { 'content-type': 'application/json', 'cache-control': 'no-store' }),
  )
  app.route('/', whole)
  const server = await new Promise<{ port: number; close: () => void }>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve({ port, close: () => listening.close() }),
    )
  })
  const ours = join(directory, 'ours.json')
  const bare = join(directory, 'bare.json')
  writeFileSync(ours, JSON.stringify(paths))
  writeFileSync(bare, JSON.stringify(['/bare']))
  const rates = { ours: [] as Load[], bare: [] as Load[] }
  try {
    await load(server.port, bare)
    await load(server.port, ours)
    for (let round = 0; round < ROUNDS; round++) {
      rates.bare.push(await load(server.port, bare))
      rates.ours.push(await load(server.port, ours))
    }
  } finally {
    server.close()
  }
  const best = (loads: readonly Load[]) => Math.max(...loads.map(({ rate }) => rate))
  const least = (loads: readonly Load[]) => Math.min(...loads.map(({ cpuUs }) => cpuUs))
  return {
    http_lookups_per_s: round(best(rates.ours), 0),
    http_bare_per_s: round(best(rates.bare), 0),
    http_bytes: bytes.length,
    http_ratio: round(best(rates.ours) / best(rates.bare)),
    http_lookup_cpu_us: round(least(rates.ours), 0),
    http_bare_cpu_us: round(least(rates.bare), 0),
  }
}

/** Answers a second, and CPU of this process for one. */
type Load = { rate: number; cpuUs: number }

function load(port: number, paths: string): Promise<Load> {
  const cpu = process.cpuUsage()
  const script = fileURLToPath(new URL('lookup-client.ts', import.meta.url))
  const url = `http://127.0.0.1:${port}`
  return new Promise((resolve, reject) => {
    const args = [script, url, paths, String(SECONDS), String(CONNECTIONS)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.on('exit', (code) => {
      if (code !== 0) return reject(new Error(`client: ${code}`))
      const { done, ms } = JSON.parse(out) as { done: number; ms: number }
      const { user, system } = process.cpuUsage(cpu)
      resolve({ rate: (done / ms) * 1000, cpuUs: (user + system) / done })
    })
  })
}

/** Lines a second through the batch; one in a hundred identifier lines is listed, and what a clean manifest brings. */
async function manifest({ node, alliance, products }: Bench): Promise<Figures> {
  const ctx = await contextOf(node, alliance)
  const batch = await openBatch(ctx)
  const lines = readLines().map((line) => parseQuery(questionOf(line)))
  const from = performance.now()
  await batch.answer(lines.slice(0, 1000))
  const opened = performance.now() - from
  const gtins = Array.from({ length: BATCH_LINES }, (_, i) =>
    i % 100 === 0 ? gtinOf(((i * 7919) % products) * 5) : gtinOf(500_000_000 + i),
  )
  const identifiers = await linesPerSecond(
    (queries) => batch.answer(queries),
    gtins.map((gtin) => parseQuery({ gtin })),
  )
  const texts = await linesPerSecond((queries) => batch.answer(queries), lines)
  const select = node.db.raw.prepare(
    "SELECT product FROM identifier WHERE kind = 'gtin' AND value = ?",
  )
  const selected = performance.now()
  for (const gtin of gtins) for (const key of gtinKeys(`0${gtin}`)) select.all(key)
  const selects = (gtins.length / (performance.now() - selected)) * 1000
  return {
    filter_and_first_1000_ms: round(opened, 0),
    identifier_lines_per_s: round(identifiers, 0),
    text_lines_per_s: round(texts, 0),
    prepared_selects_per_s: round(selects, 0),
    identifier_ratio_to_select: round(identifiers / selects),
    text_ratio_to_select: round(texts / selects, 3),
  }
}

async function linesPerSecond(
  ask: (queries: readonly Query[]) => Promise<unknown[]>,
  queries: readonly Query[],
): Promise<number> {
  const from = performance.now()
  for (let at = 0; at < queries.length; at += 1000) await ask(queries.slice(at, at + 1000))
  return (queries.length / (performance.now() - from)) * 1000
}
