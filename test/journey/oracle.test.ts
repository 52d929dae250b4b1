// Two programs, one protocol: however acts travel, every node agrees with the oracle, a second and naive reading of the design.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Moment } from '../../src/decision/state.ts'
import { originOf } from '../support/alliance.ts'
import {
  boundariesOf,
  expectAnswersAt,
  expectDigest,
  expectDigestAt,
  expectStates,
  expectVerdicts,
  vectorOf,
} from '../support/compare.ts'
import { type LifeStep, live, lives, twoKeyRules } from '../support/life.ts'
import { judgeLog } from '../support/oracle.ts'
import { type RawAlliance, rawAlliance, type TwoKeys } from '../support/raw-alliance.ts'
import { dateOn, plainStep as step } from '../support/scribe.ts'

/** Within this the best counterexample is printed, with its seed, instead of a time-out. */
const LIMIT = { interruptAfterTimeLimit: 20_000 }
const MARKETS = ['us', 'jp', 'de', 'kr']

/** What is asked at the end: seconds and days on the very edge of something, and what earlier prefixes gave. */
const questions = fc.record({
  edges: fc.array(fc.tuple(fc.nat(), fc.constantFrom(-1, 0, 0, 1)), { minLength: 1, maxLength: 3 }),
  cuts: fc.array(fc.array(fc.nat(400), { minLength: 4, maxLength: 4 }), { maxLength: 3 }),
})
type Questions = typeof questions extends fc.Arbitrary<infer T> ? T : never

function momentsOf(raw: RawAlliance, { edges }: Questions): Moment[] {
  const { seconds, days } = boundariesOf(raw)
  return edges.flatMap(([pick, shift]): Moment[] => [
    { kind: 'now', atS: (seconds[pick % seconds.length] ?? 0) + shift },
    { kind: 'day', on: days[pick % days.length] ?? dateOn(shift).on },
  ])
}

async function lifeHolds(raw: RawAlliance, steps: readonly LifeStep[], asked: Questions) {
  await live(raw, steps)
  await raw.alliance.syncAll()
  const sizes = Object.values(raw.known().logs).map(({ length }) => length)
  for (const market of raw.markets) {
    expect([...(await vectorOf(raw, market)).values()], `merged at ${market}`).toEqual(sizes)
    await expectDigest(raw, market)
    await expectVerdicts(raw, market)
  }
  await expectStates(raw, momentsOf(raw, asked))
  for (const cut of asked.cuts) {
    const size = (at: number) => (cut[at] ?? 0) % ((sizes[at] ?? 0) + 1)
    const vector = new Map(raw.markets.map((market, at) => [market, size(at)]))
    await expectDigestAt(raw, vector)
    const { days } = boundariesOf(raw)
    await expectAnswersAt(raw, vector, days[(cut[0] ?? 0) % days.length] ?? dateOn(0).on)
  }
}

/** An alliance over files, closed and removed afterwards. */
async function onFiles(
  markets: readonly string[],
  work: (raw: RawAlliance) => Promise<void>,
  twoKeys: TwoKeys = [],
) {
  const dir = mkdtempSync(join(tmpdir(), 'oracle-'))
  const raw = await rawAlliance(markets, { dir, twoKeys })
  try {
    await work(raw)
  } finally {
    raw.alliance.close()
    rmSync(dir, { recursive: true })
  }
}

async function inMemory(
  markets: readonly string[],
  work: (raw: RawAlliance) => Promise<void>,
  twoKeys: TwoKeys = [],
) {
  const raw = await rawAlliance(markets, { twoKeys })
  await work(raw).finally(() => raw.alliance.close())
}

test('every node agrees with the oracle, whatever stands in the logs and however it travelled', async () => {
  const markets = fc.integer({ min: 2, max: 4 }).map((count) => MARKETS.slice(0, count))
  const life = lives({ restarts: false })
  const property = fc.asyncProperty(markets, life, questions, (names, steps, asked) =>
    inMemory(names, (raw) => lifeHolds(raw, steps, asked)),
  )
  await fc.assert(property, { ...LIMIT, numRuns: 50 })
})

/** Sound acts on one decision, half of them endorses, and kinds that need two keys: what the two-key rules are hardest on. */
const dense = fc.record({
  acts: fc.array(
    fc.record({
      act: fc.constantFrom(
        ...(['issue', 'amend', 'products', 'products', 'products', 'rule', 'rescind'] as const),
        ...(['respond', 'effect_rules', 'endorse', 'endorse', 'endorse', 'endorse'] as const),
      ),
      pick: fc.nat(255),
    }),
    { minLength: 8, maxLength: 24, size: 'max' },
  ),
  rules: fc.subarray(['issue', 'amend', 'products', 'rescind', 'respond', 'notice/effect_rules'], {
    minLength: 1,
  }),
  pulls: fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
})

