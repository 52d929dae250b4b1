// /acts and /audit: what a signer and an auditor do over the API, as pages with forms.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { pageDoc, type RouteDoc } from '../api/route.ts'
import { type ErrorCode, Failure, statusOf } from '../errors.ts'
import { type AuditLine, auditPage } from './audit-page.ts'
import { type HandedIn, type HandInPage, handInPage } from './hand-in-page.ts'
import { type Here, PAGE_HEADERS } from './layout.ts'
import { FORM_HEADERS, requireOwnForm } from './own-form.ts'
import { failurePage } from './routes.ts'

export type AgencyDeps = {
  here: Here
  /** Largest text of acts, in bytes. */
  mostBytes: number
  /** Acts one a line; codes as POST /v1/acts. Without it there is no such page. */
  handIn?: (text: string) => Promise<HandedIn>
  /** Codes as GET /v1/audit. */
  audit: (params: URLSearchParams) => Promise<{ audit: readonly AuditLine[]; next: number | null }>
}

/** Of the rest of a form with a file. */
const MAX_AROUND = 8192

export function agencyDocs(refusals: readonly ErrorCode[], mostBytes: number): RouteDoc[] {
  const page = { tag: 'pages', isPage: true } as const
  const own = ['ERR_FOREIGN_FORM', 'ERR_REQUEST_TOO_LARGE'] as const
  return [
    {
      ...page,
      method: 'get',
      path: '/acts',
      summary: 'A form for signed acts',
      answers: { 200: pageDoc('The page.') },
      errors: [],
    },
    {
      ...page,
      method: 'post',
      path: '/acts',
      summary: 'Hand in signed acts by that form',
      text: 'As POST /v1/acts.',
      body: {
        type: 'multipart/form-data',
        most: mostBytes + MAX_AROUND,
        text: '`acts`: one a line; or `file`.',
      },
      answers: { 200: pageDoc('What came of it.') },
      errors: [...refusals.filter((code) => !own.some((one) => one === code)), ...own],
    },
    {
      ...page,
      method: 'get',
      path: '/audit',
      summary: 'Who did what',
      text: 'Takes the parameters of /v1/audit.',
      answers: { 200: pageDoc('The page.') },
      errors: ['ERR_QUERY_UNKNOWN_PARAMETER', 'ERR_QUERY_INVALID'],
    },
  ]
}

export function agencyRoutes({ here, mostBytes, handIn, audit }: AgencyDeps): Hono {
  const routes = new Hono()

  if (handIn !== undefined) handInRoutes(routes, { here, mostBytes, handIn })

  routes.get('/audit', async (c) => {
    const params = new URL(c.req.url).searchParams
    if (params.get('subject') === '') params.delete('subject')
    const { audit: lines, next } = await audit(params)
    const subject = params.get('subject')
    const isFirst = !params.has('before')
    const shown = { here, lines, next, isFirst, ...(subject === null ? {} : { subject }) }
    return c.body(String(await auditPage(shown)), 200, PAGE_HEADERS)
  })

  routes.onError((error, c) => {
    if (error instanceof Failure) return failurePage(c, here, error)
    throw error
  })

  return routes
}

function handInRoutes(
  routes: Hono,
  { here, mostBytes, handIn }: Omit<Required<AgencyDeps>, 'audit'>,
): void {
  const maxSize = mostBytes + MAX_AROUND
  const onError = () => {
    throw new Failure('ERR_REQUEST_TOO_LARGE', `at most ${maxSize} bytes`)
  }

  routes.get('/acts', () => page({ here }, 200))

  routes.post('/acts', bodyLimit({ maxSize, onError }), async (c) => {
    requireOwnForm(c)
    const { acts, file } = await c.req.parseBody()
    const pasted = typeof acts === 'string' ? acts : ''
    const text = file instanceof File && file.size > 0 ? await file.text() : pasted
    try {
      const done = await handIn(text)
      const place = { 'content-location': `/v1/acts/${done.acts[0]?.index}` }
      return await page({ here, done }, 200, place)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      // The form is shown again with what is wrong; for whoever keeps the audit log it has failed all the same.
      c.error = error
      return page({ here, given: pasted, failure: error }, statusOf(error.code))
    }
  })
}

async function page(
  shown: HandInPage,
  status: number,
  more: Record<string, string> = {},
): Promise<Response> {
  return new Response(String(await handInPage(shown)), {
    status,
    headers: { ...FORM_HEADERS, ...more },
  })
}
