// What a question asks the catalogue for: the keys of names, brands and kinds of goods, and whether words alone are looked for.
import type { FilterKind, KeyFilter } from '../catalog/filter.ts'
import { MAX_SEARCH_TERMS } from '../catalog/fulltext.ts'
import { classHsKey, type IdentifierKey, stem } from '../catalog/keys.ts'
import { brandKey } from '../identifier/brand.ts'
import { hsQueryKeys } from '../identifier/hs.ts'
import { prefixesOf } from '../identifier/pattern.ts'
import { namePieces, spansOf } from './match-name.ts'
import type { Question } from './question.ts'

/** Brands are at most so many pieces, and at most so many characters at the head of a run of CJK. */
const MAX_BRAND_PIECES = 4
const MAX_BRAND_HEAD = 8
/** Patterns are looked for in runs of so many pieces at most. */
const MAX_PATTERN_PIECES = 4
/** Longer text is looked for by its words only beside a listed brand: a line of common words proves nothing. */
const MAX_WORDS_ALONE = 8

const NAME_KINDS = ['model', 'mpn', 'asin', 'fcc'] as const

/** The keys of what the question names: barcode, device, names in any run of pieces, kinds of goods; only those that may be held. */
export function identifierKeysOf(question: Question, filter?: KeyFilter): IdentifierKey[] {
  const keys = new Map<string, IdentifierKey>()
  const add = (kind: IdentifierKey['kind'], value: string) => {
    if (filter !== undefined && !filter.has(filterKind(kind), value)) return
    keys.set(`${kind} ${value}`, { kind, value })
  }
  for (const value of question.gtin?.keys ?? []) add('gtin', value)
  for (const value of question.near) add('gtin', value)
  if (question.tac !== undefined) add('tac', question.tac)
  for (const pieces of namePieces(question)) {
    for (const { key, alike, start, end } of spansOf(pieces)) {
      if (filter === undefined || filter.has('name', key)) {
        for (const kind of NAME_KINDS) add(kind, key)
      }
      add('model_alike', alike)
      if (end - start > MAX_PATTERN_PIECES || filter?.hasHeadOf(key) === false) continue
      for (const head of prefixesOf(key)) add('pattern', head)
    }
  }
  for (const { term } of question.terms) add('class_word', stem(term))
  return [...keys.values()]
}

/** What in a question may be a brand: the field, runs of pieces, and heads of CJK runs. */
export function brandKeysAsked({ brand, free }: Question): string[] {
  if (brand !== undefined) return [brandKey(brand)].filter((key) => key !== '')
  const keys = new Set<string>()
  const own = free.map(brandKey)
  for (let start = 0; start < own.length; start++) {
    let key = ''
    for (let end = start; end < Math.min(own.length, start + MAX_BRAND_PIECES); end++) {
      key += own[end]
      keys.add(key)
    }
  }
  for (const piece of free) {
    if (!CJK_FIRST.test(piece)) continue
    const run = [...brandKey(piece)]
    for (let length = 2; length <= Math.min(run.length, MAX_BRAND_HEAD); length++) {
      keys.add(run.slice(0, length).join(''))
    }
  }
  return [...keys].filter((key) => key.length > 1 && /\p{L}/u.test(key))
}

const CJK_FIRST = /^[^\p{L}\p{N}]*[\p{scx=Han}\p{scx=Katakana}\p{scx=Hiragana}\p{scx=Hangul}]/u

/** True where the words of a question are searched for: beside a listed brand, or where there are few. */
export function asksForWords({ terms }: Question, hasBrand: boolean): boolean {
  return terms.length > 0 && (hasBrand || terms.length <= MAX_WORDS_ALONE)
}

/** True where the catalogue may hold something of what the question asks for; `false` is sure. */
export function mayFind(filter: KeyFilter, question: Question): boolean {
  const { gtin, near, tac, hs, terms, decision, namesProduct } = question
  if (decision !== undefined) return true
  if (gtin?.keys.some((key) => filter.has('gtin', key))) return true
  if (near.some((key) => filter.has('gtin', key))) return true
  if (tac !== undefined && filter.has('tac', tac)) return true
  if (hs !== undefined) {
    const keys = hsQueryKeys(hs.code)
    if (keys.some((key) => filter.has('hs', namesProduct ? classHsKey(key) : key))) return true
  }
  if (terms.some(({ term }) => filter.has('class_word', stem(term)))) return true
  if (question.orders.some(({ kind, value }) => filter.has(kind, value))) return true
  if (mayName(filter, question)) return true
  if (brandKeysAsked(question).some((key) => filter.has('brand', key))) return true
  return mayHoldWords(filter, question)
}

function mayName(filter: KeyFilter, question: Question): boolean {
  for (const pieces of namePieces(question)) {
    for (const { key, alike, start, end } of spansOf(pieces)) {
      if (filter.has('name', key) || filter.has('model_alike', alike)) return true
      if (end - start <= MAX_PATTERN_PIECES && filter.hasHeadOf(key)) return true
    }
  }
  return false
}

/** The full-text search asks for all terms, beside a brand also for all but one of at least three. */
export function mayHoldWords(filter: KeyFilter, question: Question, hasBrand = false): boolean {
  if (!asksForWords(question, hasBrand)) return false
  const asked = question.terms.slice(0, MAX_SEARCH_TERMS)
  const missing = asked.filter(({ term }) => isPlainTerm(term) && !filter.has('word', term)).length
  return missing === 0 || (hasBrand && missing === 1 && asked.length >= 3)
}

/** The keys that the catalogue may hold, all of them where no filter was made. */
export function keysHeld<Key extends { kind: string; value: string }>(
  filter: KeyFilter | undefined,
  keys: readonly Key[],
): readonly Key[] {
  if (filter === undefined) return keys
  return keys.filter(({ kind, value }) => filter.has(filterKind(kind), value))
}

function filterKind(kind: string): FilterKind {
  return kind === 'model' || kind === 'mpn' || kind === 'asin' || kind === 'fcc'
    ? 'name'
    : (kind as FilterKind)
}

// Of other scripts the tokenizer may fold a letter that our own folding leaves: such a term is never held to be missing.
function isPlainTerm(term: string): boolean {
  return /^([a-z0-9]+|[\p{Script=Han}\p{Script=Katakana}\p{Script=Hangul}]+)$/u.test(term)
}
