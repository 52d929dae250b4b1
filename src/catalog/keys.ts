// The keys under which an order and its products are indexed: one spelling for index and query (design: look-up 4.2 and 4.3).
import type { Header, Product } from '../decision/schema.ts'
import { brandKey, withoutBrand } from '../identifier/brand.ts'
import { caseKey } from '../identifier/case.ts'
import { grams, queryGrams, words } from '../identifier/fold.ts'
import { gtinKeys, parseGtin } from '../identifier/gtin.ts'
import { hsKeys } from '../identifier/hs.ts'
import { isGenericModel, lookAlikeKey, modelKey } from '../identifier/model.ts'
import { partyIdKey, partyKeys, partyWords } from '../identifier/party.ts'
import { parsePattern, patternPrefix } from '../identifier/pattern.ts'
import { rightKeys } from '../identifier/right.ts'

export const IDENTIFIER_KINDS = [
  'asin',
  'brand',
  'class_word',
  'fcc',
  'gtin',
  'hs',
  'model',
  'model_alike',
  'mpn',
  'pattern',
  'tac',
] as const
export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number]
export type IdentifierKey = { kind: IdentifierKind; value: string }

export type TermKind = 'case' | 'right' | 'party' | 'party_id' | 'party_word'
export type TermKey = { kind: TermKind; value: string }

/** Space-joined terms for the two columns of a full-text row. */
export type TextKeys = { words: string; grams: string }

/** An act of 32 768 bytes cannot hold more; the cut is a second lock, the same at every node. */
export const MAX_KEYS = 8192
const MAX_INDEXED_TEXT = 16_000

/** Base 26 of a market's two letters: 0 for `aa`, 675 for `zz`. */
export function marketNumber(market: string): number {
  if (!/^[a-z]{2}$/.test(market)) throw new TypeError(`not a market: ${market}`)
  return (market.charCodeAt(0) - 97) * 26 + (market.charCodeAt(1) - 97)
}

/** The row id of a product: market, position of the act and place in it. A safe integer below 2^53, the same at every node. */
export function productId(market: string, pos: number, place: number): number {
  if (!(pos >= 0 && pos < 2 ** 32 && place >= 0 && place < 2 ** 11)) {
    throw new RangeError(`no room for position ${pos}, place ${place}`)
  }
  return (marketNumber(market) * 2 ** 32 + pos) * 2 ** 11 + place
}

/** The position of the act in a product's row id. */
export function positionOf(productRow: number): number {
  return Math.floor(productRow / 2 ** 11) % 2 ** 32
}

/** The full-text row id of a version of the terms. */
export function termsId(market: string, pos: number): number {
  return productId(market, pos, 0)
}

/** What a product is found by, sorted and each once. Values that name nothing (N/A, various, a wrong check digit) have no key. */
export function identifierKeys(product: Product): IdentifierKey[] {
  const keys = new KeySet<IdentifierKind>()
  const add = keys.add.bind(keys)
  const models = modelKeysOf(product)
  add('model', models)
  add('model_alike', models.map(lookAlikeKey))
  add('mpn', (product.mpns ?? []).map(modelKey).filter(isTelling))
  add('gtin', (product.gtins ?? []).flatMap(gtinKeysOf))
  add('asin', product.asins ?? [])
  add('tac', product.tacs ?? [])
  add('fcc', (product.fcc_ids ?? []).map(modelKey))
  const hs = (product.hs ?? []).flatMap(({ code }) => hsKeys(code))
  add('hs', hs)
  if (product.listing === 'class') {
    add('hs', hs.map(classHsKey))
    add('class_word', (product.words ?? []).map(classWordKey))
  } else add('brand', brandKeysOf(product))
  const pattern = product.model_pattern === undefined ? null : parsePattern(product.model_pattern)
  // A pattern that begins with a wildcard lies under the empty prefix, which every query asks for too.
  if (pattern?.ok) keys.addEmptyToo('pattern', patternPrefix(pattern.pattern))
  return keys.sorted()
}

/** The key of a tariff code among classes of goods only: beside named goods nothing else of a code is of interest. */
export function classHsKey(key: string): string {
  return `class ${key}`
}

/** Keys of a product's brand and its aliases. */
export function brandKeysOf(product: Product): string[] {
  return [product.brand, ...(product.brand_aliases ?? [])]
    .flatMap((brand) => (brand === undefined ? [] : [brandKey(brand)]))
    .filter((key) => key !== '')
}

