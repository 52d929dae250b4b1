import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  date,
  header,
  issue,
  ORDER,
  product,
  rule,
  type TestCatalogue,
  testCatalogue,
} from '../support/catalogue.ts'
import { testSite, textOf } from '../web/site.ts'

let catalogue: TestCatalogue
beforeEach(async () => {
  catalogue = await testCatalogue()
})
afterEach(() => catalogue.close())

const known = { brand: 'Brambleford', model: 'WX-2000' }

describe('blocked', () => {
  it.each([
    ['the barcode', { gtin: '9520001000010' }],
    ['the barcode of its case', { gtin: '19520001000017' }],
    ['a scan with a serial number', { q: '(01)09520001000010(21)S-1' }],
    ['brand and model', known],
    ['brand and model in one box', { q: 'brambleford wx2000' }],
    ['model and brand in one box, the other way round', { q: 'ＷＸ－２０００ Brambleford' }],
    ['a brand in another script', { q: 'ブランブルフォードWX-2000' }],
  ])('is the answer to %s of a listed product', async (_, query) => {
    const products = [product({ brand_aliases: ['ブランブルフォード'] })]
    await catalogue.publish('us', issue(ORDER, { products }))
    const found = await catalogue.ask(query)
    expect(found).toMatchObject({ verdict: 'blocked', decided_in: ['us'] })
    expect(found.results[0]).toMatchObject({ decision: ORDER, pid: 'wx-20', tier: 'A' })
    expect(found.why.text).toMatch(/^Blocked: us\. /)
  })

  it('holds for a pattern that the decision signed, with the brand', async () => {
    const products = [product({ model: undefined, gtins: [], model_pattern: 'BWX-3###*' } as never)]
    await catalogue.publish('us', issue(ORDER, { products }))
    const asked = { brand: 'Brambleford', model: 'BWX-3001 Black' }
    expect((await catalogue.ask(asked)).verdict).toBe('blocked')
    expect((await catalogue.ask({ ...asked, model: 'BWX-3A01' })).verdict).toBe('not_listed')
  })

  it('holds for a part number with its maker, and for a device code with its brand', async () => {
    const products = [
      product({ mpns: ['BF/99-X1'], tacs: ['49015420'], maker: 'Brambleford Ltd.' }),
    ]
    await catalogue.publish('us', issue(ORDER, { products }))
    const part = { mpn: 'bf99x1', maker: 'BRAMBLEFORD LIMITED' }
    expect((await catalogue.ask(part)).verdict).toBe('blocked')
    expect((await catalogue.ask({ mpn: 'bf99x1' })).verdict).toBe('possible')
    const device = { tac: '490154203237518' }
    expect((await catalogue.ask(device)).verdict).toBe('possible')
    expect((await catalogue.ask({ ...device, brand: 'Brambleford' })).verdict).toBe('blocked')
  })

  it('holds while the order is under review, with the bond and the days left', async () => {
    const review = { review_ends_on: date('2026-12-01', 'end') }
    const action = { kind: 'exclude' as const, bond: { kind: 'percent' as const, amount: '50' } }
    await catalogue.publish('us', issue(ORDER, { header: { ...review, action } }))
    const found = await catalogue.ask(known)
    expect(found).toMatchObject({ verdict: 'blocked', instruction: { effect: 'enforce' } })
    expect(found.results[0]?.state).toBe('issued_under_review')
    expect(found.instruction?.bond).toEqual({
      kind: 'percent',
      amount: '50',
      until: '2026-12-01',
      days_left: 9,
    })
    const later = await catalogue.ask({ ...known, on: '2026-12-02' })
    expect(later.instruction?.bond).toBeUndefined()
    expect(later.results[0]?.state).toBe('in_force')
    const lastDay = await catalogue.ask({ ...known, on: '2026-12-01' })
    expect(lastDay.instruction?.bond?.days_left).toBe(1)
  })

  it('names every market that lists the product, contradictions side by side', async () => {
    await catalogue.publish('us', issue(ORDER), rule({ scope: 'out', product: { pid: 'wx-20' } }))
    await catalogue.publish('kr', issue('kr/2026-7/import'))
    const found = await catalogue.ask(known)
    expect(found).toMatchObject({ verdict: 'blocked', decided_in: ['kr'] })
    expect(found.results.map(({ decision, verdict }) => [decision, verdict])).toEqual([
      ['kr/2026-7/import', 'blocked'],
      [ORDER, 'exception'],
    ])
  })

  it('outlives the lifting of another market’s order', async () => {
    await catalogue.publish('us', issue(ORDER))
    await catalogue.publish('kr', issue('kr/2026-7/import'))
    expect((await catalogue.ask(known)).decided_in).toEqual(['kr', 'us'])
    await catalogue.publish('us', { act: 'rescind', decision: ORDER, from: date('2026-11-01') })
    const found = await catalogue.ask(known)
    expect(found).toMatchObject({ verdict: 'blocked', decided_in: ['kr'] })
    expect(found.inactive).toMatchObject([
      { decision: ORDER, state: 'rescinded', verdict: 'not_listed' },
    ])
  })
})

