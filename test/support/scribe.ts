// Writes entries as an agency would, a careless clerk, or a thief: legal acts, and every way we know of to get one wrong.
import { originOf, START_MS, type TestKey } from './alliance.ts'
import type { Standing } from './oracle.ts'
import type { Pens } from './raw-alliance.ts'

type Members = Record<string, unknown>
export const ACTS = [
  ...['issue', 'amend', 'amend', 'products', 'products', 'products', 'rule', 'rule'],
  ...['suspend', 'suspend', 'resume', 'resume', 'resume', 'rescind', 'annul'],
  ...['respond', 'respond', 'respond', 'endorse', 'endorse', 'effect_rules'],
  ...['bulk', 'evidence', 'key', 'charter', 'info'],
] as const
/** What to write, in numbers that shrink well. */
export type ActStep = {
  act: (typeof ACTS)[number]
  flaw: string
  /** Which of the market's decisions, or which market's. */
  about: number
  pick: number
  /** Days from the tests' now. */
  days: readonly [number, number, number]
  /** Any text the shape allows. */
  text: string
}
/** A step without a flaw. */
export const plainStep = (act: ActStep['act'], rest: Partial<ActStep> = {}): ActStep => ({
  ...{ act, flaw: 'none', about: 0, pick: 3, days: [-5, 5, 10], text: 'AXON-7' },
  ...rest,
})
export type Desk = {
  market: string
  /** All markets, this one included. */
  markets: readonly string[]
  alliance: string
  pens: Pens
  /** Entries accepted so far, as far as the scribe knows. */
  accepted: Standing[]
  /** All entries in all logs so far. */
  entries: Record<string, readonly Uint8Array[]>
  nextId(): string
}

const DAY_S = 86_400
const CHAIN = ['issue', 'amend', 'products', 'rule', 'suspend', 'resume', 'rescind', 'annul']
const BY_NODE = ['evidence', 'key', 'charter']
const ABSENT = 'A'.repeat(43)

/** A day near the tests' now; its second lies where some zone has it. */
export function dateOn(days: number, zoneHours = 0) {
  const midnightS = Math.floor(START_MS / 1000 / DAY_S + days) * DAY_S
  const on = new Date(midnightS * 1000).toISOString().slice(0, 10)
  return { on, precision: 'day' as const, at: midnightS - zoneHours * 3600 }
}

/** Entry bytes for one step. The first of equal acts is legal more often than not: an order is issued before it is amended. */
export async function writeEntry(desk: Desk, step: ActStep): Promise<Uint8Array> {
  const act = draft(desk, step)
  ACT_FLAWS[step.flaw]?.(act, step, desk)
  const text = (TEXT_FLAWS[step.flaw] ?? ((json: string) => json))(JSON.stringify(act))
  const pen = penFor(desk, step, act)
  const kid = step.flaw === 'claimed_kid' ? desk.pens.agency.kid : pen.kid
  const header = HEADER_FLAWS[step.flaw]?.(kid) ?? plainHeader(kid)
  const input = `${base64url(header)}.${base64url(text)}`
  const signature = Buffer.from(await pen.sign(Buffer.from(input)))
  if (step.flaw === 'flipped_bit')
    signature.writeUInt8(signature.readUInt8(step.pick % 64) ^ 1, step.pick % 64)
  const entry = `${input}.${signature.toString('base64url')}`
  return Buffer.from(BYTE_FLAWS[step.flaw]?.(entry, step, desk) ?? entry, 'latin1')
}

const plainHeader = (kid: string) => `{"alg":"Ed25519","kid":"${kid}","typ":"exclusion-act+jws"}`
const base64url = (text: string) => Buffer.from(text).toString('base64url')

function penFor(desk: Desk, { act, flaw, pick }: ActStep, written: Members): TestKey {
  if (flaw in desk.pens) return desk.pens[flaw as keyof Pens]
  if (BY_NODE.includes(act)) return desk.pens.node
  if (act !== 'endorse') return pick % 5 === 4 ? desk.pens.second : desk.pens.agency
  const target = desk.accepted.find(({ leaf }) => leaf === written.entry)
  const isOwn = target?.kid === desk.pens.agency.kid
  return isOwn === (flaw === 'own_endorsement') ? desk.pens.agency : desk.pens.second
}

function draft(desk: Desk, step: ActStep): Members {
  const others = desk.markets.filter((market) => market !== desk.market)
  const issuer = step.act === 'respond' ? pickOf(others, step.about) : desk.market
  const decision = `${issuer}/case-${step.about % 2}`
  const chain = desk.accepted.filter(({ act }) => act.decision === decision)
  const act = likelyAct(step, chain)
  const isPlaced = CHAIN.includes(act) || act === 'respond'
  const body = BODIES[act]?.(step, desk) ?? {}
  return {
    v: 1,
    alliance: desk.alliance,
    log: originOf(desk.market),
    id: desk.nextId(),
    iat: Math.floor(START_MS / 1000),
    decision: isPlaced ? decision : null,
    act: isPlaced || act === 'endorse' ? act : act === 'info' ? 'info/sighting' : 'notice',
    prev: isPlaced ? (chain.at(-1)?.leaf ?? null) : null,
    ...body,
  }
}

