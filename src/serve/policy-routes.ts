// Policies by which anybody checks proofs offline, made from the charter (C2SP tlog-policy; design: protocol 1.5).
import { Hono } from 'hono'
import type { RouteDoc } from '../api/route.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import {
  IF_NONE_MATCH,
  refuseOtherNames,
  revalidated,
  TEXT,
  TEXT_TYPE,
  UNCHANGED_ANSWER,
} from './files-routes.ts'

export type PolicyTexts = {
  /** Of this node's own log; null where the charter names none. */
  own(): Promise<string | null>
  /** Of the log whose origin has this hex SHA-256; null where the charter names none. */
  ofHash(hash: string): Promise<string | null>
}

export const POLICY_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/policy.txt',
    tag: 'alliance',
    summary: "The tlog-policy by which proofs of this market's log are checked",
    headers: IF_NONE_MATCH,
    answers: { 200: { type: TEXT_TYPE, text: 'A C2SP tlog-policy.' }, ...UNCHANGED_ANSWER },
    errors: ['ERR_NOT_FOUND', 'ERR_CHARTER_NONE'],
    try: { path: '/policy.txt' },
  },
  {
    method: 'get',
    path: '/policy/:file{[0-9a-f]{64}\\.txt}',
    tag: 'alliance',
    summary: 'The tlog-policy of any log of the charter',
    params: { file: 'Hex SHA-256 of the origin, then `.txt`.' },
    headers: IF_NONE_MATCH,
    answers: { 200: { type: TEXT_TYPE, text: 'A C2SP tlog-policy.' }, ...UNCHANGED_ANSWER },
    errors: ['ERR_NOT_FOUND', 'ERR_CHARTER_NONE'],
  },
]

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
