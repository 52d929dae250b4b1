// The oracle: judging, state and digest written a second time from the protocol's text (protocol 1.3 and 1.11, decisions 2.3), as simply
// as possible: arrays and plain loops, nothing kept, everything read again for every question. It shares no code with src/.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { isObject, type Members, type Read, readEntry } from './oracle-shape.ts'

/** Payload bytes of the adopted charter and of those before it, oldest first; per market the entries of its log, and of the next one. */
export type Known = {
  charter: Uint8Array
  older?: readonly Uint8Array[]
  logs: Record<string, readonly Uint8Array[]>
  next?: Record<string, readonly Uint8Array[]>
}
/** `stopped`: this entry and all after it wait for a newer version or charter. */
export type Verdict = 'accepted' | 'refused' | 'stopped'
export type Standing = {
  pos: number
  leaf: string
  kid: string
  act: Members
  /** Where it stands: which log, at which index of it. */
  log?: Log
  idx?: number
}
export type At = { kind: 'now'; atS: number } | { kind: 'day'; on: string }

type Key = { jwk: { x: string }; acts?: string[]; fromIndex: number; toIndex: number | null }
type Log = {
  origin: string
  nodeKeys: Key[]
  agencyKeys: Key[]
  twoKeys: { act: string; fromIndex: number }[]
  frozen: { size: number } | null
}

const CHAIN = ['issue', 'amend', 'products', 'rule', 'suspend', 'resume', 'rescind', 'annul']
const PAUSES: unknown[] = ['suspend', 'resume']
const BY_NODE = ['notice/charter', 'notice/evidence', 'notice/key', 'notice/without_peers']

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
export const leafOf = (entry: Uint8Array): string =>
  sha256(Buffer.concat([Buffer.from([0]), entry])).toString('base64url')
const thumbprint = (x: string): string =>
  sha256(Buffer.from(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)).toString('base64url')

function logsOf({ charter }: Known, market: string): Log[] {
  const { members } = JSON.parse(Buffer.from(charter).toString())
  return members.find((member: Members) => member.market === market).logs
}

/** A market's logs as one: up to where the charter froze the first, then the next, once all of the first is there. */
function lineageOf(known: Known, market: string): { log: Log; idx: number; entry: Uint8Array }[] {
  const [first, second] = logsOf(known, market)
  if (first === undefined) return []
  const size = first.frozen?.size ?? Number.POSITIVE_INFINITY
  const entries = (known.logs[market] ?? []).slice(0, size)
  const later = second === undefined || entries.length < size ? [] : (known.next?.[market] ?? [])
  return [
    ...entries.map((entry, idx) => ({ log: first, idx, entry })),
    ...later.map((entry, idx) => ({ log: second ?? first, idx, entry })),
  ]
}

/** What each entry of a market's log did, and the accepted ones. */
export function judgeLog(
  known: Known,
  market: string,
): { verdicts: Verdict[]; accepted: Standing[] } {
  const charters = [...(known.older ?? []), known.charter].map((payload) =>
    sha256(payload).toString('base64url'),
  )
  const verdicts: Verdict[] = []
  const accepted: Standing[] = []
  for (const [pos, { log, idx, entry }] of lineageOf(known, market).entries()) {
    const parsed = verdicts.includes('stopped') ? 'stopped' : readEntry(entry)
    if (typeof parsed === 'string') {
      verdicts.push(parsed)
      continue
    }
    const { kid, act } = parsed
    const verdict = judge(parsed, idx, accepted, { market, charters, log })
    verdicts.push(verdict)
    if (verdict === 'accepted') accepted.push({ pos, leaf: leafOf(entry), kid, act, log, idx })
  }
  return { verdicts, accepted }
}

