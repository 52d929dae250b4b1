// Five markets with the decisions of fixtures/, one of them over real HTTP, and a browser to look at it with.
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { createApp } from '../../src/app.ts'
import { uuidv7 } from '../../src/encoding/uuid.ts'
import { START_MS, type TestAlliance, testAlliance } from '../support/alliance.ts'
import { launchBrowser } from '../support/browser.ts'
import { runAt } from '../support/manifest.ts'

const MARKETS = ['us', 'jp', 'kr', 'tw', 'de']
const FIXTURES = new URL('../../fixtures/decisions/', import.meta.url)
const PAGE_TIMEOUT_MS = 10_000

/** Names of manifests are made of the clock and of what is drawn, which a test knows. */
const manifestId = (drawn: number) => uuidv7(START_MS, new Uint8Array(16).fill(drawn))
const SCREENED = manifestId(1)
const TO_MAP = manifestId(2)
const WAITING = manifestId(3)

/** One of every kind of page, by what an officer would call it. */
export const PAGES = {
  'the empty box': '/',
  'a blocked answer': '/?q=Drovolt+DB-1850',
  'an answer with a bond and questions': '/?q=Inkavora+IV-381BK',
  'an exception': '/?q=Sovaro+SV-T215',
  'a possible answer': '/?q=337-TA-1276',
  'an answer of nothing': '/?q=9520009999996',
  'an answer with matches not in force': '/?q=Sprudelof+SF-1',
  'a question to change': '/?edit=1&brand=Drovolt&model=DB-1850',
  'the list of decisions': '/decisions',
  'a reconstructed decision': '/decisions/us/337-ta-1276/leo',
  'an invented decision': '/decisions/kr/ktc-2025-05',
  'the manifests': '/screen',
  'a screened manifest': `/screen/${SCREENED}`,
  'columns to map': `/screen/${TO_MAP}`,
  'a manifest that waits': `/screen/${WAITING}?still=yes`,
  'the status': '/status',
  'the page that checks a receipt': '/verify',
  'the description of the API': '/docs',
  'an answer as known before': '/?q=Drovolt+DB-1850&known=2026-11-23T12:00:00Z',
  'an unknown decision': '/decisions/us/nothing',
  'an unknown parameter': '/?modell=WX',
  'an unknown address': '/nowhere',
} as const
export type PageName = keyof typeof PAGES
export const PAGE_NAMES = Object.keys(PAGES) as PageName[]

export type Served = {
  /** Without a slash at the end. */
  url: string
  alliance: TestAlliance
  /** The same app without a socket. */
  request(path: string, init?: RequestInit): Promise<Response>
  /** Throws where the node has failed on some request meanwhile. */
  close(): Promise<void>
}

/** The alliance, synced, with the first market's node on a free port of this machine. */
export async function serveAlliance(): Promise<Served> {
  const alliance = await publishedAlliance()
  const faults: Error[] = []
  let drawn = 0
  const { db, market } = alliance.node('us')
  const app = createApp({
    db,
    here: { market, name: 'Sample Trade Commission' },
    nowMs: () => alliance.clock.nowMs,
    screenings: {
      random: (bytes) => new Uint8Array(bytes).fill(++drawn),
      wake: () => undefined,
      keepDays: 7,
    },
    trace: (event, facts) => faults.push(new Error(`${event} ${JSON.stringify(facts)}`)),
  })
  await handIn(app, alliance)
  const { server, port } = await listen(app.fetch)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    alliance,
    request: async (path, init) => app.request(url + path, init),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
      alliance.close()
      if (faults.length > 0) throw new AggregateError(faults, 'the node failed')
    },
  }
}

/** Three manifests: one screened, one whose columns are to be mapped, one that waits. */
async function handIn(app: ReturnType<typeof createApp>, alliance: TestAlliance): Promise<void> {
  const rows = [
    'Drovolt,DB-1850,Battery pack',
    'Inkavora,IV-381BK,Toner',
    ',,',
    'Nobody,QZ-1,Garden hose',
  ]
  const body = `Brand,Model,Goods\n${[...rows, '品牌,型号,充電式'].join('\n')}\n`
  for (const [query, isRun] of [
    ['name=may.csv', true],
    ['name=june.csv&start=no', false],
    ['name=july.csv', false],
  ] as const) {
    const response = await app.request(`/v1/screenings?${query}`, { method: 'POST', body })
    const { id } = (await response.json()) as { id: string }
    if (isRun) await runAt(alliance.node('us'), id)
  }
}

async function publishedAlliance(): Promise<TestAlliance> {
  const alliance = await testAlliance(MARKETS)
  for (const market of MARKETS) {
    const folder = new URL(`${market}/`, FIXTURES)
    for (const name of readdirSync(folder).sort()) {
      await alliance.node(market).publishText(readFileSync(new URL(name, folder), 'utf8'))
    }
  }
  await alliance.syncAll()
  return alliance
}

type Server = ReturnType<typeof serve>
function listen(
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<{ server: Server; port: number }> {
  return new Promise((resolve) => {
    const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
      resolve({ server, port }),
    )
  })
}

export type Site = Served & {
  /** Goes to a path in a tab that earlier visits with the same options have used, and looks, types and clicks there. */
  visit: Visit
  /** The same in a tab of its own: for whoever listens to it or sets it up otherwise. */
  open: Visit
}
type Visit = <T>(
  path: string,
  look: (page: Page) => Promise<T>,
  options?: BrowserContextOptions,
) => Promise<T>

/** The same with a browser; one for a test file. */
export async function openSite(fonts: 'bundled' | 'system' = 'bundled'): Promise<Site> {
  const [served, browser] = await Promise.all([serveAlliance(), launchBrowser({ fonts })])
  const windows = new Map<string, BrowserContext>()
  const tabs = new Map<BrowserContext, Page>()
  const windowFor = async (options: BrowserContextOptions): Promise<BrowserContext> => {
    const key = JSON.stringify(options)
    const window = windows.get(key) ?? (await openWindow(browser, served.url, options))
    windows.set(key, window)
    return window
  }
  return {
    ...served,
    // A new tab costs the browser more than a page does.
    async visit(path, look, options = {}) {
      const window = await windowFor(options)
      const tab = tabs.get(window) ?? (await window.newPage())
      tabs.set(window, tab)
      await tab.goto(path)
      return look(tab)
    },
    async open(path, look, options = {}) {
      const tab = await (await windowFor(options)).newPage()
      try {
        await tab.goto(path)
        return await look(tab)
      } finally {
        await tab.close()
      }
    },
    async close() {
      await browser.close()
      await served.close()
    },
  }
}

async function openWindow(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1200, height: 850 },
    reducedMotion: 'reduce',
    ...options,
  })
  context.setDefaultTimeout(PAGE_TIMEOUT_MS)
  return context
}

/** What a reader sees, blanks run together. */
export async function seenText(page: Page, selector = 'main'): Promise<string> {
  return (await page.locator(selector).innerText()).replace(/\s+/g, ' ').trim()
}
