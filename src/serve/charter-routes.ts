// How a charter is handed to a running node: anybody may bring one, because it proves itself (design: protocol 1.9).
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import * as z from 'zod'
import type { RouteDoc } from '../api/route.ts'
import { MAX_CHARTER_BYTES } from '../charter/schema.ts'
import { decodeUtf8 } from '../encoding/utf8.ts'
import { Failure, type Result } from '../errors.ts'

/** Adopts a charter file: charter 1 by the hash the settings pin, later ones by the thresholds of both. Codes ERR_CHARTER_*. */
export type AdoptCharter = (text: string) => Promise<Result<{ n: number; hash: string }>>

export const CHARTER_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/charter',
    tag: 'alliance',
    summary: 'Hand a charter to this node',
    text: 'It proves itself: charter 1 by the hash that the settings pin, later ones by the root keys of both. A copy of an adopted one changes nothing.',
    body: {
      type: 'application/jose+json',
      most: MAX_CHARTER_BYTES,
      text: 'A charter: JWS in JSON General Serialization.',
    },
    answers: {
      200: {
        type: 'application/json',
        text: 'The number and hash of the charter.',
        schema: z.strictObject({ n: z.int(), hash: z.string() }),
      },
    },
    errors: [
      'ERR_REQUEST_TOO_LARGE',
      'ERR_CHARTER_FORMAT',
      'ERR_CHARTER_RULE',
      'ERR_CHARTER_PIN',
      'ERR_CHARTER_ORDER',
      'ERR_CHARTER_THRESHOLD',
      'ERR_CHARTER_CONFLICT',
      'ERR_COMMIT_CONFLICT',
    ],
  },
]

export function charterRoutes(adopt: AdoptCharter): Hono {
  const routes = new Hono()
  const limit = bodyLimit({
    maxSize: MAX_CHARTER_BYTES,
    onError: () => {
      throw new Failure('ERR_REQUEST_TOO_LARGE', `a charter has at most ${MAX_CHARTER_BYTES} bytes`)
    },
  })

  routes.post('/charter', limit, async (c) => {
    const text = decodeUtf8(new Uint8Array(await c.req.arrayBuffer()))
    if (text === null) throw new Failure('ERR_CHARTER_FORMAT', 'the file is not UTF-8')
    const adopted = await adopt(text.trim())
    if (!adopted.ok) throw new Failure(adopted.code, adopted.detail)
    const { n, hash } = adopted.value
    return c.json({ n, hash }, 200, { 'cache-control': 'no-store' })
  })

  return routes
}
