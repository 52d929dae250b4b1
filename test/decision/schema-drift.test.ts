import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { schemaFiles } from '../../schema/generate.ts'
import { DATE_MEMBERS } from '../../src/decision/admission-date-members.ts'
import { actSchemas, noticeSchemas } from '../../src/decision/schema.ts'
import { dateSchema } from '../../src/decision/schema-parts.ts'

describe('what is committed follows the zod schemas', () => {
  test.each(schemaFiles())('$url.pathname is what `npm run generate` writes', ({ url, text }) => {
    expect(readFileSync(url, 'utf8')).toBe(text)
  })

  test('every date of every act is in the table of date members', () => {
    const schemas = [...Object.values(actSchemas), ...Object.values(noticeSchemas)]
    const found = new Set(schemas.flatMap((schema) => datePaths(schema, [])))
    expect([...found].sort()).toEqual(DATE_MEMBERS.map(([path]) => path).sort())
  })
})

function datePaths(schema: z.core.$ZodType, path: readonly string[]): string[] {
  if (schema === dateSchema) return [path.join('/')]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return datePaths(schema.unwrap(), path)
  }
  if (schema instanceof z.ZodArray) return datePaths(schema.element, [...path, '*'])
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => datePaths(option, path))
  }
  if (!(schema instanceof z.ZodObject)) return []
  const shape: Record<string, z.core.$ZodType> = schema.shape
  return Object.entries(shape).flatMap(([name, member]) => datePaths(member, [...path, name]))
}
