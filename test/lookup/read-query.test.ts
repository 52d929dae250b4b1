import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure, statusOf } from '../../src/errors.ts'
import { parseQuery, parseSearchParams, QUERY_PARAMETERS } from '../../src/lookup/query.ts'
import { readQuery } from '../../src/lookup/read-query.ts'
import { issue, ORDER, product, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'

const readAs = (q: string) => readQuery(parseQuery({ q })).map((reading) => reading.as)
const notesOf = (q: string) =>
  readQuery(parseQuery({ q }))[0]?.question.notes.map(({ code }) => code)

describe('the one box', () => {
  it.each([
    ['9520001000010', ['gtin']],
    ['UPC 012345678905', ['gtin']],
    ['04252614', ['gtin', 'tac', 'right', 'words']],
    ['9520001000011', ['gtin', 'words']],
    ['(01)09520001000010(21)A1', ['gs1']],
    ['https://id.example.com/01/09520001000010', ['gs1']],
    ['337-TA-1276', ['case']],
    ['us/337-ta-1276/leo', ['decision']],
    ['US/337-TA-1276/LEO', ['decision']],
    ['1276', ['case', 'words']],
    ['490154203237518', ['imei']],
    ['490154203237519', ['imei', 'words']],
    ['10,912,502', ['right', 'words']],
    ['8517.62', ['hs', 'words']],
    ['HS 8517', ['hs', 'words']],
    ['B0CHX7R6WJ', ['asin', 'words']],
    ['DJI Mavic Air', ['words']],
    ['東芝', ['words']],
  ])('reads %s as %s', (q, kinds) => {
    expect(readAs(q)).toEqual(kinds)
  })

  it('says how it read: check digits, cases, what is no proof, and what was never matched', () => {
    expect(notesOf('9520001000010')).toEqual(['read_gtin'])
    expect(notesOf('19520001000017')).toEqual(['read_gtin', 'read_case_gtin'])
    expect(notesOf('9780306406157')).toEqual(['read_gtin', 'read_gtin_not_unique'])
    expect(notesOf('9520001000011')).toEqual(['read_gtin_check_digit'])
    expect(notesOf('12345678905')).toEqual(['read_gtin_zero_lost'])
    expect(notesOf(']d2XYZ')).toContain('read_gs1_broken')
  })

  it('never overrules a field of its own', () => {
    const [reading] = readQuery(parseQuery({ q: '9520001000010', gtin: '9520001000027' }))
    expect(reading?.question.gtin?.gtin14).toBe('09520001000027')
  })
})

describe('parseQuery', () => {
  const codeOf = (input: Record<string, unknown>) => {
    try {
      parseQuery(input)
    } catch (error) {
      if (error instanceof Failure) return [error.code, statusOf(error.code), error.cure]
      throw error
    }
    return null
  }

  it('refuses unknown parameters and suggests the nearest', () => {
    expect(codeOf({ modle: 'X' })).toEqual([
      'ERR_QUERY_UNKNOWN_PARAMETER',
      400,
      'did you mean model?',
    ])
    for (const name of ['knwon', 'recipe', '__proto__', 'constructor', 'toString']) {
      expect(codeOf(JSON.parse(`{"q":"x","${name}":"1"}`))?.[0]).toBe('ERR_QUERY_UNKNOWN_PARAMETER')
    }
  })

  it.each([
    ['too long', { q: 'x'.repeat(1001) }],
    ['a day that is not real', { q: 'x', on: '2026-02-30' }],
    ['a number', { gtin: 9520001000010 }],
    ['a list', { model: ['a'] }],
    ['a limit of none', { q: 'x', limit: 0 }],
    ['a limit beyond', { q: 'x', limit: 101 }],
    ['an unknown procedure', { q: 'x', procedure: 'magic' }],
    ['a country that is none', { q: 'x', origin: 'USA' }],
    ['a language that is none', { q: 'x', lang: '../en' }],
  ])('refuses %s', (_, input) => {
    expect(codeOf(input)?.slice(0, 2)).toEqual(['ERR_QUERY_INVALID', 400])
  })

  it.each([
    ['nothing', {}],
    ['blanks', { q: '  ', model: '' }],
    ['a day alone', { on: '2026-01-01' }],
    ['an origin alone', { origin: 'cn', limit: 5 }],
    ['invisible characters', { q: '\u202e\u200b\u0000' }],
  ])('refuses %s as no question', (_, input) => {
    expect(codeOf(input)?.slice(0, 2)).toEqual(['ERR_QUERY_EMPTY', 400])
  })

  it('refuses a parameter given twice, and takes empty form fields for left out', () => {
    expect(() => parseSearchParams(new URLSearchParams('q=a&q=b'))).toThrow(Failure)
    expect(parseSearchParams(new URLSearchParams('q=a&model=&on=&procedure=&origin='))).toEqual({
      q: 'a',
      limit: 20,
    })
  })
})

describe('odd questions', () => {
  let catalogue: TestCatalogue
  beforeAll(async () => {
    catalogue = await testCatalogue()
    const description = [{ text: 'Wetterstation 東芝 삼성 station AND weather', lang: 'de' }]
    await catalogue.publish('us', issue(ORDER, { products: [product({ description })] }))
  })
  afterAll(() => catalogue.close())

  /** An answer, or a Failure that is the caller's. */
  const isHarmless = async (query: Record<string, unknown>) => {
    try {
      return typeof (await catalogue.ask(query)).verdict === 'string'
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      return statusOf(error.code) < 500
    }
  }

  it.each([
    ...[
      '-b',
      'col:x',
      'AND',
      'OR NOT',
      '"',
      '""',
      '"""',
      "'",
      'NEAR(a b, 2)',
      '*',
      'a*',
      '^a',
      '(',
    ],
    ...[')', '{words} : x', 'words : "x', 'a + b', '\\', ';--', '%', '_', 'rowid', 'NOT', '\u001d'],
    ...['\ud800', 'a\udc00b', '\u0000', 'a\u0000b', '\u202eabc', '\u2066x\u2069', '\ufffe', '٣٤٥'],
    ...['ก้', 'ﷺ', '𝕎𝕏-𝟚𝟘𝟘𝟘', '🛑', '\u0301', 'İ', 'ß', '１２３', 'ㅅㅅㅈㅈ', 'ー', '々', '　'],
  ])('%j is answered or refused, never a fault', async (q) => {
    expect(await isHarmless({ q })).toBe(true)
    expect(await isHarmless({ text: q, brand: q, model: q, party: q, case: q })).toBe(true)
  })

  it('long ones are refused, and the longest that are allowed are answered', async () => {
    for (const unit of ['x', 'a b ', '東', 'WX-2000 ', '?', '"', '((', '9520001000010 ']) {
      const long = unit.repeat(10_240 / unit.length)
      await expect(catalogue.ask({ q: long })).rejects.toThrow(Failure)
      expect(await isHarmless({ q: long.slice(0, 1000) })).toBe(true)
      expect(await isHarmless({ text: long.slice(0, 2000) })).toBe(true)
    }
  })

  it('any text in any parameter is answered or refused', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    const name = fc.constantFrom(...QUERY_PARAMETERS)
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, text, { maxKeys: 4 }), async (query) => {
        expect(await isHarmless(query)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('operators are words like others: they find what holds them', async () => {
    const found = await catalogue.ask({ q: 'Brambleford station AND weather' })
    expect(found.verdict).toBe('possible')
    expect((await catalogue.ask({ q: 'Brambleford NOT station' })).verdict).toBe('possible')
  })

  it('two characters of Chinese or Korean are enough for a text search', async () => {
    for (const text of ['Brambleford 東芝', 'Brambleford 삼성']) {
      expect((await catalogue.ask({ text })).results[0]?.tier).toBe('C')
    }
    expect((await catalogue.ask({ text: 'Brambleford 芝東' })).results).toEqual([])
  })
})
