// What a lifted order does everywhere (design: decisions 2.3 and 2.4): every rescission lifts, one market never lifts another's.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { identifierKeys } from '../../src/catalog/keys.ts'
import { readDecisions, readProductsByKey } from '../../src/catalog/read.ts'
import { isInForce, type Moment, type State, stateAt } from '../../src/decision/state.ts'
import { expectDigest, expectStates, vectorOf } from '../support/compare.ts'
import { actStep, type LifeStep, live } from '../support/life.ts'
import { judgeLog } from '../support/oracle.ts'
import { type RawAlliance, rawAlliance } from '../support/raw-alliance.ts'
import { type ActStep, dateOn, plainStep as step } from '../support/scribe.ts'

const ID = 'us/case-0'
const MARKETS = ['us', 'jp', 'de']
const at = (atS: number): Moment => ({ kind: 'now', atS })

/** The state at one node, null where the decision has not arrived. */
async function stateAtNode(raw: RawAlliance, market: string, id: string, moment: Moment) {
  const positions = await vectorOf(raw, market)
  const row = (await readDecisions(raw.alliance.node(market).db, positions, [id])).get(id)
  return row === undefined ? null : stateAt(row.header, row.events, moment)
}

/** Products of that model at one node whose decision is in force, by decision. */
async function blockedBy(raw: RawAlliance, market: string, moment: Moment): Promise<string[]> {
  const { db } = raw.alliance.node(market)
  const positions = await vectorOf(raw, market)
  const keys = identifierKeys({ pid: 'x', listing: 'listed', brand: 'AXON-7', model: 'AXON-7-p0' })
  const found = await readProductsByKey(db, positions, keys)
  const decisions = await readDecisions(
    db,
    positions,
    found.map(({ decision }) => decision),
  )
  const states = [...decisions.values()].map(({ decision, header, events }) => ({
    decision,
    state: stateAt(header, events, moment),
  }))
  return states.filter(({ state }) => isInForce(state)).map(({ decision }) => decision)
}

/** Starts long ago, ends never, lists p0. */
const issue = step('issue', { days: [-40, 0, 0] })
const pulls = fc.array(
  fc.record({
    do: fc.constant('pull' as const),
    node: fc.nat(2),
    from: fc.option(fc.nat(2)),
    dropAfter: fc.option(fc.nat(3)),
  }),
  { maxLength: 5 },
)
/** Acts of the same decision that keep it alive, right or wrong ones, of any date. */
const others = (acts: readonly ActStep['act'][]) =>
  fc.array(
    fc.tuple(fc.constantFrom(...acts), actStep).map(([act, random]) => ({
      ...random,
      ...{ act, about: 0, flaw: random.pick % 4 ? 'none' : 'unknown_members' },
      // neither legal instead of what was meant, nor an end by itself
      ...{ pick: random.pick % 3 ? 3 : 10 },
    })),
    { maxLength: 4 },
  )

test('every rescission lifts, whenever it arrives', async () => {
  const before = others(['products', 'rule', 'suspend', 'resume'])
  const after = others(['products', 'amend', 'suspend', 'resume', 'issue', 'rule'])
  const property = fc.asyncProperty(
    ...[fc.integer({ min: -10, max: 10 }), before, after],
    ...[pulls, pulls, pulls, fc.boolean()],
    async (days, earlier, later, first, second, third, inOneBatch) => {
      const raw = await rawAlliance(MARKETS)
      const write = (...acts: ActStep[]): LifeStep => ({ do: 'write', market: 0, acts })
      const rescind = step('rescind', { days: [0, 0, days], pick: 10 })
      const steps = inOneBatch
        ? [write(issue, ...earlier, rescind, ...later), ...first, ...second, ...third]
        : [write(issue), ...first, write(...earlier, rescind), ...second, write(...later), ...third]
      const counter = { ids: 0, fill: 0 }
      for (const one of steps) {
        await live(raw, one.do === 'write' && one.acts.length === 0 ? [] : [one], counter)
        await lifted(raw)
      }
      await raw.alliance.syncAll()
      expect(await lifted(raw)).toEqual(MARKETS)
      raw.alliance.close()
    },
  )
  await fc.assert(property, { interruptAfterTimeLimit: 10_000, numRuns: 25 })
})

/** Checks every node that has merged the rescission, at its date and after, and names them. */
async function lifted(raw: RawAlliance): Promise<string[]> {
  const names: string[] = []
  const rescind = judgeLog(raw.known(), 'us').accepted.find(({ act }) => act.act === 'rescind')
  if (rescind === undefined) return names
  const { on, at: fromS } = rescind.act.from as ReturnType<typeof dateOn>
  for (const market of MARKETS) {
    const merged = (await vectorOf(raw, market)).get('us') ?? 0
    const early = await stateAtNode(raw, market, ID, at(fromS - 1))
    expect(early, `${market} before the date`).not.toBe('rescinded')
    if (merged <= rescind.pos) continue
    names.push(market)
    const moments = [at(fromS), at(fromS + 86_400 * 3650), { kind: 'day', on } as const]
    for (const moment of moments) {
      expect(await stateAtNode(raw, market, ID, moment), market).toBe('rescinded' satisfies State)
      expect(await blockedBy(raw, market, moment), market).toEqual([])
    }
  }
  return names
}

test('where two markets block and one lifts, the goods are still blocked by the other at every node', async () => {
  const raw = await rawAlliance(MARKETS)
  const counter = { ids: 0, fill: 0 }
  const write = (market: number, act: ActStep): LifeStep => ({ do: 'write', market, acts: [act] })
  await live(raw, [write(0, issue), write(1, issue)], counter)
  await raw.alliance.syncAll()
  const today = dateOn(0).at + 43_200
  for (const market of MARKETS)
    expect(await blockedBy(raw, market, at(today))).toEqual(['jp/case-0', ID])
  await live(raw, [write(0, step('rescind', { days: [0, 0, 0], pick: 10 }))], counter)
  await raw.alliance.syncAll()
  for (const market of MARKETS) {
    expect(await blockedBy(raw, market, at(today))).toEqual(['jp/case-0'])
    expect(await blockedBy(raw, market, { kind: 'day', on: dateOn(-1).on })).toEqual([
      'jp/case-0',
      ID,
    ])
  }
  raw.alliance.close()
})

test('no unknown member of an act changes what it does, whatever it is called', async () => {
  const raw = await rawAlliance(MARKETS)
  const flaw = 'unknown_members'
  const acts = (
    ['rule', 'suspend', 'amend', 'respond', 'effect_rules', 'evidence', 'key'] as const
  ).map((act) => step(act, { flaw }))
  const steps: LifeStep[] = [{ do: 'write', market: 0, acts: [issue] }]
  for (const act of acts) steps.push({ do: 'write', market: 0, acts: [act] })
  await live(raw, steps)
  await raw.alliance.syncAll()
  expect(judgeLog(raw.known(), 'us').verdicts).toEqual(Array(9).fill('accepted'))
  for (const market of MARKETS) await expectDigest(raw, market)
  await expectStates(raw, [at(0), at(dateOn(0).at), at(dateOn(400).at)])
  raw.alliance.close()
})
