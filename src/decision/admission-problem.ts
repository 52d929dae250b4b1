// What admission says to an agency: a code, the place as a JSON pointer (RFC 6901), what is wrong and what to write instead.
import type { ErrorCode } from '../errors.ts'

/** `{code:'ERR_ADMIT_DATE', at:'/header/starts_on', message:'starts before it was issued …'}` */
export type Problem = {
  code: ErrorCode
  /** JSON pointer within what was given: an act's body or a whole draft. */
  at: string
  message: string
  hint?: string
}

export type Path = readonly (string | number)[]

/** A value of which any part may be missing, because it was not given or because its shape was refused already. */
export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly (Loose<Item> | undefined)[]
  : T extends object
    ? { readonly [Name in keyof T]?: Loose<T[Name]> | undefined }
    : T

/** One problem at a path. */
export function problem(code: ErrorCode, path: Path, message: string, hint?: string): Problem {
  return { code, at: formatPointer(path), message, ...(hint === undefined ? {} : { hint }) }
}

/** `['header', 'rights', 0]` as `/header/rights/0`. */
export function formatPointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The items of a list that are there, each with its path. */
export function each<Item>(
  list: readonly (Item | undefined)[] | undefined,
  path: Path,
): { item: Item; path: Path }[] {
  return (list ?? []).flatMap((item, index) =>
    item === undefined ? [] : [{ item, path: [...path, index] }],
  )
}

/** The value at a path within plain JSON, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (isContainer(value) && Object.hasOwn(value, step) ? value[step] : undefined),
    root,
  )
}

/** Puts a value at a path whose containers exist; a missing container leaves all as it is. */
export function putAt(root: unknown, path: Path, value: unknown): void {
  const name = path.at(-1)
  const holder = valueAt(root, path.slice(0, -1))
  if (name !== undefined && isContainer(holder)) holder[name] = value
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The problems worth saying: each once, and nothing said to be missing where, or within what, another problem was found already.
 */
export function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  const wrong = problems.filter(({ code }) => code !== 'ERR_ADMIT_MISSING').map(({ at }) => at)
  return problems.filter(({ code, at }) => {
    if (seen.has(`${code} ${at}`)) return false
    seen.add(`${code} ${at}`)
    if (code !== 'ERR_ADMIT_MISSING') return true
    return !wrong.some((place) => place !== '' && (at === place || at.startsWith(`${place}/`)))
  })
}

function isContainer(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null
}
