// Writes the JSON Schemas (2020-12) beside this file from the zod schemas, their single source: `npm run generate`. A test fails when
// the committed files differ from what this would write.
import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import {
  actSchema,
  actSchemas,
  headerSchema,
  infoSchema,
  noticeSchemas,
  productSchema,
  rulingSchema,
} from '../src/decision/schema.ts'
import { dateSchema } from '../src/decision/schema-parts.ts'
import { DECISION_PATTERN, PRECISIONS } from '../src/decision/vocabulary.ts'
import { MAX_DRAFT_ACTS } from '../src/publish/draft.ts'

/** What other markets implement: the payload of an act. Unknown members pass, as they do when an entry is judged. */
export function actSchemaText(): string {
  const schema = z.toJSONSchema(actSchema, {
    target: 'draft-2020-12',
    io: 'input',
    metadata: named({ ...actSchemas, ...prefixed(noticeSchemas), info: infoSchema }),
  })
  return format({
    $schema: schema.$schema,
    title: 'Payload of an exclusion act, v 1',
    $comment:
      'Frozen for v = 1. maxLength counts UTF-16 code units, as JavaScript does; unknown members are allowed and kept.',
    ...schema,
  })
}

/** What editors use while an agency writes: dates in shorthand, nothing that signing fills in, no unknown members. */
export function draftSchemaText(): string {
  const bodies = Object.values({ ...actSchemas, ...noticeSchemas }).map((schema) =>
    withoutFilled(schema),
  )
  const draft = z.object({
    decision: z.string().regex(DECISION_PATTERN).nullable().optional(),
    time_zone: z.string().optional(),
    acts: z
      .array(z.union([...bodies, withoutFilled(infoSchema).loose()]))
      .min(1)
      .max(MAX_DRAFT_ACTS),
  })
  const schema = z.toJSONSchema(draft, {
    target: 'draft-2020-12',
    metadata: named({}),
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === dateSchema) shorten(jsonSchema)
    },
  })
  return format({ $schema: schema.$schema, title: 'A file of acts, before signing', ...schema })
}

/** Each file's path, beside this one, and its text. */
export function schemaFiles(): { url: URL; text: string }[] {
  return [
    { url: new URL('act.v1.schema.json', import.meta.url), text: actSchemaText() },
    { url: new URL('draft.schema.json', import.meta.url), text: draftSchemaText() },
  ]
}

function withoutFilled(schema: z.ZodObject): z.ZodObject {
  const filled = ['v', 'alliance', 'log', 'id', 'prev', 'iat', 'decision']
  return schema.omit(Object.fromEntries(filled.map((name) => [name, true])) as never)
}

function named(schemas: Readonly<Record<string, z.ZodType>>): z.core.$ZodRegistry<{ id: string }> {
  const registry = z.registry<{ id: string }>()
  const parts = { date: dateSchema, header: headerSchema, product: productSchema }
  for (const [id, schema] of Object.entries({ ...parts, ruling: rulingSchema, ...schemas })) {
    registry.add(schema, { id })
  }
  return registry
}

function prefixed(schemas: Readonly<Record<string, z.ZodType>>): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(schemas).map(([kind, schema]) => [`notice-${kind}`, schema]),
  )
}

/** A date as it is written: `2026-01-31`, `2026-01`, `2026`, or `{on, precision}`. */
function shorten(schema: z.core.JSONSchema.BaseSchema): void {
  for (const name of Object.keys(schema)) delete schema[name]
  const on = { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' }
  const precision = { type: 'string', enum: [...PRECISIONS] }
  schema.anyOf = [
    { type: 'string', pattern: '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$' },
    { type: 'integer', minimum: 1970, maximum: 9999 },
    {
      type: 'object',
      properties: { on, precision, at: { type: 'integer' } } as never,
      required: ['on', 'precision'],
      additionalProperties: false,
    },
  ]
}

function format(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}

// Started by itself or by `npm run generate`, which goes through a script of its own.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { url, text } of schemaFiles()) {
    writeFileSync(url, text)
    console.log(`wrote ${basename(fileURLToPath(url))}`)
  }
}
