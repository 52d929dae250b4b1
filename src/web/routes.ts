// The pages: look-up, decisions, one decision, status, and the style sheet. They call the same functions as the API, in process.
import { type Context, Hono } from 'hono'
import { pageDoc, type RouteDoc } from '../api/route.ts'
import { Failure, statusOf } from '../errors.ts'
import type { Answer } from '../lookup/answer.ts'
import type { DecisionFilter, DecisionPage, Story, StoryOptions } from '../lookup/decisions.ts'
import { KNOWN_ERRORS } from '../lookup/docs.ts'
import { parseSearchParams, type Query } from '../lookup/query.ts'
import { headersOf } from '../problem.ts'
import { decisionsPage } from './decisions-page.ts'
import type { Example } from './examples.ts'
import type { Html } from './html.ts'
import { type Here, PAGE_HEADERS } from './layout.ts'
import { answerPage, searchPage } from './lookup-page.ts'
import { problemPage } from './problem-page.ts'
import { type ShownStatus, statusPage } from './status-page.ts'
import { storyPage } from './story-page.ts'
import { ASSETS } from './style.ts'

export type WebDeps = {
  here: Here
  nowMs: () => number
  lookup: (query: Query) => Promise<Answer>
  decisions: (filter: DecisionFilter) => Promise<DecisionPage>
  /** Throws ERR_DECISION_UNKNOWN. */
  story: (decision: string, options?: StoryOptions & { known?: string }) => Promise<Story>
  /** Whose decisions there may be: the members, in order. */
  markets: () => Promise<readonly string[]>
  status: () => Promise<ShownStatus>
  /** Since when the charter is expired, POSIX seconds; null: it is not. */
  expired: () => Promise<number | null>
  /** At most three questions that have an answer here. */
  examples: () => Promise<readonly Example[]>
  /** Told of every fault of our own, with its cause. */
  trace: (event: string, facts: Record<string, unknown>) => void
}

const PAGE = { method: 'get', tag: 'pages', isPage: true } as const

export const WEB_DOCS: readonly RouteDoc[] = [
  {
    ...PAGE,
    path: '/',
    summary: 'The box, and the answer',
    text: 'Takes the parameters of /v1/lookup; `edit` shows the question to change it.',
    answers: { 200: pageDoc('The page.'), 303: null },
    errors: [
      ...KNOWN_ERRORS,
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'ERR_QUERY_INVALID',
      'ERR_QUERY_EMPTY',
      'ERR_CHARTER_NONE',
    ],
  },
  {
    ...PAGE,
    path: '/decisions',
    summary: 'Decisions',
    text: 'Takes the parameters of /v1/decisions.',
    answers: { 200: pageDoc('The page.') },
    errors: [
      ...KNOWN_ERRORS,
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'ERR_QUERY_INVALID',
      'ERR_CHARTER_NONE',
    ],
  },
  {
    ...PAGE,
    path: '/decisions/:decision{.+}',
    summary: 'The story of one decision',
    text: 'Takes the parameters of /v1/decisions/….',
    params: { decision: 'Its name.' },
    answers: { 200: pageDoc('The page.') },
    errors: [
      ...KNOWN_ERRORS,
      'ERR_DECISION_UNKNOWN',
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'ERR_QUERY_INVALID',
      'ERR_CHARTER_NONE',
    ],
  },
  {
    ...PAGE,
    path: '/status',
    summary: 'How this node is',
    answers: { 200: pageDoc('The page.') },
    errors: ['ERR_CHARTER_NONE'],
  },
  ...ASSETS.map(
    ({ path, type }): RouteDoc => ({
      ...PAGE,
      path,
      summary: 'What the pages are drawn with',
      text: 'Immutable.',
      answers: { 200: { type: type.split(';')[0] ?? type, text: 'The file.' } },
      errors: [],
    }),
  ),
]

/** Parameters of the list of decisions. */
const FILTERS = ['market', 'state', 'q', 'after', 'limit', 'on', 'known'] as const

