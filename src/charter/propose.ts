// Charter n + 1 from charter n and a list of small changes; several at once make one charter (design: protocol 1.9; reference 6.7).
import { jwkThumbprint } from '../encoding/ed25519.ts'
import { type ErrorCode, ok, type Result, refusal } from '../errors.ts'
import { parseVkey } from '../tlog/key.ts'
import type { Charter } from './charter.ts'
import { CHARTER_YEARS_S, defaultThreshold, foundingMember, type MemberFile } from './found.ts'
import {
  type CharterPayload,
  charterSchema,
  type Member,
  type MemberLog,
  type PublicJwk,
  SIGNABLE,
} from './schema.ts'

export type Frozen = NonNullable<MemberLog['frozen']>
export type Change =
  | { do: 'add'; member: MemberFile }
  | { do: 'leave'; market: string; frozen: Frozen }
  | { do: 'release'; market: string; decisions: true | string[] }
  | { do: 'add_log_key'; vkey: string }
  | { do: 'drop_log_key'; vkey: string }
  | { do: 'add_agency_key'; market: string; jwk: PublicJwk; fromIndex: number }
  | { do: 'end_agency_key'; kid: string; atIndex: number }
  | { do: 'two_keys'; market: string; acts: string[]; fromIndex: number }
  | { do: 'one_key'; market: string; acts: string[] }
  | { do: 'successor_log'; market: string; member: MemberFile; frozen: Frozen }
  | { do: 'replace_root'; kid: string; jwk: PublicJwk }
  | { do: 'drop_root'; kid: string }
  /** `policy.defaultEffect`, `policy.brake.percent`, `threshold`, `expires`, `us.url`, `us.name`. */
  | { do: 'set'; path: string; value: string }

/**
 * The terms of the next charter. `nowS` in POSIX seconds becomes `issued`; it expires two years later unless set. The threshold stays more
 * than two thirds where it was, else as it is or the least that the number of root keys allows. Code ERR_CHARTER_CHANGE where a change
 * names what the charter does not hold or is not of its form; the caller then checks the rules over all versions.
 */
export function proposeTerms(
  before: Charter,
  changes: readonly Change[],
  nowS: number,
): Result<CharterPayload> {
  const terms: CharterPayload = {
    ...structuredClone(before.terms),
    n: before.terms.n + 1,
    prev: before.hash,
    issued: nowS,
    expires: nowS + CHARTER_YEARS_S,
  }
  // The number of root keys decides the threshold, and a set one overrides it: so those come last.
  const isSet = (change: Change): change is Extract<Change, { do: 'set' }> => change.do === 'set'
  for (const change of changes) {
    const wrong = isSet(change) ? null : apply(terms, change)
    if (wrong !== null) return refusal(CODE, wrong)
  }
  terms.threshold = nextThreshold(before.terms, terms.rootKeys.length)
  let value: unknown = terms
  for (const change of changes.filter(isSet)) {
    value = setAt(value as CharterPayload, change.path, change.value)
    if (value === null) return refusal(CODE, `${change.path}: nothing in a charter can be set so`)
  }
  terms.members.sort((a, b) => (a.market < b.market ? -1 : 1))
  const shaped = charterSchema.safeParse(value)
  if (shaped.success) return ok(shaped.data)
  const issue = shaped.error.issues[0]
  return refusal(CODE, `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'wrong'}`)
}

const CODE: ErrorCode = 'ERR_CHARTER_CHANGE'

/** Makes one change in place; in words what is wrong with it, or null. */
function apply(terms: CharterPayload, change: Exclude<Change, { do: 'set' }>): string | null {
  switch (change.do) {
    case 'add': {
      const { market, rootKey } = change.member
      if (terms.members.some((member) => member.market === market))
        return `${market}: is a member already`
      // Counted in quorums from the charter after: nobody waits for a node that is not up yet.
      terms.members.push({ ...foundingMember(change.member), witnessFrom: terms.n + 1 })
      terms.rootKeys.push(rootKey)
      return null
    }
    case 'leave':
      return onMember(terms, change.market, (member, live) => {
        member.status = 'left'
        live.frozen = change.frozen
        return null
      })
    case 'release':
      return onMember(terms, change.market, (member) => release(member, change.decisions))
    case 'add_log_key':
    case 'drop_log_key':
      return changeLogKey(terms, change.vkey, change.do === 'add_log_key')
    case 'add_agency_key':
      return onMember(terms, change.market, (member, live) => {
        const { jwk, fromIndex } = change
        const acts = [...SIGNABLE]
        live.agencyKeys.push({ jwk, name: member.name, acts, fromIndex, toIndex: null })
        return null
      })
    case 'end_agency_key':
      return endAgencyKey(terms, change.kid, change.atIndex)
    case 'two_keys':
      return onMember(terms, change.market, (_, live) => {
        const { acts, fromIndex } = change
        const kept = live.twoKeys.filter(({ act }) => !acts.includes(act))
        live.twoKeys = [...kept, ...acts.map((act) => ({ act, fromIndex }))]
        return null
      })
    case 'one_key':
      return onMember(terms, change.market, (_, live) => {
        const known = live.twoKeys.map(({ act }) => act)
        const missing = change.acts.find((act) => !known.includes(act))
        live.twoKeys = live.twoKeys.filter(({ act }) => !change.acts.includes(act))
        return missing === undefined ? null : `${change.market}: ${missing} needs no two keys`
      })
    case 'successor_log':
      return onMember(terms, change.market, (member, live) => succeed(member, live, change))
    case 'replace_root':
    case 'drop_root':
      return changeRoot(terms, change.kid, change.do === 'drop_root' ? [] : [change.jwk])
  }
}

