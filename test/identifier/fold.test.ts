import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/identifiers/fold.json' with { type: 'json' }
import { fold, grams, looseFold, queryGrams, words } from '../../src/identifier/fold.ts'
import { foldHan } from '../../src/identifier/han.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

describe('fold', () => {
  it.each(vectors.same)('gives %s and its other spellings one form', (...spellings) => {
    expect(new Set(spellings.map(fold)).size).toBe(1)
  })

  it.each(vectors.different)('keeps %s and %s apart', (a = '', b = '') => {
    expect(fold(a)).not.toBe(fold(b))
    expect(looseFold(a)).not.toBe(looseFold(b))
  })

  it.each(vectors.loose)('lets %s and %s meet in the second key only', (a = '', b = '') => {
    expect(fold(a)).not.toBe(fold(b))
    expect(looseFold(a)).toBe(looseFold(b))
  })

  it('is idempotent for any text, lone surrogates included, and so is the second key', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(fold(fold(text))).toBe(fold(text))
        expect(looseFold(looseFold(text))).toBe(looseFold(text))
      }),
      { numRuns: 2000 },
    )
    expect(fold('a\ud800b')).toBe('a\ufffdb')
  })

  it('never maps two kana that differ in voicing to one form', () => {
    const kana = Array.from({ length: 0x30fa - 0x30a1 + 1 }, (_, i) =>
      String.fromCharCode(0x30a1 + i),
    )
    expect(new Set(kana.map(fold)).size).toBe(kana.length)
  })
})

describe('kana', () => {
  const PAIRS = [
    'カガ',
    'キギ',
    'シジ',
    'タダ',
    'テデ',
    'ハバ',
    'ハパ',
    'バパ',
    'ヒビ',
    'ヘペ',
    'ウヴ',
    'はば',
    'てで',
    'ﾊﾊﾞ',
  ]
  const kana = fc.string({ unit: fc.constantFrom(...'アカシテノヒマルンーャガびぷ'), maxLength: 8 })

  it('two texts that differ in voicing only never get one form, in neither key', () => {
    fc.assert(
      fc.property(kana, fc.constantFrom(...PAIRS), kana, (before, pair, after) => {
        const [plain = '', ...voiced] = [...pair]
        const texts = [`${before}${plain}${after}`, `${before}${voiced.join('')}${after}`]
        // A voicing mark that begins what follows would belong to the kana before it.
        expect(new Set(texts.map(fold)).size).toBe(2)
        expect(new Set(texts.map(looseFold)).size).toBe(2)
      }),
    )
  })
})

describe('Han variants', () => {
  it('have one form that is its own form, whatever the text', () => {
    const han = fc.string({
      unit: fc.constantFrom(...'東东廣広广峰雲云體体號号電电気氣'),
      maxLength: 9,
    })
    fc.assert(
      fc.property(fc.oneof(han, anyText), (text) => {
        expect(foldHan(foldHan(text))).toBe(foldHan(text))
      }),
    )
    expect(['廣', '広', '广'].map(foldHan)).toEqual(['广', '广', '广'])
  })
})

describe('words and grams', () => {
  it.each(vectors.words)('takes the words of %s', (text, expected) => {
    expect(words(String(text))).toEqual(expected)
  })

  it.each(vectors.grams)('takes the grams of %s', (text, expected) => {
    expect(grams(String(text)).sort()).toEqual([...(expected as string[])].sort())
  })

  it.each(vectors.query)('asks for the grams of %s', (text, expected) => {
    expect(queryGrams(String(text))).toEqual(expected)
  })

  it('find a run of the text again: every gram of a query is a gram of what contains it', () => {
    const cjk = fc.string({
      unit: fc.constantFrom(...'東芝充電器삼성전자シャプ華為'),
      maxLength: 12,
    })
    fc.assert(
      fc.property(cjk, fc.nat(10), fc.integer({ min: 1, max: 4 }), (text, start, length) => {
        const part = text.slice(start, start + length)
        if (part.length < 2 && !/\p{Script=Han}/u.test(part)) return
        const indexed = grams(text)
        for (const gram of queryGrams(part)) expect(indexed).toContain(gram)
      }),
    )
  })
})
