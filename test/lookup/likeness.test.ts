import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MIN_PARTY_LIKENESS, partyLikeness } from '../../src/lookup/party.ts'
import { isOneEdit } from '../../src/lookup/typo.ts'

describe('a misspelt model', () => {
  it.each([
    ['CVVR700', 'CVR700'],
    ['TIED5000', 'TIDE5000'],
    ['LOOPRUNER3', 'LOOPRUNNER3'],
    ['CF10EXPRESSO', 'CF10ESPRESSO'],
  ])('%s may be %s', (typed, model) => {
    expect(isOneEdit(typed, model)).toBe(true)
    expect(isOneEdit(model, typed)).toBe(true)
  })

  it.each([
    ['WH1000XM5', 'WH1000XM4'],
    ['CVR700T', 'CVR700S'],
    ['CVR700T', 'CVR700'],
    ['TN226X', 'TN226XX'],
    ['CVR70', 'CVR700'],
    ['CVR700', 'CVR700'],
    ['CVVVR700', 'CVR700'],
  ])('%s is never %s', (typed, model) => {
    expect(isOneEdit(typed, model)).toBe(false)
    expect(isOneEdit(model, typed)).toBe(false)
  })

  it('never is one with other digits, and is so from both sides', () => {
    const key = fc.stringMatching(/^[A-C0-2]{1,8}$/)
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(isOneEdit(a, b)).toBe(isOneEdit(b, a))
        if (a.replace(/\D/g, '') !== b.replace(/\D/g, '')) expect(isOneEdit(a, b)).toBe(false)
      }),
    )
  })
})

describe('the likeness of parties', () => {
  const sovaro = 'Shenzhen Sovaro Acoustics Co., Ltd.'
  it.each([
    ['Shenzhen Sovaro Accoustics Ltd', true],
    ['SOVARO ACOUSTICS SHENZHEN', true],
    ['Shenzhen Sovarin Acoustics Co., Ltd.', false],
    ['Shenzhen Acoustics Co., Ltd.', false],
    ['Sovaro Street Bakery LLC', false],
  ])('%s: %s', (name, isAlike) => {
    expect(partyLikeness(name, sovaro) >= MIN_PARTY_LIKENESS).toBe(isAlike)
  })

  it('is between nothing and one, the same from both sides, and one for the same name', () => {
    const name = fc.stringMatching(/^[a-z]{3,9}( [a-z]{3,9}){1,3}$/)
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(partyLikeness(a, b)).toBeGreaterThanOrEqual(0)
        expect(partyLikeness(a, b)).toBeLessThanOrEqual(1.0001)
        expect(partyLikeness(a, a)).toBeCloseTo(1)
      }),
    )
  })
})
