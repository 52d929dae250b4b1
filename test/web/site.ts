// The pages over a real merged view: the same functions as the app, with a status that a test may set.
import type { Hono } from 'hono'
import { answer } from '../../src/lookup/answer.ts'
import { readDecisionList, readStory } from '../../src/lookup/decisions.ts'
import { openView } from '../../src/lookup/view.ts'
import { drawExamples } from '../../src/web/examples.ts'
import { type WebDeps, webRoutes } from '../../src/web/routes.ts'
import type { ShownStatus } from '../../src/web/status-page.ts'
import { NOW_MS, type TestCatalogue } from '../support/catalogue.ts'

export type Site = {
  routes: Hono
  /** The page at a path; its status is checked. */
  page(path: string, status?: number): Promise<string>
  /** The answer to a question. */
  ask(query: Record<string, string>): Promise<string>
}

export const STATUS: ShownStatus = {
  market: 'us',
  name: 'Sample Customs Service',
  charter: { n: 3, hash: 'B'.repeat(43), expires: 1_900_000_000 },
  alliance: 'C'.repeat(43),
  signing: { state: 'signing' },
  digest: 'd'.repeat(64),
  feeds: [],
  peers: [],
  refused: [],
  waiting: [],
  evidence: [],
  holds: [],
}

export function testSite(catalogue: TestCatalogue, more: Partial<WebDeps> = {}): Site {
  const { ctx } = catalogue
  const decisions: WebDeps['decisions'] = (filter) => readDecisionList(ctx, filter)
  const story: WebDeps['story'] = (decision, options) => readStory(ctx, decision, options)
  const routes = webRoutes({
    here: { market: ctx.here, name: 'Sample Customs Service' },
    nowMs: () => NOW_MS,
    lookup: async (query) => answer(await openView(ctx), query),
    decisions,
    story,
    markets: async () => ctx.charter.members.map(({ market }) => market),
    status: async () => STATUS,
    expired: async () => null,
    examples: () => drawExamples({ decisions, story }),
    trace: (_event, { cause }) => {
      throw new Error(String(cause))
    },
    ...more,
  })
  const page: Site['page'] = async (path, status = 200) => {
    const response = await routes.request(path)
    const body = await response.text()
    if (response.status !== status) throw new Error(`${path}: ${response.status}\n${body}`)
    return body
  }
  return { routes, page, ask: (query) => page(`/?${new URLSearchParams(query)}`) }
}

/** What a reader sees of a page: its text without markup, blanks run together. */
export function textOf(page: string): string {
  const [, main = ''] = /<main[^>]*>(.*)<\/main>/s.exec(page) ?? []
  const bare = main
    .replace(/<\/(p|h[1-6]|li|dt|dd|td|th|caption)>|<br>/g, ' ')
    .replace(/<[^>]*>/g, '')
  return bare
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim()
}
