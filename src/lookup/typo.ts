// A model within one edit of a listed one, beside the brand: shown, capped, and never where digits or the last mark differ.
import { modelKeysOf } from '../catalog/keys.ts'
import type { Product } from '../decision/schema.ts'
import { weightOf } from '../identifier/model.ts'
import type { Span } from './match-name.ts'

/** Shorter models have too many neighbours. */
const MIN_MODEL = 5

export type Typo = { query: string; candidate: string }

/** The first run of pieces that is one edit away from a model of the product, or null. */
export function findTypo(
  pieces: readonly string[],
  spans: readonly Span[],
  product: Product,
): Typo | null {
  const models = modelKeysOf(product).filter((key) => weightOf(key) >= MIN_MODEL)
  for (const { key, start, end } of spans) {
    const model = models.find((known) => isOneEdit(key, known))
    if (model === undefined) continue
    return { query: pieces.slice(start, end).join(' '), candidate: product.model ?? model }
  }
  return null
}

/**
 * True for one letter more, less or other, or two letters swapped. Another digit is another model (XM4, XM5), and so is another last
 * mark (CV-R700S, CV-R700T): both cost more than a misspelling may.
 */
export function isOneEdit(typed: string, model: string): boolean {
  if (Math.abs(typed.length - model.length) > 1 || typed === model) return false
  if (typed.replace(/[^0-9]+/g, ' ').trim() !== model.replace(/[^0-9]+/g, ' ').trim()) return false
  const [shorter, longer] =
    typed.length <= model.length ? [[...typed], [...model]] : [[...model], [...typed]]
  const at = longer.findIndex((char, i) => char !== shorter[i])
  if (at >= longer.length - 1) return false
  const rest = (chars: readonly string[], from: number) => chars.slice(from).join('')
  if (shorter.length < longer.length) return rest(shorter, at) === rest(longer, at + 1)
  const isSwapped =
    at + 2 < longer.length &&
    shorter[at] === longer[at + 1] &&
    shorter[at + 1] === longer[at] &&
    rest(shorter, at + 2) === rest(longer, at + 2)
  return isSwapped || rest(shorter, at + 1) === rest(longer, at + 1)
}
