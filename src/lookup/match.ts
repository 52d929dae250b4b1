// How well a question fits a product: tier, score and evidence (design: look-up 4.1; lookup reference §5.1). Pure. The scorer is
// `logic-1`: a change that moves any score gets a new name.
import { brandKeysOf, modelKeysOf } from '../catalog/keys.ts'
import type { Header, Product } from '../decision/schema.ts'
import { brandKey } from '../identifier/brand.ts'
import { modelKey } from '../identifier/model.ts'
import { compareParties } from '../identifier/party.ts'
import { isMeasure, isVariantMark } from './beside.ts'
import {
  type Detected,
  type DetectorCode,
  detectGtin,
  detectName,
  detectTac,
  detectText,
  detectTypo,
  hsRelation,
  namesBrand,
} from './detect.ts'
import {
  type BrandState,
  matchName,
  type NameMatch,
  namePieces,
  spansOf,
  type Tier,
} from './match-name.ts'
import type { Question } from './question.ts'

export const MATCHER = 'logic-1'

export type Evidence = {
  code: string
  field: string
  query: string | null
  candidate: string | null
  /** 1 agrees, 0 is missing, below 0 disagrees and costs this much. */
  score: number
}

export type Match = {
  tier: Tier
  /** 0 to 1, two decimals. */
  score: number
  explain: Evidence[]
  /** The strongest detector. */
  code: DetectorCode
  /** Misread characters, where look-alikes were folded. */
  read?: string
  compatible: boolean
  /** Brand and model the question was understood to give, for rulings without a pid. */
  named: { brand: boolean; model: string | null }
  disagrees: ('brand' | 'model')[]
}

/** The match of a question with a product, or null where nothing in it speaks for the product. */
export function matchProduct(
  question: Question,
  product: Product,
  header: Header,
  partyMet: boolean,
): Match | null {
  const brand = brandState(question, product)
  const name = bestName(question, product, brand)
  const isNamed = name === null ? namesBrand(question, product) : name.brandFound
  const isBranded = brand === 'equal' || (brand === 'missing' && isNamed)
  const identified = [
    ...detectGtin(question, product),
    ...detectName(question, product, header, name),
    ...(name === null && isBranded ? detectTypo(question, product) : []),
    ...detectTac(question, product, isBranded || name !== null),
  ]
  // Words never lift what an identifier said, and never climb into tier A.
  const found = (
    identified.length > 0 ? identified : detectText(question, product, isBranded, partyMet)
  ).sort((a, b) => (a.tier < b.tier ? -1 : a.tier > b.tier ? 1 : 0) || b.weight - a.weight)
  const [first] = found
  if (first === undefined) return null
  const qualifiers = [
    ...qualifyBrand(question, product, brand),
    ...qualifyModel(question, product, name, found),
    ...qualifyHs(question, product),
  ]
  const disagrees = (['brand', 'model'] as const).filter((field) =>
    qualifiers.some((qualifier) => qualifier.field === field && qualifier.score < 0),
  )
  // Base is the maximum over detectors, then the qualifiers, then the clamp; disagreement caps the tier, however high the score.
  const base = Math.max(...found.map(({ weight }) => weight))
  const score = qualifiers.reduce((sum, { score }) => sum + Math.min(0, score), base)
  return {
    tier: disagrees.length > 0 && first.tier === 'A' ? 'B' : first.tier,
    score: Math.round(Math.max(0, Math.min(1, score)) * 100) / 100,
    explain: [
      ...found.map(asEvidence),
      ...brandEvidence(question, product, isBranded),
      ...qualifiers,
    ],
    code: first.code,
    ...(name?.read === undefined ? {} : { read: name.read }),
    compatible: name?.compatible === true,
    named: {
      brand: isBranded,
      model: name !== null && name.code !== 'model_alike' ? modelKey(name.query) : null,
    },
    disagrees,
  }
}

/** What an explicit brand says: equal, another one, or nothing (none given, none on record, one within the other). */
export function brandState(question: Question, product: Product): BrandState {
  if (question.brand === undefined) return 'missing'
  const known = [product.brand, ...(product.brand_aliases ?? [])].filter((b) => b !== undefined)
  if (brandKeysOf(product).includes(brandKey(question.brand))) return 'equal'
  const relations = known.map((brand) => compareParties(question.brand ?? '', brand))
  if (relations.includes('same')) return 'equal'
  return known.length > 0 && !relations.includes('within') ? 'differs' : 'missing'
}

