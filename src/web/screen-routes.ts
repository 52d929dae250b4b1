// /screen: manifests for people, without script; every action is a form of our own pages (design: look-up 4.4).
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { pageDoc, type RouteDoc } from '../api/route.ts'
import { Failure } from '../errors.ts'
import { ENCODINGS } from '../screening/encodings.ts'
import { MAX_COLUMNS } from '../screening/lines.ts'
import { type Mapping, parseField } from '../screening/mapping.ts'
import { fileResponse, type ScreeningActs } from '../screening/routes.ts'
import type { Hit, Summary } from '../screening/summary.ts'
import type { Html } from './html.ts'
import type { Here } from './layout.ts'
import { FORM_HEADERS, requireOwnForm } from './own-form.ts'
import { failurePage } from './routes.ts'
import { screenPage } from './screen-page.ts'
import { screeningPage } from './screening-page.ts'

/** A form is held in memory; whoever has more sends it to /v1/screenings. */
export const MAX_FORM_BYTES = 32 * 1024 * 1024
const MAX_MAPPING_BYTES = 64 * 1024
const ID = '/screen/:id{[0-9a-f-]{36}}'

export type ScreenDeps<Visitor> = Pick<
  ScreeningActs<Visitor>,
  'hand' | 'list' | 'show' | 'again' | 'forget' | 'result'
> & {
  sample(visitor: Visitor, id: string): Promise<string[][]>
  hits(visitor: Visitor, id: string, after: { rank: number; line: number }): Promise<Hit[]>
  begin(visitor: Visitor, id: string, change: { mapping: Mapping }): Promise<Summary>
}

const PAGE = { tag: 'pages', isPage: true, params: { id: 'Its name.' } } as const
const ACTION_ERRORS = ['ERR_SCREENING_UNKNOWN', 'ERR_SCREENING_STATE', 'ERR_FOREIGN_FORM'] as const

export const SCREEN_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/screen',
    tag: 'pages',
    isPage: true,
    summary: 'Hand a manifest in, and those handed in before',
    answers: { 200: pageDoc('The page.') },
    errors: ['ERR_QUERY_INVALID'],
  },
  {
    method: 'post',
    path: '/screen',
    tag: 'pages',
    isPage: true,
    summary: 'Hand a manifest in by the form',
    body: {
      type: 'multipart/form-data',
      most: MAX_FORM_BYTES,
      text: '`file`, and `encoding` or nothing.',
    },
    answers: { 303: null },
    errors: [
      'ERR_FOREIGN_FORM',
      'ERR_SCREENING_FORMAT',
      'ERR_SCREENING_EMPTY',
      'ERR_SCREENING_ENCODING',
      'ERR_SCREENING_LINE',
      'ERR_SCREENING_TOO_LARGE',
      'ERR_SCREENING_BUSY',
    ],
  },
  {
    ...PAGE,
    method: 'get',
    path: ID,
    summary: 'One manifest: its columns, its progress, what was found',
    answers: {
      200: pageDoc(
        'The page. While it is screened, it looks again by itself unless `still` is given.',
      ),
    },
    errors: ['ERR_SCREENING_UNKNOWN', 'ERR_QUERY_INVALID'],
  },
  {
    ...PAGE,
    method: 'post',
    path: `${ID}/start`,
    summary: 'Map its columns and begin',
    body: {
      type: 'application/x-www-form-urlencoded',
      most: MAX_MAPPING_BYTES,
      text: '`c0`, `c1`, …: the question that each column feeds, or nothing.',
    },
    answers: { 303: null },
    errors: [
      ...ACTION_ERRORS,
      'ERR_SCREENING_MAP',
      'ERR_SCREENING_UNMAPPED',
      'ERR_REQUEST_TOO_LARGE',
    ],
  },
  {
    ...PAGE,
    method: 'post',
    path: `${ID}/again`,
    summary: 'Screen it again',
    answers: { 303: null },
    errors: ACTION_ERRORS,
  },
  {
    ...PAGE,
    method: 'post',
    path: `${ID}/forget`,
    summary: 'Stop and delete it',
    answers: { 303: null },
    errors: ACTION_ERRORS,
  },
  {
    ...PAGE,
    method: 'get',
    path: `${ID}/result`,
    summary: 'The marked-up file',
    answers: {
      200: [
        { type: 'text/csv', text: 'CSV.' },
        { type: 'application/x-ndjson', text: 'NDJSON.' },
        {
          type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
          text: 'XLSX.',
        },
      ],
    },
    errors: ['ERR_SCREENING_UNKNOWN', 'ERR_SCREENING_STATE'],
  },
]