function judge(
  { kind, kid, act, input, signature }: Read,
  idx: number,
  accepted: readonly Standing[],
  { market, charters, log }: { market: string; charters: readonly string[]; log: Log },
): Verdict {
  if (kind === 'notice/charter') {
    if (Number(act.n) > charters.length) return 'stopped'
    if (act.hash !== charters[Number(act.n) - 1]) return 'refused'
  }
  if (act.alliance !== charters[0] || act.log !== log.origin) return 'refused'
  const isOwn = String(act.decision).startsWith(`${market}/`)
  if (act.decision !== null && isOwn === (kind === 'respond')) return 'refused'
  const keys = BY_NODE.includes(kind) ? log.nodeKeys : log.agencyKeys
  const key = keys.find(
    ({ jwk, acts, fromIndex, toIndex }) =>
      thumbprint(jwk.x) === kid &&
      (BY_NODE.includes(kind) || acts?.includes(kind)) &&
      fromIndex <= idx &&
      (toIndex === null || idx < toIndex),
  )
  if (key === undefined) return 'refused'
  const jwk = createPublicKey({ key: { ...key.jwk, kty: 'OKP', crv: 'Ed25519' }, format: 'jwk' })
  if (!verify(null, input, jwk, signature)) return 'refused'
  if (accepted.some((before) => before.act.id === act.id)) return 'refused'
  if (kind === 'endorse') {
    const target = accepted.find(({ leaf }) => leaf === act.entry)
    const isRight = target !== undefined && target.act.act !== 'endorse' && target.kid !== kid
    return isRight ? 'accepted' : 'refused'
  }
  if (kind !== 'respond' && !CHAIN.includes(kind)) return 'accepted'
  const chain = accepted.filter((before) => before.act.decision === act.decision)
  if (act.prev !== (chain.at(-1)?.leaf ?? null)) return 'refused'
  return kind === 'respond' || isLegal(kind, act, chain) ? 'accepted' : 'refused'
}

function isLegal(kind: string, act: Members, chain: readonly Standing[]): boolean {
  const done = chain.map((before) => before.act.act)
  if (done.length === 0 || kind === 'issue') return done.length === 0 && kind === 'issue'
  if (done.includes('annul') || (done.includes('rescind') && kind !== 'annul')) return false
  const pause = done.findLast((name) => PAUSES.includes(name))
  if (kind === 'suspend') return pause !== 'suspend'
  if (kind === 'resume') return pause === 'suspend'
  return kind !== 'amend' || fixedOf(act) === fixedOf(chain[0]?.act)
}

function fixedOf(act?: Members): string {
  const header = isObject(act?.header) ? act.header : {}
  return JSON.stringify([header.instrument, header.case_numbers ?? []])
}

/** The accepted acts that count: with a second key where they need one, and none of a decision whose issue does not. */
export const countingOf = (known: Known, market: string): Standing[] =>
  countingAmong(judgeLog(known, market).accepted)

/** Of the accepted acts of a prefix. */
export function countingAmong(accepted: readonly Standing[]): Standing[] {
  const alone = accepted.filter(({ act, log, idx = 0, leaf }) => {
    const kind = act.act === 'notice' ? `notice/${act.kind}` : act.act
    const needsTwo = log?.twoKeys.some((rule) => rule.act === kind && rule.fromIndex <= idx)
    return !needsTwo || accepted.some((one) => one.act.act === 'endorse' && one.act.entry === leaf)
  })
  const isIssued = (decision: unknown) =>
    alone.some(({ act }) => act.act === 'issue' && act.decision === decision)
  return alone.filter(({ act }) => !CHAIN.includes(String(act.act)) || isIssued(act.decision))
}

