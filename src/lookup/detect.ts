// What speaks for a product, each with its tier and weight: barcode, name, device code, words (lookup reference §5.1). Pure.
import { stem } from '../catalog/keys.ts'
import type { Header, Product } from '../decision/schema.ts'
import { grams, looseFold, queryGrams, words } from '../identifier/fold.ts'
import { gtinKeys, parseGtin } from '../identifier/gtin.ts'
import { compareHs } from '../identifier/hs.ts'
import { compareParties, partyIdKey } from '../identifier/party.ts'
import { takeBrand } from './beside.ts'
import { type NameCode, type NameMatch, namePieces, spansOf, type Tier } from './match-name.ts'
import type { Question } from './question.ts'
import { rarityOf } from './rarity.ts'
import { findTypo } from './typo.ts'

export type DetectorCode =
  | NameCode
  | 'model_near'
  | 'gtin_exact'
  | 'gtin_case'
  | 'gtin_not_unique'
  | 'gtin_near'
  | 'tac_exact'
  | 'brand_words'
  | 'words'
  | 'class_words'
  | 'class_hs'
  | 'hs'

export type Detected = {
  code: DetectorCode
  tier: Tier
  weight: number
  field: string
  query: string
  candidate: string
}

/** The barcode: equal, of a case of the same item, not unique, or one misreading away. */
export function detectGtin(question: Question, product: Product): Detected[] {
  const detected: Detected[] = []
  for (const listed of product.gtins ?? []) {
    const gtin = parseGtin(listed)
    if (!gtin.ok) continue
    const keys = gtinKeys(gtin.gtin14)
    const asked = question.gtin
    const base = { field: 'gtin', query: asked?.gtin14 ?? '', candidate: gtin.gtin14 }
    if (asked?.keys.some((key) => keys.includes(key))) {
      const code = asked.gtin14 === gtin.gtin14 ? 'gtin_exact' : 'gtin_case'
      if (asked.notUnique === undefined) detected.push({ ...base, code, tier: 'A', weight: 1 })
      else detected.push({ ...base, code: 'gtin_not_unique', tier: 'B', weight: 0.6 })
    } else if (question.near.some((key) => keys.includes(key))) {
      const query = question.understood.gtin ?? ''
      detected.push({ ...base, query, code: 'gtin_near', tier: 'B', weight: 0.55 })
    }
  }
  const exact = detected.find(({ code }) => code === 'gtin_exact')
  return exact === undefined ? detected.slice(0, 1) : [exact]
}

/** The model, part or listing number. A part number is known by its maker as well as by its brand. */
export function detectName(
  question: Question,
  product: Product,
  header: Header,
  name: NameMatch | null,
): Detected[] {
  if (name === null) return []
  const { code, query, candidate } = name
  const field = code === 'mpn_exact' ? 'mpn' : code === 'asin_exact' ? 'asin' : 'model'
  const isMade = code === 'mpn_exact' && name.isWhole && isMaker(question, product, header)
  const graded = isMade ? { tier: 'A' as const, weight: 0.97 } : name
  return [{ code, tier: graded.tier, weight: graded.weight, field, query, candidate }]
}

function isMaker(question: Question, product: Product, header: Header): boolean {
  const { maker } = question
  if (maker === undefined) return false
  const parties = header.parties ?? []
  const id = partyIdKey(maker)
  const isId =
    id !== '' && parties.some(({ ids }) => ids?.some((known) => partyIdKey(known.value) === id))
  const makers = [product.maker, ...parties.map((party) => party.name)]
  return (
    isId || makers.some((known) => known !== undefined && compareParties(maker, known) === 'same')
  )
}

/** The device code: tier A only where brand or model agree. */
export function detectTac(question: Question, product: Product, agrees: boolean): Detected[] {
  const { tac } = question
  if (tac === undefined || !(product.tacs ?? []).includes(tac)) return []
  const graded = agrees ? { tier: 'A', weight: 0.95 } : { tier: 'B', weight: 0.8 }
  return [{ code: 'tac_exact', ...graded, field: 'tac', query: tac, candidate: tac } as Detected]
}