export function screenRoutes<Visitor>(
  desk: ScreenDeps<Visitor>,
  visitorOf: (c: Context) => Visitor,
  { here, keepDays }: { here: Here; keepDays: number | null },
): Hono {
  const routes = new Hono()

  routes.get('/screen', async (c) => {
    const before = c.req.query('before') ?? ''
    if (before.length > 36)
      throw new Failure('ERR_QUERY_INVALID', 'before is the name of a screening')
    const { screenings, next } = await desk.list(visitorOf(c), before)
    return page(c, screenPage({ here, screenings, next, before, keepDays }))
  })

  routes.post('/screen', bodyLimit({ maxSize: MAX_FORM_BYTES, onError: tooLarge }), async (c) => {
    requireOwnForm(c)
    const { file, encoding: chosen } = await c.req.parseBody()
    if (!(file instanceof File) || file.size === 0) {
      throw new Failure('ERR_SCREENING_EMPTY', 'no file was chosen, or it is empty')
    }
    const encoding = ENCODINGS.find((known) => known === chosen)
    const asked = {
      name: file.name === '' ? 'manifest' : file.name,
      chosen: encoding === undefined ? {} : { encoding },
      ...{ map: [], receipts: false, start: false },
    }
    const { id } = await desk.hand(visitorOf(c), bytesOf(file), asked)
    return see(c, `/screen/${id}`)
  })

  routes.get(ID, async (c) => {
    const [id, visitor] = [c.req.param('id'), visitorOf(c)]
    const after = c.req.query('after') ?? ''
    const place = placeOf(after)
    const screening = await desk.show(visitor, id)
    const sample = screening.state === 'mapping' ? await desk.sample(visitor, id) : []
    const hits = screening.state === 'done' ? await desk.hits(visitor, id, place) : []
    const last = hits.at(-1)
    const isMore = last !== undefined && (await desk.hits(visitor, id, last)).length > 0
    const isStill = c.req.query('still') !== undefined
    return page(c, screeningPage({ here, screening, sample, hits, after, isMore, isStill }))
  })

  routes.post(
    `${ID}/start`,
    bodyLimit({ maxSize: MAX_MAPPING_BYTES, onError: formTooLarge }),
    async (c) => {
      requireOwnForm(c)
      const [id, visitor] = [c.req.param('id'), visitorOf(c)]
      const { columns } = await desk.show(visitor, id)
      const given = await c.req.parseBody()
      const mapping = columns.slice(0, MAX_COLUMNS).map((_, at) => {
        const field = given[`c${at}`]
        return parseField(typeof field === 'string' ? field : '')
      })
      await desk.begin(visitor, id, { mapping })
      return see(c, `/screen/${id}`)
    },
  )

  routes.post(`${ID}/again`, async (c) => {
    requireOwnForm(c)
    const { id } = await desk.again(visitorOf(c), c.req.param('id'))
    return see(c, `/screen/${id}`)
  })

  routes.post(`${ID}/forget`, async (c) => {
    requireOwnForm(c)
    await desk.forget(visitorOf(c), c.req.param('id'))
    return see(c, '/screen')
  })

  routes.get(`${ID}/result`, async (c) =>
    fileResponse(await desk.result(visitorOf(c), c.req.param('id'), null)),
  )

  routes.onError((error, c) => {
    if (error instanceof Failure) return failurePage(c, here, error)
    throw error
  })

  return routes
}

async function page(c: Context, body: Html): Promise<Response> {
  return c.body(String(await body), 200, FORM_HEADERS)
}

function see(c: Context, location: string): Response {
  return c.body(null, 303, { ...FORM_HEADERS, location })
}

/** `2.1045`: behind the line 1 045 of rank 2. */
function placeOf(after: string): { rank: number; line: number } {
  if (after === '') return { rank: -1, line: 0 }
  const [, rank, line] = /^([0-4])\.([0-9]{1,9})$/.exec(after) ?? []
  if (rank === undefined) throw new Failure('ERR_QUERY_INVALID', 'after is of the form 2.1045')
  return { rank: Number(rank), line: Number(line) }
}

async function* bytesOf(file: File): AsyncGenerator<Uint8Array> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  yield bytes
}

function tooLarge(): never {
  throw new Failure('ERR_SCREENING_TOO_LARGE', `the form is over ${MAX_FORM_BYTES} bytes`, {
    cure: 'send it by the command line: npm run -s portcullis -- screen FILE --url …',
  })
}

function formTooLarge(): never {
  throw new Failure('ERR_REQUEST_TOO_LARGE', `the form is over ${MAX_MAPPING_BYTES} bytes`)
}
