import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import cases from '../../fixtures/identifiers/case.json' with { type: 'json' }
import rights from '../../fixtures/identifiers/right.json' with { type: 'json' }
import { caseKey, caseQueryKeys, isCaseLike } from '../../src/identifier/case.ts'
import { compareHs, hsKeys, hsQueryKeys, parseHs } from '../../src/identifier/hs.ts'
import { isRightLike, parseRight, rightKey, rightKeys } from '../../src/identifier/right.ts'
import { isLuhn, parseImei } from '../../src/identifier/tac.ts'
import { compareVersions, isBetween } from '../../src/identifier/version.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

describe('case numbers', () => {
  it.each(cases.same)('%s and its other spellings have one key', (...spellings) => {
    expect(new Set(spellings.map(caseKey)).size).toBe(1)
  })

  it.each(cases.different)('%s and %s are two', (a = '', b = '') => {
    expect(caseKey(a)).not.toBe(caseKey(b))
  })

  it.each(cases.queries)('%s is looked up under %s', (text, keys) => {
    expect(caseQueryKeys(String(text))).toEqual(keys)
  })

  it('are idempotent in their key for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(caseKey(caseKey(text))).toBe(caseKey(text))
      }),
    )
  })

  it('are recognised only where nothing else is meant', () => {
    expect(['337-TA-1276', '337 1276', 'docket 3936'].map(isCaseLike)).toEqual([true, true, true])
    expect(['1276', 'WH-1000XM4', '337'].map(isCaseLike)).toEqual([false, false, false])
  })
})

describe('right numbers', () => {
  it.each(rights.read as [string, object | null][])(
    '%s is read with its office and kind code apart',
    (text, expected) => {
      expect(parseRight(text)).toEqual(expected)
    },
  )

  it.each(rights.like)('%s looks like a right: %s', (text, expected) => {
    expect(isRightLike(String(text))).toBe(expected)
  })

  it('meet with and without their office', () => {
    expect(rightKeys('10912502', 'US')).toEqual(['10912502', 'US10912502'])
    expect(rightKeys('US 10,912,502 B2')).toContain(rightKey('10,912,502'))
    expect(rightKeys('1234567', 'JP')).toContain(rightKey('特許第1234567号'))
    expect(rightKeys('1234567', 'EP')).not.toContain(rightKey('特許第1234567号'))
    expect(rightKeys('n/a')).toEqual([])
  })

  it('are read from any text without harm', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(typeof rightKey(text)).toBe('string')
      }),
    )
  })
})

describe('HS codes', () => {
  it('are read in every usual form, with their edition', () => {
    expect(parseHs('8517.62')).toEqual({ code: '851762' })
    expect(parseHs('HS 8517.62.00.90')).toEqual({ code: '8517620090' })
    expect(parseHs('2022:851762')).toEqual({ code: '851762', edition: '2022' })
    expect(parseHs('8517.62 (HS 2017)')).toEqual({ code: '851762', edition: '2017' })
    expect(parseHs('851')).toBeNull()
    expect(parseHs('WH-1000XM4')).toBeNull()
  })

  it('compare by the shorter and never across editions', () => {
    expect(compareHs({ code: '8517' }, { code: '851762' })).toBe('same')
    expect(compareHs({ code: '851713' }, { code: '851762' })).toBe('chapter')
    expect(compareHs({ code: '300249' }, { code: '851762' })).toBe('different')
    expect(
      compareHs({ code: '851712', edition: '2017' }, { code: '851712', edition: '2022' }),
    ).toBeNull()
    expect(hsKeys('8517620090')).toEqual(['85', '8517', '851762', '851762='])
  })
})

describe('HS keys', () => {
  it.each([
    ['8517', '851762', true],
    ['851762', '8517', true],
    ['8517620090', '851762', true],
    ['851713', '851762', false],
    ['8517', '8518', false],
  ])('listed %s and asked %s meet: %s', (listed, asked, meet) => {
    const keys = hsKeys(listed)
    expect(hsQueryKeys(asked).some((key) => keys.includes(key))).toBe(meet)
  })
})

describe('IMEI', () => {
  it('is read with its Luhn digit, and a wrong one is said', () => {
    expect(parseImei('490154203237518')).toEqual({ ok: true, tac: '49015420', form: 'IMEI' })
    expect(parseImei('IMEI: 49-015420-323751-8')).toMatchObject({ ok: true, tac: '49015420' })
    expect(parseImei('490154203237519')).toEqual({ ok: false, reason: 'check_digit' })
    expect(parseImei('4901542032375101')).toMatchObject({ ok: true, form: 'IMEISV' })
    expect(parseImei('49015420')).toMatchObject({ ok: true, form: 'TAC' })
    expect(parseImei('000000000000000')).toEqual({ ok: false, reason: 'placeholder' })
    expect(parseImei('4901542')).toEqual({ ok: false, reason: 'length' })
  })

  it('has exactly one right check digit for any body', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{14}$/), (body) => {
        const right = Array.from('0123456789').filter((digit) => isLuhn(body + digit))
        expect(right.length).toBe(1)
      }),
    )
  })
})

describe('versions', () => {
  it('are ordered as people order them', () => {
    const ordered = ['1', '1.2', '1.10', '2', '2a', '2b', '10', 'A1', 'A2']
    for (const [i, version] of ordered.entries()) {
      for (const later of ordered.slice(i + 1)) {
        expect(compareVersions(version, later)).toBeLessThan(0)
        expect(compareVersions(later, version)).toBeGreaterThan(0)
      }
    }
    expect(compareVersions('v1.02', '1.2')).toBe(0)
    expect(compareVersions('99999999999999999998', '99999999999999999999')).toBeLessThan(0)
  })

  it('lie in a range whose ends belong to it and may be open', () => {
    expect(isBetween('3.1', { from: '3.1', to: '3.9' })).toBe(true)
    expect(isBetween('3.9', { from: '3.1', to: '3.9' })).toBe(true)
    expect(isBetween('3.10', { from: '3.1', to: '3.9' })).toBe(false)
    expect(isBetween('3.10', { from: '3.1' })).toBe(true)
    expect(isBetween('SN0099', { from: 'SN0100', to: 'SN0200' })).toBe(false)
  })

  it('have a total order over any texts', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0)
      }),
    )
  })
})
