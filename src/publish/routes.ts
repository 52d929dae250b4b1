// Signed acts over HTTP: handed in by whoever may, read back by everybody.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import * as z from 'zod'
import type { RouteDoc } from '../api/route.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { ERRORS, type ErrorCode, Failure } from '../errors.ts'
import { MAX_ENTRY_BYTES } from '../tlog/bundle.ts'

/** At most so many acts in one request: all of them are appended or none. */
export const MAX_SUBMITTED_ACTS = 64
/** Each with its quotes and comma. */
export const MAX_SUBMIT_BYTES = MAX_SUBMITTED_ACTS * (MAX_ENTRY_BYTES + 4) + 100

export type ShownAct = { index: number; leaf: string; act: string; decision: string | null }
export type ReadAct = { index: number; leaf: string; jws: string; act: unknown; outcome: string }
export type ActsDeps = {
  submit: (entries: readonly Uint8Array[]) => Promise<{ isNew: boolean; acts: ShownAct[] }>
  /** By index in the own log, or by the id of the act. */
  read: (place: number | string) => Promise<ReadAct | null>
}

const refusals = (Object.keys(ERRORS) as ErrorCode[]).filter((code) =>
  /^ERR_(ACT|ADMIT|ENDORSE|NOTICE)_/.test(code),
)
const leafSchema = z.string().describe('Leaf hash, base64url.')

/** Every code of handing acts in. */
export const SUBMIT_ERRORS: readonly ErrorCode[] = [
  ...refusals,
  'ERR_SUBMIT_BODY',
  'ERR_REQUEST_TOO_LARGE',
  'ERR_UPGRADE_NEEDED',
  'ERR_NOT_MEMBER',
  'ERR_CHARTER_NONE',
  'ERR_COMMIT_CONFLICT',
  'ERR_HEAD_BEHIND',
  'ERR_READ_ONLY',
]

const SUBMITTED = {
  type: 'application/json',
  schema: z
    .strictObject({
      acts: z.array(
        z.strictObject({
          index: z.int(),
          leaf: leafSchema,
          act: z.string(),
          decision: z.string().nullable(),
        }),
      ),
    })
    .meta({ id: 'Submitted' }),
}

export const ACTS_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/v1/acts',
    tag: 'agency',
    summary: 'Hand in signed acts',
    text: 'Admission and judging as for `portcullis publish`: all acts are appended or none. The same bytes again change nothing and answer 200.',
    body: {
      type: 'application/json',
      most: MAX_SUBMIT_BYTES,
      text: `1 to ${MAX_SUBMITTED_ACTS} acts as compact JWS, in the order of the log; or, as any other type, one a line, as \`portcullis sign\` writes them.`,
      schema: z
        .strictObject({ acts: z.array(z.string()).min(1).max(MAX_SUBMITTED_ACTS) })
        .meta({ id: 'SignedActs' }),
    },
    answers: {
      200: { ...SUBMITTED, text: 'They stood in the log already.' },
      201: { ...SUBMITTED, text: 'Appended.' },
    },
    errors: SUBMIT_ERRORS,
  },
  {
    method: 'get',
    path: '/v1/acts/:place{[0-9]{1,15}|[0-9a-f-]{36}}',
    tag: 'agency',
    summary: 'Read back one act of this market',
    params: { place: 'Its index in the log, or the `id` of an accepted act.' },
    answers: {
      200: {
        type: 'application/json',
        text: 'The act.',
        schema: z
          .strictObject({
            index: z.int(),
            leaf: leafSchema,
            jws: z.string().describe('The entry as it stands in the log.'),
            act: z.unknown().describe('Its payload.'),
            outcome: z.string().describe('`accepted`, or the code it was refused with.'),
          })
          .meta({ id: 'ActEntry' }),
      },
    },
    errors: ['ERR_NOT_FOUND'],
  },
]

export function actsRoutes({ submit, read }: ActsDeps): Hono {
  const routes = new Hono()
  const limit = bodyLimit({ maxSize: MAX_SUBMIT_BYTES, onError: tooLarge })

  routes.post('/v1/acts', limit, async (c) => {
    const entries = await entriesOf(c)
    const { isNew, acts } = await submit(entries)
    c.header('cache-control', 'no-store')
    c.header('location', `/v1/acts/${acts[0]?.index}`)
    return c.json({ acts }, isNew ? 201 : 200)
  })

  routes.get('/v1/acts/:place{[0-9]{1,15}|[0-9a-f-]{36}}', async (c) => {
    const place = c.req.param('place')
    const found = await read(/^[0-9]{1,15}$/.test(place) ? Number(place) : place)
    if (found === null) throw new Failure('ERR_NOT_FOUND', 'the log of this market has no such act')
    return c.json(found, 200, { 'cache-control': 'no-cache' })
  })

  return routes
}

async function entriesOf(c: Context): Promise<Uint8Array[]> {
  const isJson = /^application\/json\b/i.test(c.req.header('content-type') ?? '')
  const text = await c.req.text()
  return isJson ? entriesIn(actsOf(text)) : parseLines(text)
}

/** Compact JWS one a line. Code ERR_SUBMIT_BODY. */
export function parseLines(text: string): Uint8Array[] {
  return entriesIn(text.split(/\s+/).filter((line) => line !== ''))
}

function entriesIn(lines: readonly string[]): Uint8Array[] {
  if (lines.length >= 1 && lines.length <= MAX_SUBMITTED_ACTS) return lines.map(encodeUtf8)
  const message = `${lines.length} acts; 1 to ${MAX_SUBMITTED_ACTS} are taken at once`
  throw new Failure('ERR_SUBMIT_BODY', message)
}

function actsOf(text: string): string[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new Failure('ERR_SUBMIT_BODY', 'the body is not JSON', { cause })
  }
  if (typeof body === 'object' && body !== null && 'acts' in body) {
    const { acts, ...more } = body
    const isOnly = Object.keys(more).length === 0
    if (isOnly && Array.isArray(acts) && acts.every((act) => typeof act === 'string')) return acts
  }
  throw new Failure('ERR_SUBMIT_BODY', 'the one member is `acts`, a list of compact JWS')
}

function tooLarge(): never {
  throw new Failure('ERR_REQUEST_TOO_LARGE', `at most ${MAX_SUBMIT_BYTES} bytes`)
}
