// Questions to a running alliance and its rounds, for the tests of charters that change it.
import { expect } from 'vitest'
import type { TestAlliance, TestNode } from './alliance.ts'
import { digestsOf } from './charters.ts'
import { tablesOf } from './tables.ts'

export const GTIN = '9521234123453'
type Answer = {
  verdict: string
  decided_in: string[]
  results: { order: { left?: true } }[]
  coverage: { market: string; state: string }[]
}

export function running(alliance: TestAlliance) {
  const node = (market: string): TestNode => alliance.node(market)
  const others = () => [...alliance.nodes.values()]
  const ask = async (market: string): Promise<Answer> => {
    const response = await node(market).request(`/v1/lookup?gtin=${GTIN}`)
    expect(response.status).toBe(200)
    return (await response.json()) as Answer
  }
  const feedOf = async (at: string, origin: string) =>
    (await node(at).status()).feeds.find((feed) => feed.origin === origin)
  return {
    node,
    others,
    ask,
    feedOf,
    verdicts: () => Promise.all(others().map(async ({ market }) => (await ask(market)).verdict)),
    /** Where a log stands: what `charter frozen` prints. */
    async headOf(at: string, origin: string) {
      const feed = await feedOf(at, origin)
      if (feed === undefined) throw new TypeError(`no feed ${origin}`)
      return { size: feed.merged, root: feed.root }
    },
    /** Rounds until news of charters and what they allow has gone everywhere. */
    async settle(): Promise<void> {
      for (let round = 0; round < 3; round++) await alliance.syncAll()
    },
    /** All nodes say the same, row by row. */
    async expectAlike(): Promise<void> {
      expect((await digestsOf(others())).size).toBe(1)
      const [first, ...rest] = others()
      for (const one of rest) expect(tablesOf(one.db)).toEqual(tablesOf((first ?? one).db))
    },
  }
}
