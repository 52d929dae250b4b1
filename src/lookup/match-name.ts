// Whether what was typed is a product's model, part or listing number: exact after normalisation, a signed pattern, or look-alikes;
// never a fuzzy score (design: look-up 4.1; lookup reference §5.1, §5.4).
import { modelKeysOf } from '../catalog/keys.ts'
import type { Product } from '../decision/schema.ts'
import { brandKey } from '../identifier/brand.ts'
import { fold, words } from '../identifier/fold.ts'
import {
  isGenericModel,
  isWeakModel,
  lookAlikeKey,
  modelKey,
  substitutions,
} from '../identifier/model.ts'
import { isPatternMatch, parsePattern } from '../identifier/pattern.ts'

export type Tier = 'A' | 'B' | 'C'
export type NameCode =
  | 'model_exact'
  | 'mpn_exact'
  | 'model_pattern'
  | 'model_alike'
  | 'asin_exact'
  | 'fcc_exact'
export type BrandState = 'equal' | 'missing' | 'differs'

export type NameMatch = {
  code: NameCode
  tier: Tier
  weight: number
  /** Both values side by side. */
  query: string
  candidate: string
  /** `O for 0`, where look-alikes were folded. */
  read?: string
  /** Nothing else was typed but the name, the brand and words that say nothing; and the name has at least four characters. */
  isWhole: boolean
  /** The brand stood among the pieces. */
  brandFound: boolean
  /** The text says "for" or "compatible with": the goods only fit the product. */
  compatible: boolean
}

type Named = { code: NameCode; text: string }
export type Span = { start: number; end: number; key: string }

/** A name of more pieces than this is prose. */
const MAX_SPAN = 8

/** Every run of at most eight pieces as a model key, longest first. */
export function spansOf(pieces: readonly string[]): Span[] {
  const spans: Span[] = []
  for (let length = Math.min(pieces.length, MAX_SPAN); length > 0; length--) {
    for (let start = 0; start + length <= pieces.length; start++) {
      const key = modelKey(pieces.slice(start, start + length).join(''))
      if (!isGenericModel(key)) spans.push({ start, end: start + length, key })
    }
  }
  return spans
}

/** The best match of some pieces with a product's names, or null. `brand` is what an explicit brand field says about it. */
export function matchName(
  pieces: readonly string[],
  product: Product,
  brand: BrandState,
): NameMatch | null {
  const names = namesOf(product)
  const pattern = product.model_pattern === undefined ? null : parsePattern(product.model_pattern)
  let best: NameMatch | null = null
  for (const span of spansOf(pieces)) {
    const named =
      names.exact.get(span.key) ??
      (pattern?.ok && isPatternMatch(pattern.pattern, span.key)
        ? { code: 'model_pattern' as const, text: product.model_pattern ?? '' }
        : names.alike.get(lookAlikeKey(span.key)))
    if (named === undefined) continue
    const found = gradeSpan(pieces, span, named, product, brand)
    if (found !== null && (best === null || found.weight > best.weight)) best = found
  }
  return best
}

/** Keys of a product's brand and its aliases. */
export function brandKeysOf(product: Product): string[] {
  return [product.brand, ...(product.brand_aliases ?? [])]
    .flatMap((brand) => (brand === undefined ? [] : [brandKey(brand)]))
    .filter((key) => key !== '')
}

function namesOf(product: Product): { exact: Map<string, Named>; alike: Map<string, Named> } {
  const exact = new Map<string, Named>()
  const alike = new Map<string, Named>()
  const add = (code: NameCode, text: string, key = modelKey(text)) => {
    if (!exact.has(key)) exact.set(key, { code, text })
  }
  const spelled = [product.model, ...(product.model_aliases ?? [])].filter((m) => m !== undefined)
  for (const key of modelKeysOf(product)) {
    const text = spelled.find((model) => modelKey(model).includes(key)) ?? key
    add('model_exact', text, key)
    alike.set(lookAlikeKey(key), { code: 'model_alike', text })
  }
  for (const mpn of product.mpns ?? []) add('mpn_exact', mpn)
  for (const asin of product.asins ?? []) add('asin_exact', asin)
  for (const fcc of product.fcc_ids ?? []) add('fcc_exact', fcc)
  return { exact, alike }
}

function gradeSpan(
  pieces: readonly string[],
  span: Span,
  named: Named,
  product: Product,
  brand: BrandState,
): NameMatch | null {
  const before = pieces.slice(0, span.start)
  const after = pieces.slice(span.end)
  const rest = readRest(before, after, product)
  const isBranded = brand === 'equal' || (brand === 'missing' && rest.brandFound)
  const isVariant =
    rest.isVariant && !namedTogether(product, pieces.slice(span.start, span.end + 1))
  const extra = isVariant ? 'variant' : rest.isMore ? 'more' : 'none'
  const graded = grade(named.code, span.key, isBranded, extra)
  if (graded === null) return null
  const alike = substitutions(span.key, modelKey(named.text))
  return {
    ...(graded.tier === 'A' && rest.compatible ? { tier: 'B', weight: 0.8 } : graded),
    code: named.code,
    query: pieces.slice(span.start, span.end).join(' '),
    candidate: named.text,
    ...(named.code === 'model_alike' && alike.length > 0
      ? { read: [...new Set(alike.map(([typed, meant]) => `${typed} for ${meant}`))].join(', ') }
      : {}),
    isWhole: extra === 'none' && !rest.compatible && [...span.key].length >= 4,
    brandFound: rest.brandFound,
    compatible: rest.compatible,
  }
}

