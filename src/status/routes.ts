// GET /v1/status, /healthz, /readyz: is the process alive, can it answer, is it current: three different questions.
import { Hono } from 'hono'
import * as z from 'zod'
import { isNotChanged, weakTag } from '../api/etag.ts'
import { type RouteDoc, UNCHANGED } from '../api/route.ts'
import { readAdopted } from '../charter/store.ts'
import { type Db, sql } from '../db.ts'
import { Failure } from '../errors.ts'
import type { SigningState } from '../gate.ts'
import { readStatusNow, type Status } from './read.ts'

type ShownPeer = Omit<Status['peers'][number], 'etag'>

export type StatusDeps = {
  db: Db
  here: { market: string; name: string }
  nowMs: () => number
  /** Whether this node may sign now. */
  signing: () => Promise<SigningState | null>
}

const feedSchema = z.looseObject({
  market: z.string(),
  name: z.string(),
  origin: z.string(),
  position: z.int().meta({ description: 'Entries that answers use.' }),
  merged: z.int(),
  seen: z.int().meta({ description: 'Entries of the largest verified head.' }),
  root: z.string().meta({ description: 'Of the merged entries, base64.' }),
  ageS: z.int().nullable().meta({ description: 'Seconds since its own newest stamp on them.' }),
  state: z.enum(['fresh', 'stale', 'held', 'waiting', 'frozen', 'never', 'closed']),
  code: z.string().nullable(),
})
const peerSchema = z.looseObject({
  market: z.string(),
  attemptedAt: z.int(),
  succeededAt: z.int(),
  failures: z.int(),
  nextAt: z.int(),
  code: z.string().nullable(),
  detail: z.string().nullable(),
})
const holdSchema = z.looseObject({
  market: z.string(),
  since: z.int(),
  base: z.int(),
  merged: z.int(),
  flips: z.looseObject({
    decisions: z.looseObject({ added: z.int(), lifted: z.int() }),
    products: z.looseObject({ added: z.int(), lifted: z.int(), changed: z.int() }),
  }),
})
const statusSchema = z
  .looseObject({
    market: z.string(),
    name: z.string(),
    charter: z.looseObject({
      n: z.int(),
      hash: z.string(),
      expires: z.int(),
      expired: z.literal(true).optional(),
    }),
    alliance: z.string(),
    signing: z
      .looseObject({
        state: z.enum(['signing', 'probing', 'read_only', 'without_peers']),
        code: z.string().optional(),
        reason: z.string().optional(),
        cure: z.string().optional(),
        since: z.int().optional(),
      })
      .nullable()
      .meta({ description: 'Whether this node may sign, and if not, why and what to do.' }),
    digest: z.string().meta({ description: 'State digest over everything in effect.' }),
    feeds: z.array(feedSchema),
    holds: z
      .array(holdSchema)
      .meta({ description: 'Mass changes that are merged and not in effect: see /v1/brake.' }),
    peers: z.array(peerSchema),
    waiting: z
      .array(
        z.looseObject({
          market: z.string(),
          idx: z.int(),
          leaf: z.string(),
          kind: z.string(),
          decision: z.string().nullable(),
          kid: z.string(),
        }),
      )
      .meta({ description: 'Signed, not in effect: each waits for a second key of its market.' }),
    refused: z.array(
      z.looseObject({
        market: z.string(),
        idx: z.int(),
        code: z.string(),
        kind: z.string().nullable(),
        decision: z.string().nullable(),
      }),
    ),
    evidence: z.array(
      z.looseObject({
        sha256: z.string(),
        kind: z.string(),
        origin: z.string(),
        found_at: z.int(),
      }),
    ),
  })
  .meta({ id: 'Status' })

export const STATUS_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/v1/status',
    tag: 'node',
    summary: "How fresh each market's word is, and what is wrong",
    headers: {
      'if-none-match':
        'The `etag` of an earlier answer: weak, equal within a minute where all but ages and attempts is equal.',
    },
    answers: {
      200: { type: 'application/json', text: 'As of now.', schema: statusSchema },
      304: UNCHANGED,
    },
    errors: ['ERR_CHARTER_NONE'],
    try: { path: '/v1/status' },
  },
  {
    method: 'get',
    path: '/healthz',
    tag: 'node',
    summary: 'Does the process live?',
    answers: { 200: { type: 'text/plain', text: '`ok`' } },
    errors: [],
    try: { path: '/healthz' },
  },
  {
    method: 'get',
    path: '/readyz',
    tag: 'node',
    summary: 'Can it answer?',
    answers: { 200: { type: 'text/plain', text: '`ready`' } },
    errors: ['ERR_CHARTER_NONE'],
    try: { path: '/readyz' },
  },
]

/** All but ages and the times of the last attempts: those move by themselves. */
function lastingOf({ feeds, peers, ...status }: Omit<Status, 'peers'> & { peers: ShownPeer[] }) {
  return [
    status,
    feeds.map(({ ageS: _, ...feed }) => feed),
    peers.map(({ attemptedAt: _, succeededAt: __, nextAt: ___, ...peer }) => peer),
  ]
}

export function statusRoutes(deps: StatusDeps): Hono {
  const routes = new Hono()

  routes.get('/v1/status', async (c) => {
    const nowS = Math.floor(deps.nowMs() / 1000)
    const { peers, ...status } = await readStatusNow(deps)
    const shown = { ...status, peers: peers.map(({ etag: _, ...peer }) => peer) }
    const headers = { etag: weakTag(lastingOf(shown), nowS), 'cache-control': 'no-store' }
    if (isNotChanged(c.req.header('if-none-match'), headers.etag)) {
      return c.body(null, 304, headers)
    }
    return c.json(shown, 200, headers)
  })

  routes.get('/healthz', (c) => c.text('ok\n', 200, { 'cache-control': 'no-store' }))

  /** Ready to answer officers. A stale peer does not make it unready: it changes answers, and the answers say so. */
  routes.get('/readyz', async (c) => {
    await deps.db.query(sql('SELECT 1'))
    if ((await readAdopted(deps.db)) === null) {
      throw new Failure('ERR_CHARTER_NONE', 'no charter has been adopted yet')
    }
    return c.text('ready\n', 200, { 'cache-control': 'no-store' })
  })

  return routes
}
