import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/identifiers/party.json' with { type: 'json' }
import { brandKey, piecesOf, withoutBrand } from '../../src/identifier/brand.ts'
import { compareParties, partyIdKey, partyKey, partyKeys } from '../../src/identifier/party.ts'

describe('party names', () => {
  it.each(vectors.same)('take %s and its other spellings for one party', (...names) => {
    const [first = '', ...others] = names
    for (const other of others) expect(compareParties(first, other)).toBe('same')
  })

  it.each(vectors.different)('keep %s and %s apart', (a = '', b = '') => {
    expect(compareParties(a, b)).toBe('different')
  })

  it.each(vectors.within)('see that %s is within %s', (a = '', b = '') => {
    expect(compareParties(a, b)).toBe('within')
    expect(compareParties(b, a)).toBe('within')
  })

  it('have a key that does not mind the order of words', () => {
    const word = fc.constantFrom('Shenzhen', 'Acme', 'Trading', 'Co.', 'Ltd.', '東芝', 'II')
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (tokens) => {
        expect(partyKey(tokens.toReversed().join(' '))).toBe(partyKey(tokens.join(', ')))
      }),
    )
  })

  it('never lose a name that is nothing but a legal form', () => {
    expect(partyKey('GmbH')).toBe('gmbh')
    expect(partyKey('株式会社')).not.toBe('')
    expect(partyKeys('  ')).toEqual([])
  })

  it('compare any two texts without harm', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(['same', 'within', 'different']).toContain(compareParties(a, b))
      }),
    )
  })

  it('read registry ids without their spaces and dashes', () => {
    expect(partyIdKey('5299-00 t8bm49aursdo55')).toBe('529900T8BM49AURSDO55')
  })
})

describe('brands', () => {
  it('have one key for kana, half-width and case', () => {
    expect(brandKey('キャノン')).toBe(brandKey('ｷﾔﾉﾝ'))
    expect(brandKey('D.J.I')).toBe(brandKey('dji'))
  })

  it('come off a model only as pieces of their own', () => {
    expect(withoutBrand('Apple Watch Ultra 2', 'apple')).toBe('Watch Ultra 2')
    expect(withoutBrand('Watch Ultra 2 Apple', 'Apple')).toBe('Watch Ultra 2')
    expect(withoutBrand('A123', 'A')).toBeNull()
    expect(withoutBrand('Apple', 'Apple')).toBeNull()
  })

  it('are told from the model where scripts meet', () => {
    expect(piecesOf('ソニーWH-1000XM4、黒')).toEqual(['ソニー', 'WH-1000XM4', '黒'])
  })
})
