// THE STORY of a request before it is answered: who asks, how often, and may they; and of its line in the audit log after.
import type { Settings } from './config.ts'
import type { Db } from './db.ts'
import { type ErrorCode, Failure } from './errors.ts'
import { planAudit } from './people/audit.ts'
import { authenticate, type Person, requireScope, tokenNeeded } from './people/authenticate.ts'
import { clientOf, limiter, type Rates } from './people/rate.ts'
import type { Rule } from './people/rules.ts'
import type { Realm, TokenKey } from './people/token.ts'

export type GuardDeps = {
  db: Db
  key: TokenKey
  realm: Realm
  nowMs: () => number
  settings: GuardSettings
  /** Told of every token that is refused, and why: the caller never is. */
  refused?: (facts: { action: string; address: string; why: string }) => void
}
export type GuardSettings = {
  /** Whether look-up, decisions and their pages need a token. */
  lookupAccess: 'open' | 'token'
  /** Whether look-ups with a token are in the audit log; never what was asked. */
  auditLookups: boolean
  rates: Rates
}
/** As an operator's settings say it. */
export const guardSettings = (settings: Settings): GuardSettings => ({
  lookupAccess: settings.lookup_access,
  auditLookups: settings.audit_lookups,
  rates: {
    lookup: settings.lookups_per_minute,
    heads: settings.heads_per_minute,
    acts: settings.acts_per_minute,
  },
})
/** For an app that nobody has configured. */
export const OPEN: GuardSettings = {
  lookupAccess: 'open',
  auditLookups: false,
  rates: { lookup: 0, heads: 0, acts: 0 },
}
export type Asking = {
  /** `GET /v1/lookup`: the route, not the address, which may hold a question. */
  action: string
  rule: Rule
  token: string | null
  /** Client address as the edge knows it. */
  address: string
}
export type Guard = {
  /** The person, or null where none is needed and none is known. Codes: ERR_TOKEN, ERR_SCOPE, ERR_RATE_LIMIT. */
  admit(asking: Asking): Promise<Person | null>
  /** The line of what was admitted, where it has one. `target`: what it was done to. */
  record(asking: Asking, person: Person | null, target: string, outcome: Outcome): Promise<void>
}
type Outcome = 'ok' | ErrorCode

export function guard(deps: GuardDeps): Guard {
  const { nowMs, settings } = deps
  const buckets = limiter(settings.rates)
  const take = ({ rule }: Asking, client: string) => {
    if (rule.bucket === undefined) return
    const waitS = buckets.take(rule.bucket, client, rule.cost ?? 1, nowMs())
    if (waitS > 0) throw tooMany(waitS)
  }
  const needsToken = ({ scope }: Rule) =>
    scope !== undefined && (scope !== 'lookup' || settings.lookupAccess === 'token')
  const record: Guard['record'] = async (asking, person, target, outcome) => {
    const { action, rule, address } = asking
    const isLookup = rule.scope === 'lookup'
    if (person === null || rule.scope === undefined || (isLookup && !settings.auditLookups)) return
    const { subject, jti } = person
    const at = Math.floor(nowMs() / 1000)
    const what = { action, target: isLookup ? null : target, outcome }
    await deps.db.commit([planAudit({ at, subject, jti, address, ...what })], 'soon')
  }
  return {
    async admit(asking) {
      const { rule, token, address } = asking
      const client = `address ${clientOf(address)}`
      const found =
        rule.scope === undefined || token === null ? null : await authenticate(deps, token)
      if (found?.ok === true) {
        take(asking, `token ${found.value.jti}`)
        if (needsToken(rule)) await requireRight(asking, found.value, record)
        return found.value
      }
      take(asking, client)
      if (!needsToken(rule)) return null
      if (found !== null) deps.refused?.({ action: asking.action, address, why: found.detail })
      throw tokenNeeded(token !== null)
    },
    record,
  }
}

/** A right that is missing is in the log: somebody with a token tried. */
async function requireRight(
  asking: Asking,
  person: Person,
  record: Guard['record'],
): Promise<void> {
  try {
    requireScope(person, asking.rule.scope ?? 'lookup')
  } catch (error) {
    await record(asking, person, '', 'ERR_SCOPE')
    throw error
  }
}

function tooMany(waitS: number): Failure {
  return new Failure('ERR_RATE_LIMIT', `ask again in ${waitS} s`, {
    cure: 'ask more slowly; a program asks up to 100 questions in one POST /v1/lookup',
    facts: { retry_after: waitS },
  })
}
