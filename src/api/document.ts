// The OpenAPI 3.1 document, made from what is said beside each route and from the zod schemas there.
import * as z from 'zod'
import { type ErrorCode, meaningOf, statusOf } from '../errors.ts'
import { type BodyDoc, type RouteDoc, TAGS } from './route.ts'

export type OpenApi = {
  openapi: '3.1.1'
  info: Record<string, unknown>
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown> }
}
export type Operation = {
  tags: string[]
  summary: string
  description?: string
  operationId: string
  parameters?: Parameter[]
  requestBody?: { required: true; description: string; content: Content }
  responses: Record<string, { description: string; content?: Content }>
  security?: Record<string, string[]>[]
}
export type JsonSchema = Record<string, unknown>
type Content = Record<string, { schema?: JsonSchema; example?: unknown }>
type Parameter = {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: JsonSchema
}

export const PROBLEM_TYPE = 'application/problem+json'
const PROBLEM = 'Problem'

/** RFC 9457, with `code` to rely on; other members are facts about the case. */
export const problemSchema = z
  .looseObject({
    type: z.string().regex(/^urn:portcullis:error:ERR_[A-Z0-9_]+$/),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.string().regex(/^ERR_[A-Z0-9_]+$/),
    detail: z.string(),
    at: z.string().optional(),
    cure: z.string().optional(),
  })
  .meta({
    id: PROBLEM,
    description: 'A problem document (RFC 9457). `code` is stable; prose is not.',
  })

/** The document over all routes. Schemas with an id (`meta({ id })`) stand once, under that name. */
export function openApiDocument(routes: readonly RouteDoc[]): OpenApi {
  const schemas: OpenApi['components']['schemas'] = {}
  const toJson: ToJson = (schema) => {
    // Within an object of its own, so that a schema with an id becomes a reference like any other.
    const { properties, $defs } = z.toJSONSchema(z.object({ it: schema }), { io: 'input' })
    for (const [id, named] of Object.entries($defs ?? {})) schemas[id] = atComponents(named)
    return atComponents(properties?.it ?? {})
  }
  toJson(problemSchema)
  const paths: OpenApi['paths'] = {}
  for (const route of routes) {
    const path = openApiPath(route.path)
    paths[path] = { ...paths[path], [route.method]: operationOf(route, toJson) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Portcullis',
      version: '1',
      summary: 'A product barred in one allied market shows up as blocked in all of them.',
      description:
        'Errors are problem documents (RFC 9457) with a stable `code`; every route lists the codes it can give, and any can give ERR_INTERNAL. A path that exists answers another method with ERR_METHOD; all else is ERR_NOT_FOUND.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas, securitySchemes: { token: TOKEN_SCHEME } },
  }
}

const TOKEN_SCHEME = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'A token that the operator of this node made: `portcullis token new`.',
}

/** Look-up is open at most nodes. */
function securityOf({ scope }: RouteDoc): Pick<Operation, 'security'> {
  if (scope === undefined) return {}
  return { security: [...(scope === 'lookup' ? [{}] : []), { token: [scope] }] }
}

type ToJson = (schema: z.ZodType) => JsonSchema

function atComponents(schema: unknown): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')
  const { $schema: _, id: __, ...json } = JSON.parse(text) as JsonSchema
  return json
}

/** `/v1/decisions/:decision{.+}` as `/v1/decisions/{decision}`, a star as `{path}`. */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)(\{[^/]*?\}(?=\/|$))?/g, '{$1}').replace(/\*$/, '{path}')
}

function operationOf(route: RouteDoc, toJson: ToJson): Operation {
  const { method, path, tag, summary, text, body } = route
  return {
    tags: [tag],
    summary,
    ...(text === undefined ? {} : { description: text }),
    operationId: `${method}_${openApiPath(path)
      .replace(/[^a-z0-9]+/gi, '_')
      .replace(/^_|_$/g, '')}`,
    ...parametersOf(route, toJson),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true as const,
            description: `${body.text} At most ${body.most} bytes.`,
            content: contentOf(body, toJson),
          },
        }),
    ...securityOf(route),
    responses: bothOf(answersOf(route, toJson), errorsOf(route)),
  }
}

function parametersOf(
  { path, params = {}, query, headers = {} }: RouteDoc,
  toJson: ToJson,
): { parameters?: Parameter[] } {
  const named = [...path.matchAll(/:(\w+)(?:\{([^/]*?)\}(?=\/|$))?/g)]
  const names = path.endsWith('*') ? [...named, ['', 'path', '.+']] : named
  const inPath = names.map(([, name = '', pattern]): Parameter => {
    const description = params[name]
    return {
      name,
      in: 'path',
      required: true,
      ...(description === undefined ? {} : { description }),
      schema: { type: 'string', ...(pattern === undefined ? {} : { pattern: `^${pattern}$` }) },
    }
  })
  const inQuery = query === undefined ? [] : queryParameters(query, toJson)
  const inHeader = Object.entries(headers).map(
    ([name, description]): Parameter => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string' },
    }),
  )
  const parameters = [...inPath, ...inQuery, ...inHeader]
  return parameters.length === 0 ? {} : { parameters }
}

function queryParameters(query: z.ZodObject, toJson: ToJson): Parameter[] {
  const { properties = {}, required = [] } = toJson(query) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]): Parameter => {
    const { description, ...rest } = schema as JsonSchema & { description?: string }
    return {
      name,
      in: 'query',
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
}

function answersOf({ answers }: RouteDoc, toJson: ToJson): Operation['responses'] {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      if (answer === null) return [status, { description: NO_BODY[status] ?? 'No body.' }]
      const bodies = Array.isArray(answer) ? answer : [answer as BodyDoc]
      const description = bodies.map(({ text }) => text).join(' Or: ')
      return [
        status,
        {
          description,
          content: Object.assign({}, ...bodies.map((body) => contentOf(body, toJson))),
        },
      ]
    }),
  )
}

/** One status may have an answer of its own and an error of everybody's: then both stand under it. */
function bothOf(
  answers: Operation['responses'],
  errors: Operation['responses'],
): Operation['responses'] {
  const both = { ...answers, ...errors }
  for (const [status, answer] of Object.entries(answers)) {
    const error = errors[status]
    if (error === undefined) continue
    const description = `${answer.description} Or: ${error.description}`
    both[status] = { description, content: { ...answer.content, ...error.content } }
  }
  return both
}

const NO_BODY: Record<string, string> = {
  303: 'See the address in `location`.',
  304: 'Not changed since the answer whose tag `if-none-match` names.',
}

function errorsOf({ errors, isPage }: RouteDoc): Operation['responses'] {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of [...errors, 'ERR_INTERNAL'] as const) {
    const status = statusOf(code)
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const content: Content =
    isPage === true
      ? { 'text/html': {} }
      : { [PROBLEM_TYPE]: { schema: { $ref: `#/components/schemas/${PROBLEM}` } } }
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [
        String(status),
        { description: codes.map((code) => `${code}: ${meaningOf(code)}`).join(' '), content },
      ]),
  )
}

function contentOf({ type, schema, example }: BodyDoc, toJson: ToJson): Content {
  const said: Content[string] = {
    ...(schema === undefined ? {} : { schema: toJson(schema) }),
    ...(example === undefined ? {} : { example }),
  }
  return { [type]: said }
}
