// A question in comparable form: every field parsed once, with notes on how it was read (design: look-up 4.2).

import type { TextTerm } from '../catalog/fulltext.ts'
import { isPartyWord, type TermKey } from '../catalog/keys.ts'
import { MAX_PIECES, piecesOf } from '../identifier/brand.ts'
import { caseQueryKeys } from '../identifier/case.ts'
import { looseFold, queryGrams, words } from '../identifier/fold.ts'
import { parseGs1 } from '../identifier/gs1.ts'
import { gtinKeys, type NotUnique, parseGtin } from '../identifier/gtin.ts'
import { type HsCode, parseHs } from '../identifier/hs.ts'
import { isGenericModel, modelKey } from '../identifier/model.ts'
import { partyIdKey, partyKeys, partyWords } from '../identifier/party.ts'
import { rightKey } from '../identifier/right.ts'
import { parseImei } from '../identifier/tac.ts'
import type { Query } from './query.ts'
import { type Sentence, say } from './sentences.ts'

/** The facts that decide a listing, as typed. */
export type Facts = Pick<
  Query,
  'serial' | 'firmware' | 'maker' | 'exporter' | 'importer' | 'party' | 'origin' | 'procedure'
>

export type Question = Facts & {
  gtin?: { gtin14: string; keys: string[]; notUnique?: NotUnique }
  /** Index keys of the valid numbers next to one with a wrong check digit. */
  near: string[]
  brand?: string
  model?: string
  mpn?: string
  asin?: string
  tac?: string
  hs?: HsCode
  /** Pieces of free text, in which brand and model may stand in any order. */
  free: string[]
  /** Words and bigrams of everything typed about the product. */
  terms: TextTerm[]
  /** All of that, folded and run together. */
  said: string
  /** A decision by its name. */
  decision?: string
  /** What orders are looked up by. */
  orders: TermKey[]
  /** Names of parties, for likeness. */
  parties: string[]
  /** True when the question names goods, be it badly. */
  namesProduct: boolean
  /** As understood, for the answer. */
  understood: Record<string, string>
  notes: Sentence[]
}

/** The fields of a query and what only the one free box can give. */
export type Fields = Omit<Query, 'q' | 'on' | 'known' | 'receipt' | 'lang' | 'limit'> & {
  free?: string | undefined
  asin?: string | undefined
  decision?: string | undefined
}

const MAX_PARTY_WORDS = 8

const STOP_WORDS = new Set(
  'the a an of and or for with in on to by from at as is new used item items model type no nr'.split(
    ' ',
  ),
)

/** Reads the fields. Never fails: what cannot be read is said in the notes and matches nothing. */
export function questionOf(fields: Fields): Question {
  const { brand, model, mpn, free, text } = fields
  const said = [brand, model, mpn, free, text].filter((part) => part !== undefined).join('\n')
  const question: Question = {
    near: [],
    free: [],
    terms: said === '' ? [] : termsOf([said]),
    said: said === '' ? '' : looseFold(said).replace(/\s+/g, ''),
    orders: [],
    parties: [],
    namesProduct: false,
    understood: {},
    notes: [],
  }
  for (const name in fields) {
    const value = fields[name as keyof Fields]
    if (value !== undefined) question.understood[name] = value
  }
  takeFacts(question, fields)
  if (fields.gtin !== undefined) takeGtin(question, fields.gtin)
  if (fields.tac !== undefined) takeTac(question, fields.tac)
  if (fields.hs !== undefined) takeHs(question, fields.hs)
  takeNames(question, fields)
  takeOrders(question, fields)
  return question
}

const FACTS = [
  'serial',
  'firmware',
  'maker',
  'exporter',
  'importer',
  'party',
  'origin',
  'procedure',
  'brand',
  'asin',
] as const

/** A manifest has a million lines: the members are copied one by one, only those that are there. */
function takeFacts(question: Question, fields: Fields): void {
  const taken: { [Name in (typeof FACTS)[number]]?: string | undefined } = question
  for (const name of FACTS) {
    const value = fields[name]
    if (value !== undefined) taken[name] = value
  }
}