/** Words and HS code: never more than tier C. The denominator is what the question gave, not what the record holds. */
export function detectText(
  question: Question,
  product: Product,
  isBranded: boolean,
  partyMet: boolean,
): Detected[] {
  const hs = hsRelation(question, product)
  const detected: Detected[] = []
  const { hits, coverage } = goodsOf(question, product)
  const push = (code: DetectorCode, weight: number, query = hits.join(' ')) => {
    const shown = query || (question.hs?.code ?? question.brand ?? '')
    detected.push({ code, tier: 'C', weight, field: 'text', query: shown, candidate: product.pid })
  }
  if (product.listing === 'class') {
    const kind = (product.words ?? []).find((phrase) => saysPhrase(question, phrase))
    if (kind !== undefined) push('class_words', 0.6 + 0.1 * coverage, kind)
    else if (hits.length >= 2 && coverage === 1) push('class_words', 0.6)
    const isAsked = !question.namesProduct || partyMet || hits.length > 0
    if (hs === 'same' && isAsked) push('class_hs', 0.6)
    return detected
  }
  if (isBranded && question.terms.length > 0) push('brand_words', 0.5 + 0.2 * coverage)
  // Without a brand, words prove nothing, unless the order names the goods by nothing else.
  else if (hits.length >= 2) {
    const isAll = coverage === 1 && product.brand === undefined
    push('words', isAll ? 0.6 : 0.4 + 0.15 * coverage)
  }
  if (hs === 'same' && hits.length > 0) push('hs', 0.55)
  if (hs === 'same' && !question.namesProduct) push('hs', 0.2)
  return detected
}

/** The terms about the goods that the product's text holds, and their share of all those asked, by what each tells. */
function goodsOf(question: Question, product: Product): { hits: string[]; coverage: number } {
  const goods = [...(product.words ?? []), ...(product.description ?? []).map(({ text }) => text)]
  const held = new Set(goods.flatMap((text) => [...words(text), ...grams(text)]).map(stem))
  // What names the product says nothing of its kind: another model of the brand would share it.
  const { brand, brand_aliases = [], model, model_aliases = [], mpns = [] } = product
  const asked = new Set(question.terms.map(({ term }) => term))
  for (const term of [brand, ...brand_aliases].flatMap(termsIn)) asked.delete(term)
  for (const term of [model, ...model_aliases, ...mpns].flatMap(termsIn)) {
    if (!held.has(stem(term))) asked.delete(term)
  }
  const hits: string[] = []
  let whole = 0
  let hit = 0
  for (const term of asked) {
    const weight = rarityOf(term)
    whole += weight
    if (!held.has(stem(term))) continue
    hits.push(term)
    hit += weight
  }
  return { hits, coverage: whole === 0 ? 0 : hit / whole }
}

const termsIn = (name: string | undefined): string[] =>
  name === undefined ? [] : [...words(name), ...queryGrams(name)]

/** True when the question says a kind of goods: all its words in any order, or its CJK characters in one run. */
function saysPhrase({ terms, said }: Question, phrase: string): boolean {
  const asked = new Set(terms.map(({ term }) => stem(term)))
  const spoken = words(phrase)
  if (!spoken.every((word) => asked.has(stem(word)))) return false
  const runs = looseFold(phrase).match(/[\p{scx=Han}\p{scx=Katakana}\p{scx=Hangul}]+/gu) ?? []
  return spoken.length + runs.length > 0 && runs.every((run) => said.includes(run))
}

/** The brand stands in the text, as a piece of its own or at the head of a run. */
export function namesBrand({ free }: Question, product: Product): boolean {
  return free.length > 0 && takeBrand(free, product).found
}

/** One edit from a listed model, beside the brand. */
export function detectTypo(question: Question, product: Product): Detected[] {
  for (const pieces of namePieces(question)) {
    const typo = findTypo(pieces, spansOf(pieces), product)
    if (typo === null) continue
    return [{ code: 'model_near', tier: 'B', weight: 0.62, field: 'model', ...typo }]
  }
  return []
}

/** How the HS code asked about relates to the listed ones; null where it says nothing. */
export function hsRelation(question: Question, product: Product): ReturnType<typeof compareHs> {
  const { hs } = question
  if (hs === undefined) return null
  const relations = (product.hs ?? []).map((listed) => compareHs(hs, listed))
  return (['same', 'chapter', 'different'] as const).find((r) => relations.includes(r)) ?? null
}
