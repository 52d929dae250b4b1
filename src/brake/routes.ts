// /v1/brake: what is held back, what it would change, and its release by two people.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import * as z from 'zod'
import type { RouteDoc } from '../api/route.ts'
import { Failure } from '../errors.ts'
import type { Person } from '../people/authenticate.ts'
import { personOf } from '../people/routes.ts'
import type { Flip } from './flips.ts'
import type { Hold } from './store.ts'

export type ShownHold = Omit<Hold, 'asked'> & {
  effective: number
  waiting: { position: number; subject: string; until: number } | null
}
export type BrakeActs = {
  list(): Promise<readonly ShownHold[]>
  /** Code ERR_BRAKE_NOT_HELD. */
  change(
    market: string,
    after: string,
  ): Promise<ShownHold & { changes: readonly Flip[]; next: string | null }>
  /** Codes: ERR_SCOPE, ERR_TWO_PERSON, ERR_BRAKE_*. */
  release(
    asked: { market: string; position: number | null },
    person: Person,
    address: string,
  ): Promise<{ state: 'waiting' | 'released' }>
}

const MAX_RELEASE_BYTES = 1024
const position = z.int().min(1).meta({ description: 'Entries over the logs of the market.' })
const seconds = z.int().meta({ description: 'POSIX seconds.' })
const productFlips = z.object({ added: z.int(), lifted: z.int(), changed: z.int() })
const waitingSchema = z.object({ position, subject: z.string(), until: seconds })
const heldSchema = z
  .object({
    market: z.string(),
    since: seconds,
    base: z.int().meta({ description: 'Position of the earlier state, compared with.' }),
    effective: z.int().meta({ description: 'Position that answers use.' }),
    merged: z.int().meta({ description: 'Position counted.' }),
    flips: z.object({
      decisions: z.object({ added: z.int(), lifted: z.int() }),
      products: productFlips,
    }),
    waiting: waitingSchema.nullable().meta({ description: 'Who waits for a second person.' }),
  })
  .meta({ id: 'Held' })
const changeSchema = heldSchema.extend({
  changes: z.array(
    z.object({
      decision: z.string(),
      change: z.enum(['added', 'lifted']).nullable(),
      products: productFlips,
    }),
  ),
  next: z.string().nullable().meta({ description: 'Give it as `after` for the next page.' }),
})
const releasedSchema = z.object({
  market: z.string(),
  position,
  state: z.enum(['waiting', 'released']),
  first: z.string(),
  second: z.string().optional(),
  until: seconds.optional().meta({ description: 'POSIX seconds that the second person has.' }),
})
const askedSchema = z.strictObject({ position: position.optional() })

export const BRAKE_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/v1/brake',
    tag: 'node',
    summary: 'Mass changes that are held back',
    text: 'Entries are merged, and answers do not use them yet.',
    answers: {
      200: {
        type: 'application/json',
        text: 'By market.',
        schema: z.object({ held: z.array(heldSchema) }),
      },
    },
    errors: ['ERR_CHARTER_NONE'],
    try: { path: '/v1/brake' },
  },
  {
    method: 'get',
    path: '/v1/brake/:market{[a-z]{2}}',
    tag: 'node',
    summary: 'What a change that is held back would do',
    params: { market: "The market's code." },
    query: z.object({ after: z.string().max(140).optional() }),
    answers: {
      200: { type: 'application/json', text: 'A page, by decision.', schema: changeSchema },
    },
    errors: ['ERR_BRAKE_NOT_HELD', 'ERR_QUERY_INVALID', 'ERR_CHARTER_NONE'],
  },
  {
    method: 'post',
    path: '/v1/brake/:market{[a-z]{2}}/release',
    tag: 'node',
    summary: 'Release what is held back: it takes effect with the second person',
    text: 'Needs a token with the scope `operate`. Two distinct people within a day, for the same position.',
    params: { market: "The market's code." },
    body: {
      type: 'application/json',
      text: 'Without `position`: what the first person released, or all that is merged. An empty body is taken as `{}`.',
      schema: askedSchema,
      most: MAX_RELEASE_BYTES,
    },
    answers: {
      200: { type: 'application/json', text: 'What came of it.', schema: releasedSchema },
    },
    errors: [
      'ERR_TOKEN',
      'ERR_SCOPE',
      'ERR_TWO_PERSON',
      'ERR_BRAKE_NOT_HELD',
      'ERR_BRAKE_POSITION',
      'ERR_BRAKE_BODY',
      'ERR_CHARTER_NONE',
      'ERR_COMMIT_CONFLICT',
    ],
  },
]

export function brakeRoutes(acts: BrakeActs): Hono {
  const routes = new Hono()
  const fresh = { 'cache-control': 'no-store' }

  routes.get('/v1/brake', async (c) => c.json({ held: await acts.list() }, 200, fresh))

  routes.get('/v1/brake/:market{[a-z]{2}}', async (c) => {
    const after = c.req.query('after') ?? ''
    if (after.length > 140) {
      throw new Failure('ERR_QUERY_INVALID', 'after is the name of a decision', { at: '/after' })
    }
    return c.json(await acts.change(c.req.param('market'), after), 200, fresh)
  })

  routes.post(
    '/v1/brake/:market{[a-z]{2}}/release',
    bodyLimit({
      maxSize: MAX_RELEASE_BYTES,
      onError: () => {
        throw new Failure('ERR_BRAKE_BODY', `the body is over ${MAX_RELEASE_BYTES} bytes`)
      },
    }),
    async (c) => {
      const asked = parseAsked(await c.req.text())
      const market = c.req.param('market')
      const position = asked.position ?? null
      const released = await acts.release({ market, position }, personOf(c), c.get('address'))
      return c.json(released, 200, fresh)
    },
  )

  return routes
}

function parseAsked(text: string): z.infer<typeof askedSchema> {
  const refuse = () => new Failure('ERR_BRAKE_BODY', 'the body is {} or {"position": 120}')
  if (text.trim() === '') return {}
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw refuse()
  }
  const parsed = askedSchema.safeParse(body)
  if (!parsed.success) throw refuse()
  return parsed.data
}
