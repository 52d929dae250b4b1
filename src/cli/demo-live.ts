// Shows syncing as it happens: a line when a log grows, and one when every other market has it.
import type { Status } from '../status/read.ts'
import { type Node, readStatuses } from './demo-report.ts'

const POLL_MS = 250

/** Prints until the process ends. */
export async function watchLive(nodes: readonly Node[], first: readonly Status[]): Promise<never> {
  const sizes = new Map(first.map(({ market, feeds }) => [market, sizeOf(feeds, market)]))
  const pending = new Map<string, { size: number; since: number }>()
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    const statuses = await readStatuses(nodes).catch(() => null)
    if (statuses === null) continue
    for (const { market, feeds } of statuses) {
      const size = sizeOf(feeds, market)
      if (size > (sizes.get(market) ?? 0)) {
        console.log(`${clock()}  ${market} published; its log holds ${size} entries`)
        sizes.set(market, size)
        pending.set(market, { size, since: performance.now() })
      }
    }
    for (const [market, { size, since }] of pending) {
      const behind = statuses.filter(({ feeds }) => sizeOf(feeds, market) < size)
      if (behind.length > 0) continue
      const seconds = ((performance.now() - since) / 1000).toFixed(1)
      console.log(`${clock()}  merged in all ${statuses.length} markets after ${seconds} s`)
      pending.delete(market)
    }
  }
}

function sizeOf(feeds: Status['feeds'], market: string): number {
  return feeds.find((feed) => feed.market === market)?.position ?? 0
}

const clock = (): string => new Date().toISOString().slice(11, 19)
