// Identifiers of products: what cannot be right, or would match other goods, is refused before it is signed (design: decisions 2.1
// "Product"; reference: domain 4.1, lookup 5.3.4).
import { gtinCheckDigit, parseGtin } from '../identifier/gtin.ts'
import { isGenericModel, modelKey } from '../identifier/model.ts'
import { MAX_PATTERN, MIN_PATTERN_LITERALS, parsePattern } from '../identifier/pattern.ts'
import { isGeneric } from './admission-generic.ts'
import { checkPersonal } from './admission-party.ts'
import { each, type Loose, type Path, type Problem, problem } from './admission-problem.ts'
import type { Product, Ruling } from './schema.ts'

type Hs = NonNullable<Product['hs']>[number]

/** Years in which an edition of the Harmonised System came into force. */
export const HS_EDITIONS = ['1988', '1992', '1996', '2002', '2007', '2012', '2017', '2022', '2028']

/** Codes: ERR_ADMIT_GTIN, ERR_ADMIT_PATTERN, ERR_ADMIT_HS, ERR_ADMIT_GENERIC, ERR_ADMIT_PERSONAL. */
export function checkIdentifiers(product: Loose<Product>, path: Path): Problem[] {
  const list = (name: 'gtins' | 'mpns' | 'model_aliases' | 'brand_aliases' | 'fcc_ids') =>
    each(product[name], [...path, name])
  const codes = (name: 'asins' | 'tacs') => each(product[name], [...path, name])
  return [
    ...list('gtins').flatMap(({ item, path: at }) => checkGtin(item, at)),
    ...checkPattern(product.model_pattern, [...path, 'model_pattern']),
    ...each(product.hs, [...path, 'hs']).flatMap(({ item, path: at }) => checkHs(item, at)),
    ...checkModel(product.model, [...path, 'model']),
    ...[...list('model_aliases'), ...list('mpns')].flatMap(({ item, path: at }) =>
      checkModel(item, at),
    ),
    ...checkName(product.brand, [...path, 'brand']),
    ...checkName(product.maker, [...path, 'maker']),
    ...[...list('brand_aliases'), ...list('fcc_ids'), ...codes('asins'), ...codes('tacs')].flatMap(
      ({ item, path: at }) => checkName(item, at),
    ),
    ...each(product.words, [...path, 'words']).flatMap(({ item, path: at }) => checkName(item, at)),
  ]
}

/** Identifiers by which a ruling names goods. Codes: ERR_ADMIT_GTIN, ERR_ADMIT_GENERIC. */
export function checkRuledProduct(product: Loose<Ruling['product']>, path: Path): Problem[] {
  return [
    ...checkGtin(product.gtin, [...path, 'gtin']),
    ...checkModel(product.model, [...path, 'model']),
    ...checkModel(product.mpn, [...path, 'mpn']),
    ...checkName(product.brand, [...path, 'brand']),
  ]
}

/** No pid twice in one act, whether added or removed. Code: ERR_ADMIT_DUPLICATE_PID. */
export function checkPids(pids: readonly { pid: string; path: Path }[]): Problem[] {
  const first = new Map<string, Path>()
  return pids.flatMap(({ pid, path }) => {
    const earlier = first.get(pid)
    if (earlier === undefined) {
      first.set(pid, path)
      return []
    }
    const message = `\`${pid}\` stands in this act already, at /${earlier.join('/')}; each pid once in an act. To replace a listed product, add it under its pid and remove nothing.`
    return [problem('ERR_ADMIT_DUPLICATE_PID', path, message)]
  })
}

/** Acts about products name products that the decision lists. Code: ERR_ADMIT_UNKNOWN_PID. */
export function checkListed(
  pids: readonly { pid: string; path: Path }[],
  listed: ReadonlySet<string> | undefined,
): Problem[] {
  if (listed === undefined) return []
  return pids
    .filter(({ pid }) => !listed.has(pid))
    .map(({ pid, path }) => {
      const message = `The decision lists no product \`${pid}\`, so this would do nothing.`
      const some = [...listed].slice(0, 20).join(', ')
      return problem('ERR_ADMIT_UNKNOWN_PID', path, message, `Listed: ${some || 'none'}.`)
    })
}