test('at every position the oracle’s state holds, in whichever bundles acts and their endorses are merged', async () => {
  const property = fc.asyncProperty(dense, async ({ acts, rules, pulls }) => {
    const twoKeys = rules.map((act) => ({ act, fromIndex: 2 }))
    await inMemory(
      ['us', 'jp'],
      async (raw) => {
        const counter = { ids: 0, fill: 0 }
        const [jp, us] = ['jp', 'us'].map((market) => raw.alliance.node(market))
        for (const [at, { act, pick }] of acts.entries()) {
          await live(raw, [{ do: 'write', market: 0, acts: [step(act, { pick })] }], counter)
          if (pulls[at]) await jp?.pull('us')
        }
        await Promise.all([jp?.pull('us'), us?.pull('us')])
        const size = raw.known().logs.us?.length ?? 0
        for (let cut = 0; cut <= size; cut++) await expectDigestAt(raw, new Map([['us', cut]]))
      },
      twoKeys,
    )
  })
  await fc.assert(property, { ...LIMIT, numRuns: 40 })
})

test('every node agrees with the oracle through broken connections and restarts over its files', async () => {
  const life = lives({ restarts: true })
  const property = fc.asyncProperty(life, questions, twoKeyRules, (steps, asked, rules) =>
    onFiles(MARKETS.slice(0, 3), (raw) => lifeHolds(raw, steps, asked), rules),
  )
  await fc.assert(property, { ...LIMIT, numRuns: 15 })
})

test('a pull of many bundles that breaks every few requests loses nothing and starts nothing over', async () => {
  await onFiles(['us', 'jp'], async (raw) => {
    const counter = { ids: 0, fill: 0 }
    const fill = (count: number): LifeStep => ({ do: 'fill', market: 0, count })
    const write: LifeStep = { do: 'write', market: 0, acts: [step('issue'), step('products')] }
    await live(raw, [fill(253), write, fill(1021), write, fill(2300), write], counter)
    const size = raw.known().logs.us?.length
    const merged: number[] = []
    while (merged.at(-1) !== size && merged.length < 8) {
      await live(raw, [{ do: 'pull', node: 1, from: 0, dropAfter: 12 }], counter)
      merged.push((await vectorOf(raw, 'jp')).get('us') ?? 0)
      raw.restart('jp')
    }
    expect(merged.length).toBeGreaterThan(1)
    expect(merged.at(-1)).toBe(size)
    expect(merged).toEqual([...new Set(merged)].sort((a, b) => a - b))
    await expectVerdicts(raw, 'jp')
  })
})

const NEWER = [
  { v: 2, act: 'issue' },
  { v: 1, act: 'pardon' },
  { v: 1, act: 'notice', kind: 'amnesty' },
  { v: 1, act: 'notice', kind: 'charter', n: 2 },
]

/** What needs no right key to stop a feed: it is read before any key is looked at. */
function newerEntry(raw: RawAlliance, market: string, members: object): Uint8Array {
  const { kid } = raw.pens(market).stranger
  const { alliance } = raw.alliance
  const id = '00000000-0000-7000-8000-00000000ffff'
  const common = { alliance, log: originOf(market), id, iat: 0, decision: null, prev: null }
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = encode({ alg: 'Ed25519', kid, typ: 'exclusion-act+jws' })
  const payload = encode({ ...common, hash: alliance, ...members })
  return Buffer.from(`${header}.${payload}.${'A'.repeat(86)}`)
}

test.each(NEWER)(
  'an entry that only a newer version or charter explains, %o, stops its feed there at every node and no other feed',
  async (members) => {
    await inMemory(['us', 'jp', 'de'], async (raw) => {
      const counter = { ids: 0, fill: 0 }
      const write = (market: number): LifeStep => ({ do: 'write', market, acts: [step('issue')] })
      const pull = (node: number): LifeStep => ({ do: 'pull', node, from: null, dropAfter: null })
      await live(raw, [write(0)], counter)
      await raw.append('us', [newerEntry(raw, 'us', members)])
      await live(raw, [write(0), write(1), pull(1), pull(2), pull(2)], counter)
      expect(judgeLog(raw.known(), 'us').verdicts.slice(1)).toEqual([
        'accepted',
        'stopped',
        'stopped',
      ])
      for (const market of ['jp', 'de']) {
        expect([...(await vectorOf(raw, market)).values()]).toEqual([2, 2, 1])
        await expectVerdicts(raw, market)
        const { feeds } = await raw.alliance.node(market).status()
        expect(feeds.find((feed) => feed.market === 'us')?.state).toBe('waiting')
      }
    })
  },
)

test('a key counts from its first index on and no longer at its last, whatever the time', async () => {
  await inMemory(['us', 'jp'], async (raw) => {
    const pens = ['early', 'late', 'clerk'].map((flaw) => step('info', { flaw }))
    const acts = Array.from({ length: 4 }, () => pens).flat()
    await live(raw, [{ do: 'write', market: 0, acts }])
    await raw.alliance.syncAll()
    for (const market of raw.markets) await expectVerdicts(raw, market)
    const early = [1, 4, 7, 10].map((at) => judgeLog(raw.known(), 'us').verdicts[at])
    const late = [2, 5, 8, 11].map((at) => judgeLog(raw.known(), 'us').verdicts[at])
    expect(early).toEqual(['accepted', 'accepted', 'refused', 'refused'])
    expect(late).toEqual(['refused', 'accepted', 'accepted', 'accepted'])
  })
})
