// THE TABLE of rights: what each route asks of whoever calls it. A route that is not here is open to everyone and has no rate: the feed, whose
// files any cache may keep, and what members read of one another.
import type { RouteDoc } from '../api/route.ts'
import type { ErrorCode } from '../errors.ts'
import type { Bucket } from './rate.ts'
import type { Scope } from './role.ts'

export type Rule = {
  /** `lookup` is asked for only where the setting `lookup_access` is `token`; every other scope always. */
  scope?: Scope
  bucket?: Bucket
  /** How much of a bucket one request takes. Default 1. */
  cost?: number
  /** What is done writes its own line into the audit log, in the commit that does it. */
  ownLine?: true
  /** A page: the token may come in the cookie of `/login`, and whoever has none is sent there. */
  isPage?: true
}

/** A request with up to 100 questions. */
const BATCH_COST = 20
const ASK: Rule = { scope: 'lookup', bucket: 'lookup' }
const PAGE: Rule = { ...ASK, isPage: true }
const SCREEN = '/screen/:id{[0-9a-f-]{36}}'
const SCREENING = '/v1/screenings/:id{[0-9a-f-]{36}}'

/** `METHOD path`, the path as the router has it. HEAD is GET. */
export const RULES: Readonly<Record<string, Rule>> = {
  'GET /v1/lookup': ASK,
  'POST /v1/lookup': { ...ASK, cost: BATCH_COST },
  'GET /v1/decisions': ASK,
  'GET /v1/decisions/:decision{.+}': ASK,
  'POST /v1/screenings': { ...ASK, cost: BATCH_COST },
  'GET /v1/screenings': ASK,
  [`GET ${SCREENING}`]: ASK,
  [`POST ${SCREENING}/start`]: ASK,
  [`POST ${SCREENING}/again`]: ASK,
  [`GET ${SCREENING}/result`]: ASK,
  [`DELETE ${SCREENING}`]: ASK,
  'GET /': PAGE,
  'GET /decisions': PAGE,
  'GET /decisions/:decision{.+}': PAGE,
  'GET /screen': PAGE,
  'POST /screen': { ...PAGE, cost: BATCH_COST },
  [`GET ${SCREEN}`]: PAGE,
  [`POST ${SCREEN}/start`]: PAGE,
  [`POST ${SCREEN}/again`]: PAGE,
  [`POST ${SCREEN}/forget`]: PAGE,
  [`GET ${SCREEN}/result`]: PAGE,
  'GET /held/:market{[a-z]{2}}': { ...PAGE, cost: BATCH_COST },
  'POST /held/:market{[a-z]{2}}': { scope: 'operate', bucket: 'acts', ownLine: true, isPage: true },
  // A digest over all that is held, a proof over a tree: open, and not for nothing.
  'GET /v1/status': { bucket: 'lookup' },
  'GET /status': { bucket: 'lookup', isPage: true },
  'GET /v1/proofs/:decision{.+}': { bucket: 'lookup' },
  'POST /receipt': PAGE,
  'POST /receipt/file': { bucket: 'lookup', isPage: true },
  // Asking again may mean judging again.
  'POST /verify': { bucket: 'lookup', cost: BATCH_COST, isPage: true },
  'POST /v1/receipts/verify': { bucket: 'lookup', cost: BATCH_COST },
  'POST /login': { bucket: 'lookup', isPage: true },
  'POST /logout': { bucket: 'lookup', isPage: true },
  'GET /acts': { scope: 'publish', bucket: 'lookup', isPage: true },
  'POST /acts': { scope: 'publish', bucket: 'acts', isPage: true },
  'GET /audit': { scope: 'audit', bucket: 'lookup', isPage: true },
  'POST /v1/acts': { scope: 'publish', bucket: 'acts' },
  'GET /v1/acts/:place{[0-9]{1,15}|[0-9a-f-]{36}}': { bucket: 'lookup' },
  'GET /v1/brake': { bucket: 'lookup' },
  // What is held is counted for each page: a burst may be of thousands.
  'GET /v1/brake/:market{[a-z]{2}}': { bucket: 'lookup', cost: BATCH_COST },
  'POST /v1/brake/:market{[a-z]{2}}/release': { scope: 'operate', bucket: 'acts', ownLine: true },
  'GET /v1/audit': { scope: 'audit', bucket: 'lookup' },
  'POST /witness/add-checkpoint': { bucket: 'heads' },
  // Open, for a charter proves itself; up to 256 signatures are checked for it.
  'POST /charter': { bucket: 'acts', cost: BATCH_COST },
}

/** What the guard can refuse on a route with this rule. */
function errorsOf({ scope, bucket }: Rule): ErrorCode[] {
  return [
    ...(scope === undefined ? [] : (['ERR_TOKEN', 'ERR_SCOPE'] as const)),
    ...(bucket === undefined ? [] : (['ERR_RATE_LIMIT'] as const)),
  ]
}

/** The routes with what their rules add: the codes, and the way to the login of a page. */
export function withRules(docs: readonly RouteDoc[]): RouteDoc[] {
  return docs.map((doc) => {
    const rule = RULES[`${doc.method.toUpperCase()} ${doc.path}`]
    if (rule === undefined) return doc
    const errors = errorsOf(rule).filter((code) => !doc.errors.includes(code))
    const login = rule.isPage === true && rule.scope !== undefined ? { 303: null } : {}
    return {
      ...doc,
      ...(rule.scope === undefined ? {} : { scope: rule.scope }),
      answers: { ...doc.answers, ...login },
      errors: [...doc.errors, ...errors],
    }
  })
}
