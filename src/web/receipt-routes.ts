// Pages of receipts and of the API: make one, download it, check one, and read what every route does.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { OpenApi } from '../api/document.ts'
import { pageDoc, type RouteDoc } from '../api/route.ts'
import { Failure, type Result, statusOf } from '../errors.ts'
import type { Answer } from '../lookup/answer.ts'
import { KNOWN_ERRORS } from '../lookup/docs.ts'
import { parseQuery, type Query } from '../lookup/query.ts'
import { MAX_RECEIPT_CHARS, RECEIPT_ERRORS } from '../receipt/schema.ts'
import { readReceipt } from '../receipt/token.ts'
import type { ReceiptReport } from '../receipt/verify.ts'
import { docsPage } from './docs-page.ts'
import type { Html } from './html.ts'
import { type Here, PAGE_HEADERS } from './layout.ts'
import { receiptPage } from './receipt-page.ts'
import { onFailure } from './routes.ts'
import { type ShownCheck, verifyPage } from './verify-page.ts'
import { receiptWords } from './words-receipt.ts'

export type ReceiptWebDeps = {
  here: Here
  /** An answer with its receipt. Codes ERR_RECEIPT_UNAVAILABLE, ERR_READ_ONLY and those of a look-up. */
  lookup: (query: Query) => Promise<Answer>
  check: (text: string) => Promise<ShownCheck>
  /** As `check`, by the charter alone. */
  signed: (text: string) => Promise<Result<ReceiptReport>>
  routes: readonly RouteDoc[]
  document: () => OpenApi
  trace: (event: string, facts: Record<string, unknown>) => void
}

/** A form in multipart takes more than what it holds. */
const MAX_FORM_BYTES = 2 * MAX_RECEIPT_CHARS + 65_536
const FORM = 'application/x-www-form-urlencoded'
const PAGE = { tag: 'pages', isPage: true } as const

export const RECEIPT_WEB_DOCS: readonly RouteDoc[] = [
  {
    ...PAGE,
    method: 'post',
    path: '/receipt',
    summary: 'A receipt of an answer, to keep',
    body: { type: FORM, most: MAX_FORM_BYTES, text: 'The parameters of /v1/lookup.' },
    answers: { 200: pageDoc('The page with the receipt.') },
    errors: [
      'ERR_RECEIPT_UNAVAILABLE',
      'ERR_READ_ONLY',
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'ERR_QUERY_INVALID',
      'ERR_QUERY_EMPTY',
      'ERR_REQUEST_TOO_LARGE',
      'ERR_CHARTER_NONE',
      ...KNOWN_ERRORS,
    ],
  },
  {
    ...PAGE,
    method: 'post',
    path: '/receipt/file',
    summary: 'The same receipt as a file',
    text: 'Gives back only what a member of the alliance has signed.',
    body: { type: FORM, most: MAX_FORM_BYTES, text: '`receipt`: the receipt.' },
    answers: { 200: { type: 'application/jose', text: 'The receipt.' } },
    errors: RECEIPT_ERRORS,
  },
  {
    ...PAGE,
    method: 'get',
    path: '/verify',
    summary: 'Check a receipt',
    answers: { 200: pageDoc('The form.') },
    errors: [],
  },
  {
    ...PAGE,
    method: 'post',
    path: '/verify',
    summary: 'What a receipt says, and whether it is so',
    body: {
      type: 'multipart/form-data',
      most: MAX_FORM_BYTES,
      text: '`receipt` as text, or `file`.',
    },
    answers: { 200: pageDoc('Signed; confirmed, contradicted or not to be replayed here.') },
    errors: RECEIPT_ERRORS,
  },
  {
    ...PAGE,
    method: 'get',
    path: '/docs',
    summary: 'This description of the API, for people',
    answers: { 200: pageDoc('The page.') },
    errors: [],
  },
]

export function receiptWebRoutes(deps: ReceiptWebDeps): Hono {
  const { here } = deps
  const routes = new Hono()
  const limit = bodyLimit({
    maxSize: MAX_FORM_BYTES,
    onError: () => {
      throw new Failure('ERR_REQUEST_TOO_LARGE', `at most ${MAX_FORM_BYTES} bytes`)
    },
  })

  routes.post('/receipt', limit, async (c) => {
    const given = Object.entries(await c.req.parseBody())
    const query = parseQuery({ ...Object.fromEntries(given), receipt: '1' })
    const { receipt: token = '' } = await deps.lookup(query)
    const read = readReceipt(token)
    if (!read.ok) throw new TypeError(`an own receipt does not parse: ${read.detail}`)
    const { receipt, kid } = read.value
    return page(receiptPage({ here, token, kid, receipt, query }))
  })

  routes.post('/receipt/file', limit, async (c) => {
    const { receipt: token } = await c.req.parseBody()
    const checked = await deps.signed(String(token ?? ''))
    if (!checked.ok) throw new Failure(checked.code, checked.detail)
    const { market, iat } = checked.value.receipt
    return c.body(String(token), 200, {
      ...PAGE_HEADERS,
      'content-type': 'application/jose',
      'content-disposition': `attachment; filename="receipt-${market}-${iat}.jws"`,
    })
  })

  routes.get('/verify', () => page(verifyPage({ here, checked: null })))

  routes.post('/verify', limit, async (c) => {
    const text = await givenReceipt(await c.req.parseBody())
    const checked = await deps.check(text)
    const status = checked.ok ? 200 : statusOf(checked.code)
    return page(verifyPage({ here, checked }), status)
  })

  routes.get('/docs', (c) => {
    const base = new URL(c.req.url).origin
    return page(docsPage({ here, document: deps.document(), routes: deps.routes, base }))
  })

  onFailure(routes, deps)
  return routes
}

async function givenReceipt(form: Record<string, string | File>): Promise<string> {
  const { receipt, file } = form
  const text = file instanceof File && file.size > 0 ? await file.text() : receipt
  if (typeof text === 'string' && text.trim() !== '') return text
  throw new Failure('ERR_RECEIPT_FORMAT', receiptWords.verify.empty)
}

async function page(body: Html, status = 200): Promise<Response> {
  return new Response(String(await body), { status, headers: PAGE_HEADERS })
}
