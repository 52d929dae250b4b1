// What speaks for a product, each with its tier and weight: barcode, name, device code, words (lookup reference §5.1). Pure.
import { productText } from '../catalog/keys.ts'
import type { Header, Product } from '../decision/schema.ts'
import { words } from '../identifier/fold.ts'
import { gtinKeys, parseGtin } from '../identifier/gtin.ts'
import { compareHs } from '../identifier/hs.ts'
import { compareParties } from '../identifier/party.ts'
import type { NameCode, NameMatch, Tier } from './match-name.ts'
import type { Question } from './question.ts'

export type DetectorCode =
  | NameCode
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
  const makers = [product.maker, ...(header.parties ?? []).map((party) => party.name)]
  return makers.some((known) => known !== undefined && compareParties(maker, known) === 'same')
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
  const text = productText(product)
  const held = new Set(`${text.words} ${text.grams}`.split(' '))
  const brands = new Set(
    [product.brand, ...(product.brand_aliases ?? [])].flatMap((brand) => words(brand ?? '')),
  )
  const asked = [...new Set(question.terms.map(({ term }) => term))]
  const goods = asked.filter((term) => !brands.has(term))
  const hits = goods.filter((term) => held.has(term))
  const coverage = goods.length === 0 ? 0 : hits.length / goods.length
  const branded =
    isBranded || (brands.size > 0 && [...brands].every((term) => asked.includes(term)))
  const push = (code: DetectorCode, weight: number) => {
    const query = hits.join(' ') || (question.hs?.code ?? question.brand ?? '')
    detected.push({ code, tier: 'C', weight, field: 'text', query, candidate: product.pid })
  }
  if (product.listing === 'class') {
    if (coverage === 1 || (hits.length >= 2 && coverage >= 0.5)) {
      push('class_words', 0.6 + 0.1 * coverage)
    }
    const isAsked = !question.namesProduct || partyMet || hits.length > 0
    if (hs === 'same' && isAsked) push('class_hs', 0.6)
    return detected
  }
  if (branded && asked.length > 0) push('brand_words', 0.5 + (hits.length > 0 ? 0.2 * coverage : 0))
  else if (hits.length >= 2) push('words', 0.4 + 0.2 * coverage)
  if (hs === 'same' && hits.length > 0) push('hs', 0.55)
  if (hs === 'same' && !question.namesProduct) push('hs', 0.2)
  return detected
}

/** How the HS code asked about relates to the listed ones; null where it says nothing. */
export function hsRelation(question: Question, product: Product): ReturnType<typeof compareHs> {
  const { hs } = question
  if (hs === undefined) return null
  const relations = (product.hs ?? []).map((listed) => compareHs(hs, listed))
  return (['same', 'chapter', 'different'] as const).find((r) => relations.includes(r)) ?? null
}
