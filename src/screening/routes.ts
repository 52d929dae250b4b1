// /v1/screenings: a manifest in, how it stands, the marked-up file out (design: look-up 4.4).
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type * as z from 'zod'
import { nearestName } from '../encoding/nearest.ts'
import { Failure } from '../errors.ts'
import type { Chosen } from './describe.ts'
import {
  beginSchema,
  DELIMITER_NAMES,
  handedSchema,
  MAX_BEGIN_BYTES,
  MAX_MAP_CHANGES,
} from './docs.ts'
import type { Summary } from './summary.ts'

export type Handed = {
  name: string
  chosen: Chosen
  map: readonly string[]
  receipts: boolean
  start: boolean
}
type ResultFile = { name: string; type: string; body: AsyncIterable<Uint8Array> }

/** What the routes do; the story of the desk gives it. `Visitor` is whoever the app says is asking. */
export type ScreeningActs<Visitor> = {
  hand(visitor: Visitor, body: AsyncIterable<Uint8Array>, asked: Handed): Promise<Summary>
  list(visitor: Visitor, before: string): Promise<{ screenings: Summary[]; next: string | null }>
  show(visitor: Visitor, id: string): Promise<Summary>
  begin(visitor: Visitor, id: string, change: { map: readonly string[] }): Promise<Summary>
  again(visitor: Visitor, id: string): Promise<Summary>
  forget(visitor: Visitor, id: string): Promise<void>
  result(visitor: Visitor, id: string, bom: boolean | null): Promise<ResultFile>
}

const ID = '/v1/screenings/:id{[0-9a-f-]{36}}'
/** A shipment is nobody else's business: no cache keeps any of it. */
const PRIVATE = { 'cache-control': 'no-store' }

export function screeningRoutes<Visitor>(
  acts: ScreeningActs<Visitor>,
  visitorOf: (c: Context) => Visitor,
): Hono {
  const routes = new Hono()

  routes.post('/v1/screenings', async (c) => {
    const asked = readHanded(new URL(c.req.url).searchParams)
    const summary = await acts.hand(visitorOf(c), bodyOf(c.req.raw), asked)
    return c.json(summary, 202, { ...PRIVATE, location: `/v1/screenings/${summary.id}` })
  })

  routes.get('/v1/screenings', async (c) => {
    const { before = '' } = only(c, ['before'])
    if (before.length > 36) throw invalid('before')
    return c.json(await acts.list(visitorOf(c), before), 200, PRIVATE)
  })

  routes.get(ID, async (c) =>
    c.json(await acts.show(visitorOf(c), c.req.param('id')), 200, PRIVATE),
  )

  routes.post(
    `${ID}/start`,
    bodyLimit({ maxSize: MAX_BEGIN_BYTES, onError: tooLarge }),
    async (c) => {
      const change = parseBegin(await c.req.text())
      return c.json(await acts.begin(visitorOf(c), c.req.param('id'), change), 202, PRIVATE)
    },
  )

  routes.post(`${ID}/again`, async (c) =>
    c.json(await acts.again(visitorOf(c), c.req.param('id')), 202, PRIVATE),
  )

  routes.get(`${ID}/result`, async (c) => {
    const { bom } = only(c, ['bom'])
    if (bom !== undefined && bom !== 'yes' && bom !== 'no') throw invalid('bom')
    const file = await acts.result(
      visitorOf(c),
      c.req.param('id'),
      bom === undefined ? null : bom === 'yes',
    )
    return fileResponse(file)
  })

  routes.delete(ID, async (c) => {
    await acts.forget(visitorOf(c), c.req.param('id'))
    return c.body(null, 204, PRIVATE)
  })

  return routes
}

/** A file to save, sent part by part as it is made. */
export function fileResponse({ name, type, body }: ResultFile): Response {
  const ascii = name.replace(/[^\x20-\x7e]|["\\]/g, '_')
  return new Response(streamOf(body), {
    headers: {
      ...PRIVATE,
      'content-type': type,
      'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(name)}`,
      'x-content-type-options': 'nosniff',
    },
  })
}

/** Parts are made when the reader asks for them; when it goes away, no more are. */
export function streamOf(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const parts = body[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done === true) controller.close()
      else controller.enqueue(value as Uint8Array<ArrayBuffer>)
    },
    async cancel() {
      await parts.return?.()
    },
  })
}

/** The parameters of an upload. Codes: ERR_QUERY_UNKNOWN_PARAMETER, ERR_QUERY_INVALID. */
export function readHanded(params: URLSearchParams): Handed {
  const given: Record<string, unknown> = {}
  for (const [name, value] of params) {
    if (!Object.hasOwn(handedSchema.shape, name))
      throw unknown(name, Object.keys(handedSchema.shape))
    if (name === 'map') {
      given.map = [...((given.map as string[] | undefined) ?? []), value]
      continue
    }
    if (given[name] !== undefined) throw invalid(name)
    if (value !== '') given[name] = value
  }
  const parsed = handedSchema.safeParse(given)
  if (!parsed.success) throw invalid(String(parsed.error.issues[0]?.path[0] ?? ''))
  return handedOf(parsed.data)
}

function handedOf(data: z.infer<typeof handedSchema>): Handed {
  const { name, format, encoding, delimiter, header, map, receipts, start } = data
  return {
    name,
    chosen: {
      ...(format === undefined ? {} : { format }),
      ...(encoding === undefined ? {} : { encoding }),
      ...(delimiter === undefined ? {} : { delimiter: DELIMITER_NAMES[delimiter] }),
      ...(header === undefined ? {} : { headerless: header === 'no' }),
    },
    map: map.filter((change) => change !== ''),
    receipts: receipts === 'yes',
    start: start === 'yes',
  }
}

function parseBegin(text: string): z.infer<typeof beginSchema> {
  const refuse = () =>
    new Failure(
      'ERR_QUERY_BODY',
      `the body is {"map": ["gtin=EAN code", …]}, at most ${MAX_MAP_CHANGES}`,
    )
  if (text.trim() === '') return { map: [] }
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw refuse()
  }
  const parsed = beginSchema.safeParse(body)
  if (!parsed.success) throw refuse()
  return parsed.data
}

/** The body as it comes in; without one, nothing. */
async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // Given up half-way: the rest is not wanted.
    await reader.cancel().catch(() => undefined)
  }
}

function only<Name extends string>(c: Context, names: readonly Name[]): { [K in Name]?: string } {
  const given: { [K in Name]?: string } = {}
  for (const [key, value] of new URL(c.req.url).searchParams) {
    const name = names.find((known) => known === key)
    if (name === undefined) throw unknown(key, names)
    if (given[name] !== undefined) throw invalid(key)
    given[name] = value
  }
  return given
}

function unknown(name: string, names: readonly string[]): Failure {
  const shown = name.slice(0, 40)
  const nearest = nearestName(shown, names)
  return new Failure('ERR_QUERY_UNKNOWN_PARAMETER', `there is no parameter ${shown}`, {
    ...(nearest === null ? {} : { cure: `did you mean ${nearest}?` }),
    facts: { parameter: shown },
  })
}

function invalid(name: string): Failure {
  const parameter = name.slice(0, 40)
  return new Failure('ERR_QUERY_INVALID', `${parameter} is given twice or not of its form`, {
    facts: { parameter },
  })
}

function tooLarge(): never {
  throw new Failure('ERR_QUERY_BODY', `the body is over ${MAX_BEGIN_BYTES} bytes`)
}