/** Routes under `/`. A failure becomes a page here, so that an officer never meets a problem document. */
export function webRoutes(deps: WebDeps): Hono {
  const { nowMs } = deps
  const hereNow = async (): Promise<Here> => ({ ...deps.here, expired: await deps.expired() })
  const routes = new Hono()

  routes.get('/', async (c) => {
    const params = new URL(c.req.url).searchParams
    const isEdited = params.has('edit')
    params.delete('edit')
    if (isEdited || [...params.values()].every((value) => value.trim() === '')) {
      const given = Object.fromEntries(params)
      return page(c, searchPage({ here: await hereNow(), examples: await deps.examples(), given }))
    }
    // Fields left empty make no difference: the address of an answer holds only what was asked.
    const asked = [...params].filter(([, value]) => value.trim() !== '')
    if (asked.length < params.size) {
      return c.body(null, 303, { ...PAGE_HEADERS, location: `/?${new URLSearchParams(asked)}` })
    }
    const query = parseSearchParams(params)
    const answer = await deps.lookup(query)
    return page(c, answerPage({ here: await hereNow(), answer, query, nowMs: nowMs() }))
  })

  routes.get('/decisions', async (c) => {
    const filter = namedParams(c, FILTERS)
    const [list, markets] = await Promise.all([deps.decisions(filter), deps.markets()])
    return page(c, decisionsPage({ here: await hereNow(), page: list, filter, markets }))
  })

  routes.get('/decisions/:decision{.+}', async (c) => {
    const { products_after, ...asked } = namedParams(c, ['products_after', 'on', 'known'])
    const story = await deps.story(c.req.param('decision'), {
      ...asked,
      productsAfter: products_after,
    })
    return page(c, storyPage({ here: await hereNow(), story, nowMs: nowMs() }))
  })

  routes.get('/status', async (c) =>
    page(c, statusPage({ here: await hereNow(), status: await deps.status(), nowMs: nowMs() })),
  )

  for (const { path, type, body } of ASSETS) {
    routes.get(path, (c) =>
      c.body(body, 200, {
        'content-type': type,
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
      }),
    )
  }

  onFailure(routes, deps)
  return routes
}

/** What fails under these routes becomes a page; a fault of our own is told with its cause. */
export function onFailure(routes: Hono, { here, trace }: Pick<WebDeps, 'here' | 'trace'>): void {
  routes.onError((error, c) => {
    if (error instanceof Failure) return failurePage(c, here, error)
    trace('request_failed', { path: c.req.path, cause: error.stack ?? String(error) })
    return failurePage(c, here, new Failure('ERR_INTERNAL', 'the node failed on this request'))
  })
}

/** A failure as a page with the status of its code; for the app's own "not found" where a browser asks. */
export async function failurePage(c: Context, here: Here, failure: Failure): Promise<Response> {
  const { pathname, searchParams } = new URL(c.req.url)
  searchParams.delete('edit')
  const given = pathname === '/' ? Object.fromEntries(searchParams) : {}
  const body = await problemPage({ here, failure, given })
  return new Response(String(body), {
    status: statusOf(failure.code),
    headers: { ...PAGE_HEADERS, ...headersOf(failure) },
  })
}

async function page(c: Context, body: Html): Promise<Response> {
  return c.body(String(await body), 200, PAGE_HEADERS)
}

/** The parameters that a page reads itself, empty ones left out; what it does not know is refused, never ignored. */
function namedParams<Name extends string>(
  c: Context,
  names: readonly Name[],
): { [K in Name]?: string } {
  const given: { [K in Name]?: string } = {}
  for (const [key, value] of new URL(c.req.url).searchParams) {
    const name = names.find((known) => known === key)
    if (name === undefined) {
      const shown = key.slice(0, 40)
      throw new Failure('ERR_QUERY_UNKNOWN_PARAMETER', `there is no parameter ${shown}`, {
        at: `/${shown}`,
      })
    }
    if (value !== '') given[name] = value
  }
  return given
}
