// Two programs, one protocol: however acts travel, every node agrees with the oracle, a second and naive reading of the design.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Moment } from '../../src/decision/state.ts'
import { START_MS } from '../support/alliance.ts'
import { expectDigest, expectStates, expectVerdicts, vectorOf } from '../support/compare.ts'
import { type LifeStep, live, lives } from '../support/life.ts'
import { digestText, judgeLog, leafOf } from '../support/oracle.ts'
import { type RawAlliance, rawAlliance } from '../support/raw-alliance.ts'
import { type ActStep, dateOn } from '../support/scribe.ts'

/** Within this the best counterexample is printed, with its seed, instead of a time-out. */
const LIMIT = { interruptAfterTimeLimit: 20_000 }
const MARKETS = ['us', 'jp', 'de', 'kr']
const DAY_S = 86_400

const moment: fc.Arbitrary<Moment> = fc.oneof(
  fc.integer({ min: -25, max: 40 }).map((days): Moment => ({ kind: 'day', on: dateOn(days).on })),
  fc
    .tuple(fc.integer({ min: -600, max: 900 }), fc.integer({ min: -1, max: 1 }))
    .map(([hours, second]): Moment => ({ kind: 'now', atS: dateOn(0).at + hours * 3600 + second })),
)
const moments = fc.array(moment, { minLength: 1, maxLength: 3 })
const step = (act: ActStep['act'], rest: Partial<ActStep> = {}): ActStep => ({
  ...{ act, flaw: 'none', about: 0, pick: 0, days: [-5, 5, 10], text: 'AXON-7' },
  ...rest,
})

async function lifeHolds(raw: RawAlliance, steps: readonly LifeStep[], at: readonly Moment[]) {
  await live(raw, steps)
  await raw.alliance.syncAll()
  const sizes = Object.values(raw.known().logs).map(({ length }) => length)
  for (const market of raw.markets) {
    expect([...(await vectorOf(raw, market)).values()], `merged at ${market}`).toEqual(sizes)
    await expectDigest(raw, market)
    await expectVerdicts(raw, market)
    await expectStates(raw, market, at)
  }
}

/** An alliance over files, closed and removed afterwards. */
async function onFiles(markets: readonly string[], work: (raw: RawAlliance) => Promise<void>) {
  const dir = mkdtempSync(join(tmpdir(), 'oracle-'))
  const raw = await rawAlliance(markets, dir)
  try {
    await work(raw)
  } finally {
    raw.alliance.close()
    rmSync(dir, { recursive: true })
  }
}

async function inMemory(markets: readonly string[], work: (raw: RawAlliance) => Promise<void>) {
  const raw = await rawAlliance(markets)
  await work(raw).finally(() => raw.alliance.close())
}

test('every node agrees with the oracle, whatever stands in the logs and however it travelled', async () => {
  const markets = fc.integer({ min: 2, max: 4 }).map((count) => MARKETS.slice(0, count))
  const life = lives({ restarts: false })
  const property = fc.asyncProperty(markets, life, moments, (names, steps, at) =>
    inMemory(names, (raw) => lifeHolds(raw, steps, at)),
  )
  await fc.assert(property, { ...LIMIT, numRuns: 50 })
})

test('every node agrees with the oracle through broken connections and restarts over its files', async () => {
  const property = fc.asyncProperty(lives({ restarts: true }), moments, (steps, at) =>
    onFiles(MARKETS.slice(0, 3), (raw) => lifeHolds(raw, steps, at)),
  )
  await fc.assert(property, { ...LIMIT, numRuns: 15 })
})

test('a pull of many bundles that breaks every few requests loses nothing and starts nothing over', async () => {
  await onFiles(['us', 'jp'], async (raw) => {
    const counter = { ids: 0, fill: 0 }
    const fill = (count: number): LifeStep => ({ do: 'fill', market: 0, count })
    const write: LifeStep = { do: 'write', market: 0, acts: [step('issue'), step('products')] }
    await live(raw, [fill(253), write, fill(509), write, fill(300), write], counter)
    const size = raw.known().logs.us?.length
    const seen: number[] = []
    while (seen.at(-1) !== size && seen.length < 12) {
      await live(raw, [{ do: 'pull', node: 1, from: 0, dropAfter: 4 }], counter)
      seen.push((await vectorOf(raw, 'jp')).get('us') ?? 0)
      raw.restart('jp')
    }
    expect(seen.at(-1)).toBe(size)
    expect(seen.length).toBeGreaterThan(2)
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
    await expectVerdicts(raw, 'jp')
  })
})

test('an entry only a newer version can read stops its feed at the same place everywhere, and no other feed', async () => {
  const strange = [
    { v: 2, act: 'issue' },
    { v: 1, act: 'pardon' },
    { v: 1, act: 'notice', kind: 'amnesty' },
    { v: 1, act: 'notice', kind: 'charter', n: 2 },
  ]
  for (const members of strange) {
    await inMemory(['us', 'jp', 'de'], async (raw) => {
      const counter = { ids: 0, fill: 0 }
      const acts = [step('issue'), step('rule')]
      await live(raw, [{ do: 'write', market: 0, acts }], counter)
      const header = Buffer.from(
        `{"alg":"Ed25519","kid":"${raw.pens('us').stranger.kid}","typ":"exclusion-act+jws"}`,
      ).toString('base64url')
      const hash = raw.alliance.alliance
      const common = {
        alliance: hash,
        log: 'us.test/log',
        iat: 0,
        decision: null,
        prev: null,
        hash,
      }
      const id = '00000000-0000-7000-8000-00000000ffff'
      const payload = Buffer.from(JSON.stringify({ ...common, id, ...members })).toString(
        'base64url',
      )
      await raw.append('us', [Buffer.from(`${header}.${payload}.${'A'.repeat(86)}`)])
      for (const market of [0, 1])
        await live(raw, [{ do: 'write', market, acts: [step('issue', { about: 1 })] }], counter)
      for (const node of [1, 2, 2])
        await live(raw, [{ do: 'pull', node, from: null, dropAfter: null }], counter)
      for (const market of ['jp', 'de']) {
        expect([...(await vectorOf(raw, market)).values()]).toEqual([3, 2, 1])
        await expectDigest(raw, market)
        await expectVerdicts(raw, market)
        const status = await raw.alliance.node(market).status()
        expect(status.feeds.find((feed) => feed.market === 'us')?.state).toBe('waiting')
      }
      expect(judgeLog(raw.known(), 'us').verdicts.slice(2)).toEqual([
        'accepted',
        'stopped',
        'stopped',
      ])
    })
  }
})
