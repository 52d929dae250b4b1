// The look-up over HTTP: one question, up to a hundred, decisions to browse, and the story of one (design: look-up 4.4).
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { nearestName } from '../encoding/nearest.ts'
import { Failure } from '../errors.ts'
import { type Problem, problemOf } from '../problem.ts'
import { type Answer, answer, openView, type View } from './answer.ts'
import { type LookupContext, underOneCharter } from './context.ts'
import { readDecisionList, readStory } from './decisions.ts'
import { parseQuery, parseSearchParams } from './query.ts'

export const MAX_QUERIES = 100
export const MAX_LOOKUP_BODY_BYTES = 512 * 1024
const MAX_ROW_NAME = 64

type RowResponse = ({ status: 200 } & Answer) | Problem

/** The routes. The context is read anew for each request: the charter may have changed. */
export function lookupRoutes(readContext: () => Promise<LookupContext>): Hono {
  const routes = new Hono()
  // An answer holds for a moment and may be about a live shipment: nobody else keeps it.
  routes.use('/v1/lookup', async (c, next) => {
    await next()
    c.header('cache-control', 'no-store')
  })

  routes.get('/v1/lookup', async (c) => {
    const query = parseSearchParams(new URL(c.req.url).searchParams)
    return c.json(
      await underOneCharter(readContext, async (ctx) => answer(await openView(ctx), query)),
    )
  })

  routes.post(
    '/v1/lookup',
    bodyLimit({ maxSize: MAX_LOOKUP_BODY_BYTES, onError: tooLarge }),
    async (c) => {
      const queries = parseBody(await c.req.text())
      const answerAll = async (ctx: LookupContext) => {
        const view = await openView(ctx)
        const responses: [string, RowResponse][] = []
        for (const [name, query] of queries) responses.push([name, await answerRow(view, query)])
        return Object.fromEntries(responses)
      }
      return c.json({ responses: await underOneCharter(readContext, answerAll) })
    },
  )

  routes.get('/v1/decisions', async (c) => {
    const filter = namedParams(c, ['market', 'state', 'q', 'after', 'limit'])
    return c.json(await underOneCharter(readContext, (ctx) => readDecisionList(ctx, filter)))
  })

  routes.get('/v1/decisions/:decision{.+}', async (c) => {
    const { products_after } = namedParams(c, ['products_after'])
    const decision = c.req.param('decision')
    return c.json(
      await underOneCharter(readContext, (ctx) => readStory(ctx, decision, products_after)),
    )
  })

  return routes
}

/** One bad row is that row's problem; a fault of our own is everybody's. */
async function answerRow(view: View, query: unknown): Promise<RowResponse> {
  try {
    if (typeof query !== 'object' || query === null || Array.isArray(query)) {
      throw new Failure('ERR_QUERY_INVALID', 'a question is an object of parameters')
    }
    return { status: 200, ...(await answer(view, parseQuery(query as Record<string, unknown>))) }
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
  const [name, ...more] = Object.keys(body)
  const queries = 'queries' in body ? body.queries : undefined
  if (name !== 'queries' || more.length > 0) throw refuse('the one member is `queries`')
  if (typeof queries !== 'object' || queries === null || Array.isArray(queries)) {
    throw refuse('`queries` is an object of rows')
  }
  const rows = Object.entries(queries)
  if (rows.length === 0) throw refuse('`queries` is empty')
  if (rows.length > MAX_QUERIES) {
    throw new Failure('ERR_QUERY_TOO_LARGE', `${rows.length} questions; at most ${MAX_QUERIES}`)
  }
  if (rows.some(([row]) => row.length > MAX_ROW_NAME)) throw refuse('a row name is too long')
  return rows
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
