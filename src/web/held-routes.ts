// /held/<market>: a mass change that is held back, and its release by a form.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { pageDoc, type RouteDoc } from '../api/route.ts'
import { Failure } from '../errors.ts'
import type { Person } from '../people/authenticate.ts'
import { personOf } from '../people/routes.ts'
import { heldPage, type ShownHeld } from './held-page.ts'
import type { Here } from './layout.ts'
import { FORM_HEADERS, requireOwnForm } from './own-form.ts'
import { failurePage } from './routes.ts'

export type HeldDeps = {
  here: Here
  nowMs: () => number
  /** Code ERR_BRAKE_NOT_HELD. */
  change: (market: string, after: string) => Promise<ShownHeld>
  release: (
    asked: { market: string; position: number },
    person: Person,
    address: string,
  ) => Promise<{ state: 'waiting' | 'released' }>
}

const MAX_FORM_BYTES = 1024
const PATH = '/held/:market{[a-z]{2}}'

export const HELD_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: PATH,
    tag: 'pages',
    isPage: true,
    summary: 'A change that is held back, and what it would do',
    params: { market: "The market's code." },
    answers: { 200: pageDoc('The page.') },
    errors: ['ERR_BRAKE_NOT_HELD', 'ERR_QUERY_INVALID', 'ERR_CHARTER_NONE'],
  },
  {
    method: 'post',
    path: PATH,
    tag: 'pages',
    isPage: true,
    summary: 'Release it, as one of two people',
    text: 'As /v1/brake/…/release, by the form of that page.',
    params: { market: "The market's code." },
    body: {
      type: 'application/x-www-form-urlencoded',
      most: MAX_FORM_BYTES,
      text: '`position`: up to which entry.',
    },
    answers: { 303: null },
    errors: [
      'ERR_TOKEN',
      'ERR_SCOPE',
      'ERR_TWO_PERSON',
      'ERR_BRAKE_NOT_HELD',
      'ERR_BRAKE_POSITION',
      'ERR_BRAKE_BODY',
      'ERR_FOREIGN_FORM',
      'ERR_CHARTER_NONE',
      'ERR_COMMIT_CONFLICT',
    ],
  },
]

export function heldRoutes({ here, nowMs, change, release }: HeldDeps): Hono {
  const routes = new Hono()
  const limit = bodyLimit({
    maxSize: MAX_FORM_BYTES,
    onError: () => {
      throw new Failure('ERR_BRAKE_BODY', `the form is over ${MAX_FORM_BYTES} bytes`)
    },
  })

  routes.get(PATH, async (c) => {
    const after = c.req.query('after') ?? ''
    if (after.length > 140) {
      throw new Failure('ERR_QUERY_INVALID', 'after is the name of a decision', { at: '/after' })
    }
    const held = await change(c.req.param('market'), after)
    const body = await heldPage({ here, held, after, nowMs: nowMs() })
    return c.body(String(body), 200, FORM_HEADERS)
  })

  routes.post(PATH, limit, async (c) => {
    requireOwnForm(c)
    const { position: given } = await c.req.parseBody()
    const position = Number(given)
    if (!Number.isSafeInteger(position) || position < 1) {
      throw new Failure('ERR_BRAKE_BODY', 'position is a number of entries', { at: '/position' })
    }
    const market = c.req.param('market')
    const { state } = await release({ market, position }, personOf(c), c.get('address'))
    const location = state === 'released' ? '/status' : `/held/${market}`
    return c.body(null, 303, { ...FORM_HEADERS, location })
  })

  routes.onError((error, c) => {
    if (error instanceof Failure) return failurePage(c, here, error)
    throw error
  })

  return routes
}