function onMember(
  terms: CharterPayload,
  market: string,
  work: (member: Member, live: MemberLog) => string | null,
): string | null {
  const member = terms.members.find((one) => one.market === market)
  const live = member?.logs.at(-1)
  return member === undefined || live === undefined ? `${market}: is no member` : work(member, live)
}

function release(member: Member, decisions: true | string[]): string | null {
  if (member.status !== 'left') return `${member.market}: only of a member who left`
  const known = member.released ?? []
  member.released =
    decisions === true || known === true ? true : [...new Set([...known, ...decisions])].sort()
  return null
}

/** The next log takes over after `frozen`; agency keys that were open and two-key rules stay, because only the log key was lost. */
function succeed(
  member: Member,
  live: MemberLog,
  { member: file, market, frozen }: Extract<Change, { do: 'successor_log' }>,
): string | null {
  if (file.market !== market) return `${market}: the member file is of ${file.market}`
  const [next] = foundingMember(file).logs
  if (next === undefined) return `${market}: the member file names no log`
  live.frozen = frozen
  const known = new Set(next.agencyKeys.map(({ jwk }) => jwk.x))
  const open = live.agencyKeys.filter(({ jwk, toIndex }) => toIndex === null && !known.has(jwk.x))
  next.agencyKeys.push(...open.map((key) => ({ ...structuredClone(key), fromIndex: 0 })))
  next.twoKeys = live.twoKeys.map(({ act }) => ({ act, fromIndex: 0 }))
  member.logs.push(next)
  member.status = 'active'
  member.witness = file.witness
  member.applied = file.applied
  member.url = file.url
  return null
}

function changeLogKey(terms: CharterPayload, vkey: string, isAdded: boolean): string | null {
  const origin = parseVkey(vkey)?.name
  const log = terms.members.flatMap(({ logs }) => logs).find((one) => one.origin === origin)
  if (log === undefined) return `${vkey}: not a key of a log of this alliance`
  if (isAdded) {
    if (log.logKeys.includes(vkey)) return `${vkey}: stands there already`
    log.logKeys.push(vkey)
    return null
  }
  if (!log.logKeys.includes(vkey)) return `${vkey}: does not stand there`
  if (log.logKeys.length === 1) return `${vkey}: the last key of its log; add the next one first`
  log.logKeys = log.logKeys.filter((key) => key !== vkey)
  return null
}

function endAgencyKey(terms: CharterPayload, kid: string, atIndex: number): string | null {
  const live = terms.members.flatMap(({ logs }) => logs.slice(-1))
  const key = live
    .flatMap(({ agencyKeys }) => agencyKeys)
    .find(({ jwk }) => jwkThumbprint(jwk.x) === kid)
  if (key === undefined) return `${kid}: no agency key of a live log`
  key.toIndex = atIndex
  return null
}

function changeRoot(terms: CharterPayload, kid: string, by: PublicJwk[]): string | null {
  const at = terms.rootKeys.findIndex(({ x }) => jwkThumbprint(x) === kid)
  if (at < 0) return `${kid}: no root key of this charter`
  terms.rootKeys.splice(at, 1, ...by)
  return null
}

function nextThreshold(before: CharterPayload, rootKeys: number): number {
  if (before.threshold === defaultThreshold(before.rootKeys.length))
    return defaultThreshold(rootKeys)
  const least = Math.floor(rootKeys / 2) + 1
  return Math.min(Math.max(before.threshold, least), rootKeys)
}

const NUMBERS = ['staleAfter', 'republish', 'brake.decisions', 'brake.percent', 'brake.products']

/** The terms with one value set by its path, whatever its shape; null where nothing of that path can be set. */
function setAt(terms: CharterPayload, path: string, value: string): unknown {
  const number = /^(0|[1-9][0-9]{0,15})$/.test(value) ? Number(value) : value
  if (path === 'threshold' || path === 'expires') return { ...terms, [path]: number }
  const [place = '', ...rest] = path.split('.')
  const name = rest.join('.')
  const { policy } = terms
  if (place === 'policy' && name === 'defaultEffect')
    return { ...terms, policy: { ...policy, defaultEffect: value } }
  if (place === 'policy' && NUMBERS.includes(name)) {
    const [, inner] = name.split('.')
    if (inner === undefined) return { ...terms, policy: { ...policy, [name]: number } }
    return { ...terms, policy: { ...policy, brake: { ...policy.brake, [inner]: number } } }
  }
  const isMember = terms.members.some(({ market }) => market === place)
  if (!isMember || (name !== 'url' && name !== 'name')) return null
  const members = terms.members.map((member) =>
    member.market === place ? { ...member, [name]: value } : member,
  )
  return { ...terms, members }
}
