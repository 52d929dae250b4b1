// Writes entries as an agency would, a careless clerk, or a thief: legal acts, and every way we know of to get one wrong.
import { originOf, START_MS, type TestKey } from './alliance.ts'
import {
  ABSENT,
  ACT_FLAWS,
  BYTE_FLAWS,
  HEADER_FLAWS,
  pickOf,
  plainHeader,
  TEXT_FLAWS,
} from './flaws.ts'
import { leafOf, type Standing } from './oracle.ts'
import type { Pens } from './raw-alliance.ts'

type Members = Record<string, unknown>
export const ACTS = [
  ...['issue', 'amend', 'amend', 'products', 'products', 'products', 'rule', 'rule'],
  ...['suspend', 'suspend', 'resume', 'resume', 'resume', 'rescind', 'annul'],
  ...['respond', 'respond', 'respond', 'endorse', 'endorse', 'endorse', 'endorse', 'effect_rules'],
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
  /** Name of the log; of the market's first one unless said. */
  origin?: string
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

const base64url = (text: string) => Buffer.from(text).toString('base64url')

function penFor(desk: Desk, { act, flaw, pick }: ActStep, written: Members): TestKey {
  if (flaw in desk.pens) return desk.pens[flaw as keyof Pens]
  if (BY_NODE.includes(act)) return desk.pens.node
  if (act !== 'endorse') return pick % 5 === 4 ? desk.pens.second : desk.pens.agency
  const signer = desk.accepted.find(({ leaf }) => leaf === written.entry)?.kid
  const isOwn = signer === desk.pens.agency.kid
  return isOwn === (pick % 4 === 0) ? desk.pens.agency : desk.pens.second
}

function draft(desk: Desk, step: ActStep): Members {
  const others = desk.markets.filter((market) => market !== desk.market)
  const isForeign = step.act === 'respond' && step.pick % 9 !== 8
  const issuer = isForeign ? pickOf(others, step.about) : desk.market
  const decision = `${issuer}/case-${step.about % 2}`
  const chain = desk.accepted.filter(({ act }) => act.decision === decision)
  const act = likelyAct(step, chain)
  const isPlaced = CHAIN.includes(act) || act === 'respond'
  const body = BODIES[act]?.(step, desk) ?? {}
  return {
    v: 1,
    alliance: desk.alliance,
    log: desk.origin ?? originOf(desk.market),
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
  if (act === 'suspend' && pick % 4 !== 1) return isPaused ? 'resume' : 'suspend'
  if (act === 'resume' && pick % 4 !== 1) return isPaused ? 'resume' : 'suspend'
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
  endorse: ({ pick }, { accepted, entries, market }) => {
    const any = pickOf(entries[market] ?? [], pick)
    const leaf = pick % 3 === 0 && any !== undefined ? leafOf(any) : pickOf(accepted, pick)?.leaf
    return { entry: leaf ?? ABSENT }
  },
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
    expires_on: endOf(step, expires),
    time_zone: 'UTC',
    breadth: 'any_source',
    grounds: ['patent'],
    parties: [{ name: step.text }],
  }
}

/** A date, an open end, or an open end with a stray date, which does not end it. */
function endOf(step: ActStep, days: number): Members {
  const date = zoned(step, 2, days + 15)
  const open = { open: true, reason: step.text }
  return (
    [open, date, date, { ...open, ...date }, date, { ...date, open: 'no' }][step.pick % 6] ?? date
  )
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