describe('exception', () => {
  it('says of a ruling no finer date than the authority gave', async () => {
    await catalogue.publish('us', issue())
    const on = { ...date('2026-05-01'), precision: 'month' as const }
    await catalogue.publish('us', rule({ scope: 'out', on, product: { pid: 'wx-20' } }))
    const [result] = (await catalogue.ask(known)).results
    expect(result?.order.rulings).toMatchObject([{ on: '2026-05-01', precision: 'month' }])
    const page = textOf(await testSite(catalogue).ask(known))
    expect(page).toContain('May 2026: out of scope')
    expect(page).not.toContain('1 May 2026')
  })

  it('follows the newest ruling on the pid: out, then in again', async () => {
    await catalogue.publish('us', issue())
    await catalogue.publish('us', rule({ scope: 'out', number: 'R-1', product: { pid: 'wx-20' } }))
    const out = await catalogue.ask(known)
    expect(out.verdict).toBe('exception')
    expect(out.why.text).toContain('R-1')
    expect(out.instruction?.effect).toBe('inform')
    await catalogue.publish(
      'us',
      rule({ scope: 'in', on: date('2026-06-01'), product: { pid: 'wx-20' } }),
    )
    const again = await catalogue.ask(known)
    expect(again.verdict).toBe('blocked')
    expect(again.results[0]?.order.rulings.map(({ scope }) => scope)).toEqual(['in', 'out'])
    expect((await catalogue.ask({ ...known, on: '2026-05-20' })).verdict).toBe('exception')
  })

  it('is decided by the day of the ruling, and by the log where two are of one day', async () => {
    await catalogue.publish(
      'us',
      issue(),
      rule({ scope: 'in', on: date('2026-07-01'), product: { pid: 'wx-20' } }),
      rule({ scope: 'out', on: date('2026-06-01'), product: { pid: 'wx-20' } }),
    )
    expect((await catalogue.ask(known)).verdict).toBe('blocked')
    await catalogue.publish(
      'us',
      rule({ scope: 'out', on: date('2026-07-01'), product: { pid: 'wx-20' } }),
    )
    expect((await catalogue.ask(known)).verdict).toBe('exception')
  })

  it('binds the pid also after the product was replaced', async () => {
    await catalogue.publish('us', issue(), rule({ scope: 'out', product: { pid: 'wx-20' } }), {
      act: 'products',
      decision: ORDER,
      add: [product({ gtins: ['9520001000027'] })],
    })
    expect((await catalogue.ask({ gtin: '9520001000027' })).verdict).toBe('exception')
    expect((await catalogue.ask({ gtin: '9520001000010' })).verdict).toBe('not_listed')
  })

  it('needs every field that a ruling without a pid names', async () => {
    const described = { brand: 'Brambleford', model: 'WX 2000', firmware: '3.0' }
    await catalogue.publish('us', issue(), rule({ scope: 'out', product: described }))
    expect((await catalogue.ask(known)).verdict).toBe('blocked')
    expect((await catalogue.ask({ ...known, firmware: '3.0' })).verdict).toBe('exception')
    expect((await catalogue.ask({ ...known, firmware: '3.1' })).verdict).toBe('blocked')
    const boxed = { q: 'Brambleford WX-2000', firmware: 'v3.0' }
    expect((await catalogue.ask(boxed)).verdict).toBe('exception')
    const scanned = { gtin: '9520001000010', firmware: '3.0' }
    expect((await catalogue.ask(scanned)).verdict).toBe('blocked')
  })

  it('does not follow from a ruling on another firmware of the same pid', async () => {
    const ruled = rule({ scope: 'out', product: { pid: 'wx-20', firmware: '3.0' } })
    await catalogue.publish('us', issue(), ruled)
    expect((await catalogue.ask({ ...known, firmware: '2.9' })).verdict).toBe('blocked')
  })

  it('follows from a carve-out whose beneficiary was given, while it runs', async () => {
    const carve_outs = [
      {
        kind: 'licensed' as const,
        beneficiary: 'Acme Trading Inc.',
        to: date('2026-12-31', 'end'),
      },
    ]
    await catalogue.publish('us', issue(ORDER, { header: { carve_outs } }))
    expect((await catalogue.ask({ ...known, importer: 'ACME TRADING' })).verdict).toBe('exception')
    const later = { ...known, importer: 'Acme Trading', on: '2027-01-01' }
    expect((await catalogue.ask(later)).verdict).toBe('blocked')
    expect((await catalogue.ask({ ...known, exporter: 'Acme Trading' })).verdict).toBe('blocked')
  })

  it('never follows from a carve-out that merely might apply: it is asked', async () => {
    const question = 'Is this a part for a station sold before?'
    const carve_outs = [{ kind: 'service_or_repair' as const, beneficiary: 'Acme', question }]
    await catalogue.publish('us', issue(ORDER, { header: { carve_outs } }))
    const found = await catalogue.ask({ ...known, importer: 'Acme' })
    expect(found.verdict).toBe('blocked')
    expect(found.instruction?.questions.map(({ text }) => text)).toEqual([question])
  })

  it('never lifts what is only possible', async () => {
    const products = [product({ listing: 'indicative' })]
    await catalogue.publish(
      'us',
      issue(ORDER, { products }),
      rule({ scope: 'out', product: { pid: 'wx-20' } }),
    )
    expect((await catalogue.ask(known)).verdict).toBe('possible')
  })
})

