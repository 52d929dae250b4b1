// What the demo found, asked of every node over its own API: convergence, orders, and a matrix of products by markets.
import { Failure } from '../errors.ts'
import type { Status } from '../status/read.ts'

export type Node = { market: string; url: string }
export type Head = { origin: string; size: number; root: string }
export type MatrixRow = {
  market: string
  decision: string
  product: { pid: string; brand: string | null; model: string | null; gtin: string | null }
  listing: string
  state: string
  blocked_in: string[]
  verdicts: Record<string, string>
}
export type OrderRow = {
  decision: string
  state: string
  record: string
  same_everywhere: boolean
  /** k witnesses have cosigned a head that holds its newest act. */
  confirmed: boolean
  applied: { m: number; n: number }
  /** From the start of publishing to answered by (blocked, where in force) at the slowest node; null where this run did not publish it. */
  visible_ms: number | null
}
export type DemoReport = {
  markets: string[]
  decisions: number
  in_force: number
  products: number
  converged: boolean
  sync_ms: number
  heads: Head[]
  digest: string
  orders: OrderRow[]
  matrix: MatrixRow[]
}

type DecisionItem = { decision: string; state: string; record: string }
type ProductItem = {
  pid: string
  listing: string
  brand?: string
  model?: string
  gtins?: string[]
  description?: { text: string }[]
}
type Story = DecisionItem & {
  products: { product: ProductItem }[]
  products_next: string | null
  confirmed: boolean
  applied: { m: number; n: number }
}

const POLL_MS = 100
const VISIBLE_POLL_MS = 5
const LOOKUP_BATCH = 100

/** True when every node has merged every log to its end and all have one digest. */
export function isConverged(statuses: readonly Status[]): boolean {
  const first = statuses[0]
  if (first === undefined) return false
  const wanted = new Map(
    statuses.map(({ market, feeds }) => [market, feeds.find((feed) => feed.market === market)]),
  )
  return statuses.every(
    ({ digest, feeds }) =>
      digest === first.digest &&
      feeds.every(({ market, position, root }) => {
        const own = wanted.get(market)
        return position > 0 && position === own?.position && root === own?.root
      }),
  )
}

export function readStatuses(nodes: readonly Node[]): Promise<Status[]> {
  return Promise.all(nodes.map(({ url }) => getJson<Status>(`${url}/v1/status`)))
}

