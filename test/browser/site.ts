// Five markets with the decisions of fixtures/, one of them over real HTTP, and a browser to look at it with.
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { launchBrowser } from '../support/browser.ts'

const MARKETS = ['us', 'jp', 'kr', 'tw', 'de']
const FIXTURES = new URL('../../fixtures/decisions/', import.meta.url)
const PAGE_TIMEOUT_MS = 10_000

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
  'the status': '/status',
  'an unknown decision': '/decisions/us/nothing',
  'an unknown parameter': '/?modell=WX',
  'an unknown address': '/nowhere',
} as const
export type PageName = keyof typeof PAGES
export const PAGE_NAMES = Object.keys(PAGES) as PageName[]

export type Served = {
  /** Without a slash at the end. */
  url: string
  node: TestNode
  alliance: TestAlliance
  close(): Promise<void>
}

/** The alliance, synced, with the first market's node on a free port of this machine. */
export async function serveAlliance(): Promise<Served> {
  const alliance = await testAlliance(MARKETS)
  for (const market of MARKETS) {
    const folder = new URL(`${market}/`, FIXTURES)
    for (const name of readdirSync(folder).sort()) {
      await alliance.node(market).publishText(readFileSync(new URL(name, folder), 'utf8'))
    }
  }
  await alliance.syncAll()
  const node = alliance.node('us')
  const { fetch } = node.app
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>(
    (resolve) => {
      const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, (at: AddressInfo) =>
        resolve({ server, port: at.port }),
      )
    },
  )
  return {
    url: `http://127.0.0.1:${port}`,
    node,
    alliance,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
      alliance.close()
    },
  }
}

export type Site = Served & {
  /** Opens a path in a window of its own, looks, and closes the window. */
  visit<T>(
    path: string,
    look: (page: Page) => Promise<T>,
    options?: BrowserContextOptions,
  ): Promise<T>
}

/** The same with a browser; one for a test file. */
export async function openSite(fonts: 'bundled' | 'system' = 'bundled'): Promise<Site> {
  const [served, browser] = await Promise.all([serveAlliance(), launchBrowser({ fonts })])
  return {
    ...served,
    async visit(path, look, options = {}) {
      const context = await browser.newContext({
        baseURL: served.url,
        viewport: { width: 1200, height: 850 },
        reducedMotion: 'reduce',
        ...options,
      })
      try {
        context.setDefaultTimeout(PAGE_TIMEOUT_MS)
        const page = await context.newPage()
        await page.goto(path)
        return await look(page)
      } finally {
        await context.close()
      }
    },
    async close() {
      await browser.close()
      await served.close()
    },
  }
}

/** What a reader sees, blanks run together. */
export async function seenText(page: Page, selector = 'main'): Promise<string> {
  return (await page.locator(selector).innerText()).replace(/\s+/g, ' ').trim()
}
