import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/identifiers/gtin.json' with { type: 'json' }
import { expandUpcE, gtinCheckDigit, gtinKeys, parseGtin } from '../../src/identifier/gtin.ts'

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
const ean13 = digits(12)
  .map((body) => body.join(''))
  .filter((body) => !/^0+$/.test(body))
  .map((body) => body + gtinCheckDigit(body))

describe('parseGtin', () => {
  it.each(vectors.valid)('reads $input as $gtin14', ({ input, ...expected }) => {
    expect(parseGtin(input)).toEqual({ ok: true, ...expected })
  })

  it.each(vectors.invalid)('refuses "$input" for its $reason', ({ input, reason, neighbour }) => {
    const gtin = parseGtin(input)
    expect(gtin).toMatchObject({ ok: false, reason })
    if (neighbour !== undefined && !gtin.ok) expect(gtin.neighbours).toContain(neighbour)
  })

  it('accepts every number whose check digit is right and refuses the nine others', () => {
    fc.assert(
      fc.property(ean13, fc.integer({ min: 1, max: 9 }), (gtin, wrong) => {
        expect(parseGtin(gtin)).toMatchObject({ ok: true, gtin14: `0${gtin}` })
        const check = (Number(gtin[12]) + wrong) % 10
        const misread = parseGtin(gtin.slice(0, 12) + check)
        expect(misread).toMatchObject({ ok: false, reason: 'check_digit' })
        if (!misread.ok) expect(misread.neighbours).toContain(`0${gtin}`)
      }),
    )
  })

  it('finds the true number again after any one misread digit, and names only valid ones', () => {
    fc.assert(
      fc.property(ean13, fc.nat(12), fc.integer({ min: 1, max: 9 }), (gtin, place, wrong) => {
        const digit = (Number(gtin[place]) + wrong) % 10
        const misread = parseGtin(gtin.slice(0, place) + digit + gtin.slice(place + 1))
        expect(misread.ok).toBe(false)
        if (misread.ok) return
        expect(misread.neighbours).toContain(`0${gtin}`)
        for (const near of misread.neighbours ?? []) expect(parseGtin(near).ok).toBe(true)
      }),
    )
  })

  it('gives all forms of one number one GTIN-14: padded, spaced, labelled, in any script of digits', () => {
    const arabic = (text: string) =>
      text.replace(/[0-9]/g, (digit) => String.fromCharCode(0x660 + Number(digit)))
    const wide = (text: string) =>
      text.replace(/[0-9]/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))
    fc.assert(
      fc.property(ean13, (gtin) => {
        const spaced = `${gtin.slice(0, 1)} ${gtin.slice(1, 7)} ${gtin.slice(7)}`
        const forms = [gtin, `0${gtin}`, spaced, `EAN: ${gtin}`, arabic(gtin), wide(gtin)]
        // A UPC-A is an EAN-13 with a zero in front.
        if (gtin.startsWith('0')) forms.push(gtin.slice(1))
        const read = forms.map((form) => parseGtin(form))
        for (const one of read) expect(one).toMatchObject({ ok: true, gtin14: `0${gtin}` })
      }),
    )
  })

  it('reads a UPC-E as the UPC-A it stands for', () => {
    fc.assert(
      fc.property(digits(6), (six) => {
        const upcA = expandUpcE(`0${six.join('')}0`)?.slice(0, 11) ?? ''
        if (/^0+$/.test(upcA)) return
        const check = gtinCheckDigit(upcA)
        expect(parseGtin(`0${six.join('')}${check}`)).toMatchObject({
          ok: true,
          gtin14: `00${upcA}${check}`,
          form: 'UPC-E',
        })
      }),
    )
  })

  it('gives a value for any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(typeof parseGtin(text).ok).toBe('boolean')
      }),
    )
  })
})

describe('gtinKeys', () => {
  it('lets a case and its item meet, and keeps variable measure apart', () => {
    fc.assert(
      fc.property(ean13, fc.integer({ min: 1, max: 8 }), (gtin, indicator) => {
        const body = `${indicator}${gtin.slice(0, 12)}`
        const carton = body + gtinCheckDigit(body)
        expect(gtinKeys(carton)).toEqual([carton, `0${gtin}`])
        expect(gtinKeys(`0${gtin}`)).toEqual([`0${gtin}`])
      }),
    )
    expect(gtinKeys('99520001000013')).toEqual(['99520001000013'])
  })
})
