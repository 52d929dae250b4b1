// Puts the guard before every route of the table of rights: who asks, how often, may they; and the line in the audit log after.
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { Failure } from './errors.ts'
import { type Asking, type Guard, type GuardDeps, guard } from './guarding.ts'
import { bearerOf } from './people/authenticate.ts'
import { RULES, type Rule } from './people/rules.ts'
import { loginPath, SESSION_COOKIES } from './web/session.ts'

/** How the edge tells an app where a request comes from: the second argument of `fetch`. */
export type EdgeFacts = { address?: string }

/** Comes before the routes themselves. `failed` answers a page that failed. */
export function guardRoutes(
  app: Hono,
  deps: GuardDeps,
  failed: (c: Context, failure: Failure) => Promise<Response>,
): void {
  const watch = guard(deps)
  for (const [action, rule] of Object.entries(RULES)) {
    const [method = '', path = ''] = action.split(' ')
    app.on(method, path, guarded(watch, action, rule, failed))
  }
}

function guarded(
  watch: Guard,
  action: string,
  rule: Rule,
  failed: (c: Context, failure: Failure) => Promise<Response>,
): MiddlewareHandler {
  return async (c, next) => {
    const asking: Asking = { action, rule, token: tokenOf(c, rule), address: addressOf(c) }
    c.set('address', asking.address)
    try {
      c.set('person', await watch.admit(asking))
    } catch (error) {
      if (rule.isPage !== true || !(error instanceof Failure)) throw error
      return error.code === 'ERR_TOKEN' ? c.redirect(loginPath(c.req.url), 303) : failed(c, error)
    }
    await next()
    if (rule.ownLine === true) return
    const { error } = c
    const outcome = error === undefined ? 'ok' : outcomeOf(error)
    const { headers } = c.res
    const target = headers.get('location') ?? headers.get('content-location') ?? c.req.path
    await watch.record(asking, c.get('person'), target, outcome)
  }
}

/** Programs send the header; only pages take the cookie, which no other site can make a browser send. */
function tokenOf(c: Context, rule: Rule): string | null {
  const bearer = bearerOf(c.req.header('authorization'))
  if (bearer !== null || rule.isPage !== true) return bearer
  const cookies = getCookie(c)
  return SESSION_COOKIES.map((name) => cookies[name]).find((token) => token !== undefined) ?? null
}

function addressOf(c: Context): string {
  const facts: EdgeFacts | undefined = c.env
  return facts?.address ?? 'unknown'
}

function outcomeOf(error: Error) {
  return error instanceof Failure ? error.code : 'ERR_INTERNAL'
}
