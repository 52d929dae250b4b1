// Which ruling decides about the goods asked about: the newest that binds the listed pid, or describes them (design: decisions 2.5).
import { brandKeysOf } from '../catalog/keys.ts'
import type { Product, Ruling } from '../decision/schema.ts'
import { type DecisionEvent, type Moment, rulingsAt } from '../decision/state.ts'
import { brandKey, withoutBrand } from '../identifier/brand.ts'
import { gtinKeys, parseGtin } from '../identifier/gtin.ts'
import { modelKey } from '../identifier/model.ts'
import { compareVersions } from '../identifier/version.ts'
import type { Match } from './match.ts'
import { namePieces, spansOf } from './match-name.ts'
import type { Question } from './question.ts'

/** The newest ruling by `on`, then log order, that speaks about these goods; undefined for none. `in` cancels older `out`s. */
export function decidingRuling(
  events: readonly DecisionEvent[],
  product: Product,
  question: Question,
  match: Match,
  moment: Moment,
): Ruling | undefined {
  return rulingsAt(events, moment).find(({ ruling }) => isAbout(ruling, product, question, match))
    ?.ruling
}

/**
 * A ruling with a pid binds that pid, also after `products` replaced it; one without fits a question that gives all its named
 * fields equal. Firmware or serial beside a pid narrow it: a ruling on firmware 3.0 says nothing of 2.9.
 */
function isAbout(ruling: Ruling, product: Product, question: Question, match: Match): boolean {
  const { pid, brand, model, gtin, mpn, firmware, serial } = ruling.product
  const isNarrowed =
    (firmware === undefined || isSameVersion(firmware, question.firmware)) &&
    (serial === undefined || isSameVersion(serial, question.serial))
  if (pid !== undefined) return pid === product.pid && isNarrowed
  if ([brand, model, gtin, mpn, firmware, serial].every((field) => field === undefined))
    return false
  return (
    isNarrowed &&
    (brand === undefined || isGivenBrand(brand, product, question, match)) &&
    (model === undefined ||
      isGivenName(model, brand ?? product.brand, question.model, match) ||
      isTyped(model, question, match)) &&
    (mpn === undefined || isGivenName(mpn, undefined, question.mpn, match)) &&
    (gtin === undefined || isGivenGtin(gtin, question))
  )
}

function isSameVersion(ruled: string, given: string | undefined): boolean {
  return given !== undefined && compareVersions(ruled, given) === 0
}

function isGivenBrand(brand: string, product: Product, question: Question, match: Match): boolean {
  if (question.brand !== undefined && brandKey(question.brand) === brandKey(brand)) return true
  return match.named.brand && brandKeysOf(product).includes(brandKey(brand))
}

function isGivenName(
  ruled: string,
  brand: string | undefined,
  typed: string | undefined,
  match: Match,
): boolean {
  const keys = [ruled, brand === undefined ? null : withoutBrand(ruled, brand)]
    .filter((name) => name !== null)
    .map(modelKey)
  const bare = typed === undefined || brand === undefined ? null : withoutBrand(typed, brand)
  const given = [typed === undefined ? null : modelKey(typed), bare && modelKey(bare)]
  return [...given, match.named.model].some((key) => key !== null && keys.includes(key))
}

/** The ruled model stands in the text, and holds the name by which the product was found: `TRV-T7 L` where `TRV-T7` is listed. */
function isTyped(ruled: string, question: Question, match: Match): boolean {
  const key = modelKey(ruled)
  const { model } = match.named
  if (model === null || !key.includes(model)) return false
  return namePieces(question).some((pieces) => spansOf(pieces).some((span) => span.key === key))
}

function isGivenGtin(ruled: string, question: Question): boolean {
  const gtin = parseGtin(ruled)
  return gtin.ok && gtinKeys(gtin.gtin14).some((key) => question.gtin?.keys.includes(key))
}
