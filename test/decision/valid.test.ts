// The quick yes for the shape of an act never says more than zod does.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { actSchemas, infoSchema, noticeSchemas } from '../../src/decision/schema.ts'
import { quickYes } from '../../src/decision/valid.ts'

const SCHEMAS: [string, z.ZodType][] = [
  ...Object.entries(actSchemas),
  ...Object.entries(noticeSchemas),
  ['info', infoSchema],
]
const TEXTS = [
  'x',
  '',
  'de',
  'de/a-1',
  'en',
  'USD',
  '10.5',
  '2022',
  '850760',
  '12345678',
  '0123456789',
  '2025-01-31',
  'info/x',
  'a'.repeat(64),
  'A'.repeat(43),
  '019a0000-0000-7000-8000-000000000000',
]
const JUNK = [null, 1, -1, 1.5, 2 ** 53, '', 'x'.repeat(9000), [], {}, true, [null]]

/** Values that fit a schema, where one of the texts above fits its pattern. */
function fitting(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodOptional) return fitting(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodNullable)
    return fc.option(fitting(schema.unwrap() as z.ZodType), { nil: null })
  if (schema instanceof z.ZodObject) return fittingObject(schema)
  if (schema instanceof z.ZodArray)
    return fc.array(fitting(schema.element as z.ZodType), { minLength: 1, maxLength: 3 })
  if (schema instanceof z.ZodUnion)
    return fc.oneof(...schema.options.map((option) => fitting(option as z.ZodType)))
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options)
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values)
  if (schema instanceof z.ZodNull) return fc.constant(null)
  if (schema instanceof z.ZodBoolean) return fc.boolean()
  if (schema instanceof z.ZodNumberFormat) return fc.nat().map((n) => n + 1)
  const texts = TEXTS.filter((text) => schema.safeParse(text).success)
  if (texts.length === 0) throw new Error('no text fits: give one more')
  return fc.constantFrom(...texts)
}

function fittingObject(schema: z.ZodObject): fc.Arbitrary<unknown> {
  const members = Object.entries(schema.shape)
  const values: Record<string, fc.Arbitrary<unknown>> = { unknown_member: fc.constant(1) }
  for (const [name, member] of members) values[name] = fitting(member as z.ZodType)
  const required = members.filter(([, member]) => !(member instanceof z.ZodOptional))
  return fc.record(values, { requiredKeys: required.map(([name]) => name) })
}

/** The value with something broken at a place that the numbers choose. */
function broken(value: unknown, [first = 0, ...rest]: readonly number[]): unknown {
  const isLeaf = typeof value !== 'object' || value === null || Object.keys(value).length === 0
  if (isLeaf || rest.length === 0) return JUNK[first % JUNK.length]
  const names = Object.keys(value)
  const name = names[first % names.length] ?? ''
  if (rest[0] === 0) return Object.fromEntries(Object.entries(value).filter(([n]) => n !== name))
  const inner = broken((value as Record<string, unknown>)[name], rest)
  if (Array.isArray(value)) return value.map((item, at) => (String(at) === name ? inner : item))
  return { ...value, [name]: inner }
}

describe('quickYes', () => {
  it.each(SCHEMAS)('says yes to what fits %s', (_, schema) => {
    const isYes = quickYes(schema)
    const always = fc.property(fitting(schema), (value) => {
      expect(isYes(value)).toBe(true)
    })
    fc.assert(always)
  })

  it.each(SCHEMAS)('says of a broken %s what zod says', (_, schema) => {
    const isYes = quickYes(schema)
    const places = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 7 })
    fc.assert(
      fc.property(fitting(schema), places, (value, path) => {
        const changed = broken(value, path)
        expect(isYes(changed)).toBe(schema.safeParse(changed).success)
      }),
      { numRuns: 400 },
    )
  })

  it('leaves to zod what it does not know', () => {
    expect(quickYes(z.string().trim())('a')).toBe(false)
    expect(quickYes(z.object({ a: z.string() }).refine(() => true))({ a: 'a' })).toBe(false)
    expect(quickYes(z.strictObject({ a: z.string() }))({ a: 'a' })).toBe(false)
    expect(quickYes(z.string().regex(/a/g))('a')).toBe(false)
  })
})
