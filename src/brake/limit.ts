// When a change is a mass change, and what an announcement of one covers (design: protocol 1.10 "mass change").

/** The charter's `policy.brake`. */
export type BrakePolicy = { decisions: number; percent: number; products: number }

/** What two states of one market, read at the same moments, differ in. */
export type Flips = {
  decisions: { added: number; lifted: number }
  /** Listed products. `changed`: listed before and after, but found by other keys. */
  products: { added: number; lifted: number; changed: number }
}
/** What blocked in the earlier state: decisions in force, and the listed products of those. */
export type Standing = { decisions: number; products: number }

/** The state that counts as earlier is the one in effect this long ago; what has a date within as long from now counts as changed. */
export const BRAKE_WINDOW_S = 86_400
/** A market of which fewer decisions were on record is not held: it has little to lose and much to say. */
export const MIN_DECISIONS = 20

export const NO_FLIPS: Flips = {
  decisions: { added: 0, lifted: 0 },
  products: { added: 0, lifted: 0, changed: 0 },
}

/** More than both the fixed number and the share of what there was. */
export function isOver(flips: number, least: number, percent: number, of: number): boolean {
  return flips > least && flips * 100 > percent * of
}

export function tooMany(flips: Flips, before: Standing, policy: BrakePolicy) {
  const { decisions, products } = flips
  return {
    decisions: isOver(
      decisions.added + decisions.lifted,
      policy.decisions,
      policy.percent,
      before.decisions,
    ),
    products: isOver(
      products.added + products.lifted + products.changed,
      policy.products,
      policy.percent,
      before.products,
    ),
  }
}

/**
 * True when a notice's numbers cover a change: what is over its limit, decisions or listed products, has no more additions than `adds` and
 * no more lifts than `lifts`. A product that is found by other keys afterwards is both.
 */
export function covers(
  notice: { adds: number; lifts: number },
  { decisions, products }: Flips,
  over: { decisions: boolean; products: boolean },
): boolean {
  const isFor = (added: number, lifted: number) => added <= notice.adds && lifted <= notice.lifts
  return (
    (!over.decisions || isFor(decisions.added, decisions.lifted)) &&
    (!over.products || isFor(products.added + products.changed, products.lifted + products.changed))
  )
}