/** Asks until the alliance has converged or the time is over. Gives the last statuses. */
export async function waitForConvergence(
  nodes: readonly Node[],
  timeoutMs: number,
  watch: (statuses: readonly Status[]) => void = () => {},
): Promise<Status[]> {
  const until = Date.now() + timeoutMs
  for (;;) {
    const statuses = await readStatuses(nodes)
    watch(statuses)
    if (isConverged(statuses) || Date.now() > until) return statuses
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

type Listed = { listing: string; gtins?: string[]; brand?: string; model?: string }

/** Asks for the first product that an issue act lists with something to ask for; null where it lists none. */
export function questionOf(act: unknown): string | null {
  const { products = [] } = act as { products?: Listed[] }
  for (const { listing, gtins, brand, model } of products) {
    if (listing !== 'listed') continue
    if (gtins?.[0] !== undefined) return String(new URLSearchParams({ gtin: gtins[0] }))
    if (brand !== undefined && model !== undefined) {
      return String(new URLSearchParams({ brand, model }))
    }
  }
  return null
}

/**
 * Waits until every node answers by a decision: by its product where there is something to ask for, so that it is blocked where the order is in
 * force; else by its name. Milliseconds since `from`, by performance.now().
 */
export async function waitUntilVisible(
  nodes: readonly Node[],
  { decision, question }: { decision: string; question: string | null },
  from: number,
  timeoutMs: number,
): Promise<number> {
  const path = question === null ? `/v1/decisions/${decision}` : `/v1/lookup?${question}`
  await Promise.all(
    nodes.map(async ({ url }) => {
      while (performance.now() - from < timeoutMs) {
        const response = await fetch(`${url}${path}`)
        const text = await response.text()
        if (response.ok && text.includes(`"decision":"${decision}"`)) return
        await new Promise((resolve) => setTimeout(resolve, VISIBLE_POLL_MS))
      }
    }),
  )
  return Math.round(performance.now() - from)
}

/** Waits until each log's own node has every member's applied line on its newest head, or the time is over. */
export async function waitForApplied(nodes: readonly Node[], timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs
  for (const { market, url } of nodes) {
    while (performance.now() < until) {
      const { decisions } = await getJson<{ decisions: DecisionItem[] }>(
        `${url}/v1/decisions?market=${market}&limit=100`,
      )
      const stories = await Promise.all(
        decisions.map(({ decision }) => getJson<Story>(`${url}/v1/decisions/${decision}`)),
      )
      if (stories.every(({ applied }) => applied.m === applied.n)) break
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
}

/** The whole report. Every verdict is a node's answer from its real `/v1/lookup`. */
export async function demoReport(
  nodes: readonly Node[],
  statuses: readonly Status[],
  syncMs: number,
  visibleMs: ReadonlyMap<string, number>,
): Promise<DemoReport> {
  const markets = nodes.map(({ market }) => market).sort()
  const perNode = await Promise.all(nodes.map(({ url }) => readDecisions(url)))
  const known = sameEverywhere(perNode)
  const stories = await Promise.all(
    known.map(({ decision }) => readStory(homeOf(nodes, decision), decision)),
  )
  const orders = known.map(
    (order, at): OrderRow => ({
      ...order,
      confirmed: stories[at]?.confirmed ?? false,
      applied: stories[at]?.applied ?? { m: 0, n: nodes.length },
      visible_ms: visibleMs.get(order.decision) ?? null,
    }),
  )
  const matrix = await readMatrix(nodes, stories)
  const first = statuses[0]
  return {
    markets,
    decisions: orders.length,
    in_force: stories.filter(({ state }) => isInForce(state)).length,
    products: matrix.length,
    converged: isConverged(statuses),
    sync_ms: syncMs,
    heads: (first?.feeds ?? []).map(({ origin, position, root }) => ({
      origin,
      size: position,
      root,
    })),
    digest: first?.digest ?? '',
    orders,
    matrix,
  }
}

const isInForce = (state: string) => state === 'in_force' || state === 'issued_under_review'

function homeOf(nodes: readonly Node[], decision: string): string {
  const home = nodes.find(({ market }) => decision.startsWith(`${market}/`)) ?? nodes[0]
  if (home === undefined) throw new TypeError('an alliance without nodes')
  return home.url
}

/** A decision with all of its products, which come in pages. */
async function readStory(url: string, decision: string): Promise<Story> {
  const story = await getJson<Story>(`${url}/v1/decisions/${decision}`)
  let next = story.products_next
  while (next !== null) {
    const page = await getJson<Story>(`${url}/v1/decisions/${decision}?products_after=${next}`)
    story.products.push(...page.products)
    next = page.products_next
  }
  return story
}

async function readDecisions(url: string): Promise<Map<string, DecisionItem>> {
  const items = new Map<string, DecisionItem>()
  let after: string | null = ''
  while (after !== null) {
    type Page = { decisions: DecisionItem[]; next: string | null }
    const page: Page = await getJson<Page>(
      `${url}/v1/decisions?limit=100${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
    )
    for (const item of page.decisions) items.set(item.decision, item)
    after = page.next
  }
  return items
}

type KnownOrder = Pick<OrderRow, 'decision' | 'state' | 'record' | 'same_everywhere'>

function sameEverywhere(perNode: readonly Map<string, DecisionItem>[]): KnownOrder[] {
  const all = new Map(perNode.flatMap((items) => [...items]))
  return [...all.values()]
    .sort((a, b) => (a.decision < b.decision ? -1 : 1))
    .map(({ decision, state, record }) => ({
      decision,
      state,
      record,
      same_everywhere: perNode.every((items) => items.get(decision)?.state === state),
    }))
}

async function readMatrix(nodes: readonly Node[], stories: readonly Story[]): Promise<MatrixRow[]> {
  const rows = stories.flatMap((story) => story.products.map(({ product }) => ({ story, product })))
  const queries = rows.map(({ product }) => queryOf(product))
  const answers = await Promise.all(
    nodes.map(async ({ market, url }) => [market, await lookUpAll(url, queries)] as const),
  )
  return rows.map(({ story, product }, at) => {
    const verdicts = Object.fromEntries(
      answers.map(([market, found]) => [market, found[at] ?? 'error']),
    )
    const { pid, brand = null, model = null, gtins, listing } = product
    return {
      market: story.decision.slice(0, 2),
      decision: story.decision,
      product: { pid, brand, model, gtin: gtins?.[0] ?? null },
      listing,
      state: story.state,
      blocked_in: Object.keys(verdicts)
        .filter((market) => verdicts[market] === 'blocked')
        .sort(),
      verdicts,
    }
  })
}

/** Its gtin, else brand and model, else its description. */
function queryOf({ gtins, brand, model, description }: ProductItem): Record<string, string> {
  const gtin = gtins?.[0]
  if (gtin !== undefined) return { gtin }
  if (brand !== undefined && model !== undefined) return { brand, model }
  const text = description?.[0]?.text ?? model ?? brand
  return { text: (text ?? 'nothing').slice(0, 300) }
}

async function lookUpAll(
  url: string,
  queries: readonly Record<string, string>[],
): Promise<string[]> {
  const verdicts: string[] = []
  for (let at = 0; at < queries.length; at += LOOKUP_BATCH) {
    const batch = queries.slice(at, at + LOOKUP_BATCH)
    type Answer = { status: number; verdict?: string; code?: string }
    const { responses } = await getJson<{ responses: Record<string, Answer> }>(`${url}/v1/lookup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        queries: Object.fromEntries(batch.map((query, i) => [`q${i}`, query])),
      }),
    })
    verdicts.push(...batch.map((_, i) => responses[`q${i}`]?.verdict ?? 'error'))
  }
  return verdicts
}

async function getJson<T>(url: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, init)
  if (!response.ok)
    throw new Failure('ERR_INTERNAL', `${response.status} at ${url}: ${await response.text()}`)
  return (await response.json()) as T
}
