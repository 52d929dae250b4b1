// Refuses members that no act knows, at any depth, and suggests the one that was probably meant. Nodes let unknown members pass
// (design: protocol 1.3 "Shape"), so a misspelled carve-out would be signed, sent to all markets, and mean nothing.
import * as z from 'zod'
import { isPlainObject, type Path, type Problem, problem } from './admission-problem.ts'

/** Members every act has that are filled when it is signed. */
export const FILLED_AT_SIGNING = ['v', 'alliance', 'log', 'id', 'prev', 'iat'] as const

/** Unknown members of a value under a schema, each with ERR_ADMIT_UNKNOWN_MEMBER. */
export function unknownMembers(schema: z.ZodType, value: unknown, path: Path): Problem[] {
  const inner = unwrapped(schema, value)
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    const element = inner.element as z.ZodType
    return value.flatMap((item, index) => unknownMembers(element, item, [...path, index]))
  }
  if (!(inner instanceof z.ZodObject) || !isPlainObject(value)) return []
  const shape: Record<string, z.ZodType> = inner.shape
  return Object.entries(value).flatMap(([name, member]) => {
    const known = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (known !== undefined) return unknownMembers(known, member, [...path, name])
    return [unknownMember(name, Object.keys(shape), path)]
  })
}

/** The problem of one unknown member, given the names known beside it. */
export function unknownMember(name: string, known: readonly string[], path: Path): Problem {
  const at = [...path, name]
  if (path.length === 0 && FILLED_AT_SIGNING.some((filled) => filled === name)) {
    const message = `\`${name}\` is filled in when the act is signed; leave it out.`
    return problem('ERR_ADMIT_UNKNOWN_MEMBER', at, message)
  }
  const near = nearest(name, known)
  const guess = near === null ? '.' : `; did you mean \`${near}\`?`
  const message = `\`${name}\` is not known here${guess}`
  return problem('ERR_ADMIT_UNKNOWN_MEMBER', at, message, `Known here: ${known.join(', ')}.`)
}

/** The known word nearest to a misspelled one, or null when none is near: at most a third of its letters differ, or it begins the other. */
export function nearest(text: string, known: readonly string[]): string | null {
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(fold(text), fold(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  if (best === undefined) return null
  if (best.distance <= Math.max(1, Math.floor(fold(best.candidate).length / 3))) {
    return best.candidate
  }
  return known.find((word) => word.length > 3 && fold(text).startsWith(fold(word))) ?? null
}

/** The schema behind optional and nullable, and of a union the object that shares the most names with the value. */
function unwrapped(schema: z.ZodType, value: unknown): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return unwrapped(schema.unwrap() as z.ZodType, value)
  }
  if (!(schema instanceof z.ZodUnion) || !isPlainObject(value)) return schema
  const objects = schema.options.filter((option) => option instanceof z.ZodObject)
  const shared = (option: z.ZodObject) =>
    Object.keys(value).filter((name) => Object.hasOwn(option.shape, name)).length
  return objects.toSorted((a, b) => shared(b) - shared(a))[0] ?? schema
}

/** `startsOn`, `Starts-On` and `starts_on` are one word. */
function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Levenshtein distance, on at most 64 characters of each. */
function distance(a: string, b: string): number {
  const [long, short] = [a.slice(0, 64), b.slice(0, 64)]
  let row = Array.from({ length: short.length + 1 }, (_, index) => index)
  for (let i = 1; i <= long.length; i++) {
    const next = [i]
    for (let j = 1; j <= short.length; j++) {
      const kept = (row[j - 1] ?? 0) + (long[i - 1] === short[j - 1] ? 0 : 1)
      next.push(Math.min(kept, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[short.length] ?? 0
}