/** Mostly what may come next in this chain; what may not is left as it is often enough. */
function likelyAct({ act, pick }: ActStep, chain: readonly Standing[]): string {
  if (!CHAIN.includes(act) || pick % 8 === 7) return act
  const done = chain.map((before) => before.act.act)
  if (done.length === 0) return 'issue'
  if (done.includes('rescind')) return pick % 8 === 6 ? 'annul' : act
  const isPaused = done.findLast((name) => name === 'suspend' || name === 'resume') === 'suspend'
  if (act === 'suspend' || act === 'resume') return isPaused ? 'resume' : 'suspend'
  return act === 'issue' ? 'amend' : act
}

const BODIES: Record<string, (step: ActStep, desk: Desk) => Members> = {
  issue: (step) => ({ header: header(step), products: products(step, step.pick) }),
  amend: (step) => ({ header: header(step), reason: { code: 'error' } }),
  products: (step) => ({
    add: products(step, step.pick),
    remove: ['p0', 'p1', 'p2', 'p3'].filter((_, at) => (step.pick >> (at + 3)) & 1),
  }),
  rule: (step) => ({
    ruling: {
      on: dateOn(step.days[0]),
      scope: step.pick % 2 ? 'in' : 'out',
      product: { pid: 'p1' },
    },
  }),
  suspend: (step) => ({ from: zoned(step, 0), reason: { code: 'court_stay', text: step.text } }),
  resume: (step) => ({ from: zoned(step, 1), citation: step.text }),
  rescind: (step) => ({ from: zoned(step, 2), reason: { code: 'settled' } }),
  annul: () => ({ reason: { code: 'error' } }),
  respond: (step) => ({
    effect: [null, 'enforce', 'examine', 'decline'][step.pick % 4],
    from: zoned(step, 0),
    ...(step.pick % 3 ? {} : { until: zoned(step, 1) }),
  }),
  endorse: (step, desk) => ({ entry: pickOf(desk.accepted, step.pick)?.leaf ?? ABSENT }),
  effect_rules: ({ pick }) => ({
    kind: 'effect_rules',
    rules: [{ market: '*', ground: pick % 2 ? 'patent' : '*', effect: 'examine' }],
  }),
  bulk: (step) => ({ kind: 'bulk', adds: step.pick, lifts: 0, until: zoned(step, 2) }),
  evidence: () => ({ kind: 'evidence', sha256: 'ab'.repeat(32) }),
  key: (_, desk) => ({ kind: 'key', kid: desk.pens.clerk.kid, event: 'retired' }),
  charter: (step, desk) => ({
    kind: 'charter',
    n: 1,
    hash: step.pick % 3 ? desk.alliance : ABSENT,
  }),
}

function header(step: ActStep): Members {
  const [starts, review, expires] = step.days
  return {
    instrument: 'limited_exclusion',
    ...(step.about % 3 ? { case_numbers: [`337-TA-${step.about % 2}`] } : {}),
    title: step.text,
    starts_on: zoned(step, 0, starts),
    ...(step.pick % 2 ? { review_ends_on: zoned(step, 1, review) } : {}),
    expires_on: step.pick % 3 ? zoned(step, 2, expires + 15) : { open: true, reason: step.text },
    time_zone: 'UTC',
    breadth: 'any_source',
    grounds: ['patent'],
    parties: [{ name: step.text }],
  }
}

function products({ text, pick }: ActStep, bits: number): Members[] {
  const chosen = ['p2', 'p0', 'p3', 'p1', 'p0'].filter((_, at) => (bits >> at) & 1)
  return chosen.map((pid) => ({
    pid,
    listing: pick % 7 ? 'listed' : 'indicative',
    brand: text,
    model: `${[...text].slice(0, 9).join('')}-${pid}`,
    model_pattern: text,
    gtins: ['00012345678905'],
  }))
}

const zoned = (step: ActStep, at: 0 | 1 | 2, days = step.days[at]) =>
  dateOn(days, ((step.pick + at) % 27) - 12)
const pickOf = <T>(list: readonly T[], pick: number): T | undefined =>
  list[pick % Math.max(1, list.length)]
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

/** Names the protocol knows, where it does not know them: they change nothing. */
const hostile = {
  ...{
    kind: 'annul',
    pos: 0,
    leaf: ABSENT,
    rules: [],
    n: 9,
    hash: ABSENT,
    entry: ABSENT,
    open: true,
  },
  ...{
    from: null,
    effect: 'decline',
    header: {},
    products: [{}],
    ruling: {},
    market: 'zz',
    body: {},
  },
  ...{ constructor: 1, toString: null, code: 'ERR_ACT_SHAPE', idx: 0, origin: '', signed: true },
}

