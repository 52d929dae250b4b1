// Positions over a market's logs in order, and the sizes of its logs that they stand for (design: protocol 1.9 "lineage").
import type { FeedTerms } from '../charter/members.ts'

/** How far a market has come: later logs count once the earlier ones are there to their end. */
export function positionOf(
  lineage: readonly FeedTerms[],
  sizeOf: (origin: string) => number,
): number {
  let position = 0
  for (const { log, offset } of lineage) {
    const size = sizeOf(log.origin)
    position = offset + size
    if (log.frozen !== null && size < log.frozen.size) break
  }
  return position
}

/** The part of every log that lies below a position. */
export function sizesAt(
  lineage: readonly FeedTerms[],
  position: number,
): { origin: string; size: number }[] {
  return lineage.map(({ log, offset }) => {
    const below = Math.max(0, position - offset)
    return { origin: log.origin, size: Math.min(below, log.frozen?.size ?? below) }
  })
}
