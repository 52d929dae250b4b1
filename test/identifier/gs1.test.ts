import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/identifiers/gs1.json' with { type: 'json' }
import { parseGs1 } from '../../src/identifier/gs1.ts'

describe('parseGs1', () => {
  it.each(vectors.read as [string, object][])('reads %j', (text, expected) => {
    const { elements, ...read } = parseGs1(text) as { elements: unknown[] }
    expect(read).toEqual({ ok: true, ...expected })
    expect(elements.length).toBeGreaterThan(0)
  })

  it.each(vectors.refused)('says that %j is broken', (text) => {
    expect(parseGs1(text)).toEqual({ ok: false, reason: 'syntax' })
  })

  it.each(vectors.other)('leaves %j to others', (text) => {
    expect(parseGs1(text)).toBeNull()
  })

  it('gives the same numbers for a scan, its brackets and its link', () => {
    const serial = fc.stringMatching(/^[A-Z0-9-]{1,20}$/)
    const gtin = fc.stringMatching(/^0952[0-9]{10}$/)
    fc.assert(
      fc.property(gtin, serial, serial, (item, number, lot) => {
        const texts = [
          `01${item}21${number}\u001d10${lot}`,
          `(01)${item}(21)${number}(10)${lot}`,
          `https://example.org/01/${item}/10/${lot}/21/${number}`,
        ]
        for (const text of texts) {
          expect(parseGs1(text)).toMatchObject({ ok: true, gtin: item, serial: number, lot })
        }
      }),
    )
  })

  it('reads back what was printed: elements in brackets, and as a scan with its separators', () => {
    const text = fc.stringMatching(/^[A-Z0-9./-]{1,18}$/)
    const day = fc.constantFrom('260101', '281231', '300600')
    const elements = fc
      .record({
        '01': fc.stringMatching(/^0952[0-9]{10}$/),
        '17': day,
        '10': text,
        '21': text,
        '240': text,
      })
      .chain((all) => fc.subarray(Object.entries(all), { minLength: 1 }))
      .map((pairs) => pairs.map(([ai, value]) => ({ ai, value })))
      .filter((pairs) => pairs.some(({ ai }) => ai === '01'))
    fc.assert(
      fc.property(elements, (printed) => {
        const brackets = printed.map(({ ai, value }) => `(${ai})${value}`).join('')
        const scan = `]C1${printed.map(({ ai, value }) => `${ai}${value}${/^(01|17)$/.test(ai) ? '' : '\u001d'}`).join('')}`
        for (const spelled of [brackets, scan]) {
          expect(parseGs1(spelled)).toMatchObject({ ok: true, elements: printed })
        }
      }),
    )
  })

  it('gives a value for any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const read = parseGs1(`]C101${text}`)
        expect(read === null || typeof read.ok === 'boolean').toBe(true)
      }),
    )
  })
})