/** The one term of a kind of goods under which it is found: its longest word, or its first two characters in CJK. Empty: none. */
export function classWordKey(phrase: string): string {
  const [longest] = words(phrase)
    .map(stem)
    .sort((a, b) => b.length - a.length)
  return longest ?? queryGrams(phrase)[0] ?? ''
}

/** An English plural as its singular: shoes and shoe meet. Other words stay. */
export function stem(word: string): string {
  if (word.length < 4 || !/^[a-z]+s$/.test(word) || word.endsWith('ss')) return word
  return /(s|x|ch|sh)es$/.test(word) ? word.slice(0, -2) : word.slice(0, -1)
}

/** The model keys of a product: each spelling, and each without the brand in front or behind. */
export function modelKeysOf(product: Product): string[] {
  const brands = [product.brand, ...(product.brand_aliases ?? [])].filter((b) => b !== undefined)
  const spelled = [product.model, ...(product.model_aliases ?? [])].filter((m) => m !== undefined)
  const bare = spelled.flatMap((model) => brands.map((brand) => withoutBrand(model, brand) ?? ''))
  return [...new Set([...spelled, ...bare].map(modelKey))].filter(isTelling)
}

/** What an order is found by: its case numbers, rights, parties and their registry ids; sorted, each once. */
export function termKeys(header: Header, decision: string): TermKey[] {
  const keys = new KeySet<TermKind>()
  const add = keys.add.bind(keys)
  add('case', [decision, ...(header.case_numbers ?? [])].map(caseKey))
  for (const right of header.rights ?? []) {
    if (right.number !== undefined) add('right', rightKeys(right.number, right.office))
    for (const other of right.corresponding ?? []) {
      add('right', rightKeys(other.number, other.office))
    }
  }
  for (const party of header.parties ?? []) {
    const names = [
      party.name,
      ...(party.aliases ?? []),
      ...(party.local_names ?? []).map(({ name }) => name),
    ]
    add('party', names.flatMap(partyKeys))
    add('party_word', names.flatMap(partyWords).filter(isPartyWord))
    add(
      'party_id',
      (party.ids ?? []).map(({ value }) => partyIdKey(value)),
    )
  }
  return keys.sorted()
}

/** True for a word of a company's name under which the company is found: a letter or two tell nothing. */
export function isPartyWord(word: string): boolean {
  return [...word].length >= 3
}

/** The full-text row of a product: brand, model, part numbers, description and kind of goods. */
export function productText(product: Product): TextKeys {
  return textKeys([
    product.brand,
    ...(product.brand_aliases ?? []),
    product.model,
    ...(product.model_aliases ?? []),
    product.maker,
    ...(product.words ?? []),
    ...(product.description ?? []).map(({ text }) => text),
    ...(product.mpns ?? []),
  ])
}

/** The full-text row of an order: title, authority, wording, parties and case numbers. */
export function termsText(header: Header): TextKeys {
  return textKeys([
    header.title,
    header.issuing_body,
    ...(header.case_numbers ?? []),
    ...(header.parties ?? []).flatMap(({ name, aliases, local_names }) => [
      name,
      ...(aliases ?? []),
      ...(local_names ?? []).map((local) => local.name),
    ]),
    header.wording?.text,
  ])
}

function textKeys(parts: readonly (string | undefined)[]): TextKeys {
  const text = parts
    .filter((part) => part !== undefined)
    .join('\n')
    .slice(0, MAX_INDEXED_TEXT)
  return { words: words(text).join(' '), grams: grams(text).join(' ') }
}

function gtinKeysOf(text: string): string[] {
  const gtin = parseGtin(text)
  return gtin.ok ? gtinKeys(gtin.gtin14) : []
}

function isTelling(key: string): boolean {
  return !isGenericModel(key)
}

/** Values by kind: to sort the few kinds and then the values of each is less work than to sort pairs. */
class KeySet<Kind extends string> {
  readonly #values = new Map<Kind, Set<string>>()

  add(kind: Kind, values: readonly string[]): void {
    for (const value of values) if (value !== '') this.addEmptyToo(kind, value)
  }

  addEmptyToo(kind: Kind, value: string): void {
    const known = this.#values.get(kind)
    if (known === undefined) this.#values.set(kind, new Set([value]))
    else known.add(value)
  }

  sorted(): { kind: Kind; value: string }[] {
    const keys: { kind: Kind; value: string }[] = []
    for (const kind of [...this.#values.keys()].sort()) {
      // Both sorts are by code units.
      for (const value of [...(this.#values.get(kind) ?? [])].sort()) keys.push({ kind, value })
    }
    return keys.slice(0, MAX_KEYS)
  }
}
