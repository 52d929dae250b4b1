// What people with a token use, and the guard before all routes of the table of rights.
import type { Hono } from 'hono'
import type { RouteDoc } from './api/route.ts'
import type { Db } from './db.ts'
import { guardRoutes } from './guarded-routes.ts'
import { type GuardDeps, type GuardSettings, OPEN } from './guarding.ts'
import type { OutboundDeps } from './outbound.ts'
import { authenticate } from './people/authenticate.ts'
import { AUDIT_DOCS, auditRoutes, readAuditPage } from './people/routes.ts'
import type { Realm, TokenKey } from './people/token.ts'
import {
  ACTS_DOCS,
  actsRoutes,
  MAX_SUBMIT_BYTES,
  parseLines,
  SUBMIT_ERRORS,
} from './publish/routes.ts'
import { readAct, submitActs } from './submitting.ts'
import { agencyDocs, agencyRoutes } from './web/agency-routes.ts'
import { LOGIN_DOCS, loginRoutes } from './web/login-routes.ts'
import { failurePage } from './web/routes.ts'

export type PeopleDeps = {
  key: TokenKey
  realm: Realm
  /** Default: look-up is open, and nobody is counted. */
  settings?: GuardSettings
  refused?: NonNullable<GuardDeps['refused']>
}
export type PeopleApp = {
  db: Db
  here: { market: string; name: string }
  nowMs: () => number
  /** What an agency's acts are appended with; without it none are taken over HTTP. */
  outbound?: (() => Promise<OutboundDeps>) | undefined
}

export const PEOPLE_DOCS: readonly RouteDoc[] = [
  ...ACTS_DOCS,
  ...AUDIT_DOCS,
  ...LOGIN_DOCS,
  ...agencyDocs(SUBMIT_ERRORS, MAX_SUBMIT_BYTES),
]

/** Before every other route, or the guard is not before them. */
export function peopleRoutes(
  app: Hono,
  { db, here, nowMs, outbound }: PeopleApp,
  people: PeopleDeps,
) {
  const deps = { settings: OPEN, db, nowMs, ...people }
  guardRoutes(app, deps, (c, failure) => failurePage(c, here, failure))
  app.route('/', auditRoutes(db))
  const knownAs = async (token: string) => {
    const person = await authenticate(deps, token)
    return person.ok ? person.value : null
  }
  const isSecure = people.realm.audience.startsWith('https:')
  app.route('/', loginRoutes({ here, isSecure, knownAs }))
  const submit =
    outbound === undefined
      ? null
      : async (entries: readonly Uint8Array[]) => submitActs(await outbound(), entries)
  app.route(
    '/',
    agencyRoutes({
      here,
      mostBytes: MAX_SUBMIT_BYTES,
      audit: (params) => readAuditPage(db, params),
      ...(submit === null ? {} : { handIn: (text: string) => submit(parseLines(text)) }),
    }),
  )
  if (submit === null || outbound === undefined) return
  const read = async (place: number | string) => readAct(await outbound(), place)
  app.route('/', actsRoutes({ submit, read }))
}
