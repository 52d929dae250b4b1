// Whether an order on named parties reaches the goods asked about, and whose carve-outs they may use (design: decisions 2.1, 2.5).
import type { Header } from '../decision/schema.ts'
import { hasEnded, hasStarted, type Moment } from '../decision/state.ts'
import { compareParties, partyIdKey, partyWords } from '../identifier/party.ts'
import type { Question } from './question.ts'
import { partyRarityOf } from './rarity.ts'
import { listText } from './sentences.ts'
import { isOneEdit } from './typo.ts'

/** The source condition: none, met by a party given, another maker named, or not known. */
export type PartyCondition = 'any_source' | 'met' | 'other' | 'unknown'

type Party = NonNullable<Header['parties']>[number]
type CarveOut = NonNullable<Header['carve_outs']>[number]

/**
 * A named party given in any role meets the condition. Only another *maker* speaks against it: an exporter, importer or forwarder
 * never weakens a match. A maker whose name contains the party's, or lies within it, may be an affiliate: unknown, so it is asked.
 */
export function partyCondition(question: Question, header: Header): PartyCondition {
  if (header.breadth === 'any_source') return 'any_source'
  const parties = header.parties ?? []
  const { maker, exporter, importer, party } = question
  const given = [maker, exporter, importer, party].filter((name) => name !== undefined)
  if (given.some((name) => parties.some((named) => relation(name, named) === 'same'))) return 'met'
  if (maker === undefined || parties.length === 0) return 'unknown'
  return parties.some((named) => relation(maker, named) === 'within') ? 'unknown' : 'other'
}

/** Names said of one order; more would make no sentence. */
const MAX_NAMED = 5

/** The first parties an order names. */
export function partyNames(header: Header): string[] {
  return (header.parties ?? []).slice(0, MAX_NAMED).map(({ name }) => name)
}

/** The parties an order names, for a sentence. */
export function namedParties(header: Header): string {
  return listText(partyNames(header))
}

/**
 * `satisfied` where the beneficiary was given as maker, importer or party; `open` where it might apply and is asked; `over` outside
 * its dates. A use (repair, research, personal use, redesign) is never proven by a name alone, so it stays a question.
 */
export function carveOutStanding(
  carveOut: CarveOut,
  question: Question,
  moment: Moment,
): 'satisfied' | 'open' | 'over' {
  if (carveOut.from !== undefined && !hasStarted(carveOut.from, moment)) return 'over'
  if (carveOut.to !== undefined && hasEnded(carveOut.to, moment)) return 'over'
  const { beneficiary, kind } = carveOut
  const byName = kind === 'licensed' || kind === 'named_customer' || kind === 'government'
  if (beneficiary === undefined || !byName) return 'open'
  const given = [question.maker, question.importer, question.party]
  const isGiven = given.some((name) => name && compareParties(name, beneficiary) === 'same')
  return isGiven ? 'satisfied' : 'open'
}

function relation(name: string, party: Party): 'same' | 'within' | 'different' {
  const id = partyIdKey(name)
  if (id !== '' && (party.ids ?? []).some(({ value }) => partyIdKey(value) === id)) return 'same'
  const names = [
    party.name,
    ...(party.aliases ?? []),
    ...(party.local_names ?? []).map((local) => local.name),
  ]
  const relations = names.map((known) => compareParties(name, known))
  return (['same', 'within'] as const).find((found) => relations.includes(found)) ?? 'different'
}

/** Names at least this much alike may be one company's. */
export const MIN_PARTY_LIKENESS = 0.9

/** The party of an order whose name is most like one of those asked, from `MIN_PARTY_LIKENESS` on; null for none. */
export function likeParty(
  asked: readonly string[],
  header: Header,
): { query: string; candidate: string } | null {
  for (const query of asked) {
    for (const { name, aliases = [], local_names = [] } of header.parties ?? []) {
      const known = [name, ...aliases, ...local_names.map((local) => local.name)]
      const candidate = known.find((one) => partyLikeness(query, one) >= MIN_PARTY_LIKENESS)
      if (candidate !== undefined) return { query, candidate }
    }
  }
  return null
}

/** How alike two names are, from 0 to 1: the words they share, a misspelt one nearly whole, each by what it tells. */
export function partyLikeness(name: string, other: string): number {
  const ours = partyWords(name)
  const theirs = partyWords(other)
  const weigh = (all: readonly string[]) => all.reduce((sum, word) => sum + partyRarityOf(word), 0)
  const shared = ours.reduce((sum, word) => {
    const same = theirs.includes(word)
      ? 1
      : theirs.some((known) => isMisspelt(word, known))
        ? 0.9
        : 0
    return sum + same * partyRarityOf(word)
  }, 0)
  const whole = weigh(ours) + weigh(theirs)
  return whole === 0 ? 0 : (2 * shared) / whole
}

function isMisspelt(word: string, known: string): boolean {
  return word.length >= 5 && known.length >= 5 && isOneEdit(word, known)
}
