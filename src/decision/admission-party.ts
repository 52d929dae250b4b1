// Parties: identifiers that can be checked are checked, and no personal address hides in a name (design: decisions 2.1, "reasons").

import { isGeneric } from './admission-generic.ts'
import { each, type Loose, type Path, type Problem, problem } from './admission-problem.ts'
import type { Header } from './schema.ts'

type Party = NonNullable<Header['parties']>[number]
type PartyId = NonNullable<Party['ids']>[number]

const EMAIL = /[^\s@<>()[\],;:"]+@[^\s@<>()[\],;:"]+\.[a-z]{2,}/iu

/** Codes: ERR_ADMIT_PARTY_ID, ERR_ADMIT_PERSONAL, ERR_ADMIT_GENERIC. */
export function checkParties(header: Loose<Header>, path: Path): Problem[] {
  const parties = each(header.parties, [...path, 'parties'])
  const carveOuts = each(header.carve_outs, [...path, 'carve_outs'])
  return [
    ...parties.flatMap(({ item, path: place }) => checkParty(item, place)),
    ...carveOuts.flatMap(({ item, path: place }) =>
      checkPersonal(item.beneficiary, [...place, 'beneficiary']),
    ),
  ]
}

/** Names hold no e-mail address: contacts have their own place. Code: ERR_ADMIT_PERSONAL. */
export function checkPersonal(name: string | undefined, path: Path): Problem[] {
  if (name === undefined || !EMAIL.test(name)) return []
  const message =
    'There is an e-mail address in this name. Acts can never be erased: write the name only; desks belong under `redress` or `action/contact`.'
  return [problem('ERR_ADMIT_PERSONAL', path, message)]
}

function checkParty(party: Loose<Party>, path: Path): Problem[] {
  const names: [string | undefined, Path][] = [
    [party.name, [...path, 'name']],
    ...each(party.aliases, [...path, 'aliases']).map(({ item, path: place }): [string, Path] => [
      item,
      place,
    ]),
    ...each(party.local_names, [...path, 'local_names']).map(
      ({ item, path: place }): [string | undefined, Path] => [item.name, [...place, 'name']],
    ),
  ]
  return [
    ...names.flatMap(([name, place]) => [
      ...checkPersonal(name, place),
      ...(name !== undefined && isGeneric(name) ? [genericName(name, place)] : []),
    ]),
    ...each(party.ids, [...path, 'ids']).flatMap(({ item, path: place }) => checkId(item, place)),
  ]
}

function genericName(name: string, path: Path): Problem {
  const message = `\`${name}\` names nobody; give the name under which the party trades, or leave the party out.`
  return problem('ERR_ADMIT_GENERIC', path, message)
}

function checkId(id: Loose<PartyId>, path: Path): Problem[] {
  const { type, value } = id
  if (type === undefined || value === undefined) return []
  const fault = ID_RULES[type](value)
  if (fault === null) return []
  const message = `\`${value}\` is no ${type}: ${fault}.`
  return [problem('ERR_ADMIT_PARTY_ID', [...path, 'value'], message)]
}

const ID_RULES: Readonly<Record<PartyId['type'], (value: string) => string | null>> = {
  LEI: (value) => {
    if (!/^[A-Z0-9]{18}[0-9]{2}$/.test(value)) return '18 capital letters or digits and two digits'
    return leiRemainder(value) === 1 ? null : 'its check digits do not fit (ISO 17442); look it up'
  },
  USCC: (value) => {
    if (!/^[0-9A-HJ-NP-RTUWXY]{18}$/.test(value))
      return '18 digits and capitals without I, O, S, V, Z'
    return usccCheck(value) === value[17] ? null : 'its check character does not fit (GB 32100)'
  },
  EORI: (value) =>
    /^[A-Z]{2}[A-Z0-9]{1,15}$/.test(value)
      ? null
      : 'two capitals of the country, then up to 15 characters',
  DUNS: (value) => (/^[0-9]{9}$/.test(value) ? null : 'nine digits, without dashes'),
  MID: (value) =>
    /^[A-Z]{2}[A-Z0-9]{3,13}$/.test(value)
      ? null
      : 'two capitals of the country, then 3 to 13 characters',
  other: () => null,
}

/** ISO 7064 MOD 97-10: letters count as 10 to 35; a right number leaves 1. */
function leiRemainder(value: string): number {
  let remainder = 0
  for (const character of value) {
    for (const digit of String(Number.parseInt(character, 36))) {
      remainder = (remainder * 10 + Number(digit)) % 97
    }
  }
  return remainder
}

const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/** GB 32100-2015: weights are powers of 3 modulo 31 over the first 17 characters. */
function usccCheck(value: string): string | undefined {
  let sum = 0
  let weight = 1
  for (const character of value.slice(0, 17)) {
    sum += USCC_ALPHABET.indexOf(character) * weight
    weight = (weight * 3) % 31
  }
  return USCC_ALPHABET[(31 - (sum % 31)) % 31]
}
