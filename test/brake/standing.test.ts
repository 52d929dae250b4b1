// What the brake counts by: the numbers of the rule, and the whole of a market counted in SQL as the fold has it (protocol 1.10).
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readStanding } from '../../src/brake/flips.ts'
import { covers, isOver, NO_FLIPS } from '../../src/brake/limit.ts'
import { readDecisions, readProductsOf } from '../../src/catalog/read.ts'
import { isInForce, stateAt } from '../../src/decision/state.ts'
import { date, header, NOW_MS, product, testCatalogue } from '../support/catalogue.ts'

const NOW_S = NOW_MS / 1000
const days = fc.integer({ min: -2, max: 2 })
const on = (shift: number) => date(new Date(NOW_MS + shift * 86_400_000).toISOString().slice(0, 10))

const act = fc.record({
  act: fc.constantFrom('amend', 'products', 'suspend', 'resume', 'rescind', 'annul', 'rule'),
  about: fc.nat(4),
  days,
  pick: fc.nat(7),
})
type Step = typeof act extends fc.Arbitrary<infer T> ? T : never

const END = (pick: number, shift: number) =>
  [
    { open: true, reason: 'until lifted' },
    on(shift),
    on(shift + 400),
    { ...on(shift), open: true },
    { ...on(shift), open: 'no' },
  ][pick % 5]

function bodyOf({ act: kind, days: shift, pick }: Step): Record<string, unknown> {
  if (kind === 'amend') {
    return { header: header({ starts_on: on(-shift), expires_on: END(pick, shift) as never }) }
  }
  if (kind === 'products') {
    const listing = pick % 2 ? 'listed' : 'indicative'
    return pick % 3 === 0 ? { remove: ['wx-20'] } : { add: [product({ pid: 'wx-20', listing })] }
  }
  if (kind === 'annul') return {}
  if (kind === 'rule') return { ruling: { on: on(shift), scope: 'out', product: { pid: 'wx-20' } } }
  // Unknown members pass, and one named `kind` must not make an annulment of it.
  return { from: on(shift), ...(pick % 4 === 0 ? { kind: 'annul' } : {}) }
}

describe('the standing of a market', () => {
  it('is counted in SQL as the fold counts it, at every position', async () => {
    const property = fc.asyncProperty(
      fc.array(act, { maxLength: 20, size: 'max' }),
      fc.integer({ min: -3, max: 3 }),
      async (steps, shift) => {
        const { ctx, publish, close } = await testCatalogue({ markets: ['us', 'kr'] })
        const names = [0, 1, 2, 3, 4].map((number) => `us/case-${number}`)
        for (const name of names) {
          await publish('us', {
            act: 'issue',
            decision: name,
            header: header(),
            products: [product({ pid: 'wx-20' })],
          })
        }
        for (const step of steps) {
          await publish('us', { act: step.act, decision: names[step.about], ...bodyOf(step) })
        }
        const nowS = NOW_S + shift * 86_400
        for (let position = 0; position <= names.length + steps.length + 1; position++) {
          const at = new Map([['us', position]])
          const rows = [...(await readDecisions(ctx.db, at, names)).values()]
          const blocking = rows.filter((row) =>
            isInForce(stateAt(row.header, row.events, { kind: 'now', atS: nowS })),
          )
          let products = 0
          for (const { decision } of blocking) {
            const named = await readProductsOf(ctx.db, at, decision, { after: '', limit: 9 })
            products += named.filter((one) => one.product.listing === 'listed').length
          }
          const expected = { decisions: blocking.length, products }
          expect(await readStanding(ctx.db, 'us', position, nowS)).toEqual(expected)
        }
        close()
      },
    )
    await fc.assert(property, { numRuns: 40, interruptAfterTimeLimit: 20_000 })
  })
})

describe('the numbers of the rule', () => {
  it.each([
    [20, 60, false],
    [21, 60, true],
    [21, 420, false],
    [22, 430, true],
    [100, 2000, false],
    [101, 2000, true],
  ])('%i of %i: over %s', (flips, of, over) => {
    expect(isOver(flips, 20, 5, of)).toBe(over)
  })

  const flips = {
    decisions: { added: 3, lifted: 40 },
    products: { added: 9, lifted: 2000, changed: 5 },
  }
  it.each([
    ['decisions only', { decisions: true, products: false }, { adds: 3, lifts: 40 }, true],
    [
      'decisions only, one lift short',
      { decisions: true, products: false },
      { adds: 3, lifts: 39 },
      false,
    ],
    ['products too', { decisions: true, products: true }, { adds: 14, lifts: 2005 }, true],
    [
      'products too, found by other keys not counted',
      { decisions: true, products: true },
      { adds: 9, lifts: 2000 },
      false,
    ],
    ['products only', { decisions: false, products: true }, { adds: 14, lifts: 2005 }, true],
  ])('an announcement covers what is over its limit: %s', (_, over, notice, isCovered) => {
    expect(covers(notice, flips, over)).toBe(isCovered)
  })

  it('nothing needs no announcement', () => {
    expect(covers({ adds: 0, lifts: 0 }, NO_FLIPS, { decisions: true, products: true })).toBe(true)
  })
})
