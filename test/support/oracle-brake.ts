// The oracle's brake: which prefix is in effect at a node, written a second time from the text (protocol 1.10 "mass change"), with plain
// lists. It shares no code with src/; what was merged, when, and what others have applied is told to it.
import { countingAmong, judgeLog, type Known, type Standing } from './oracle.ts'
import type { Members } from './oracle-shape.ts'

export type Policy = { decisions: number; percent: number; products: number }
/** One node's view of one market. */
export type BrakeView = {
  effective: number
  merged: number
  /** When which prefix was in effect, POSIX seconds. */
  journal: { at: number; effective: number }[]
  /** Prefixes that were announced, applied by others or released. */
  cleared: number[]
}
export const newView = (): BrakeView => ({ effective: 0, merged: 0, journal: [], cleared: [] })

const DAY_S = 86_400
type Day = { on: string; at: number; open?: boolean }
type Blocked = { decisions: Set<string>; products: Map<string, string> }

/** What is in effect after `merged` entries are here at `now`; `applied` is how far each other member but the origin has it. */
export function settleView(
  view: BrakeView,
  known: Known,
  market: string,
  policy: Policy,
  { merged, now, applied }: { merged: number; now: number; applied: readonly number[] },
): void {
  view.merged = merged
  if (view.effective < merged) advance(view, known, market, policy, now, applied)
  view.journal.push({ at: now, effective: view.effective })
}

export function releaseView(view: BrakeView, position: number, now: number): void {
  view.cleared.push(position)
  view.effective = position
  view.journal.push({ at: now, effective: position })
}

function advance(
  view: BrakeView,
  known: Known,
  market: string,
  policy: Policy,
  now: number,
  applied: readonly number[],
): void {
  const { accepted } = judgeLog(known, market)
  const { merged } = view
  const dayAgo = view.journal.filter(({ at }) => at <= now - DAY_S)
  const earlier = Math.max(0, ...view.cleared, ...dayAgo.map(({ effective }) => effective))
  const onRecord = new Set(before(accepted, earlier).map(({ act }) => act.decision))
  onRecord.delete(null)
  if (onRecord.size < 20) {
    view.effective = merged
    return
  }
  const needed = applied.length === 0 ? null : 1 + Math.floor((2 * applied.length) / 3)
  const sizes = applied.map((size) => Math.min(size, merged)).sort((a, b) => b - a)
  const shared = needed === null ? 0 : (sizes[needed - 1] ?? 0)
  if (shared > view.effective) {
    view.effective = shared
    view.cleared.push(shared)
  }
  const base = Math.max(earlier, shared)
  const flips = flipsBetween(accepted, base, merged, now)
  const stood = blockedAt(before(accepted, base), now)
  const isMany = (count: number, least: number, of: number) =>
    count > least && count * 100 > policy.percent * of
  const tooMany = {
    decisions: isMany(flips.decisions.size, policy.decisions, stood.decisions.size),
    products: isMany(flips.products.size, policy.products, stood.products.size),
  }
  if (!tooMany.decisions && !tooMany.products) {
    view.effective = merged
    return
  }
  const notices = before(accepted, merged).filter(({ pos, leaf, act }) => {
    const isOpen = act.act === 'notice' && act.kind === 'bulk' && now < (act.until as Day).at
    return (
      isOpen &&
      accepted.some(
        (other) =>
          other.pos > pos &&
          other.pos < merged &&
          other.act.act === 'endorse' &&
          other.act.entry === leaf,
      )
    )
  })
  const isCovered = notices.some(({ pos, act }) => {
    const since = flipsBetween(accepted, Math.min(base, pos), merged, now)
    return (['decisions', 'products'] as const).every((what) => {
      const kinds = [...since[what].values()]
      const adds = kinds.filter((kind) => kind !== 'lifted').length
      const lifts = kinds.filter((kind) => kind !== 'added').length
      return !tooMany[what] || (adds <= Number(act.adds) && lifts <= Number(act.lifts))
    })
  })
  if (!isCovered) return
  view.effective = merged
  view.cleared.push(merged)
}

