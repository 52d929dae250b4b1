import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Product } from '../../src/decision/schema.ts'
import { issue, ORDER, product, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'

let catalogue: TestCatalogue
beforeAll(async () => {
  catalogue = await testCatalogue()
  const of = (pid: string, more: Partial<Product>) => product({ gtins: [], pid, ...more })
  const products = [
    of('xm4', {
      brand: 'Sony',
      brand_aliases: ['ソニー', '소니'],
      model: 'WH-1000XM4',
      words: ['headphones', 'ヘッドホン'],
      hs: [{ code: '851830', edition: '2022' }],
    }),
    of('mavic', { brand: 'DJI', brand_aliases: ['大疆'], model: 'Mavic Air', words: ['drone'] }),
    of('s21', { brand: 'Samsung', brand_aliases: ['삼성'], model: 'Galaxy S21' }),
    of('cf226a', { brand: 'HP', model: 'CF226A', mpns: ['CF226A'], words: ['toner cartridge'] }),
    of('ultra', { brand: 'Apple', model: 'Apple Watch Ultra 2' }),
    of('x5', { brand: 'Acme', model: 'X5' }),
  ]
  await catalogue.publish(
    'us',
    issue(ORDER, { products, header: { case_numbers: ['337-TA-1276'] } }),
  )
})
afterAll(() => catalogue.close())

describe('tier A', () => {
  it.each([
    ['sony wh1000xm4', 'xm4'],
    ['WH 1000 XM4 Sony', 'xm4'],
    ['ＳＯＮＹ　ＷＨ－１０００ＸＭ４', 'xm4'],
    ['ソニー WH-1000XM4', 'xm4'],
    ['ｿﾆｰWH-1000XM4 ヘッドホン', 'xm4'],
    ['소니 WH-1000XM4', 'xm4'],
    ['Sony WH-1000XM4 headphones black', 'xm4'],
    ['DJI Mavic Air', 'mavic'],
    ['Mavic Air DJI', 'mavic'],
    ['dji mavicair drone', 'mavic'],
    ['大疆 Mavic Air', 'mavic'],
    ['Samsung Galaxy S21 128GB', 's21'],
    ['HP CF-226-A', 'cf226a'],
    ['Apple Watch Ultra 2 49mm', 'ultra'],
    ['apple watch ultra2', 'ultra'],
  ])('is reached by %s', async (q, pid) => {
    const found = await catalogue.ask({ q })
    expect(found.results[0]).toMatchObject({ pid, tier: 'A' })
    expect(found.verdict).toBe('blocked')
  })
})

describe('near misses', () => {
  it.each([
    ['Sony WH-1000XM5'],
    ['Sony WH-1000XM3 headphones'],
    ['Bose WH-1000XM4'],
    ['DJI Mavic Air 2'],
    ['DJI Mavic Air 2S'],
    ['DJI Mavic Pro'],
    ['Parrot Mavic Air'],
    ['Samsung Galaxy S21+'],
    ['Samsung Galaxy S21 Ultra'],
    ['Samsung Galaxy S22'],
    ['HP CF226X'],
    ['toner for HP CF226A'],
    ['HP CF226A compatible toner'],
    ['互換トナー HP CF226A'],
    ['Apple Watch Ultra'],
    ['Apple Watch Ultra 3'],
    ['Apple Watch Series 9'],
    ['Acme X5'],
    ['Acme X6'],
    ['S0NY WH-1OOOXM4'],
  ])('%s is never blocked', async (q) => {
    const found = await catalogue.ask({ q })
    expect(found.verdict).not.toBe('blocked')
    for (const { tier, score } of found.results) expect(tier === 'A' && score >= 0.9).toBe(false)
  })

  it.each([
    ['brand=Sony&model=WH-1000XM5', 'not_listed'],
    ['brand=HP&model=CF226X', 'not_listed'],
    ['brand=Bose&model=WH-1000XM4', 'not_listed'],
    ['brand=Samsung&model=Galaxy+S21%2B', 'not_listed'],
    ['brand=Sony&model=WH-1OOOXM4', 'possible'],
    ['brand=Sony&model=WH-1000XM4&hs=8703.23', 'possible'],
    ['brand=Sony&model=WH-1000XM4&hs=8518.30', 'blocked'],
    ['brand=Sony&model=WH-1000XM4&hs=8517.62', 'blocked'],
  ])('%s is %s', async (params, verdict) => {
    const query = Object.fromEntries(new URLSearchParams(params))
    expect((await catalogue.ask(query)).verdict).toBe(verdict)
  })
})

describe('the evidence', () => {
  it('shows both values side by side, what is missing and what was misread', async () => {
    const [result] = (await catalogue.ask({ brand: 'Sony', model: 'WH-1OOOXM4' })).results
    expect(result?.explain).toContainEqual({
      code: 'model_alike',
      field: 'model',
      query: 'WH-1OOOXM4',
      candidate: 'WH-1000XM4',
      score: 1,
    })
    expect(result?.why.text).toContain('O for 0')
    expect(result?.evidence).toBe(2)
    const [unbranded] = (await catalogue.ask({ model: 'WH-1000XM4' })).results
    expect(unbranded?.explain).toContainEqual({
      code: 'brand_missing',
      field: 'brand',
      query: null,
      candidate: 'Sony',
      score: 0,
    })
    expect(unbranded?.questions.map(({ code }) => code)).toContain('ask_brand')
  })

  it('keeps weak likeness apart: it carries no verdict', async () => {
    const found = await catalogue.ask({ q: 'DJI' })
    expect(found).toMatchObject({ verdict: 'not_listed', results: [], instruction: null })
    expect(found.weak).toMatchObject([{ pid: 'mavic', tier: 'C', verdict: 'not_listed' }])
  })

  it('says how else the input could be read', async () => {
    const found = await catalogue.ask({ q: '1276' })
    expect(found).toMatchObject({ verdict: 'possible', query: { read_as: 'case' } })
    expect(found.readings).toMatchObject([{ read_as: 'words', verdict: 'not_listed' }])
  })
})
