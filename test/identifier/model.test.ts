import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/identifiers/model.json' with { type: 'json' }
import patterns from '../../fixtures/identifiers/pattern.json' with { type: 'json' }
import {
  isGenericModel,
  isWeakModel,
  lookAlikeKey,
  modelKey,
  substitutions,
  weightOf,
} from '../../src/identifier/model.ts'
import {
  isPatternMatch,
  parsePattern,
  patternPrefix,
  prefixesOf,
} from '../../src/identifier/pattern.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

describe('modelKey', () => {
  it.each(vectors.same)('gives %s and its other spellings one key', (...spellings) => {
    expect(new Set(spellings.map(modelKey)).size).toBe(1)
  })

  it.each(vectors.different)('keeps %s and %s apart', (a, b) => {
    expect(modelKey(a ?? '')).not.toBe(modelKey(b ?? ''))
  })

  it('is idempotent for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(modelKey(modelKey(text))).toBe(modelKey(text))
      }),
    )
  })

  it('is one for the kana and Han spellings of a name, and voicing keeps names apart', () => {
    expect(
      new Set(['キャノピー300', 'ｷｬﾉﾋﾟｰ300', 'キヤノピ 300', 'きゃのぴー-300'].map(modelKey)).size,
    ).toBe(1)
    expect(new Set(['靜風 6', '静风6', '静風６'].map(modelKey)).size).toBe(1)
    expect(modelKey('キャノビー300')).not.toBe(modelKey('キャノピー300'))
    expect(['HV7', '3号', '바람3', '静风6'].map(weightOf)).toEqual([3, 3, 5, 5])
  })

  it('does not change when separators are put between the characters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'ABCXYZ0189'), { maxLength: 20 }),
        fc.constantFrom(' ', '-', '_', '/', '.', '‐', '–', '—', '−', '－'),
        (chars, separator) => {
          expect(modelKey(chars.join(separator))).toBe(chars.join(''))
        },
      ),
    )
  })

  it.each(vectors.generic)('calls "%s" generic', (text) => {
    expect(isGenericModel(modelKey(text))).toBe(true)
  })

  it('calls digits and short keys weak', () => {
    expect(['42115', 'X5', 'GD12'].map(isWeakModel)).toEqual([true, true, true])
    expect(['GD126', 'WH1000XM4'].map(isWeakModel)).toEqual([false, false])
  })
})

describe('lookAlikeKey', () => {
  it.each(vectors.alike)('lets %s and %s meet, though their keys differ', (a = '', b = '') => {
    expect(lookAlikeKey(a)).toBe(lookAlikeKey(b))
    expect(modelKey(a)).not.toBe(modelKey(b))
    expect(substitutions(modelKey(a), modelKey(b)).length).toBeGreaterThan(0)
  })

  it.each(vectors.not_alike)('keeps %s and %s apart', (a = '', b = '') => {
    expect(lookAlikeKey(a)).not.toBe(lookAlikeKey(b))
  })

  it('is idempotent and as long as the key', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const alike = lookAlikeKey(text)
        expect(lookAlikeKey(alike)).toBe(alike)
        expect([...alike].length).toBe([...modelKey(text)].length)
      }),
    )
  })

  it('names the characters that were read one for another', () => {
    expect(substitutions('WH1OOOXM4', 'WH1000XM4')).toEqual([
      ['O', '0'],
      ['O', '0'],
      ['O', '0'],
    ])
  })
})

describe('patterns', () => {
  it.each(patterns.match)('%s against %s is %s', (pattern, text, expected) => {
    const read = parsePattern(String(pattern))
    expect(read.ok && isPatternMatch(read.pattern, modelKey(String(text)))).toBe(expected)
  })

  it.each(patterns.refused)('refuses %s: %s', (pattern, reason) => {
    expect(parsePattern(pattern ?? '')).toEqual({ ok: false, reason })
  })

  it.each(patterns.prefix)('indexes %s under "%s"', (pattern, prefix) => {
    const read = parsePattern(pattern ?? '')
    expect(read.ok && patternPrefix(read.pattern)).toBe(prefix)
  })

  it('are always found: the prefix of a matching pattern is a prefix of the key', () => {
    const pattern = fc.array(fc.constantFrom(...'ABC12?#'), { minLength: 4, maxLength: 12 })
    const key = fc.array(fc.constantFrom(...'ABC12'), { minLength: 4, maxLength: 12 })
    fc.assert(
      fc.property(pattern, fc.boolean(), key, (places, open, chars) => {
        const read = parsePattern(places.join('') + (open ? '*' : ''))
        if (!read.ok || !isPatternMatch(read.pattern, chars.join(''))) return
        expect(prefixesOf(chars.join(''))).toContain(patternPrefix(read.pattern))
      }),
    )
  })
})
