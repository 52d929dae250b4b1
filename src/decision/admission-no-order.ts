// What is often taken for an order and is none (design: decisions 2.1, last paragraph): there is no instrument for it.
import type { Instrument } from './vocabulary.ts'

const NOT_YET =
  'is not a decision: nobody may act on it before the authority itself has ordered. Publish the order when it is issued.'
const NEWS =
  'is not a decision: reports have called orders issued that never were. Publish from the order itself.'
const PERSON =
  'binds the person it names and never blocks goods at the border. Name it under `context` of the exclusion order it belongs to.'
const NO_REMEDY = 'bars no goods, so there is nothing to publish.'
const ABOUT_AN_ORDER =
  'is about an order and is none itself. Publish it as a `rule` act of the decision it interprets.'

const REASONS: readonly (readonly [words: RegExp, reason: string])[] = [
  [
    /^(alj_)?(recommend(ation|ed)?(_(order|remedy|determination))?|(final_)?(initial|recommended)_determination|proposed_(order|exclusion)|draft(_order)?)$/,
    `A judge's recommendation ${NOT_YET}`,
  ],
  [
    /^(press(_(report|release))?|news(_report)?|media(_report)?|article)$/,
    `A press report ${NEWS}`,
  ],
  [
    /^(complaint|petition|investigation|institution|notice_of_(institution|investigation)|request|application)$/,
    `A complaint ${NOT_YET}`,
  ],
  [/^consent(_order)?$/, `A consent order ${PERSON}`],
  [/^(cease_and_desist(_order)?|cease_desist(_order)?|cdo)$/, `A cease-and-desist order ${PERSON}`],
  [
    /^(none|no_order|no_violation|terminat(ion|ed)|settle(ment|d)|withdraw(al|n)|dismiss(al|ed))$/,
    `A case that ended without an order ${NO_REMEDY}`,
  ],
  [
    /^(advisory_opinion|customs_ruling|scope_ruling|ruling|internal_advice)$/,
    `A ruling or opinion ${ABOUT_AN_ORDER}`,
  ],
]

const ORDERS: readonly (readonly [words: RegExp, instrument: Instrument])[] = [
  [/^(geo|general(_exclusion_order)?)$/, 'general_exclusion'],
  [/^(leo|limited(_exclusion_order)?)$/, 'limited_exclusion'],
  [/^(teo|temporary(_exclusion_order)?)$/, 'temporary_exclusion'],
  [/^(sfo|seizure(_and_forfeiture)?(_order)?)$/, 'seizure_forfeiture'],
  [/^injunction$/, 'court_injunction'],
]

/** Why what was given as an instrument is no order, in one or two sentences, or null when it is not known to be none. */
export function noOrderReason(word: string): string | null {
  const folded = fold(word)
  return REASONS.find(([words]) => words.test(folded))?.[1] ?? null
}

/** The instrument meant by a usual name or short form of an order, or null. */
export function orderNamed(word: string): Instrument | null {
  const folded = fold(word)
  return ORDERS.find(([words]) => words.test(folded))?.[1] ?? null
}

function fold(word: string): string {
  return word
    .slice(0, 80)
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
}