function takeGtin(question: Question, text: string): void {
  question.namesProduct = true
  const scan = parseGs1(text)
  if (scan?.ok === false) question.notes.push(say('read_gs1_broken'))
  if (scan?.ok) {
    question.notes.push(say('read_gs1', { form: scan.form.replace('_', ' ') }))
    if (scan.serial !== undefined) {
      question.serial ??= scan.serial
      question.understood.serial ??= scan.serial
    }
  }
  const typed = scan?.ok ? (scan.gtin ?? '') : text
  const gtin = parseGtin(typed)
  if (gtin.ok) {
    const { gtin14, form, base13, notUnique } = gtin
    question.gtin = { gtin14, keys: gtinKeys(gtin14), ...given({ notUnique }) }
    question.understood.gtin = gtin14
    question.notes.push(say('read_gtin', { form, gtin: gtin14 }))
    if (base13 !== undefined) question.notes.push(say('read_case_gtin', { item: base13 }))
    if (notUnique !== undefined) {
      question.notes.push(say('read_gtin_not_unique', { kind: notUnique }))
    }
    return
  }
  const near = gtin.neighbours ?? []
  question.near = [...new Set(near.flatMap(gtinKeys))]
  if (gtin.reason === 'check_digit') {
    question.notes.push(say('read_gtin_check_digit', { gtin: typed, near: near.length }))
  } else if (near[0] !== undefined) {
    question.notes.push(say('read_gtin_zero_lost', { gtin: near[0].slice(-12) }))
  } else {
    question.notes.push(say('read_gtin_unreadable', { text: typed.slice(0, 40) }))
  }
}

function takeTac(question: Question, text: string): void {
  question.namesProduct = true
  const imei = parseImei(text)
  if (!imei.ok) {
    question.notes.push(say('read_tac_invalid'))
    return
  }
  question.tac = imei.tac
  question.understood.tac = imei.tac
  question.notes.push(say('read_tac', imei))
}

function takeHs(question: Question, text: string): void {
  const hs = parseHs(text)
  if (hs === null) {
    question.notes.push(say('read_hs_invalid', { text: text.slice(0, 40) }))
    return
  }
  question.hs = hs
  question.understood.hs = hs.edition === undefined ? hs.code : `${hs.edition}:${hs.code}`
  const edition = hs.edition ?? 'edition not given'
  question.notes.push(say('read_hs', { code: hs.code, edition }))
}

function takeNames(question: Question, fields: Fields): void {
  for (const name of ['model', 'mpn'] as const) {
    const value = fields[name]
    if (value === undefined) continue
    question.namesProduct = true
    if (isGenericModel(modelKey(value))) {
      question.notes.push(say('read_generic', { text: value.slice(0, 40) }))
    } else question[name] = value
  }
  const text = fields.free ?? fields.text ?? ''
  const pieces = text === '' ? [] : piecesOf(text)
  question.free = pieces.slice(0, MAX_PIECES)
  if (pieces.length > MAX_PIECES && fields.free !== undefined) {
    question.notes.push(say('read_cut', { most: MAX_PIECES }))
  }
  if (fields.free !== undefined) question.notes.push(say('read_words'))
  const named = fields.free ?? fields.text ?? fields.asin
  if (named !== undefined) question.namesProduct = true
  if (fields.asin !== undefined) question.notes.push(say('read_asin', { asin: fields.asin }))
}

function takeOrders(question: Question, fields: Fields): void {
  if (fields.decision !== undefined) {
    question.decision = fields.decision
    question.notes.push(say('read_decision', { decision: fields.decision }))
  }
  if (fields.case !== undefined) {
    const keys = caseQueryKeys(fields.case)
    question.orders.push(...keys.map((value): TermKey => ({ kind: 'case', value })))
    question.notes.push(say('read_case', { number: keys.at(-1) ?? fields.case }))
  }
  const right = fields.right === undefined ? '' : rightKey(fields.right)
  if (right !== '') {
    question.orders.push({ kind: 'right', value: right })
    question.notes.push(say('read_right', { number: right }))
  }
  // Goods of a party are not all covered by the order that names it: with goods named, the goods decide.
  const { maker, exporter, importer, party, free } = fields
  const names = question.namesProduct ? [free] : [maker, exporter, importer, party]
  for (const name of names) {
    if (name === undefined) continue
    const keys = partyKeys(name).map((value): TermKey => ({ kind: 'party', value }))
    question.orders.push(...keys, { kind: 'party_id', value: partyIdKey(name) })
    const said = partyWords(name)
    // Longer text is no name of a company.
    if (said.length < 2 || said.length > MAX_PARTY_WORDS) continue
    question.parties.push(name)
    const likely = said.filter(isPartyWord)
    question.orders.push(...likely.map((value): TermKey => ({ kind: 'party_word', value })))
  }
  question.orders = question.orders.filter(({ value }) => value !== '')
}

/** The search terms of some texts: words without the commonest, and bigrams. */
export function termsOf(texts: readonly (string | undefined)[]): TextTerm[] {
  const text = texts.filter((part) => part !== undefined).join('\n')
  const kept = words(text).filter((word) => !STOP_WORDS.has(word))
  return [
    ...kept.map((term): TextTerm => ({ column: 'words', term })),
    ...queryGrams(text).map((term): TextTerm => ({ column: 'grams', term })),
  ]
}

/** The members that have a value: with exactOptionalPropertyTypes a member is there or it is not. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
