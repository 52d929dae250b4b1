// What must be there: the ★ fields of a decision (design: decisions 2.1) and what the other acts cannot do without.
import { each, type Loose, type Path, type Problem, problem } from './admission-problem.ts'
import type { Header, Product, Ruling } from './schema.ts'

type Contact = NonNullable<Header['redress']>
type Reason = { code: string; text?: string | undefined }

/** ★ members of a header. Code: ERR_ADMIT_MISSING. */
export function requiredOfHeader(header: Loose<Header>, path: Path): Problem[] {
  const isOfficial = header.record === 'official'
  return [
    ...need(header.record, [...path, 'record'], RECORD),
    ...(header.record === 'reconstruction'
      ? need(header.confidence, [...path, 'confidence'], CONFIDENCE)
      : []),
    ...need(header.issuing_body, [...path, 'issuing_body'], 'Name the authority that ordered.'),
    ...need(header.legal_basis, [...path, 'legal_basis'], 'Name the statute and the section.'),
    ...need(header.case_numbers?.length, [...path, 'case_numbers'], CASES),
    ...need(header.title, [...path, 'title'], "Give the case's title."),
    ...need(header.official_text?.citation, [...path, 'official_text', 'citation'], CITATION),
    ...need(header.issued_on, [...path, 'issued_on'], 'Give the day on which the order was made.'),
    ...need(header.wording, [...path, 'wording'], WORDING),
    ...(header.reasons === undefined
      ? need(header.evidence?.length, [...path, 'reasons'], WHY)
      : []),
    ...need(header.action?.kind, [...path, 'action', 'kind'], ACTION),
    ...(header.breadth === 'named_parties'
      ? need(header.parties?.length, [...path, 'parties'], PARTIES)
      : []),
    ...(isOfficial ? need(header.redress, [...path, 'redress'], REDRESS) : []),
    ...(header.redress === undefined ? [] : reachable(header.redress, [...path, 'redress'])),
  ]
}

/** ★ members of a product. Code: ERR_ADMIT_MISSING. */
export function requiredOfProduct(product: Loose<Product>, path: Path): Problem[] {
  if (product.listing === 'class') {
    const hasGoods = product.description?.length || product.words?.length || product.hs?.length
    return need(hasGoods, [...path, 'description'], CLASS)
  }
  if (product.listing === 'indicative') {
    return isFindable(product) ? [] : need(undefined, [...path, 'model'], FINDABLE)
  }
  if (product.listing !== 'listed') return []
  return [
    ...need(product.source?.document, [...path, 'source', 'document'], DOCUMENT),
    ...need(product.source?.date, [...path, 'source', 'date'], SOURCE_DATE),
    ...(isIdentified(product)
      ? []
      : need(undefined, [...path, identifierToAdd(product)], IDENTITY)),
  ]
}

/** A ruling must name what it rules about. Code: ERR_ADMIT_MISSING. */
export function requiredOfRuling(ruling: Loose<Ruling>, path: Path): Problem[] {
  if (ruling.product === undefined) return []
  const named = Object.values(ruling.product).some((value) => value !== undefined)
  return named ? [] : need(undefined, [...path, 'product'], RULED)
}

/** Suspending, rescinding and annulling need a reason; the code `other` needs a sentence. Code: ERR_ADMIT_MISSING. */
export function requiredReason(
  reason: Loose<Reason> | undefined,
  isRequired: boolean,
  path: Path,
): Problem[] {
  if (reason === undefined) return isRequired ? need(undefined, path, REASON) : []
  return reason.code === 'other' ? need(reason.text, [...path, 'text'], REASON_TEXT) : []
}

/** Something a look-up can find with certainty: an identifier, or a model together with whose it is. */
function isIdentified(product: Loose<Product>): boolean {
  const identifiers = [product.gtins, product.asins, product.tacs, product.fcc_ids]
  if (identifiers.some((list) => each(list, []).length > 0)) return true
  return hasModel(product) && hasOwner(product)
}

function identifierToAdd(product: Loose<Product>): string {
  return hasModel(product) && !hasOwner(product) ? 'brand' : 'model'
}

function hasModel(product: Loose<Product>): boolean {
  return Boolean(product.model ?? product.model_pattern) || each(product.mpns, []).length > 0
}

function hasOwner(product: Loose<Product>): boolean {
  return Boolean(product.brand ?? product.maker)
}

function isFindable(product: Loose<Product>): boolean {
  const lists = [product.description, product.words, product.listing_urls]
  return (
    isIdentified(product) ||
    hasModel(product) ||
    hasOwner(product) ||
    lists.some((list) => list !== undefined && list.length > 0)
  )
}

function reachable(contact: Loose<Contact>, path: Path): Problem[] {
  const way = contact.phone ?? contact.email ?? contact.url
  return need(way, [...path, 'email'], 'Give a phone number, an e-mail address or a URL.')
}

function need(value: unknown, path: Path, hint: string): Problem[] {
  if (value !== undefined && value !== null && value !== '' && value !== 0) return []
  const message = `\`${nameWithin(path)}\` is required and missing.`
  return [problem('ERR_ADMIT_MISSING', path, message, hint)]
}

/** `/header/official_text/citation` is `official_text/citation` to its reader. */
function nameWithin(path: Path): string {
  const owner = path.findLastIndex((step) => typeof step === 'number' || step === 'header')
  return path.slice(owner + 1).join('/')
}

const RECORD =
  'Write official, reconstruction (compiled by somebody else from public sources) or illustrative (invented).'
const CONFIDENCE = 'A reconstruction says how sure it is: high, medium or low.'
const CASES = "Give at least one of the authority's own numbers for this case."
const CITATION = 'Say where the official text is published, so that anyone can read it.'
const WORDING =
  "Give the order's own words as {kind: verbatim, text, lang}, or a summary as {kind: summary, …}: the wording binds, not the products."
const WHY =
  'Give the reasons in a few sentences under `reasons`, or link documents under `evidence`.'
const ACTION = 'Say what an officer does with the goods: exclude, seize or detain.'
const PARTIES =
  'An order against named parties must name at least one; if it reaches goods from anybody, write breadth: any_source.'
const REDRESS =
  'An official record says whom a party writes to who thinks it is wrong: {desk, email}, with phone, url and hours.'
const CLASS = 'Describe the class of goods: description, words, or an HS code with its edition.'
const FINDABLE = 'Give anything by which it can be found: a brand, a model, words or a description.'
const DOCUMENT =
  'Name the document in which the authority says that this product is covered; if there is none, write listing: indicative.'
const SOURCE_DATE = "Give that document's day, as 2026-01-31."
const IDENTITY =
  'A listed product needs a model, model_pattern or mpns together with a brand or maker, or else gtins, asins, tacs or fcc_ids; if none is known, write listing: indicative.'
const RULED =
  'Name what the ruling is about: a pid of the decision, or brand, model, firmware and so on.'
const REASON = 'Every market will read why: {code, text, lang}.'
const REASON_TEXT = 'The code `other` explains nothing by itself; add a sentence as `text`.'