/** Tier and weight of reference §5.1. What else was typed can only lower them. */
function grade(
  code: NameCode,
  key: string,
  isBranded: boolean,
  extra: 'none' | 'more' | 'variant',
): { tier: Tier; weight: number } | null {
  const isWeak = isWeakModel(key)
  if (code === 'asin_exact') return { tier: 'B', weight: 0.8 }
  if (code === 'fcc_exact') return { tier: 'B', weight: 0.85 }
  if (extra === 'variant') return isBranded ? { tier: 'B', weight: 0.5 } : null
  if (extra === 'more') {
    if (isBranded) return { tier: 'B', weight: code === 'model_alike' ? 0.62 : 0.8 }
    return isWeak || code === 'model_alike' ? null : { tier: 'B', weight: 0.6 }
  }
  if (code === 'model_alike') {
    if (isBranded) return { tier: 'B', weight: 0.85 }
    return isWeak ? null : { tier: 'B', weight: 0.6 }
  }
  if (!isBranded) return { tier: 'B', weight: isWeak ? 0.6 : 0.8 }
  if ([...key].length < 4) return { tier: 'B', weight: 0.8 }
  return { tier: 'A', weight: code === 'model_pattern' ? 0.95 : 0.97 }
}

const COMPATIBLE =
  /^(for|fits?|compatible|compatibile|kompatibel|replacement|replaces|für|pour|para|per|replica|для)$|対応|互換|호환|兼容|适用|適用|用$|용$/u
const UNIT =
  /^[0-9]+([.,][0-9]+)?(gb|tb|mb|mm|cm|m|in|inch|v|w|wh|mah|hz|ghz|mhz|kg|g|mg|ml|l|oz|pcs?|pack|x)$/
const NEUTRAL = new Set(
  `model models type item art no nr the a an and by from with in new brand original genuine black white silver gold blue red
  green grey gray pink purple pcs pc unit units set made`.split(/\s+/),
)
// Words that make another product of a model: Mavic Air 2, S21 Ultra, XM4 Pro, Series 9.
const VARIANT =
  /^([0-9]{1,3}[a-z]{0,2}|[ivx]{1,4}|pro|max|plus|mini|lite|ultra|se|fe|air|neo|nano|xl|gen|series|mk[0-9ivx]*|s|x|\+)$/

/** True for what makes another product of a model when it follows it; a size or a capacity does not. */
export function isVariantMark(text: string): boolean {
  const mark = text.toLowerCase()
  return VARIANT.test(mark) && !UNIT.test(mark)
}

function readRest(
  before: readonly string[],
  after: readonly string[],
  product: Product,
): { brandFound: boolean; isMore: boolean; isVariant: boolean; compatible: boolean } {
  const head = takeBrand(before, product)
  const tail = takeBrand(after, product)
  const goods = (product.words ?? []).flatMap((text) => [fold(text), ...words(text)])
  const neutral = new Set([...NEUTRAL, ...goods])
  const rest = [...head.rest, ...tail.rest].map((piece) => piece.toLowerCase())
  const next = tail.rest[0]?.toLowerCase()
  return {
    brandFound: head.found || tail.found,
    isMore: rest.some((piece) => !isNeutral(piece, neutral)),
    isVariant: next !== undefined && isVariantMark(next),
    compatible: rest.some((piece) => COMPATIBLE.test(piece)),
  }
}

function isNeutral(piece: string, neutral: ReadonlySet<string>): boolean {
  const said = words(piece)
  if (UNIT.test(piece) || neutral.has(fold(piece))) return true
  return said.length > 0 && said.every((word) => neutral.has(word))
}

/** The pieces without the product's brand, where it stands among them as pieces of its own. */
function takeBrand(
  pieces: readonly string[],
  product: Product,
): { found: boolean; rest: readonly string[] } {
  const brands = brandKeysOf(product)
  for (let length = Math.min(pieces.length, 4); length > 0; length--) {
    for (let start = 0; start + length <= pieces.length; start++) {
      if (brands.includes(brandKey(pieces.slice(start, start + length).join('')))) {
        return { found: true, rest: [...pieces.slice(0, start), ...pieces.slice(start + length)] }
      }
    }
  }
  return { found: false, rest: pieces }
}

/** True when the longer run is itself a name of the product, so that the word after it is no variant. */
function namedTogether(product: Product, pieces: readonly string[]): boolean {
  return modelKeysOf(product).includes(modelKey(pieces.join('')))
}
