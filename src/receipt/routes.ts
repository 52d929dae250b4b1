// POST /v1/receipts/verify: what a receipt says, who signed it, and whether the logs held here say the same.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import * as z from 'zod'
import type { RouteDoc } from '../api/route.ts'
import { Failure, type Result } from '../errors.ts'
import { MAX_RECEIPT_CHARS, RECEIPT_ERRORS, receiptSchema } from './schema.ts'

export const checkSchema = z
  .strictObject({
    outcome: z.enum(['confirmed', 'contradicted', 'not_replayable']),
    why: z.array(z.string()).meta({ description: 'Empty where it is confirmed.' }),
    code: z.string().optional().meta({ description: 'Why it cannot be replayed here.' }),
    market: z.string(),
    name: z.string().meta({ description: 'The member as the charter names it.' }),
    kid: z.string(),
    under: z.int().meta({ description: 'Number of the charter whose word was taken for the key.' }),
    receipt: receiptSchema,
  })
  .meta({ id: 'CheckedReceipt' })
export type Check = z.infer<typeof checkSchema>

const MOST = MAX_RECEIPT_CHARS + 1024

export const RECEIPT_DOCS: readonly RouteDoc[] = [
  {
    method: 'post',
    path: '/v1/receipts/verify',
    tag: 'decisions',
    summary: 'Check a receipt, and ask its question again of the logs held here',
    text: 'Nothing of it is kept. `contradicted` means: signed, and not true.',
    body: { type: 'application/jose', most: MOST, text: 'The receipt.' },
    answers: {
      200: { type: 'application/json', text: 'The signature is good.', schema: checkSchema },
    },
    errors: RECEIPT_ERRORS,
  },
]

export function receiptRoutes(check: (text: string) => Promise<Result<Check>>): Hono {
  const routes = new Hono()
  const limit = bodyLimit({
    maxSize: MOST,
    onError: () => {
      throw new Failure('ERR_REQUEST_TOO_LARGE', `at most ${MOST} bytes`)
    },
  })
  routes.post('/v1/receipts/verify', limit, async (c) => {
    const checked = await check(await c.req.text())
    if (!checked.ok) throw new Failure(checked.code, checked.detail)
    return c.json(checked.value, 200, { 'cache-control': 'no-store' })
  })
  return routes
}
