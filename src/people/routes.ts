// Who is behind a request, for the routes that need to know; and the audit log over HTTP.
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import type { RouteDoc } from '../api/route.ts'
import type { Db } from '../db.ts'
import { Failure } from '../errors.ts'
import { type AuditRow, MAX_AUDIT_ROWS, readAudit } from './audit.ts'
import type { Person } from './authenticate.ts'
import { SUBJECT_PATTERN } from './user.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** Set by the guard on every route with a rule. */
    person: Person | null
    /** Client address as the edge knows it. */
    address: string
  }
}

/** The person of a route that needs a scope. A route without a rule has none: that is our own mistake. */
export function personOf(c: Context): Person {
  const person = c.get('person')
  if (person === undefined || person === null) throw new TypeError(`nobody guards ${c.req.path}`)
  return person
}

const rowSchema = z.strictObject({
  seq: z.int(),
  at: z.int().describe('POSIX seconds.'),
  subject: z.string().describe('A user, or `local:<account>` for a command on that machine.'),
  jti: z.string().nullable().describe('Id of the token.'),
  action: z.string(),
  target: z.string().nullable(),
  outcome: z.string().describe('`ok` or a code.'),
  address: z.string().describe('Client address, or `cli`.'),
})

export const AUDIT_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/v1/audit',
    tag: 'node',
    summary: 'Who did what, newest first',
    query: z.object({
      before: z.int().min(1).optional().describe('`next` of the page before.'),
      subject: z.string().max(64).optional().describe('Of one user or account only.'),
      limit: z.int().min(1).max(MAX_AUDIT_ROWS).default(MAX_AUDIT_ROWS),
    }),
    answers: {
      200: {
        type: 'application/json',
        text: 'One page. `next` is null at the end.',
        schema: z
          .strictObject({ audit: z.array(rowSchema), next: z.int().nullable() })
          .meta({ id: 'AuditPage' }),
      },
    },
    errors: ['ERR_QUERY_UNKNOWN_PARAMETER', 'ERR_QUERY_INVALID'],
  },
]

export function auditRoutes(db: Db): Hono {
  const routes = new Hono()
  routes.get('/v1/audit', async (c) => {
    c.header('cache-control', 'no-store')
    return c.json(await readAuditPage(db, new URL(c.req.url).searchParams))
  })
  return routes
}

/** A page as the parameters ask for it. `next` is null at the end. Codes: ERR_QUERY_UNKNOWN_PARAMETER, ERR_QUERY_INVALID. */
export async function readAuditPage(
  db: Db,
  params: URLSearchParams,
): Promise<{ audit: AuditRow[]; next: number | null }> {
  const page = pageOf(params)
  const audit = await readAudit(db, page)
  const isFull = audit.length === page.limit
  return { audit, next: isFull ? (audit.at(-1)?.seq ?? null) : null }
}

function pageOf(params: URLSearchParams): { before?: number; subject?: string; limit: number } {
  const page: { before?: number; subject?: string; limit: number } = { limit: MAX_AUDIT_ROWS }
  for (const [name, value] of params) {
    if (name === 'before') page.before = wholeNumber(name, value, Number.MAX_SAFE_INTEGER)
    else if (name === 'limit') page.limit = wholeNumber(name, value, MAX_AUDIT_ROWS)
    else if (name === 'subject' && SUBJECT_PATTERN.test(value.replace(/^local:/, ''))) {
      page.subject = value
    } else throw unknownParameter(name)
  }
  return page
}

function wholeNumber(name: string, value: string, most: number): number {
  const number = /^[1-9][0-9]{0,15}$/.test(value) ? Number(value) : 0
  if (number >= 1 && number <= most) return number
  throw new Failure('ERR_QUERY_INVALID', `${name} is a whole number from 1 to ${most}`, {
    facts: { parameter: name },
  })
}

function unknownParameter(name: string): Failure {
  const shown = name.slice(0, 40)
  const facts = { parameter: shown }
  if (name === 'subject') {
    return new Failure('ERR_QUERY_INVALID', 'subject is the name of a user', { facts })
  }
  return new Failure('ERR_QUERY_UNKNOWN_PARAMETER', `there is no parameter ${shown}`, { facts })
}
