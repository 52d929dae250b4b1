// Screening again is screening afresh: over random catalogues, changes, clocks and stops.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sql } from '../../src/db.ts'
import type { Product } from '../../src/decision/schema.ts'
import { screenAgain } from '../../src/screenings.ts'
import { date, issue, product, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'
import { type Desk, desk } from '../support/manifest.ts'

const BRANDS = ['Brambleford', 'Ōkami', '山田電機', 'Дрель', 'Café Noir']
const MODELS = ['WX-2000', 'WX-2001', 'DB 1850', 'BL1850B', '型番-77']
const TEXTS = [
  'pocket weather station',
  'cordless drill',
  '充電式バッテリー',
  'аккумулятор для дрели',
  'café',
]
const GTINS = ['9520001000010', '9520001000027', '4006381333931', '4006381333948']
const MAKERS = ['Fathom Yard Ltd', 'Norrland Works AB']

const anyOf = <T>(values: readonly T[]) => fc.constantFrom(...values)
const productArb = fc
  .record({
    pid: anyOf(['p1', 'p2', 'p3']),
    listing: anyOf(['listed', 'indicative', 'class'] as const),
    brand: fc.option(anyOf(BRANDS), { nil: undefined }),
    model: fc.option(anyOf(MODELS), { nil: undefined }),
    model_pattern: fc.option(anyOf(['WX-20##', 'DB 18*']), { nil: undefined }),
    gtins: fc.subarray(GTINS, { maxLength: 2 }),
    mpns: fc.option(fc.subarray(['AB-77', 'BL1850B'], { minLength: 1 }), { nil: undefined }),
    hs: fc.option(fc.constant([{ code: '850760', edition: '2022' as const }]), { nil: undefined }),
    words: fc.option(
      anyOf(TEXTS).map((text) => text.split(' ')),
      { nil: undefined },
    ),
    description: fc.option(
      anyOf(TEXTS).map((text) => [{ text, lang: 'en' }]),
      { nil: undefined },
    ),
  })
  .map((given) => product(defined({ ...given, brand: given.brand, model: given.model })))

function defined(given: Record<string, unknown>): Product {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Product
}

type Change = { kind: string; decision: number; products: Product[]; day: string; maker: string }
const changeArb: fc.Arbitrary<Change> = fc.record({
  kind: anyOf([
    'issue',
    'products',
    'remove',
    'amend',
    'suspend',
    'resume',
    'annul',
    'rescind',
    'stale',
    'fresh',
    'day',
  ]),
  decision: fc.integer({ min: 0, max: 3 }),
  products: fc.uniqueArray(productArb, { maxLength: 3, selector: ({ pid }) => pid }),
  day: anyOf(['2026-01-16', '2026-11-20', '2026-12-01', '2027-02-01']),
  maker: anyOf(MAKERS),
})
const lineArb = fc
  .tuple(
    anyOf([...GTINS, '', '4006381333941', 'N/A']),
    anyOf([...BRANDS, '', 'café noir']),
    anyOf([...MODELS, '', 'WX-20O0', 'WX-2099', 'BL1850B']),
    anyOf([...TEXTS, '', 'Brambleford weather WX-2001', 'AB-77 for drill', 'CAFE']),
    anyOf(['', '8507.60', '850760']),
    anyOf([...MAKERS, '', 'Somebody else']),
    anyOf(['', '', '337-TA-9000', '337-TA-9001']),
  )
  .map((cells) => cells.map((cell) => `"${cell}"`).join(','))

const decisionOf = (at: number) => `${at % 2 === 0 ? 'us' : 'jp'}/337-ta-900${at}/leo`
const MARKETS = ['us', 'jp', 'kr'] as const

/** Does a change to the catalogue, if it may follow what is there. */
async function apply(
  catalogue: TestCatalogue,
  at: Desk,
  change: Change,
  known: Map<number, boolean>,
) {
  const { kind, products, day, maker } = change
  const decision = decisionOf(change.decision)
  const market = decision.slice(0, 2)
  const state = known.get(change.decision)
  const publish = (act: { act: string } & Record<string, unknown>) =>
    catalogue.publish(market, { decision, ...act })
  const header = {
    case_numbers: [`337-TA-900${change.decision}`],
    starts_on: date(day),
    ...(change.decision > 1
      ? { breadth: 'named_parties' as const, parties: [{ name: maker }] }
      : {}),
  }
  if (kind === 'stale') return catalogue.setFeed('kr', { merged_stamp: 1 })
  if (kind === 'fresh')
    return catalogue.setFeed('kr', { merged_stamp: Math.floor(at.clock.nowMs / 1000) - 60 })
  if (kind === 'day') {
    at.clock.nowMs += 9 * 86_400_000
    for (const one of MARKETS)
      await catalogue.setFeed(one, { merged_stamp: Math.floor(at.clock.nowMs / 1000) - 60 })
    return
  }
  if (state === undefined) {
    known.set(change.decision, true)
    return publish(issue(decision, { header, products }))
  }
  if (!state) return
  if (kind === 'products') return publish({ act: 'products', add: products, remove: [] })
  if (kind === 'remove')
    return publish({ act: 'products', add: [], remove: products.map(({ pid }) => pid) })
  if (kind === 'amend')
    return publish({ ...issue(decision, { header, products: [] }), act: 'amend' })
  if (kind === 'annul') known.set(change.decision, false)
  if (['suspend', 'resume', 'annul', 'rescind'].includes(kind)) {
    return publish({ act: kind, from: date(day), reason: { code: 'other', text: 'x', lang: 'en' } })
  }
}

it('the result of a repeated screening is the one of a new screening', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(changeArb, { minLength: 1, maxLength: 6 }),
      fc.array(changeArb, { minLength: 1, maxLength: 5 }),
      fc.array(lineArb, { minLength: 1, maxLength: 12 }),
      fc.boolean(),
      async (before, after, lines, isHeld) => {
        const catalogue = await testCatalogue({ markets: MARKETS })
        const at = desk(catalogue.ctx)
        try {
          const known = new Map<number, boolean>()
          for (const change of before) await apply(catalogue, at, change, known)
          const file = `EAN,Brand,Model,Description,HS code,Manufacturer,Case no\n${lines.join('\n')}\n`
          const { id } = await at.hand(file)
          await at.run(id)
          for (const change of after) await apply(catalogue, at, change, known)
          // The brake holds the last entry of us back.
          if (isHeld)
            await at.db.commit([
              sql("UPDATE feed SET effective = merged - 1 WHERE market = 'us' AND merged > 1"),
            ])
          await screenAgain(at.deps, id)
          expect(await at.run(id)).toBe('done')
          const fresh = await at.hand(file)
          await at.run(fresh.id)
          expect(await at.text(id)).toBe(await at.text(fresh.id))
          const [again, anew] = [await at.read(id), await at.read(fresh.id)]
          expect({ ...again.progress }).toEqual({ ...anew.progress })
        } finally {
          catalogue.close()
        }
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)

it('a line is asked again when its words alone meet a new class of goods', async () => {
  const { again, anew } = await repeated('Goods\ncordless drill\n', [], async (catalogue) => {
    const goods = product({ listing: 'class', words: ['cordless', 'drill'] })
    const { brand: _brand, model: _model, gtins: _gtins, ...bare } = goods
    await catalogue.publish('us', issue(decisionOf(0), { products: [bare] }))
  })
  expect(again).toContain(',possible,')
  expect(again).toBe(anew)
})

it('a line is asked again when the order about goods of its kind names its maker from now on', async () => {
  const {
    brand: _brand,
    model: _model,
    gtins: _gtins,
    ...bare
  } = product({
    listing: 'class',
    hs: [{ code: '850760', edition: '2022' }],
  })
  const header = (name: string) => ({ breadth: 'named_parties' as const, parties: [{ name }] })
  const first = issue(decisionOf(0), { header: header('Somebody Else'), products: [bare] })
  const { again, anew } = await repeated(
    'Goods,HS code,Manufacturer\nblue things,850760,Norrland Works AB\n',
    [first],
    async (catalogue) => {
      const amended = issue(decisionOf(0), { header: header('Norrland Works AB') })
      await catalogue.publish('us', { ...amended, act: 'amend' })
    },
  )
  expect(again).toContain(',possible,')
  expect(again).toBe(anew)
})

/** A file screened, repeated after a change, and screened anew. */
async function repeated(
  file: string,
  before: Parameters<TestCatalogue['publish']>[1][],
  change: (catalogue: TestCatalogue) => Promise<void>,
): Promise<{ again: string; anew: string }> {
  const catalogue = await testCatalogue({ markets: MARKETS })
  try {
    const at = desk(catalogue.ctx)
    for (const act of before) await catalogue.publish('us', act)
    const { id } = await at.hand(file)
    await at.run(id)
    await change(catalogue)
    await screenAgain(at.deps, id)
    await at.run(id)
    return { again: await at.text(id), anew: await at.screen(file) }
  } finally {
    catalogue.close()
  }
}