function bestName(question: Question, product: Product, brand: BrandState): NameMatch | null {
  return namePieces(question)
    .map((pieces, place) =>
      matchName(pieces, product, brand, place === 0 && question.model !== undefined),
    )
    .filter((match) => match !== null)
    .reduce<NameMatch | null>(
      (best, match) => (best === null || match.weight > best.weight ? match : best),
      null,
    )
}

function qualifyBrand(question: Question, product: Product, brand: BrandState): Evidence[] {
  if (brand !== 'differs') return []
  const query = question.brand ?? null
  return [
    { code: 'brand_differs', field: 'brand', query, candidate: product.brand ?? null, score: -0.3 },
  ]
}

// Another full model: one of the same family with other digits, or one that does not lie within the listed one nor holds it ("Watch
// Ultra 2 49mm" is no other model than "Watch Ultra 2"), or holds it with a variant's mark (S21+, S21 Ultra, CV-R700T).
function qualifyModel(
  question: Question,
  product: Product,
  name: NameMatch | null,
  found: readonly Detected[],
): Evidence[] {
  if (product.model === undefined || name !== null) return []
  // A misspelling of the model is no other model.
  if (found.some(({ code }) => code === 'model_near')) return []
  const candidate = product.model
  const query = otherModelIn(question, modelKeysOf(product))
  return query === null
    ? []
    : [{ code: 'model_differs', field: 'model', query, candidate, score: -0.3 }]
}

function otherModelIn(question: Question, listed: readonly string[]): string | null {
  for (const pieces of namePieces(question)) {
    const sibling = spansOf(pieces).find(({ key }) => listed.some((known) => isSibling(key, known)))
    if (sibling !== undefined) return pieces.slice(sibling.start, sibling.end).join(' ')
  }
  const typed = question.model === undefined ? question.free.filter(isModelLike) : [question.model]
  const isOther = (text: string) => listed.every((known) => isOtherModel(modelKey(text), known))
  return typed.length > 0 && typed.every(isOther) ? (typed[0] ?? null) : null
}

/** The same letters around other digits: XM4 and XM5. */
function isSibling(key: string, listed: string): boolean {
  if (key === listed || !/[0-9]/.test(key)) return false
  const letters = key.replace(/[0-9]+/g, '#')
  return letters !== '#' && letters === listed.replace(/[0-9]+/g, '#')
}

function isOtherModel(key: string, listed: string): boolean {
  const [shorter, longer] = key.length < listed.length ? [key, listed] : [listed, key]
  const at = longer.indexOf(shorter)
  if (at === -1) return true
  const rest = longer.replace(shorter, '')
  const splitsNumber = /[0-9]$/.test(shorter) && /^[0-9]/.test(longer.slice(at + shorter.length))
  return splitsNumber || isVariantMark(rest) || /^[\p{Lu}--[\p{scx=Han}]]{1,3}$/v.test(rest)
}

function isModelLike(piece: string): boolean {
  return (
    /[0-9]/.test(piece) && /\p{L}/u.test(piece) && !isMeasure(piece) && modelKey(piece).length >= 4
  )
}

function qualifyHs(question: Question, product: Product): Evidence[] {
  const relation = hsRelation(question, product)
  if (relation === null || question.hs === undefined) return []
  const candidate = (product.hs ?? []).map(({ code }) => code).join(', ')
  const query = question.hs.code
  if (relation === 'same') {
    return [{ code: 'hs_same', field: 'hs', query, candidate, score: 1 }]
  }
  if (relation === 'chapter') return []
  return [{ code: 'hs_chapter_differs', field: 'hs', query, candidate, score: -0.1 }]
}

function brandEvidence(question: Question, product: Product, isBranded: boolean): Evidence[] {
  if (product.brand === undefined || brandState(question, product) === 'differs') return []
  const candidate = product.brand
  const query = question.brand ?? candidate
  return isBranded
    ? [{ code: 'brand_exact', field: 'brand', query, candidate, score: 1 }]
    : [{ code: 'brand_missing', field: 'brand', query: null, candidate, score: 0 }]
}

function asEvidence({ code, field, query, candidate }: Detected): Evidence {
  return { code, field, query, candidate, score: 1 }
}
