// Whether what was typed is a product's model, part or listing number: exact after normalisation, a signed pattern, or look-alikes;
// never a fuzzy score (design: look-up 4.1; lookup reference §5.1, §5.4).
import { modelKeysOf } from '../catalog/keys.ts'
import type { Product } from '../decision/schema.ts'
import { MAX_PIECES, piecesOf } from '../identifier/brand.ts'
import {
  cutKey,
  foldLookAlikes,
  isGenericModel,
  isWeakModel,
  lookAlikeKey,
  modelKey,
  substitutions,
  weightOf,
} from '../identifier/model.ts'
import { isPatternMatch, parsePattern } from '../identifier/pattern.ts'
import { readRest, splitBrand } from './beside.ts'
import type { Question } from './question.ts'

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
/** A run of pieces as a model key, and the same with look-alikes folded. */
export type Span = { start: number; end: number; key: string; alike: string }

/** A name of more pieces than this is prose. */
const MAX_SPAN = 8
/** A shorter model is shared by too many makers to be sure of, also beside its brand. */
const MIN_SURE_MODEL = 4

/** Every run of at most eight pieces as a model key, longest first. Made once for the same pieces. */
export function spansOf(pieces: readonly string[]): readonly Span[] {
  const known = SPANS.get(pieces)
  if (known !== undefined) return known
  const keys = pieces.map(modelKey)
  const alikes = keys.map(foldLookAlikes)
  const spans: Span[] = []
  for (let length = Math.min(pieces.length, MAX_SPAN); length > 0; length--) {
    for (let start = 0; start + length <= pieces.length; start++) {
      const end = start + length
      let key = ''
      let alike = ''
      for (let i = start; i < end; i++) {
        key += keys[i]
        alike += alikes[i]
      }
      key = cutKey(key)
      if (!isGenericModel(key)) spans.push({ start, end, key, alike: cutKey(alike) })
    }
  }
  SPANS.set(pieces, spans)
  return spans
}

const SPANS = new WeakMap<readonly string[], Span[]>()

/** The best match of some pieces with a product's names, or null. `brand` is what an explicit brand field says about it. */
export function matchName(
  pieces: readonly string[],
  product: Product,
  brand: BrandState,
  isField = false,
): NameMatch | null {
  const whole = matchPieces(pieces, product, brand, isField)
  if (whole !== null) return whole
  const split = splitBrand(pieces, product)
  return split.length === pieces.length ? null : matchPieces(split, product, brand, isField)
}

function matchPieces(
  pieces: readonly string[],
  product: Product,
  brand: BrandState,
  isField: boolean,
): NameMatch | null {
  const names = namesOf(product)
  const pattern = product.model_pattern === undefined ? null : parsePattern(product.model_pattern)
  let best: NameMatch | null = null
  for (const span of spansOf(pieces)) {
    const named =
      names.exact.get(span.key) ??
      (pattern?.ok && isPatternMatch(pattern.pattern, span.key)
        ? { code: 'model_pattern' as const, text: product.model_pattern ?? '' }
        : names.alike.get(span.alike))
    if (named === undefined) continue
    const found = gradeSpan(pieces, span, named, product, brand, isField)
    if (found !== null && (best === null || isBetter(found, best))) best = found
  }
  return best
}

// An open pattern takes in any words that follow: the shortest run that fits is the model.
function isBetter(found: NameMatch, best: NameMatch): boolean {
  const isShorter = found.code === 'model_pattern' && best.code === 'model_pattern'
  return found.weight > best.weight || (isShorter && found.weight === best.weight)
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
  isField: boolean,
): NameMatch | null {
  const rest = readRest(pieces, span, product)
  const isBranded =
    brand === 'equal' || (brand === 'missing' && (rest.brandFound || holdsBrand(span.key, product)))
  const isVariant =
    rest.isVariant && !namedTogether(product, pieces.slice(span.start, span.end + 1))
  const hasDoubt = rest.isDoubtful || (rest.isMore && !isBranded)
  const isWordier = isField && rest.isMore
  const extra = isVariant ? 'variant' : isWordier ? 'wordy' : hasDoubt ? 'more' : 'none'
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
    isWhole: extra === 'none' && !rest.compatible && weightOf(span.key) >= MIN_SURE_MODEL,
    brandFound: rest.brandFound || holdsBrand(span.key, product),
    compatible: rest.compatible,
  }
}

/** True where the name is listed with the brand in it: `Trelviko T5` typed whole needs no brand beside it. */
function holdsBrand(key: string, product: Product): boolean {
  const brands = [product.brand, ...(product.brand_aliases ?? [])]
  return brands.some((brand) => {
    const inner = brand === undefined ? '' : modelKey(brand)
    return weightOf(inner) >= 4 && inner.length < key.length && key.includes(inner)
  })
}

/** Tier and weight of reference §5.1. What else was typed can only lower them. */
function grade(
  code: NameCode,
  key: string,
  isBranded: boolean,
  extra: 'none' | 'more' | 'wordy' | 'variant',
): { tier: Tier; weight: number } | null {
  const isWeak = isWeakModel(key)
  if (code === 'asin_exact') return { tier: 'B', weight: 0.8 }
  if (code === 'fcc_exact') return { tier: 'B', weight: 0.85 }
  if (extra === 'variant') return isBranded ? { tier: 'B', weight: 0.5 } : null
  // A field for the model that says more than the listed model may name another.
  if (extra === 'wordy') return isBranded ? { tier: 'B', weight: 0.6 } : null
  if (extra === 'more') {
    if (isBranded) return { tier: 'B', weight: code === 'model_alike' ? 0.62 : 0.8 }
    return isWeak || code === 'model_alike' ? null : { tier: 'B', weight: 0.6 }
  }
  if (code === 'model_alike') {
    if (isBranded) return { tier: 'B', weight: 0.85 }
    return isWeak ? null : { tier: 'B', weight: 0.6 }
  }
  if (!isBranded) return { tier: 'B', weight: isWeak ? 0.6 : 0.8 }
  if (weightOf(key) < MIN_SURE_MODEL) return { tier: 'B', weight: 0.8 }
  return { tier: 'A', weight: code === 'model_pattern' ? 0.95 : 0.97 }
}

/** True when the longer run is itself a name of the product, so that the word after it is no variant. */
function namedTogether(product: Product, pieces: readonly string[]): boolean {
  return modelKeysOf(product).includes(modelKey(pieces.join('')))
}

/** The pieces in which a name may stand: model, part number, listing number, free text; each on its own. Made once for a question. */
export function namePieces(question: Question): readonly (readonly string[])[] {
  const known = PIECES.get(question)
  if (known !== undefined) return known
  const { model, mpn, asin, free } = question
  const found: (readonly string[])[] = []
  if (model !== undefined) found.push(piecesOf(model).slice(0, MAX_PIECES))
  if (mpn !== undefined) found.push([mpn])
  if (asin !== undefined) found.push([asin])
  if (free.length > 0) found.push(free)
  const kept = found.filter((pieces) => pieces.length > 0)
  PIECES.set(question, kept)
  return kept
}

const PIECES = new WeakMap<Question, readonly (readonly string[])[]>()
