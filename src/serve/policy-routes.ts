// Policies by which anybody checks proofs offline, made from the charter (C2SP tlog-policy; design: protocol 1.5).
import { Hono } from 'hono'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { refuseOtherNames, revalidated, TEXT } from './files-routes.ts'

export type PolicyTexts = {
  /** Of this node's own log; null where the charter names none. */
  own(): Promise<string | null>
  /** Of the log whose origin has this hex SHA-256; null where the charter names none. */
  ofHash(hash: string): Promise<string | null>
}

export function policyRoutes(policies: PolicyTexts): Hono {
  const routes = new Hono()

  routes.get('/policy.txt', async (c) => {
    refuseOtherNames(c)
    return revalidated(c, required(await policies.own()), TEXT)
  })

  routes.get('/policy/:file{[0-9a-f]{64}\\.txt}', async (c) => {
    refuseOtherNames(c)
    const hash = c.req.param('file').slice(0, -'.txt'.length)
    return revalidated(c, required(await policies.ofHash(hash)), TEXT)
  })

  return routes
}

function required(text: string | null): Uint8Array {
  if (text === null) throw new Failure('ERR_NOT_FOUND', 'the charter names no such log')
  return encodeUtf8(text)
}
