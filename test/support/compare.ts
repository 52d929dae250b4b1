// Holds a node against the oracle: its digest, what it accepted, and its states at moments.
import { expect } from 'vitest'
import { readDecisions } from '../../src/catalog/read.ts'
import { sql } from '../../src/db.ts'
import { responseAt } from '../../src/decision/effect.ts'
import { type Moment, stateAt } from '../../src/decision/state.ts'
import type { Answer } from '../../src/lookup/answer.ts'
import { readFeeds } from '../../src/pull/feed.ts'
import { stateDigest } from '../../src/status/digest.ts'
import { originOf } from './alliance.ts'
import { digest, judgeLog, leafOf, responseOf, stateOf } from './oracle.ts'
import type { RawAlliance } from './raw-alliance.ts'

/** Entries merged of each market's log at one node. */
export async function vectorOf(raw: RawAlliance, market: string): Promise<Map<string, number>> {
  const feeds = await readFeeds(raw.alliance.node(market).db)
  const merged = new Map(feeds.map((feed) => [feed.market, feed.merged]))
  return new Map(raw.markets.map((name) => [name, merged.get(name) ?? 0]))
}

/** Entries in effect of each market's log at one node: where the brake holds nothing, those that are merged. */
async function effectiveOf(raw: RawAlliance, market: string): Promise<Map<string, number>> {
  const feeds = await readFeeds(raw.alliance.node(market).db)
  return new Map(feeds.map((feed) => [feed.market, feed.effective]))
}

/** The node's digest is the oracle's over the very prefixes that are in effect there. */
export async function expectDigest(raw: RawAlliance, market: string): Promise<void> {
  const known = raw.known(await effectiveOf(raw, market))
  const status = await raw.alliance.node(market).status()
  expect(status.digest, `digest of ${market}`).toBe(digest(known))
}

/** The same at every node for an earlier vector: what was known then is answered from the same rows. */
export async function expectDigestAt(
  raw: RawAlliance,
  cut: ReadonlyMap<string, number>,
): Promise<void> {
  const expected = digest(raw.known(cut))
  for (const market of raw.markets) {
    const { db } = raw.alliance.node(market)
    const then = await stateDigest(db, raw.alliance.alliance, cut)
    expect(then, `${market} at ${JSON.stringify([...cut])}`).toBe(expected)
  }
}

/** The barcode that every product of a scribe carries. */
const GTIN = '00012345678905'

const NOTHING = { verdict: 'nothing found', why: null }

/**
 * Asked what was known at an earlier vector, every node gives the same answer but for what to do in its own market; what it finds in force
 * or not is what the oracle says at those prefixes.
 */
export async function expectAnswersAt(
  raw: RawAlliance,
  cut: ReadonlyMap<string, number>,
  on: string,
): Promise<void> {
  const known = raw.known(cut)
  const vector = Object.fromEntries([...cut].map(([name, size]) => [originOf(name), [size, size]]))
  const form = Buffer.from(JSON.stringify({ charter: raw.alliance.alliance, vector }))
  const params = new URLSearchParams({ gtin: GTIN, on, known: form.toString('base64url') })
  const answers = await Promise.all(
    raw.markets.map(async (market) => {
      const response = await raw.alliance.node(market).request(`/v1/lookup?${params}`)
      const { results, inactive, weak, ...answer } = (await response.json()) as Answer
      const places = [...results, ...inactive, ...weak]
      for (const { decision, state } of places) {
        expect(state, `${decision} at ${market}`).toBe(
          stateOf(known, decision, { kind: 'day', on }),
        )
      }
      const found = places.map(({ effect: _, confirmed: _c, applied: _a, ...result }) => result)
      // Whose word is fresh is each node's own affair, and so is "not listed" against "cannot say".
      const own = { coverage: [], instruction: null, ...(results.length > 0 ? {} : NOTHING) }
      return { ...answer, ...own, found }
    }),
  )
  for (const answer of answers) expect(answer).toEqual(answers[0])
}

/** Every second and day at which something begins or ends in these logs. */
export function boundariesOf(raw: RawAlliance): { seconds: number[]; days: string[] } {
  const acts = raw.markets.flatMap((market) => judgeLog(raw.known(), market).accepted)
  const text = JSON.stringify(acts.map(({ act }) => act))
  const seconds = [...text.matchAll(/"at":([0-9]+)/g)].map(([, at]) => Number(at))
  const days = [...text.matchAll(/"on":"([0-9-]{10})"/g)].map(([, on]) => String(on))
  return { seconds: [...new Set(seconds)], days: [...new Set(days)] }
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

/** States and responses at these moments, at every node; all of them must be up to date. */
export async function expectStates(raw: RawAlliance, moments: readonly Moment[]): Promise<void> {
  const known = raw.known()
  const ids = raw.markets.flatMap((name) => [0, 1].map((number) => `${name}/case-${number}`))
  const rows = await Promise.all(raw.markets.map((market) => decisionsAt(raw, market, ids)))
  for (const id of ids) {
    for (const moment of moments) {
      const where = `${id} at ${JSON.stringify(moment)}`
      const state = stateOf(known, id, moment)
      for (const row of rows.map((decisions) => decisions.get(id))) {
        const here = row === undefined ? null : stateAt(row.header, row.events, moment)
        expect(here, where).toBe(state)
      }
      if (state === null) continue
      for (const other of raw.markets.filter((name) => !id.startsWith(name))) {
        const effect = responseOf(known, other, id, moment)
        for (const row of rows.map((decisions) => decisions.get(id))) {
          const said = responseAt(row?.responses.get(other) ?? [], moment)?.effect ?? null
          expect(said, `${other} on ${where}`).toBe(effect)
        }
      }
    }
  }
}

async function decisionsAt(raw: RawAlliance, market: string, ids: readonly string[]) {
  const positions = await vectorOf(raw, market)
  return readDecisions(raw.alliance.node(market).db, positions, ids)
}
