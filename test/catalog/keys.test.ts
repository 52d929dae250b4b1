import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  identifierKeys,
  MAX_KEYS,
  marketNumber,
  modelKeysOf,
  productId,
  productText,
  termKeys,
  termsId,
  termsText,
} from '../../src/catalog/keys.ts'
import { headerSchema, type Product, productSchema } from '../../src/decision/schema.ts'

const product = (more: object): Product =>
  productSchema.parse({ pid: 'p1', listing: 'listed', ...more })
const header = (more: object) =>
  headerSchema.parse({
    instrument: 'limited_exclusion',
    starts_on: { on: '2026-01-01', precision: 'day', at: 1767243600 },
    expires_on: { open: true, reason: 'until changed' },
    time_zone: 'America/New_York',
    grounds: ['patent'],
    breadth: 'any_source',
    ...more,
  })
const valuesOf = (keys: readonly { kind: string; value: string }[], kind: string) =>
  keys.filter((key) => key.kind === kind).map(({ value }) => value)

describe('row ids', () => {
  it('number the markets from aa to zz', () => {
    expect(marketNumber('aa')).toBe(0)
    expect(marketNumber('ba')).toBe(26)
    expect(marketNumber('zz')).toBe(675)
    expect(() => marketNumber('US')).toThrow(TypeError)
  })

  it('are safe integers, different for every market, position and place, and ordered by them', () => {
    const market = fc.stringMatching(/^[a-z]{2}$/)
    const place = fc.tuple(market, fc.nat(2 ** 32 - 1), fc.nat(2 ** 11 - 1))
    fc.assert(
      fc.property(place, place, (a, b) => {
        const [ours, theirs] = [productId(...a), productId(...b)]
        expect(Number.isSafeInteger(ours)).toBe(true)
        expect(ours === theirs).toBe(a.join() === b.join())
      }),
    )
    expect(productId('zz', 2 ** 32 - 1, 2 ** 11 - 1)).toBeLessThan(2 ** 53)
    expect(termsId('us', 7)).toBe(productId('us', 7, 0))
    expect(() => productId('us', 2 ** 32, 0)).toThrow(RangeError)
  })
})

describe('identifierKeys', () => {
  it('finds a product by every identifier it has, sorted and each once', () => {
    const keys = identifierKeys(
      product({
        brand: 'Apple',
        model: 'Apple Watch Ultra 2',
        model_aliases: ['A2986'],
        model_pattern: 'MRE#3*',
        gtins: ['19520001000017', '9520001000010'],
        mpns: ['MREJ3LL/A'],
        asins: ['B0CHX7R6WJ'],
        tacs: ['49015420'],
        fcc_ids: ['BCG-A2986'],
        hs: [{ code: '8517620090', edition: '2022' }],
      }),
    )
    expect(valuesOf(keys, 'gtin')).toEqual(['09520001000010', '19520001000017'])
    expect(valuesOf(keys, 'model')).toEqual(['A2986', 'APPLEWATCHULTRA2', 'WATCHULTRA2'])
    expect(valuesOf(keys, 'model_alike')).toEqual(['A2986', 'APP1EWATCHU1TRA2', 'WATCHU1TRA2'])
    expect(valuesOf(keys, 'mpn')).toEqual(['MREJ3LLA'])
    expect(valuesOf(keys, 'asin')).toEqual(['B0CHX7R6WJ'])
    expect(valuesOf(keys, 'tac')).toEqual(['49015420'])
    expect(valuesOf(keys, 'fcc')).toEqual(['BCGA2986'])
    expect(valuesOf(keys, 'hs')).toEqual(['85', '8517', '851762', '851762='])
    expect(valuesOf(keys, 'pattern')).toEqual(['MRE'])
  })

  it('gives no key to what names nothing', () => {
    expect(
      identifierKeys(product({ model: 'N/A', gtins: ['9520001000011'], mpns: ['-'] })),
    ).toEqual([])
    expect(modelKeysOf(product({ brand: 'A', model: 'A123' }))).toEqual(['A123'])
  })

  it('stays bounded and free of doubles for any product', () => {
    const anyText = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' })
    fc.assert(
      fc.property(anyText, fc.array(anyText, { maxLength: 30 }), (model, mpns) => {
        const keys = identifierKeys(product({ model, mpns, brand: 'Acme' }))
        expect(keys.length).toBeLessThanOrEqual(MAX_KEYS)
        expect(new Set(keys.map((key) => `${key.kind} ${key.value}`)).size).toBe(keys.length)
      }),
    )
  })
})

describe('termKeys', () => {
  it('finds an order by case, right, party and registry id', () => {
    const keys = termKeys(
      header({
        case_numbers: ['337-TA-1276'],
        rights: [
          {
            type: 'patent',
            office: 'US',
            number: '10,912,502',
            corresponding: [{ office: 'EP', number: 'EP1234567B1' }],
          },
        ],
        parties: [
          {
            name: 'Apple Inc.',
            local_names: [{ name: 'アップル株式会社', lang: 'ja' }],
            ids: [{ type: 'LEI', value: 'HWUPKR0MPOU8FGXBT394' }],
          },
        ],
      }),
      'us/337-ta-1276/leo',
    )
    expect(valuesOf(keys, 'case')).toEqual(['337-ta-1276'])
    expect(valuesOf(keys, 'right')).toEqual(['10912502', '1234567', 'EP1234567', 'US10912502'])
    expect(valuesOf(keys, 'party')).toEqual(['apple', 'アップル'])
    expect(valuesOf(keys, 'party_id')).toEqual(['HWUPKR0MPOU8FGXBT394'])
  })
})

describe('full-text rows', () => {
  it('hold folded words and bigrams, and no syntax', () => {
    expect(
      productText(
        product({
          brand: 'Sony',
          brand_aliases: ['ソニー'],
          description: [{ text: 'Wireless "headphones" AND case*', lang: 'en' }],
        }),
      ),
    ).toEqual({ words: 'sony wireless headphones and case', grams: 'ソニ' })
    expect(termsText(header({ title: '携帯電話の輸入差止', case_numbers: ['C-1'] }))).toEqual({
      words: 'c 1',
      // Han characters under their simplified form.
      grams: '携 带 电 话 输 入 差 止 携带 带电 电话 话ノ ノ输 输入 入差 差止',
    })
  })
})
