// Holds what an app answers against its own OpenAPI document: every test that asks an app of the alliance does so, by the set-up file.
import { Hono } from 'hono'
import * as z from 'zod'
import { type JsonSchema, type OpenApi, openApiDocument } from '../../src/api/document.ts'
import type { RouteDoc } from '../../src/api/route.ts'
import { ROUTES } from '../../src/app.ts'
import { noteDeparture } from './departures.ts'

/** The app, its answers checked. */
export function documented<App extends Hono>(app: App): App {
  const { fetch } = app
  app.fetch = async (request, ...more) => {
    const response = await fetch(request, ...more)
    const wrong = await departure(request, response)
    if (wrong !== null) noteDeparture(`${request.method} ${request.url}: ${wrong}`)
    return response
  }
  return app
}

let made: { document: OpenApi; routeOf: (request: Request) => Promise<RouteDoc | null> } | null =
  null
function described() {
  if (made !== null) return made
  const matcher = new Hono()
  for (const [at, { method, path }] of ROUTES.entries())
    matcher.on(method, path, (c) => c.text(String(at)))
  const routeOf = async ({ method, url }: Request) => {
    const answer = await matcher.request(url, { method: method === 'HEAD' ? 'GET' : method })
    return answer.status === 404 ? null : (ROUTES[Number(await answer.text())] ?? null)
  }
  made = { document: openApiDocument(ROUTES), routeOf }
  return made
}

async function departure(request: Request, response: Response): Promise<string | null> {
  const route = await described().routeOf(request)
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? ''
  const isProblem = type === 'application/problem+json'
  if (route === null) {
    if (response.status === 404 && (isProblem || type === 'text/html')) return null
    return response.status === 405 && isProblem ? null : `${response.status} at no known route`
  }
  const { document } = described()
  const schema = schemaOf(document, route, response.status, type)
  if (typeof schema === 'string') return schema
  // What was read already was read by a middleware of the test's own; an answer to HEAD has nothing to read.
  if (schema === null || response.bodyUsed || request.method === 'HEAD') return null
  const body = await response.clone().json()
  const parsed = validatorOf(document, schema).safeParse(body)
  if (!parsed.success) return `${response.status}: ${z.prettifyError(parsed.error)}`
  if (!isProblem) return null
  const known = route.errors.some((code) => code === body.code) || body.code === 'ERR_INTERNAL'
  return known ? null : `the code ${body.code} is not among those of the route`
}

/** The schema an answer must have, null for none, or what is wrong already. */
function schemaOf(
  { paths }: OpenApi,
  route: RouteDoc,
  status: number,
  type: string,
): JsonSchema | string | null {
  const path = Object.keys(paths).find(
    (one) => paths[one]?.[route.method]?.operationId === idOf(route),
  )
  const answer = paths[path ?? '']?.[route.method]?.responses[String(status)]
  if (answer === undefined) return `no answer ${status}`
  if (answer.content === undefined) return null
  const said = answer.content[type]
  if (said === undefined) return `${status} as ${type === '' ? 'nothing' : type}`
  return said.schema ?? null
}

const idOf = (route: RouteDoc): string | undefined =>
  Object.values(openApiDocument([route]).paths)[0]?.[route.method]?.operationId

const validators = new Map<JsonSchema, z.ZodType>()
/** From the document's own JSON, so that what is checked is what is published. */
function validatorOf({ components }: OpenApi, schema: JsonSchema): z.ZodType {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const whole = JSON.stringify({ ...schema, $defs: components.schemas })
  const validator = z.fromJSONSchema(
    JSON.parse(whole.replaceAll('"#/components/schemas/', '"#/$defs/')),
  )
  validators.set(schema, validator)
  return validator
}
