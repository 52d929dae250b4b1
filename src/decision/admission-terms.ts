// The terms of an order that must fit together: the bond, and what an amendment may not touch (design: decisions 2.1, protocol 1.3).

import { isGeneric } from './admission-generic.ts'
import { type Loose, type Path, type Problem, problem } from './admission-problem.ts'
import type { Header } from './schema.ts'

/** No bond above ten times the value: more is a slip of the decimal point. */
export const MAX_BOND_PERCENT = 1000

type Bond = NonNullable<NonNullable<Header['action']>['bond']>

/** Kind, amount and currency of the bond say one thing. Code: ERR_ADMIT_BOND. */
export function checkBond(header: Loose<Header>, path: Path): Problem[] {
  const bond = header.action?.bond
  if (bond === undefined) return []
  const at = [...path, 'action', 'bond']
  const { kind } = bond
  if (kind === 'none') return checkNoBond(bond, at)
  if (kind === 'percent') return [...checkPercent(bond, at), ...checkAmount(bond, at)]
  if (kind === 'per_unit' || kind === 'flat') {
    return [...checkAmount(bond, at), ...checkCurrency(bond.currency, kind, at)]
  }
  return []
}

function checkNoBond(bond: Loose<Bond>, path: Path): Problem[] {
  return (['amount', 'currency'] as const)
    .filter((name) => bond[name] !== undefined)
    .map((name) => wrong([...path, name], `There is no bond, so \`${name}\` must be left out.`))
}

function checkPercent(bond: Loose<Bond>, path: Path): Problem[] {
  const problems: Problem[] = []
  if (bond.currency !== undefined) {
    const message = 'A percentage of the value has no currency; leave it out, or write kind: flat.'
    problems.push(wrong([...path, 'currency'], message))
  }
  if (Number(bond.amount ?? 0) > MAX_BOND_PERCENT) {
    const message = `${bond.amount} % is more than ${MAX_BOND_PERCENT} %; write '100' for the full value.`
    problems.push(wrong([...path, 'amount'], message))
  }
  return problems
}

function checkAmount(bond: Loose<Bond>, path: Path): Problem[] {
  if (bond.amount === undefined) {
    return [
      wrong([...path, 'amount'], "The amount is missing; a decimal in quotes, such as '100'."),
    ]
  }
  if (Number(bond.amount) > 0) return []
  return [wrong([...path, 'amount'], 'A bond of nothing is no bond; write kind: none.')]
}

function checkCurrency(currency: string | undefined, kind: string, path: Path): Problem[] {
  const at = [...path, 'currency']
  if (currency === undefined) {
    return [wrong(at, `A ${kind} bond needs its currency: three capital letters, such as USD.`)]
  }
  if (Intl.supportedValuesOf('currency').includes(currency)) return []
  return [wrong(at, `${currency} is no currency of ISO 4217, such as USD, EUR or KRW.`)]
}

/** An amendment keeps the instrument and the case numbers. Code: ERR_ACT_IMMUTABLE. */
export function checkAmendment(header: Loose<Header>, previous: Header, path: Path): Problem[] {
  const problems: Problem[] = []
  const hint = 'Another order is another decision: rescind this one and issue that one.'
  if (header.instrument !== undefined && header.instrument !== previous.instrument) {
    const message = `An amendment keeps the instrument, which is ${previous.instrument}.`
    problems.push(problem('ERR_ACT_IMMUTABLE', [...path, 'instrument'], message, hint))
  }
  const cases = previous.case_numbers ?? []
  const given = header.case_numbers
  if (given !== undefined && JSON.stringify(given) !== JSON.stringify(cases)) {
    const message = `An amendment keeps the case numbers as they are, in this order: ${cases.join(', ')}.`
    problems.push(problem('ERR_ACT_IMMUTABLE', [...path, 'case_numbers'], message, hint))
  }
  return problems
}

/** Required lines are not filled with "N/A". Code: ERR_ADMIT_GENERIC. */
export function checkFilledIn(header: Loose<Header>, path: Path): Problem[] {
  const lines: [string | undefined, Path][] = [
    [header.issuing_body, [...path, 'issuing_body']],
    [header.legal_basis, [...path, 'legal_basis']],
    [header.title, [...path, 'title']],
    [header.official_text?.citation, [...path, 'official_text', 'citation']],
    [header.wording?.text, [...path, 'wording', 'text']],
    [header.reasons, [...path, 'reasons']],
    ...(header.case_numbers ?? []).map((number, index): [string | undefined, Path] => [
      number,
      [...path, 'case_numbers', index],
    ]),
  ]
  return lines.flatMap(([line, at]) => {
    if (line === undefined || !isGeneric(line)) return []
    const message = `\`${line.slice(0, 40)}\` says nothing; write what the order says.`
    return [problem('ERR_ADMIT_GENERIC', at, message)]
  })
}

function wrong(path: Path, message: string): Problem {
  return problem('ERR_ADMIT_BOND', path, message)
}
