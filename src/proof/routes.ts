// Proofs of decisions over HTTP, for whoever wants to check them without this node (design: protocol 1.11).
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import type { RouteDoc } from '../api/route.ts'
import { type Adopted, feedsOf } from '../charter/members.ts'
import type { Db } from '../db.ts'
import { decodeBase64url } from '../encoding/base64.ts'
import { decodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { buildProof } from './build.ts'
import { readLastAct, readNamedAct } from './find.ts'
import type { ReadBestHead } from './head.ts'

export type ProofDeps = {
  db: Db
  readAdopted: () => Promise<Adopted>
  readHead: ReadBestHead
}

export const PROOF_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/v1/proofs/:decision{.+}',
    tag: 'decisions',
    summary: 'Prove an act to somebody who does not trust this node',
    params: { decision: 'Its name, such as `us/337-ta-1276/leo`.' },
    query: z.object({
      entry: z
        .string()
        .optional()
        .describe('Leaf hash of an act about it, base64url; the last one when left out.'),
    }),
    answers: { 200: { type: 'text/plain', text: 'A C2SP tlog-proof with the act in it.' } },
    errors: [
      'ERR_DECISION_UNKNOWN',
      'ERR_PROOF_PENDING',
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'ERR_QUERY_INVALID',
      'ERR_CHARTER_NONE',
    ],
    try: { path: '/v1/proofs/us/337-ta-1005/leo' },
  },
]

export function proofRoutes({ db, readAdopted, readHead }: ProofDeps): Hono {
  const routes = new Hono()

  routes.get('/v1/proofs/:decision{.+}', async (c) => {
    const decision = c.req.param('decision')
    const leaf = entryParameter(c)
    const act =
      leaf === null ? await readLastAct(db, decision) : await readNamedAct(db, decision, leaf)
    const { terms } = (await readAdopted()).charter
    const feed = feedsOf(terms).find(({ log }) => log.origin === act?.origin)
    if (act === null || feed === undefined) {
      const what = leaf === null ? 'no decision' : 'no accepted entry of that leaf hash about'
      throw new Failure('ERR_DECISION_UNKNOWN', `${what} ${decision.slice(0, 140)} is known here`)
    }
    const proof = await buildProof(db, terms, feed, act, readHead)
    if (proof === null) {
      throw new Failure('ERR_PROOF_PENDING', `entry ${act.idx} of ${act.origin} has no head yet`, {
        cure: 'ask again after the next sync',
      })
    }
    const name = `${decision.replaceAll('/', '-')}.tlog-proof`
    return c.text(decodeUtf8(proof) ?? '', 200, {
      'cache-control': 'no-store',
      'content-disposition': `inline; filename="${name}"`,
    })
  })

  return routes
}

/** The leaf hash that `?entry=` names, or null. Throws ERR_QUERY_UNKNOWN_PARAMETER, ERR_QUERY_INVALID. */
function entryParameter(c: Context): Uint8Array | null {
  const params = [...new URL(c.req.url).searchParams]
  const unknown = params.find(([name]) => name !== 'entry')?.[0].slice(0, 40)
  if (unknown !== undefined) {
    throw new Failure('ERR_QUERY_UNKNOWN_PARAMETER', `there is no parameter ${unknown}`, {
      facts: { parameter: unknown },
    })
  }
  const [first] = params
  if (first === undefined) return null
  const leaf = decodeBase64url(first[1])
  if (leaf === null || leaf.length !== 32 || params.length > 1) {
    throw new Failure('ERR_QUERY_INVALID', 'entry is one leaf hash in base64url', {
      facts: { parameter: 'entry' },
    })
  }
  return leaf
}
