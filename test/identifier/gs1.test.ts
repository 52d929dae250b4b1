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

  it('gives a value for any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const read = parseGs1(`]C101${text}`)
        expect(read === null || typeof read.ok === 'boolean').toBe(true)
      }),
    )
  })
})
