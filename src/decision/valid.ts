// A quick yes for values that fit a zod schema, made from that schema: zod builds a copy and a list of issues for every member, which
// for an act of a feed costs more than its JSON. What gets no quick yes is zod's to judge, with its reasons.
import * as z from 'zod'

/** True only for values that the schema accepts; false says nothing. */
export type QuickYes = (value: unknown) => boolean

const NEVER: QuickYes = () => false

/** Covers what the schemas of acts are made of; any other part is left to zod. Transforms and defaults have no quick yes. */
export function quickYes(schema: z.core.$ZodType): QuickYes {
  if (schema instanceof z.ZodObject) return objectYes(schema)
  if (schema instanceof z.ZodArray) return arrayYes(schema)
  if (schema instanceof z.ZodString) return stringYes(schema)
  if (schema instanceof z.ZodNumberFormat) return integerYes(schema)
  if (schema instanceof z.ZodEnum) return among(schema.options)
  if (schema instanceof z.ZodLiteral) return among([...schema.values])
  if (schema instanceof z.ZodUnion) return anyOf(schema.options.map(quickYes))
  if (schema instanceof z.ZodNullable) return anyOf([isNull, quickYes(schema.unwrap())])
  if (schema instanceof z.ZodNull) return isNull
  if (schema instanceof z.ZodBoolean) return (value) => typeof value === 'boolean'
  return NEVER
}

function objectYes(schema: z.ZodObject): QuickYes {
  if (hasChecks(schema) || schema.def.catchall !== undefined) return NEVER
  const known = new Map<string, QuickYes>()
  const required: string[] = []
  for (const [name, member] of Object.entries(schema.shape)) {
    const isOptional = member instanceof z.ZodOptional
    known.set(name, quickYes(isOptional ? member.unwrap() : member))
    if (!isOptional) required.push(name)
  }
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const members = value as Record<string, unknown>
    for (const name of required) if (!Object.hasOwn(members, name)) return false
    // Only members that are there: most optional ones are not. Unknown ones pass.
    for (const name of Object.keys(members)) {
      const isYes = known.get(name)
      if (isYes !== undefined && !isYes(members[name])) return false
    }
    return true
  }
}

function arrayYes(schema: z.ZodArray): QuickYes {
  const limits = lengthLimits(schema)
  const isItem = quickYes(schema.element)
  if (limits === null || limits.pattern !== undefined) return NEVER
  return (value) =>
    Array.isArray(value) &&
    value.length >= limits.min &&
    value.length <= limits.max &&
    value.every(isItem)
}

function stringYes(schema: z.ZodString): QuickYes {
  const limits = lengthLimits(schema)
  if (limits === null) return NEVER
  const { min, max, pattern } = limits
  return (value) =>
    typeof value === 'string' &&
    value.length >= min &&
    value.length <= max &&
    (pattern === undefined || pattern.test(value))
}

function integerYes(schema: z.ZodNumberFormat): QuickYes {
  if (schema.format !== 'safeint') return NEVER
  let least = Number.MIN_SAFE_INTEGER
  for (const { _zod } of schema.def.checks ?? []) {
    const def = _zod.def as { check: string; value?: unknown; inclusive?: boolean }
    if (def.check !== 'greater_than' || def.inclusive !== true) return NEVER
    if (typeof def.value !== 'number') return NEVER
    least = Math.max(least, def.value)
  }
  return (value) => Number.isSafeInteger(value) && (value as number) >= least
}

type Limits = { min: number; max: number; pattern?: RegExp }

/** Null where there is a check of another kind. */
function lengthLimits(schema: z.ZodString | z.ZodArray): Limits | null {
  const limits: Limits = { min: 0, max: Number.POSITIVE_INFINITY }
  for (const { _zod } of schema.def.checks ?? []) {
    const def = _zod.def as { check: string; minimum?: number; maximum?: number; pattern?: RegExp }
    if (def.check === 'min_length' && def.minimum !== undefined) {
      limits.min = Math.max(limits.min, def.minimum)
    } else if (def.check === 'max_length' && def.maximum !== undefined) {
      limits.max = Math.min(limits.max, def.maximum)
    } else if (
      def.check === 'string_format' &&
      limits.pattern === undefined &&
      isPlain(def.pattern)
    ) {
      limits.pattern = def.pattern
    } else return null
  }
  return limits
}

/** Without a memory of where it matched last. */
function isPlain(pattern: RegExp | undefined): pattern is RegExp {
  return pattern !== undefined && !/[gy]/.test(pattern.flags)
}

function anyOf(parts: readonly QuickYes[]): QuickYes {
  return (value) => parts.some((isYes) => isYes(value))
}

function among(values: readonly unknown[]): QuickYes {
  const set = new Set(values)
  return (value) => set.has(value)
}

function hasChecks(schema: z.ZodObject): boolean {
  return (schema.def.checks ?? []).length > 0
}

function isNull(value: unknown): boolean {
  return value === null
}
