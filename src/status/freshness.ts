// When a feed's word can be relied on for "not listed" (design: protocol 1.10).
import { MAX_AHEAD_S } from '../pull/feed.ts'

/** A larger head may be known this long before the feed counts as behind. */
export const MAX_BEHIND_S = 120

/**
 * True when the origin's own newest stamp on what is merged is at most `staleAfterS` old, not from the future, nothing holds the feed,
 * and no larger head has been known for more than 120 s. Times in POSIX seconds.
 */
export function isFresh(
  feed: {
    mergedStamp: number
    seenSince: number
    state: string
    effective: number
    merged: number
  },
  staleAfterS: number,
  nowS: number,
): boolean {
  const isOpen = feed.state === 'open' && feed.effective === feed.merged
  const isStamped =
    feed.mergedStamp > 0 &&
    feed.mergedStamp <= nowS + MAX_AHEAD_S &&
    nowS - feed.mergedStamp <= staleAfterS
  const isBehind = feed.seenSince > 0 && nowS - feed.seenSince > MAX_BEHIND_S
  return isOpen && isStamped && !isBehind
}
