// Questions to the full-text tables: what a stranger typed is quoted, so nothing of it is syntax.
import type { TextKeys } from './keys.ts'

export type TextTerm = { column: keyof TextKeys; term: string }
/** Terms of one full-text question; the rest of a longer text is not asked for. */
export const MAX_SEARCH_TERMS = 12

/** FTS5 text that asks for every term, or null for none. Terms are quoted, so nothing a stranger types is syntax. */
export function matchAll(terms: readonly TextTerm[]): string | null {
  const asked = terms.slice(0, MAX_SEARCH_TERMS)
  return asked.length === 0 ? null : asked.map(quoted).join(' AND ')
}

/** FTS5 text that asks for all but any one of at least three terms, else null. */
export function matchAllButOne(terms: readonly TextTerm[]): string | null {
  const asked = terms.slice(0, MAX_SEARCH_TERMS)
  if (asked.length < 3) return null
  return asked.map((_, left) => `(${matchAll(asked.filter((_, i) => i !== left))})`).join(' OR ')
}

function quoted({ column, term }: TextTerm): string {
  return `${column} : "${term.replaceAll('"', '""')}"`
}
