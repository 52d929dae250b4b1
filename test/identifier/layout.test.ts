import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/identifiers/layout.json' with { type: 'json' }
import { layoutReadings, MAX_LAYOUT_TEXT } from '../../src/identifier/layout.ts'
import { modelKey } from '../../src/identifier/model.ts'

describe('layoutReadings', () => {
  it.each(vectors.read)('%s, sent to a %s keyboard, stands for %s', (text, layout, meant) => {
    const found = layoutReadings(text).filter((reading) => reading.layout === layout)
    expect(found.map((reading) => modelKey(reading.text))).toContain(modelKey(meant))
  })

  it.each(vectors.none)('makes no more of "%s" than stands there', (text) => {
    expect(layoutReadings(text).filter(({ layout }) => layout !== 'french')).toEqual([])
  })

  it('gives bounded readings with digits for any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const found = layoutReadings(text)
        expect(found.length).toBeLessThan(8)
        expect(found.every((reading) => /[0-9]/.test(reading.text))).toBe(true)
        if (text.length > MAX_LAYOUT_TEXT) expect(found).toEqual([])
      }),
    )
  })
})
