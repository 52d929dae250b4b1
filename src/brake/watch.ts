// While a feed is pulled: whether what has come in can be a mass change at all. An upper bound, so that the usual bundle takes effect in
// the commit that brings it, without being counted.
import type { Db } from '../db.ts'
import type { Act } from '../decision/schema.ts'
import { CHAIN_ACTS } from '../decision/vocabulary.ts'
import { countProductRows, hasEnough, type Range, readStanding, readTouched } from './flips.ts'
import type { BrakePolicy } from './limit.ts'

export type Watch = {
  /** Takes in the accepted acts of one bundle. False: it may be a mass change by now, and has to be counted. */
  take(acts: readonly Act[]): Promise<boolean>
}

/** A watch over entries that are never held. */
export const NO_WATCH: Watch = { take: async () => true }
/** A watch over entries that must be counted, whatever they are. */
export const COUNT_ALL: Watch = { take: async () => false }

/** Watches a market of which `range` is merged already. */
export async function startWatch(
  db: Db,
  range: Range,
  policy: BrakePolicy,
  nowS: number,
): Promise<Watch> {
  if (!(await hasEnough(db, range.market, range.base))) return NO_WATCH
  const touched = await readTouched(db, range, policy.decisions)
  let products = await countProductRows(db, touched, range.base)
  let most: { decisions: number; products: number } = policy
  const isFew = () => touched.size <= most.decisions && products <= most.products

  /** The share of what blocks is asked for once the fixed numbers are passed, which is seldom. */
  async function widen(): Promise<void> {
    const before = await readStanding(db, range.market, range.base, nowS)
    const share = (of: number) => Math.floor((policy.percent * of) / 100)
    most = {
      decisions: Math.max(policy.decisions, share(before.decisions)),
      products: Math.max(policy.products, share(before.products)),
    }
    const all = await readTouched(db, range, most.decisions)
    products += await countProductRows(db, all, range.base)
    for (const [decision, isWhole] of all) touch(decision, isWhole)
  }

  function touch(decision: string, isWhole: boolean): void {
    touched.set(decision, touched.get(decision) === true || isWhole)
  }

  return {
    async take(acts) {
      if (most !== policy && !isFew()) return false
      const changing = acts.filter(isChaining)
      products += changing.reduce((sum, act) => sum + productsIn(act), 0)
      const fresh = new Map<string, boolean>()
      for (const { decision, act } of changing) {
        if (decision !== null && act !== 'products' && touched.get(decision) !== true)
          fresh.set(decision, true)
      }
      products += await countProductRows(db, fresh, range.base)
      for (const { decision, act } of changing)
        if (decision !== null) touch(decision, act !== 'products')
      if (isFew()) return true
      if (most === policy) await widen()
      return isFew()
    },
  }
}

const isChaining = ({ act }: Act): boolean => (CHAIN_ACTS as readonly string[]).includes(act)

function productsIn(act: Act): number {
  if (act.act === 'issue' && 'products' in act) return act.products.length
  if (act.act !== 'products' || !('prev' in act)) return 0
  const { add = [], remove = [] } = act as Extract<Act, { act: 'products' }>
  return add.length + remove.length
}