function checkGtin(gtin: string | undefined, path: Path): Problem[] {
  if (gtin === undefined) return []
  const reading = parseGtin(gtin)
  if (reading.ok) {
    // An ISBN names one book, as its barcode does.
    if (reading.notUnique === undefined || reading.notUnique === 'isbn') return []
    const message = `${gtin} ${NOT_UNIQUE[reading.notUnique]}: it does not name one product in the world. Leave it out.`
    return [problem('ERR_ADMIT_GTIN', path, message)]
  }
  if (reading.reason === 'placeholder') return [generic(gtin, path)]
  const fitting = gtin.slice(0, -1) + gtinCheckDigit(gtin.slice(0, -1))
  const hint =
    reading.reason === 'check_digit'
      ? `If all the others are right it is ${fitting}; look at the packaging, never guess.`
      : undefined
  const message = `${gtin} is no barcode number: ${GTIN_FAULTS[reading.reason]}.`
  return [problem('ERR_ADMIT_GTIN', path, message, hint)]
}

const NOT_UNIQUE = {
  restricted: "is a shop's own number (prefix 02, 04 or 20 to 29)",
  coupon: 'is a coupon number (prefix 05, 98 or 99)',
  issn: 'is the number of a periodical (prefix 977)',
} as const

const GTIN_FAULTS = {
  characters: 'it has other characters than digits',
  length: 'it must have 8, 12, 13 or 14 digits; a spreadsheet may have eaten zeros at the front',
  check_digit: 'its last digit does not fit the others',
} as const

const OTHER_WILDCARDS = /[[\]{}()|\\^$,;]/u

function checkPattern(pattern: string | undefined, path: Path): Problem[] {
  if (pattern === undefined) return []
  const wrong = (message: string) => [problem('ERR_ADMIT_PATTERN', path, message, PATTERN_LANGUAGE)]
  const other = OTHER_WILDCARDS.exec(pattern)?.[0]
  if (other !== undefined) {
    return wrong(`\`${other}\` has no meaning in a pattern; write one product for each pattern.`)
  }
  const reading = parsePattern(pattern)
  return reading.ok ? [] : wrong(PATTERN_FAULTS[reading.reason])
}

const PATTERN_LANGUAGE =
  'Letters and digits stand for themselves, ? for one character, # for one digit, * at the end for any rest.'
const PATTERN_FAULTS = {
  length: `A pattern has at most ${MAX_PATTERN} characters.`,
  star: '`*` may stand only at the end; use ? or # for single places before it.',
  literals: `A pattern needs at least ${MIN_PATTERN_LITERALS} letters or digits of its own, or it would match the goods of others.`,
} as const

function checkHs(hs: Loose<Hs>, path: Path): Problem[] {
  const problems: Problem[] = []
  const { code, edition } = hs
  if (code !== undefined) {
    const at = [...path, 'code']
    if (![2, 4, 6].includes(code.length) && code.length < 8) {
      const message = `${code} has ${code.length} digits; a tariff code has 2, 4 or 6, or 8 to 12 with the national part.`
      problems.push(problem('ERR_ADMIT_HS', at, message))
    }
    if (/^(00|77)/.test(code)) {
      const message = `${code} lies in chapter ${code.slice(0, 2)}, which the Harmonised System does not have.`
      problems.push(problem('ERR_ADMIT_HS', at, message))
    }
  }
  if (edition !== undefined && !HS_EDITIONS.includes(edition)) {
    const message = `There is no ${edition} edition of the Harmonised System; write the edition the code is taken from.`
    const hint = `Editions: ${HS_EDITIONS.join(', ')}.`
    problems.push(problem('ERR_ADMIT_HS', [...path, 'edition'], message, hint))
  }
  return problems
}

function checkModel(text: string | undefined, path: Path): Problem[] {
  if (text === undefined) return []
  return isGeneric(text) || isGenericModel(modelKey(text)) ? [generic(text, path)] : []
}

function checkName(text: string | undefined, path: Path): Problem[] {
  if (text === undefined) return []
  return [...(isGeneric(text) ? [generic(text, path)] : []), ...checkPersonal(text, path)]
}

function generic(text: string, path: Path): Problem {
  const message = `\`${text}\` identifies nothing and would match the goods of others; leave it out, or write listing: class for a kind of goods.`
  return problem('ERR_ADMIT_GENERIC', path, message)
}
