// The moment that all answers of a screening are given from, as it is kept, and what lies between two of them.
import type { Range } from '../catalog/changed.ts'
import { nothingFound, type Snapshot } from '../lookup/coverage.ts'
import { MATCHER } from '../lookup/match.ts'
import type { View } from '../lookup/view.ts'
import type { Pin } from './store.ts'

/** What a look-up sees now, to be kept. */
export function pinOf({ snapshot, ctx }: View): Pin {
  const nothing = nothingFound(snapshot)
  return {
    atS: snapshot.nowS,
    charter: { n: ctx.charter.n, hash: ctx.charter.hash },
    matcher: MATCHER,
    effective: [...snapshot.effective],
    merged: snapshot.merged === null ? null : [...snapshot.merged],
    coverage: snapshot.coverage,
    vector: snapshot.vector,
    ...(snapshot.beyond === undefined ? {} : { beyond: snapshot.beyond }),
    nothing: { verdict: nothing.verdict, why: nothing.why.text },
  }
}

/** What a look-up is to see again. */
export function snapshotOf(pin: Pin): Snapshot {
  return {
    nowS: pin.atS,
    coverage: pin.coverage,
    effective: new Map(pin.effective),
    merged: pin.merged === null ? null : new Map(pin.merged),
    vector: pin.vector,
    ...(pin.beyond === undefined ? {} : { beyond: pin.beyond }),
  }
}

/** Per market from the least to the largest position that either moment looks at, held ones included. */
export function rangesOf(base: Pin, pin: Pin): Range[] {
  const seen = new Map<string, number[]>()
  for (const positions of [base.effective, base.merged ?? [], pin.effective, pin.merged ?? []]) {
    for (const [market, position] of positions) {
      seen.set(market, [...(seen.get(market) ?? []), position])
    }
  }
  const sides = (market: string) =>
    [base, pin].every(({ effective }) => effective.some(([known]) => known === market))
  return [...seen].map(([market, positions]) => ({
    market,
    from: sides(market) ? Math.min(...positions) : 0,
    to: Math.max(...positions),
  }))
}