describe('possible', () => {
  const cases: [string, object, object, Record<string, string>][] = [
    ['an indicative product', { listing: 'indicative' }, {}, known],
    ['a model without its brand', {}, {}, { model: 'WX-2000' }],
    ['look-alikes in the model', {}, {}, { brand: 'Brambleford', model: 'WX-2OOO' }],
    ['a barcode with another brand', {}, {}, { gtin: '9520001000010', brand: 'Acme' }],
    ['a barcode with another model', {}, {}, { gtin: '9520001000010', model: 'ZQ-77' }],
    ['a barcode one misreading away', {}, {}, { gtin: '9520001000011' }],
    ['a store-internal number', { gtins: ['2012345000001'] }, {}, { gtin: '2012345000001' }],
    ['goods that only fit the product', {}, {}, { q: 'battery for Brambleford WX-2000' }],
    ['the model among other words', {}, {}, { q: 'Brambleford WX-2000 deluxe bundle' }],
    ['a missing fact', { decided_by: ['firmware'] }, {}, known],
    ['firmware outside', { firmware: { to: '2.9' } }, {}, { ...known, firmware: '3.0' }],
    ['a serial outside', { serials: [{ from: 'A1', to: 'A9' }] }, {}, { ...known, serial: 'B1' }],
    ['goods in transit', {}, {}, { ...known, procedure: 'transit' }],
    ['an uncovered procedure', {}, { procedures: ['ftz'] }, { ...known, procedure: 'consumption' }],
    [
      'another maker under named parties',
      {},
      { breadth: 'named_parties', parties: [{ name: 'Brambleford Ltd.' }] },
      { ...known, maker: 'Acme GmbH' },
    ],
  ]
  it.each(cases)('is all that %s gives, however sure the rest', async (_, more, terms, query) => {
    const products = [product(more)]
    await catalogue.publish('us', issue(ORDER, { products, header: header(terms) }))
    const found = await catalogue.ask(query)
    expect(found.verdict).toBe('possible')
    expect(found.instruction?.effect).toBe('examine')
    expect(found.results[0]?.why.text.length).toBeGreaterThan(10)
  })

  it('turns into blocked once the deciding fact is given and lies within', async () => {
    const products = [product({ decided_by: ['firmware'], firmware: { from: '1.0', to: '2.9' } })]
    await catalogue.publish('us', issue(ORDER, { products }))
    const open = await catalogue.ask(known)
    expect(open.instruction?.questions).toMatchObject([{ code: 'ask_fact' }])
    expect((await catalogue.ask({ ...known, firmware: '2.8' })).verdict).toBe('blocked')
  })

  it('is said of a class of goods, by words or by HS code', async () => {
    const products = [
      product({
        pid: 'stations',
        listing: 'class',
        brand: undefined,
        model: undefined,
        gtins: [],
        words: ['pocket weather station'],
        hs: [{ code: '902580', edition: '2022' }],
      } as never),
    ]
    await catalogue.publish('us', issue(ORDER, { products }))
    const worded = await catalogue.ask({ q: 'Pocket Weather Station' })
    expect(worded).toMatchObject({ verdict: 'possible', results: [{ pid: 'stations' }] })
    expect(worded.why.text).toContain('any-source order covers this class')
    expect((await catalogue.ask({ hs: '9025.80' })).verdict).toBe('possible')
    expect((await catalogue.ask({ hs: '2017:902580' })).verdict).toBe('not_listed')
    expect((await catalogue.ask({ hs: '9025.80', model: 'ZQ-77' })).verdict).toBe('not_listed')
  })

  it.each([
    ['its number', { q: '337-TA-9001' }],
    ['its number without TA', { case: '337-TA-9001' }],
    ['its own name', { q: ORDER }],
    ['a right', { right: 'US 10,912,502 B2' }],
    ['a right in the one box', { q: '10,912,502' }],
    ['a party', { importer: 'APPLE, Inc' }],
    ['a party in the one box', { q: 'Apple Inc.' }],
    ['a registry id', { party: 'HWUP KR0M POU8 FGXB T394' }],
  ])('is said when an order is named by %s without a product', async (_, query) => {
    const terms = {
      rights: [{ type: 'patent' as const, office: 'US', number: '10,912,502' }],
      parties: [
        { name: 'Apple Inc.', ids: [{ type: 'LEI' as const, value: 'HWUPKR0MPOU8FGXBT394' }] },
      ],
    }
    await catalogue.publish('us', issue(ORDER, { header: terms }))
    const found = await catalogue.ask(query)
    expect(found).toMatchObject({ verdict: 'possible', results: [{ decision: ORDER, pid: null }] })
    expect(found.results[0]?.why.code).toBe('names_order')
  })

  it('is not said of other goods of a named party', async () => {
    const terms = { parties: [{ name: 'Apple Inc.' }] }
    await catalogue.publish('us', issue(ORDER, { header: terms }))
    expect((await catalogue.ask({ maker: 'Apple Inc.', model: 'ZQ-77' })).verdict).toBe(
      'not_listed',
    )
  })
})

