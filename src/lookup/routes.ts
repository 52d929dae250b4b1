// The look-up over HTTP: one question, up to a hundred, decisions to browse, and the story of one (design: look-up 4.4).
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { isNotChanged, strongTag, weakTag } from '../api/etag.ts'
import { nearestName } from '../encoding/nearest.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { type Problem, problemOf } from '../problem.ts'
import { type Answer, answer } from './answer.ts'
import { type LookupContext, underOneCharter } from './context.ts'
import { readDecisionList, readStory } from './decisions.ts'
import { MAX_KNOWN_CHARS, parseKnown } from './known.ts'
import { parseQuery, parseSearchParams, type Query } from './query.ts'
import { openView, type View } from './view.ts'

export const MAX_QUERIES = 100
export const MAX_LOOKUP_BODY_BYTES = 512 * 1024
const MAX_ROW_NAME = 64
/** What may stand beside `queries`, for all rows that do not say otherwise. */
export const FOR_ALL = ['on', 'known', 'lang', 'limit', 'receipt'] as const

type RowResponse = ({ status: 200 } & Answer) | Problem

/** What this node has now, or had known at a moment; `known` is of a form that was checked. */
export type ReadContext = (known?: string) => Promise<LookupContext>

/** Signs what an answer says. Throws ERR_RECEIPT_UNAVAILABLE, or what the gate for signing says. */
export type GiveReceipt = (view: View, query: Query, given: Answer) => Promise<string>

const noReceipts: GiveReceipt = async () => {
  throw new Failure('ERR_RECEIPT_UNAVAILABLE', 'there is no node key here to sign one with')
}

/** The routes. The context is read anew for each request: the charter may have changed. */
export function lookupRoutes(
  readContext: ReadContext,
  giveReceipt: GiveReceipt = noReceipts,
): Hono {
  const routes = new Hono()

  routes.get('/v1/lookup', async (c) => {
    const query = parseSearchParams(new URL(c.req.url).searchParams)
    const { known } = query
    const given = await underOneCharter(
      () => readContext(known),
      async (ctx) => answerWith(await openView(ctx), query, giveReceipt),
    )
    // A receipt is a new one each time.
    return unkept(c, given, given.receipt === undefined ? weakTagOf(given) : undefined)
  })

  routes.post(
    '/v1/lookup',
    bodyLimit({ maxSize: MAX_LOOKUP_BODY_BYTES, onError: tooLarge }),
    async (c) => {
      const queries = parseBody(await c.req.text())
      const answerAll = async (ctx: LookupContext) => {
        const viewOf = viewsOf(ctx, readContext)
        const responses: [string, RowResponse][] = []
        for (const [name, query] of queries)
          responses.push([name, await answerRow(viewOf, query, giveReceipt)])
        return Object.fromEntries(responses)
      }
      return unkept(c, { responses: await underOneCharter(() => readContext(), answerAll) })
    },
  )

  routes.get('/v1/decisions', async (c) => {
    const filter = namedParams(c, ['market', 'state', 'q', 'after', 'limit', 'on', 'known'])
    const known = checkedKnown(filter.known)
    const list = await underOneCharter(
      () => readContext(known),
      (ctx) => readDecisionList(ctx, filter),
    )
    return tagged(c, list)
  })

  routes.get('/v1/decisions/:decision{.+}', async (c) => {
    const params = namedParams(c, ['products_after', 'on', 'known'])
    const decision = c.req.param('decision')
    const known = checkedKnown(params.known)
    const options = { productsAfter: params.products_after, on: params.on }
    const story = await underOneCharter(
      () => readContext(known),
      (ctx) => readStory(ctx, decision, options),
    )
    return tagged(c, story)
  })

  return routes
}

