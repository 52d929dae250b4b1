// What an officer of this market does, in one line, before any verdict word (design: decisions 2.5, "The page leads with"). Pure.
import type { Effect } from '../decision/vocabulary.ts'
import type { Answer, Instruction } from '../lookup/answer.ts'
import type { LookupResult } from '../lookup/result.ts'
import { formatDay, formatList, formatMarket, formatMoney, marketName } from './format.ts'
import { words } from './words.ts'

/** Markets in which somebody acts on the goods; the others are only told, or have declined. */
const ACTING: readonly Effect[] = ['enforce', 'detain', 'examine']

/** The results that carry the answer's verdict, those with the effect of the instruction first. */
export function carrying(answer: Answer): LookupResult[] {
  const effect = answer.instruction?.effect
  const results = answer.results.filter((result) => result.verdict === answer.verdict)
  return results.toSorted(
    (a, b) => Number(b.effect.value === effect) - Number(a.effect.value === effect),
  )
}

/** True where nothing is to be done here, and the headline says so. */
export function isQuiet(answer: Answer): boolean {
  return answer.instruction === null || !ACTING.includes(answer.instruction.effect)
}

/** True where a finding asks for nothing here: its colour steps back. What is not a finding keeps its own. */
export function isMuted(answer: Answer): boolean {
  return isQuiet(answer) && (answer.verdict === 'blocked' || answer.verdict === 'possible')
}

/** The headline: "Hold and call …", "Admit under bond, 50 %, until 3 March 2026", "Blocked in Japan. No action here". */
export function headline(answer: Answer, here: string): string {
  const { verdict, instruction } = answer
  if (verdict === 'cannot_say') return words.card.cannotSay
  if (verdict === 'not_listed' || instruction === null) return words.card.notListed
  if (verdict === 'exception') return words.card.exception
  if (isQuiet(answer)) {
    return words.card.noAction(words.verdict[verdict], marketNames(answer.decided_in))
  }
  const [leading] = carrying(answer)
  if (leading?.why.code === 'names_order') return words.card.compare
  if (instruction.effect === 'examine') return words.card.examine
  const bond = ownBond(instruction, leading)
  if (bond !== null) {
    const terms = bondTerms(bond)
    return words.card.bond(terms === null ? '' : `, ${terms}`, formatDay(bond.until))
  }
  const call = words.card.call[instruction.effect === 'enforce' ? instruction.action : 'detain']
  return `${call} ${deskName(instruction, leading, here)}`
}

/** Bond terms bind only where they were set: on goods of this market's own order. */
export function ownBond(
  instruction: Instruction,
  leading: LookupResult | undefined,
): NonNullable<Instruction['bond']> | null {
  const isOwn = leading?.effect.by === 'own_decision' && instruction.effect === 'enforce'
  return isOwn ? (instruction.bond ?? null) : null
}

/** `50 %`, `USD 2 per unit`, `EUR 500`; null where the kind or amount is not given. */
export function bondTerms(bond: {
  kind: string
  amount?: string | undefined
  currency?: string | undefined
}): string | null {
  const { kind, amount, currency = '' } = bond
  if (amount === undefined) return null
  if (kind === 'percent') return words.bond.percent(amount)
  const money = formatMoney(amount, currency).trim()
  return kind === 'per_unit' ? words.bond.perUnit(money) : money
}

/** In how many markets it shows, and in how many somebody acts: two facts, never one. */
export function counts(answer: Answer): { shown: number; acted: number } {
  const effects = Object.values(answer.effects)
  return {
    shown: effects.length,
    acted: effects.filter((effect) => ACTING.includes(effect)).length,
  }
}

/** `Japan and South Korea`. */
export function marketNames(markets: readonly string[]): string {
  return formatList(markets.map((market) => marketName(market) ?? market))
}

/** The facts without which nothing more can be said, as the names of look-up fields; each once. */
export function missingFacts(answer: Answer): string[] {
  if (isQuiet(answer)) return []
  const open = carrying(answer).flatMap(({ explain }) =>
    explain.filter(({ code }) => ['fact_missing', 'brand_missing', 'party_unknown'].includes(code)),
  )
  const fields = new Set(open.map(({ field }) => field))
  // What identifies the goods already is not helped by a brand.
  if (answer.verdict === 'blocked') fields.delete('brand')
  return ['brand', 'firmware', 'serial', 'maker', 'origin'].filter((field) => fields.has(field))
}

function deskName(
  { contact }: Instruction,
  leading: LookupResult | undefined,
  here: string,
): string {
  if (contact === undefined) return words.card.ownDesk
  const market = leading?.order.market
  return market === undefined || market === here
    ? contact.desk
    : `${contact.desk}, ${formatMarket(market)}`
}