describe('named parties', () => {
  const terms = { breadth: 'named_parties' as const, parties: [{ name: 'Brambleford Ltd.' }] }
  it.each([
    ['unknown maker: the listing decides and it is asked', {}, 'unknown'],
    ['the named maker', { maker: 'Brambleford Limited' }, 'met'],
    ['a named importer', { importer: 'Brambleford' }, 'met'],
    ['a forwarder of another name', { exporter: 'Acme Freight' }, 'unknown'],
    ['another importer', { importer: 'Acme' }, 'unknown'],
    ['a maker that may be an affiliate', { maker: 'Brambleford (Shenzhen) Co., Ltd.' }, 'unknown'],
  ])('leave a listed product blocked with %s', async (_, facts, party) => {
    await catalogue.publish('us', issue(ORDER, { header: terms }))
    const found = await catalogue.ask({ ...known, ...facts })
    expect(found.verdict).toBe('blocked')
    expect(found.results[0]?.order.party).toBe(party)
    expect(found.instruction?.questions.some(({ code }) => code === 'ask_maker')).toBe(
      party === 'unknown',
    )
  })
})

describe('not in force', () => {
  const states: [string, string, object[]][] = [
    ['annulled', 'annulled', [{ act: 'annul', decision: ORDER }]],
    ['rescinded', 'rescinded', [{ act: 'rescind', decision: ORDER, from: date('2026-11-23') }]],
    ['suspended', 'suspended', [{ act: 'suspend', decision: ORDER, from: date('2026-02-01') }]],
  ]
  it.each(states)(
    'an order that was %s is listed apart, and the sentence says so',
    async (_, state, acts) => {
      await catalogue.publish('us', issue(), ...(acts as { act: string }[]))
      const found = await catalogue.ask(known)
      expect(found).toMatchObject({ verdict: 'not_listed', results: [], instruction: null })
      expect(found.inactive).toMatchObject([{ decision: ORDER, state, verdict: 'not_listed' }])
      expect(found.why.text).toBe('Not listed in 3 of 3. 1 match not in force.')
      expect(found.effects).toEqual({})
    },
  )

  it('an order is blocked on its first and last day and not on those beside them', async () => {
    const term = { starts_on: date('2026-03-01'), expires_on: date('2026-03-31', 'end') }
    await catalogue.publish('us', issue(ORDER, { header: term }))
    const on = async (day: string) => {
      const found = await catalogue.ask({ ...known, on: day })
      return [found.verdict, found.inactive[0]?.state ?? found.results[0]?.state]
    }
    expect(await on('2026-02-28')).toEqual(['not_listed', 'not_yet_started'])
    expect(await on('2026-03-01')).toEqual(['blocked', 'in_force'])
    expect(await on('2026-03-31')).toEqual(['blocked', 'in_force'])
    expect(await on('2026-04-01')).toEqual(['not_listed', 'expired'])
  })

  it('a resumed order blocks again', async () => {
    await catalogue.publish(
      'us',
      issue(),
      { act: 'suspend', decision: ORDER, from: date('2026-02-01') },
      { act: 'resume', decision: ORDER, from: date('2026-03-01') },
    )
    expect((await catalogue.ask(known)).verdict).toBe('blocked')
    expect((await catalogue.ask({ ...known, on: '2026-02-15' })).verdict).toBe('not_listed')
  })

  it('a removed product is found no more', async () => {
    await catalogue.publish('us', issue(), { act: 'products', decision: ORDER, remove: ['wx-20'] })
    expect(await catalogue.ask(known)).toMatchObject({ verdict: 'not_listed', inactive: [] })
  })
})

it('asks once for the makers that several orders name', async () => {
  const named = (name: string) => ({ breadth: 'named_parties' as const, parties: [{ name }] })
  await catalogue.publish('us', issue(ORDER, { header: named('Brambleford Ltd.') }))
  const [here, there] = ['Brambleford Ltd.', 'Brambleford Korea Co., Ltd.']
  const parties = [{ name: here }, { name: there }]
  await catalogue.publish('kr', issue('kr/2026-7/import', { header: { ...named(here), parties } }))
  const questions = (await catalogue.ask(known)).instruction?.questions ?? []
  expect(questions.map(({ code }) => code)).toEqual(['ask_maker'])
  expect(questions[0]?.text).toContain('Brambleford Ltd. and Brambleford Korea Co., Ltd.')
})