/** JSON with its tag, or nothing where the caller has it already. */
function tagged(c: Context, value: unknown): Response {
  const text = JSON.stringify(value)
  const etag = strongTag(text)
  const headers = { etag, 'cache-control': 'private, no-cache' }
  if (isNotChanged(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers)
  return c.body(text, 200, { 'content-type': 'application/json', ...headers })
}

function weakTagOf({ at, ...given }: Answer): string {
  const coverage = given.coverage.map(({ age_s: _, ...one }) => one)
  return weakTag({ ...given, coverage }, at)
}

/** The answer, with a receipt where one was asked for. */
export async function answerWith(
  view: View,
  query: Query,
  giveReceipt: GiveReceipt = noReceipts,
): Promise<Answer> {
  const given = await answer(view, query)
  if (query.receipt !== true) return given
  return { ...given, receipt: await giveReceipt(view, query, given) }
}

/** An answer holds for a moment and may be about a live shipment: nobody else keeps it. */
function unkept(c: Context, answer: object, etag?: string): Response {
  const headers = { 'cache-control': 'no-store', ...(etag === undefined ? {} : { etag }) }
  if (etag !== undefined && isNotChanged(c.req.header('if-none-match'), etag)) {
    return c.body(null, 304, headers)
  }
  // As bytes: a string of several scripts is encoded by the socket at many times the price.
  return c.body(new Uint8Array(encodeUtf8(JSON.stringify(answer))), 200, {
    'content-type': 'application/json',
    ...headers,
  })
}

type ViewOf = (known: string | undefined) => Promise<View>

/** All rows that ask for one moment are answered from one view of it. */
function viewsOf(now: LookupContext, readContext: ReadContext): ViewOf {
  const views = new Map<string | undefined, Promise<View>>()
  return (known) => {
    const view =
      views.get(known) ??
      (known === undefined ? openView(now) : readContext(known).then((then) => openView(then)))
    views.set(known, view)
    return view
  }
}

/** `known` where it is given and of its form. Throws ERR_QUERY_INVALID. */
export function checkedKnown(known: string | undefined): string | undefined {
  if (known === undefined || known === '') return undefined
  if (known.length <= MAX_KNOWN_CHARS && parseKnown(known) !== null) return known
  throw new Failure('ERR_QUERY_INVALID', 'known is too long or not of its form', {
    at: '/known',
    facts: { parameter: 'known' },
  })
}

/** One bad row is that row's problem; a fault of our own is everybody's. */
async function answerRow(
  viewOf: ViewOf,
  input: unknown,
  giveReceipt: GiveReceipt,
): Promise<RowResponse> {
  try {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      throw new Failure('ERR_QUERY_INVALID', 'a question is an object of parameters')
    }
    const query = parseQuery(input as Record<string, unknown>)
    const view = await viewOf(query.known)
    return { status: 200, ...(await answerWith(view, query, giveReceipt)) }
  } catch (error) {
    if (error instanceof Failure) return problemOf(error)
    throw error
  }
}

function parseBody(text: string): [string, unknown][] {
  const refuse = (detail: string) => new Failure('ERR_QUERY_BODY', detail)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new Failure('ERR_QUERY_BODY', 'the body is not JSON', { cause })
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuse('the body is not an object')
  }
  const { queries, ...forAll } = body as Record<string, unknown>
  const strange = Object.keys(forAll).find((name) => !FOR_ALL.some((known) => known === name))
  if (strange !== undefined) {
    throw refuse(`beside \`queries\` stand only ${FOR_ALL.join(', ')}, not ${strange.slice(0, 40)}`)
  }
  if (typeof queries !== 'object' || queries === null || Array.isArray(queries)) {
    throw refuse('`queries` is an object of rows')
  }
  const rows = Object.entries(queries)
  if (rows.length === 0) throw refuse('`queries` is empty')
  if (rows.length > MAX_QUERIES) {
    throw new Failure('ERR_QUERY_TOO_LARGE', `${rows.length} questions; at most ${MAX_QUERIES}`)
  }
  if (rows.some(([row]) => row.length > MAX_ROW_NAME)) throw refuse('a row name is too long')
  return rows.map(([name, row]) => [name, isObject(row) ? { ...forAll, ...row } : row])
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The parameters of a URL, each once and known. Throws ERR_QUERY_UNKNOWN_PARAMETER or ERR_QUERY_INVALID. */
function namedParams<Name extends string>(
  c: Context,
  names: readonly Name[],
): { [K in Name]?: string } {
  const given: { [K in Name]?: string } = {}
  for (const [key, value] of new URL(c.req.url).searchParams) {
    const name = names.find((known) => known === key)
    const shown = key.slice(0, 40)
    if (name === undefined) {
      const nearest = nearestName(shown, names)
      throw new Failure('ERR_QUERY_UNKNOWN_PARAMETER', `there is no parameter ${shown}`, {
        ...(nearest === null ? {} : { cure: `did you mean ${nearest}?` }),
        facts: { parameter: shown },
      })
    }
    if (given[name] !== undefined) {
      throw new Failure('ERR_QUERY_INVALID', `${shown} is given twice`, {
        facts: { parameter: shown },
      })
    }
    given[name] = value
  }
  return given
}

function tooLarge(): never {
  throw new Failure('ERR_QUERY_TOO_LARGE', `the body is over ${MAX_LOOKUP_BODY_BYTES} bytes`)
}
