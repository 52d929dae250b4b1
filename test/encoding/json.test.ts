// The one spelling of signed JSON.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../src/encoding/json.ts'

function reasonFor(text: string): string | null {
  const result = parseStrictJson(text)
  return result.ok ? null : result.reason
}

describe('strict JSON', () => {
  it('gives the value of a text in its one spelling', () => {
    const text = '{"v":1,"名":"é\\n\\"\\u001f\u2028/","list":[true,null,-5,9007199254740991,{}]}'
    const result = parseStrictJson(text)
    expect(result.ok && result.value).toEqual(JSON.parse(text))
  })

  it.each([
    ['a blank', '{"a": 1}'],
    ['a newline at the end', '{"a":1}\n'],
    ['a duplicate name', '{"a":1,"a":1}'],
    ['an escaped slash', '"\\/"'],
    ['an escaped letter', '"\\u0061"'],
    ['an escape in capitals', '"\\u001F"'],
    ['the long form of a short escape', '"\\u000a"'],
    ['an escaped pair of surrogates', '"\\ud83d\\ude00"'],
    ['minus zero', '-0'],
    ['a fraction of zero', '1.0'],
    ['an exponent', '1e3'],
  ])('refuses %s as another spelling', (_, text) => {
    expect(reasonFor(text)).toBe('other_spelling')
  })

  it.each(['', '{', '{"a":1,}', "{'a':1}", 'NaN', '01', '\ufeff{}', '"\t"', '[1]]', 'undefined'])(
    'refuses %j as no JSON',
    (text) => {
      expect(reasonFor(text)).toBe('not_json')
    },
  )

  it.each(['0.5', '1e400', '9007199254740992', '-9007199254740993', '{"a":[1.25]}'])(
    'refuses the number in %s',
    (text) => {
      expect(reasonFor(text)).toBe('not_safe_integer')
    },
  )

  it.each([
    '{"__proto__":1}',
    '{"a":{"__proto__":{"x":1}}}',
    '{"0":1}',
    '{"a":1,"42":2}',
    '{"007":1}',
  ])('refuses the name in %s', (text) => {
    expect(reasonFor(text)).toBe('forbidden_name')
  })

  it('takes names that only look like numbers, and other names of Object', () => {
    expect(reasonFor('{"1a":1,"-1":2,"1.5":3,"":4,"constructor":5,"toJSON":6}')).toBeNull()
  })

  it('refuses a lone surrogate, escaped or not, in strings and in names', () => {
    expect(reasonFor('"\\ud800"')).toBe('lone_surrogate')
    expect(reasonFor('["\\udc00\\ud800"]')).toBe('lone_surrogate')
    expect(reasonFor('{"\\ud800":1}')).toBe('lone_surrogate')
    expect(reasonFor('"\ud800"')).toBe('lone_surrogate')
    expect(reasonFor('"\u{1f600}"')).toBeNull()
    expect(reasonFor('"\\\\ud800"')).toBeNull()
  })

  it('takes 16 arrays and objects inside one another and not 17', () => {
    expect(reasonFor('['.repeat(16) + ']'.repeat(16))).toBeNull()
    expect(reasonFor('['.repeat(17) + ']'.repeat(17))).toBe('too_deep')
    expect(reasonFor(`${'{"a":'.repeat(16)}1${'}'.repeat(16)}`)).toBeNull()
    expect(reasonFor(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`)).toBe('too_deep')
    const shallow = parseStrictJson('[[1]]', { maxDepth: 1 })
    expect(shallow).toEqual({ ok: false, reason: 'too_deep' })
  })

  it('answers, and does not overflow, on the deepest text an entry can hold', () => {
    expect(reasonFor('['.repeat(16_000) + ']'.repeat(16_000))).toBe('too_deep')
  })

  it('agrees with the rule in one line for any JSON value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const canonical = JSON.stringify(JSON.parse(text))
        if (parseStrictJson(text).ok) expect(text).toBe(canonical)
        const reason = reasonFor(canonical)
        if (reason !== null) {
          expect(['forbidden_name', 'not_safe_integer', 'lone_surrogate']).toContain(reason)
        }
      }),
    )
  })
})
