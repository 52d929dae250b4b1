// Errors over HTTP as problem documents, made in one place from the table of codes (RFC 9457).
import { type ErrorCode, type Failure, meaningOf, statusOf } from './errors.ts'

/** `{"type":"urn:portcullis:error:ERR_NOT_FOUND","title":…,"status":404,"code":…,"detail":…,"at"?:…}` */
export type Problem = {
  type: string
  title: string
  status: number
  code: ErrorCode
  detail: string
  at?: string
  cure?: string
  [fact: string]: unknown
}

export function problemOf(failure: Failure): Problem {
  return {
    ...failure.facts,
    type: `urn:portcullis:error:${failure.code}`,
    title: meaningOf(failure.code),
    status: statusOf(failure.code),
    code: failure.code,
    detail: failure.message,
    ...(failure.at === undefined ? {} : { at: failure.at }),
    ...(failure.cure === undefined ? {} : { cure: failure.cure }),
  }
}

const REALM = 'Bearer realm="portcullis"'

/** What an error says in headers: how to be let in (RFC 6750), or when to come again. */
export function headersOf({ code, facts }: Failure): Record<string, string> {
  if (code === 'ERR_RATE_LIMIT') return { 'retry-after': String(facts.retry_after) }
  if (code === 'ERR_TOKEN') {
    return { 'www-authenticate': facts.given === true ? `${REALM}, error="invalid_token"` : REALM }
  }
  if (code !== 'ERR_SCOPE') return {}
  const scope = `error="insufficient_scope", scope="${facts.scope}"`
  return { 'www-authenticate': `${REALM}, ${scope}` }
}

/** Never cached: a cache that kept an error would pin a miss on a file that exists a second later. */
export function problemResponse(failure: Failure): Response {
  const problem = problemOf(failure)
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...headersOf(failure),
    },
  })
}