const ACT_FLAWS: Record<string, (act: Members, step: ActStep, desk: Desk) => void> = {
  prev_unknown: (act) => Object.assign(act, { prev: ABSENT }),
  prev_older: (act, { pick }, { accepted }) =>
    Object.assign(act, { prev: pickOf(accepted, pick)?.leaf ?? ABSENT }),
  prev_null: (act) => Object.assign(act, { prev: null }),
  id_reused: (act, { pick }, { accepted }) =>
    Object.assign(act, { id: pickOf(accepted, pick)?.act.id }),
  id_upper: (act) => Object.assign(act, { id: String(act.id).replace('-8', '-C') }),
  prefix: (act, { pick }, { markets }) => {
    if (act.decision !== null) act.decision = `${pickOf([...markets, 'zz'], pick)}/case-1`
  },
  decision_spelling: (act) => Object.assign(act, { decision: 'us/Case' }),
  alliance: (act) => Object.assign(act, { alliance: ABSENT }),
  other_log: (act, { pick }, { markets }) =>
    Object.assign(act, { log: originOf(pickOf(markets, pick) ?? 'zz') }),
  missing: (act, { pick }) => {
    const name = pickOf(Object.keys(act), pick)
    if (name !== undefined) delete act[name]
  },
  missing_term: (act, { pick }) => {
    const terms = act.header as Members | undefined
    const name = pickOf(Object.keys(terms ?? {}), pick)
    if (terms !== undefined && name !== undefined) delete terms[name]
  },
  wrong_type: (act, { pick }) => {
    const name = pickOf(Object.keys(act), pick)
    if (name !== undefined) act[name] = [true, [], {}][pick % 3]
  },
  unknown_members: (act) => {
    for (const [name, value] of Object.entries(hostile))
      if (!Object.hasOwn(act, name)) act[name] = value
  },
  open_and_dated: (act) =>
    act.header &&
    Object.assign((act.header as { expires_on: Members }).expires_on, { open: true, reason: 'x' }),
  open_with_second: (act) =>
    act.header && Object.assign(act.header, { expires_on: { open: true, reason: 'x', at: 5 } }),
  other_instrument: (act) =>
    act.header && Object.assign(act.header, { instrument: 'general_exclusion' }),
  other_case: (act) => act.header && Object.assign(act.header, { case_numbers: ['x'] }),
  negative_iat: (act) => Object.assign(act, { iat: -1 }),
  largest_iat: (act) => Object.assign(act, { iat: Number.MAX_SAFE_INTEGER }),
  unsafe_number: (act) => Object.assign(act, { x: 2 ** 53 }),
  fraction: (act) => Object.assign(act, { x: 0.5 }),
  lone_surrogate: (act) => Object.assign(act, { x: '\ud800' }),
  digits_name: (act) => Object.assign(act, { x: { 7: 1 } }),
  depth_16: (act) => Object.assign(act, { x: nested(15) }),
  depth_17: (act) => Object.assign(act, { x: nested(16) }),
}

const TEXT_FLAWS: Record<string, (json: string) => string> = {
  blank: (json) => json.replace(':', ': '),
  escape: (json) => json.replace('alliance', '\\u0061lliance'),
  twice: (json) => json.replace('{', '{"v":1,'),
  exponent: (json) => json.replace('"v":1', '"v":1e0'),
  proto: (json) => json.replace('{', '{"__proto__":{},'),
  byte_order_mark: (json) => `\ufeff${json}`,
  no_object: () => '[1]',
  half: (json) => json.slice(0, -1),
}

const HEADER_FLAWS: Record<string, (kid: string) => string> = {
  header_order: (kid) => `{"kid":"${kid}","alg":"Ed25519","typ":"exclusion-act+jws"}`,
  header_alg: (kid) => plainHeader(kid).replace('Ed25519', 'EdDSA'),
  header_more: (kid) => plainHeader(kid).replace('}', ',"b64":false}'),
}

const BYTE_FLAWS: Record<string, (entry: string, step: ActStep, desk: Desk) => string> = {
  empty: () => '',
  newline: (entry) => `${entry}\n`,
  padded: (entry) => `${entry}==`,
  spare_bits: (entry) =>
    entry.slice(0, -1) + String.fromCharCode(entry.charCodeAt(entry.length - 1) + 1),
  fourth_part: (entry) => `${entry}.AAAA`,
  not_ascii: (entry) => `\u00e9${entry.slice(1)}`,
  cut: (entry, { pick }) => entry.slice(0, pick),
  replayed: (_, { pick }, { entries, market }) => latin1(pickOf(entries[market] ?? [], pick)),
  foreign: (_, { pick, about }, { entries, markets }) =>
    latin1(pickOf(entries[pickOf(markets, about) ?? ''] ?? [], pick)),
}

const latin1 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1')

/** All ways to go wrong, and the odd pens. */
export const FLAWS: readonly string[] = [
  ...[ACT_FLAWS, TEXT_FLAWS, HEADER_FLAWS, BYTE_FLAWS].flatMap((flaws) => Object.keys(flaws)),
  ...['stranger', 'clerk', 'early', 'late', 'node', 'second', 'agency'],
  ...['claimed_kid', 'flipped_bit', 'own_endorsement'],
]
/** Those that no rule minds. */
export const HARMLESS = ['none', 'unknown_members', 'largest_iat', 'depth_16', 'second', 'agency']