const before = (accepted: readonly Standing[], position: number) =>
  countingAmong(accepted.filter(({ pos }) => pos < position))

/** What differs now, or at any second of the coming day. */
function flipsBetween(accepted: readonly Standing[], from: number, to: number, now: number) {
  const text = JSON.stringify(accepted.map(({ act }) => act))
  const seconds = [...text.matchAll(/"at":([0-9]+)/g)].map(([, at]) => Number(at))
  const moments = [now, ...seconds.filter((at) => at > now && at <= now + DAY_S)].sort(
    (a, b) => a - b,
  )
  const decisions = new Map<string, string>()
  const products = new Map<string, string>()
  const changed = new Map<string, string>()
  for (const moment of moments) {
    const [was, is] = [before(accepted, from), before(accepted, to)].map((acts) =>
      blockedAt(acts, moment),
    )
    if (was === undefined || is === undefined) continue
    for (const name of new Set([...was.decisions, ...is.decisions])) {
      if (was.decisions.has(name) === is.decisions.has(name) || decisions.has(name)) continue
      decisions.set(name, is.decisions.has(name) ? 'added' : 'lifted')
    }
    for (const name of new Set([...was.products.keys(), ...is.products.keys()])) {
      const [old, fresh] = [was.products.get(name), is.products.get(name)]
      if (old !== undefined && fresh !== undefined && old !== fresh) changed.set(name, 'changed')
      if ((old === undefined) === (fresh === undefined) || products.has(name)) continue
      products.set(name, fresh === undefined ? 'lifted' : 'added')
    }
  }
  for (const [name, kind] of changed) if (!products.has(name)) products.set(name, kind)
  return { decisions, products }
}

/** Decisions in force, and their listed products that no ruling takes out, with what they are found by. */
function blockedAt(accepted: readonly Standing[], now: number): Blocked {
  const chains = new Map<string, Members[]>()
  for (const { act } of accepted) {
    if (act.decision === null || act.act === 'respond') continue
    const name = String(act.decision)
    chains.set(name, [...(chains.get(name) ?? []), act])
  }
  const blocked: Blocked = { decisions: new Set(), products: new Map() }
  for (const [name, acts] of chains) {
    if (!isBlocking(acts, now)) continue
    blocked.decisions.add(name)
    for (const [pid, product] of productsOf(acts)) {
      const rulings = acts
        .filter(({ act }) => act === 'rule')
        .map(({ ruling }) => ruling as Members)
      const given = rulings.filter(
        ({ on, product: about }) => (on as Day).at <= now && (about as Members).pid === pid,
      )
      const newest = given.reduce<Members | undefined>(
        (best, one) =>
          best === undefined || (one.on as Day).on >= (best.on as Day).on ? one : best,
        undefined,
      )
      if (product.listing !== 'listed' || newest?.scope === 'out') continue
      blocked.products.set(`${name} ${pid}`, `${product.brand} ${product.model}`)
    }
  }
  return blocked
}

function isBlocking(acts: readonly Members[], now: number): boolean {
  const header = acts.findLast(({ act }) => act === 'issue' || act === 'amend')?.header as Record<
    string,
    Day
  >
  const begun = acts.filter(({ from }) => from !== undefined && (from as Day).at <= now)
  const pause = begun.findLast(({ act }) => act === 'suspend' || act === 'resume')
  if (acts.some(({ act }) => act === 'annul') || begun.some(({ act }) => act === 'rescind'))
    return false
  if (header.expires_on?.open !== true && (header.expires_on?.at ?? 0) <= now) return false
  return pause?.act !== 'suspend' && (header.starts_on?.at ?? 0) <= now
}

function productsOf(acts: readonly Members[]): Map<string, Members> {
  const products = new Map<string, Members>()
  for (const act of acts) {
    for (const pid of (act.act === 'products' ? (act.remove ?? []) : []) as string[])
      products.delete(pid)
    const added = act.act === 'issue' ? act.products : act.act === 'products' ? act.add : []
    for (const product of (added ?? []) as Members[]) products.set(String(product.pid), product)
  }
  return products
}
