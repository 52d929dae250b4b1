// The witness over HTTP (C2SP tlog-witness), evidence of forks, and what a member that lost its database asks for.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import * as z from 'zod'
import type { RouteDoc } from '../api/route.ts'
import { Failure } from '../errors.ts'
import { MAX_ADD_CHECKPOINT_BYTES } from '../tlog/add-checkpoint.ts'

export type WitnessActs = {
  /** Judges a request body; what it says is sent as it is. */
  addCheckpoint(body: Uint8Array): Promise<{ status: number; body: string; type: string }>
  /** The largest head cosigned, by hex SHA-256 of the origin; null where there is none. */
  note(originHash: string): Promise<string | null>
  /** What the keys of the member of this log have signed, as far as it is kept here; null for a log the charter does not name. */
  signed(originHash: string): Promise<unknown>
  /** A proof by its SHA-256, and what there is of them. */
  evidence(sha256: string): Promise<string | null>
  evidenceList(): Promise<{ sha256: string; kind: string; origin: string; foundAt: number }[]>
}

export const WITNESS_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/witness/add-checkpoint',
    tag: 'witness',
    summary: 'Show this witness a head, and be cosigned',
    text: 'C2SP tlog-witness. Its own refusals are plain text: 400, 403, 404, 409 with the size held here, 422, and 503 while this node signs nothing.',
    body: {
      type: 'text/plain',
      most: MAX_ADD_CHECKPOINT_BYTES,
      text: 'The size last cosigned, a consistency proof and the checkpoint.',
    },
    answers: {
      200: { type: 'text/plain', text: 'Cosignature lines.' },
      400: { type: 'text/plain', text: 'Not of its form.' },
      403: { type: 'text/plain', text: 'Not signed by a key of that log.' },
      404: { type: 'text/plain', text: 'No log of the charter.' },
      409: [
        { type: 'text/x.tlog.size', text: 'The size held here.' },
        { type: 'text/plain', text: 'Another history than the one held here.' },
      ],
      422: { type: 'text/plain', text: 'The proof does not hold.' },
      503: { type: 'text/plain', text: 'This node signs nothing until the members have answered.' },
    },
    errors: ['ERR_REQUEST_TOO_LARGE', 'ERR_CHARTER_NONE'],
  },
  {
    method: 'get',
    path: '/witness/:hash{[0-9a-f]{64}}/checkpoint',
    tag: 'witness',
    summary: 'The largest head this node has cosigned of a log',
    params: { hash: 'Hex SHA-256 of the origin.' },
    answers: { 200: { type: 'text/plain', text: 'A C2SP checkpoint.' } },
    errors: ['ERR_NOT_FOUND', 'ERR_CHARTER_NONE'],
  },
  {
    method: 'get',
    path: '/v1/signed/:hash{[0-9a-f]{64}}',
    tag: 'alliance',
    summary: 'What the keys of a member have signed, as far as it is kept here',
    text: 'A member asks this before it signs again: its database may be older than its signatures.',
    params: { hash: "Hex SHA-256 of the origin of the member's log." },
    answers: {
      200: {
        type: 'application/json',
        text: 'Notes with a line of a key of that member; each speaks for itself.',
        schema: z
          .looseObject({
            heads: z.array(z.looseObject({ origin: z.string(), checkpoint: z.string() })),
          })
          .meta({ id: 'SignedHeads' }),
      },
    },
    errors: ['ERR_NOT_FOUND', 'ERR_CHARTER_NONE'],
  },
  {
    method: 'get',
    path: '/v1/evidence',
    tag: 'alliance',
    summary: 'Logs that provably signed two histories, charter numbers that were signed twice',
    answers: {
      200: {
        type: 'application/json',
        text: 'The proofs there are.',
        schema: z
          .strictObject({
            evidence: z.array(
              z.strictObject({
                sha256: z.string(),
                kind: z.enum(['fork', 'charter']),
                origin: z.string().meta({ description: 'Of the log, or `charter <n>`.' }),
                found_at: z.int(),
              }),
            ),
          })
          .meta({ id: 'EvidenceList' }),
      },
    },
    errors: [],
    try: { path: '/v1/evidence' },
  },
  {
    method: 'get',
    path: '/v1/evidence/:sha256{[0-9a-f]{64}}',
    tag: 'alliance',
    summary: 'One such proof',
    text: 'Immutable; `portcullis verify` checks it offline.',
    params: { sha256: 'Hex SHA-256 of the file.' },
    answers: { 200: { type: 'application/json', text: 'Both signed heads or charters, and why.' } },
    errors: ['ERR_NOT_FOUND'],
  },
]

export function witnessRoutes(acts: WitnessActs): Hono {
  const routes = new Hono()
  const limit = bodyLimit({
    maxSize: MAX_ADD_CHECKPOINT_BYTES,
    onError: () => {
      throw new Failure('ERR_REQUEST_TOO_LARGE', `at most ${MAX_ADD_CHECKPOINT_BYTES} bytes`)
    },
  })

  routes.post('/witness/add-checkpoint', limit, async (c) => {
    const answer = await acts.addCheckpoint(new Uint8Array(await c.req.arrayBuffer()))
    return new Response(answer.body, {
      status: answer.status,
      headers: { 'content-type': answer.type, 'cache-control': 'no-store' },
    })
  })

  routes.get('/witness/:hash{[0-9a-f]{64}}/checkpoint', async (c) => {
    const note = await acts.note(c.req.param('hash'))
    if (note === null) throw new Failure('ERR_NOT_FOUND', 'this node has cosigned no such log')
    return c.body(note, 200, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
    })
  })

  routes.get('/v1/signed/:hash{[0-9a-f]{64}}', async (c) => {
    const signed = await acts.signed(c.req.param('hash'))
    if (signed === null) throw new Failure('ERR_NOT_FOUND', 'the charter names no such log')
    return c.body(JSON.stringify(signed), 200, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    })
  })

  routes.get('/v1/evidence', async (c) => {
    const list = await acts.evidenceList()
    const evidence = list.map(({ sha256, kind, origin, foundAt }) => ({
      sha256,
      kind,
      origin,
      found_at: foundAt,
    }))
    return c.json({ evidence }, 200, { 'cache-control': 'no-cache' })
  })

  routes.get('/v1/evidence/:sha256{[0-9a-f]{64}}', async (c) => {
    const body = await acts.evidence(c.req.param('sha256'))
    if (body === null) throw new Failure('ERR_NOT_FOUND', 'there is no such evidence here')
    return c.body(body, 200, {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=31536000, immutable',
      'access-control-allow-origin': '*',
    })
  })

  return routes
}
