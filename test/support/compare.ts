// Holds a node against the oracle: its digest, what it accepted, and its states at moments.
import { expect } from 'vitest'
import { readDecisions } from '../../src/catalog/read.ts'
import { sql } from '../../src/db.ts'
import { responseAt } from '../../src/decision/effect.ts'
import { type Moment, stateAt } from '../../src/decision/state.ts'
import { readFeeds } from '../../src/pull/feed.ts'
import { digest, judgeLog, leafOf, responseOf, stateOf } from './oracle.ts'
import type { RawAlliance } from './raw-alliance.ts'

/** Entries merged of each market's log at one node. */
export async function vectorOf(raw: RawAlliance, market: string): Promise<Map<string, number>> {
  const feeds = await readFeeds(raw.alliance.node(market).db)
  const merged = new Map(feeds.map((feed) => [feed.market, feed.merged]))
  return new Map(raw.markets.map((name) => [name, merged.get(name) ?? 0]))
}

/** The node's digest is the oracle's over the very prefixes the node has merged. */
export async function expectDigest(raw: RawAlliance, market: string): Promise<void> {
  const known = raw.known(await vectorOf(raw, market))
  const status = await raw.alliance.node(market).status()
  expect(status.digest, `digest of ${market}`).toBe(digest(known))
}

/** Entry by entry, the node accepted what the oracle accepts; `stopped` entries it has not judged at all. */
export async function expectVerdicts(raw: RawAlliance, market: string): Promise<void> {
  type Row = { market: string; pos: number; leaf: Uint8Array; code: string | null }
  const { db } = raw.alliance.node(market)
  const rows = await db.query<Row>(
    sql('SELECT market, pos, leaf, code FROM act ORDER BY market, pos'),
  )
  const known = raw.known(await vectorOf(raw, market))
  for (const name of raw.markets) {
    const here = rows.filter((row) => row.market === name)
    const { verdicts } = judgeLog(known, name)
    const leaves = known.logs[name]?.map(leafOf)
    expect(here.map(({ code }) => (code === null ? 'accepted' : 'refused'))).toEqual(verdicts)
    expect(here.map(({ leaf }) => Buffer.from(leaf).toString('base64url'))).toEqual(leaves)
  }
}

/** States and responses at these moments. */
export async function expectStates(
  raw: RawAlliance,
  market: string,
  moments: readonly Moment[],
): Promise<void> {
  const vector = await vectorOf(raw, market)
  const known = raw.known(vector)
  const ids = raw.markets.flatMap((name) => [0, 1].map((number) => `${name}/case-${number}`))
  const decisions = await readDecisions(raw.alliance.node(market).db, vector, ids)
  for (const id of ids) {
    const row = decisions.get(id)
    for (const moment of moments) {
      const state = row === undefined ? null : stateAt(row.header, row.events, moment)
      expect(state, `${id} at ${JSON.stringify(moment)}`).toBe(stateOf(known, id, moment))
      for (const other of raw.markets) {
        if (row === undefined || id.startsWith(other)) continue
        const effect = responseAt(row.responses.get(other) ?? [], moment)?.effect ?? null
        expect(effect, `${other} on ${id}`).toBe(responseOf(known, other, id, moment))
      }
    }
  }
}