/** The text whose SHA-256 is the state digest of these prefixes. */
export function digestText(known: Known): string {
  const lines: string[] = []
  for (const market of Object.keys(known.logs)) {
    const { accepted } = judgeLog(known, market)
    const counting = countingOf(known, market)
    for (const decision of new Set(counting.map(({ act }) => act.decision))) {
      const acts = counting.filter(({ act }) => act.decision === decision)
      const last = acts.at(-1)?.leaf
      const tip = accepted.findLast(({ act }) => act.decision === decision)?.leaf
      if (decision === null) continue
      if (acts[0]?.act.act === 'respond') lines.push(JSON.stringify(['r', market, decision, last]))
      else lines.push(decisionLine(decision, tip, acts))
    }
    const rules = counting.findLast(
      ({ act }) => act.act === 'notice' && act.kind === 'effect_rules',
    )
    if (rules !== undefined) lines.push(JSON.stringify(['e', market, rules.leaf]))
  }
  const charterHash = sha256(known.charter).toString('base64url')
  return [charterHash, ...lines.sort()].map((line) => `${line}\n`).join('')
}

function decisionLine(
  decision: unknown,
  tip: string | undefined,
  acts: readonly Standing[],
): string {
  let products: [pid: string, leaf: string][] = []
  const drop = (gone: string) => {
    products = products.filter(([pid]) => pid !== gone)
  }
  for (const { act, leaf } of acts) {
    for (const pid of (act.act === 'products' ? (act.remove ?? []) : []) as string[]) drop(pid)
    const added = act.act === 'issue' ? act.products : act.act === 'products' ? act.add : []
    for (const { pid } of (added ?? []) as { pid: string }[]) {
      drop(pid)
      products.push([pid, leaf])
    }
  }
  products.sort(([a], [b]) => (a < b ? -1 : 1))
  const leavesOf = (names: string[]) =>
    acts.filter(({ act }) => names.includes(String(act.act))).map(({ leaf }) => leaf)
  const header = leavesOf(['issue', 'amend']).at(-1)
  const events = leavesOf(['rule', 'suspend', 'resume', 'rescind', 'annul'])
  return JSON.stringify(['d', decision, tip, header, products, events])
}

/** Lower-case hex. */
export const digest = (known: Known): string =>
  sha256(Buffer.from(digestText(known))).toString('hex')

type Day = { on: string; at: number; open?: boolean }
const hasCome = (date: Day, at: At) => (at.kind === 'now' ? at.atS >= date.at : at.on >= date.on)
const isOver = (date: Day, at: At) => (at.kind === 'now' ? at.atS >= date.at : at.on > date.on)

/** The state of a decision at a moment, null where no counting act issued it. */
export function stateOf(known: Known, decision: string, at: At): string | null {
  const counting = countingOf(known, decision.slice(0, 2))
  const acts = counting.map(({ act }) => act).filter((act) => act.decision === decision)
  const header = acts.findLast(({ act }) => act === 'issue' || act === 'amend')?.header
  if (header === undefined) return null
  const { starts_on, expires_on, review_ends_on } = header as Record<string, Day>
  const dated = acts.filter(({ act }) => PAUSES.includes(act) || act === 'rescind')
  const begun = dated.filter(({ from }) => hasCome(from as Day, at))
  const pause = begun.findLast(({ act }) => PAUSES.includes(act))
  if (acts.some(({ act }) => act === 'annul')) return 'annulled'
  if (begun.some(({ act }) => act === 'rescind')) return 'rescinded'
  if (expires_on && expires_on.open !== true && isOver(expires_on, at)) return 'expired'
  if (pause?.act === 'suspend') return 'suspended'
  if (starts_on && !hasCome(starts_on, at)) return 'not_yet_started'
  return review_ends_on && !isOver(review_ends_on, at) ? 'issued_under_review' : 'in_force'
}

/** The effect a market has declared for a foreign decision, null for none. */
export function responseOf(known: Known, market: string, decision: string, at: At): unknown {
  const acts = countingOf(known, market).map(({ act }) => act)
  const said = acts.filter((act) => act.decision === decision)
  const last = said.findLast(({ from }) => hasCome(from as Day, at))
  if (last === undefined || (last.until && isOver(last.until as Day, at))) return null
  return last.effect
}
