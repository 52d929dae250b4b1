// Party names and registry ids as comparable keys (domain reference §4.1; lookup reference §5.4 "Parties").
import { fold } from './fold.ts'
import { foldHan } from './han.ts'

/** Names longer than this are cut before they are folded. */
export const MAX_PARTY_NAME = 300

const LEGAL_FORMS = new Set(
  [
    'co company corp corporation inc incorporated ltd limited llc llp lp plc private pte pty pvt sdn bhd',
    'gmbh ag kg kgaa ohg ug mbh ev sa sas sasu sarl spa srl sl slu lda ltda bv nv cv ab as asa oy oyj aps',
    'kk yk gk sro sp z oo spzoo zoo doo dd eood ood kft zrt tbk jsc pjsc ooo zao oao pao cojsc',
    'ооо зао оао пао ао ип тов тоо пп αε επε ικε',
    'and und et the',
  ]
    .join(' ')
    .split(' '),
)

// Written without spaces, before or after the name; longest first, so that 有限公司 does not leave 股份 behind.
const CJK_FORMS =
  /股份有限公司|有限责任公司|有限公司|总合商社|株式会社|有限会社|合同会社|合资会社|公司|주식회사|유한책임회사|유한회사|유한공사|\((?:株|有|同|주|유)\)/g

// 深圳市 and 深圳 are one place, before the name of a company.
const CITY = /^(\p{Script=Han}{2})市(?=\p{Script=Han}{2})/u

/**
 * The key of a name: folded, legal forms of many countries removed, tokens sorted, one space between. Never empty for a name
 * with a letter or a digit: where nothing but legal forms is left, they stay.
 */
export function partyKey(name: string): string {
  return tokensOf(name).sort().join(' ')
}

/** All keys of a name: sorted tokens, and the tokens run together in order (ShenzhenDajiang for Shenzhen Da Jiang). */
export function partyKeys(name: string): string[] {
  const joined = tokensOf(name).join('')
  return [...new Set([partyKey(name), joined])].filter((key) => key !== '')
}

/** How two names relate: the same, one within the other (an affiliate, a branch, a shortened name), or different. */
export function compareParties(name: string, other: string): 'same' | 'within' | 'different' {
  const theirs = partyKeys(other)
  if (partyKeys(name).some((key) => theirs.includes(key))) return 'same'
  const a = tokensOf(name)
  const b = tokensOf(other)
  if (a.length === 0 || b.length === 0) return 'different'
  const [fewer, more] = a.length <= b.length ? [a, b] : [b, a]
  return fewer.every((token) => more.includes(token)) ? 'within' : 'different'
}

/** The key of a registry id: upper case, letters and digits only. */
export function partyIdKey(value: string): string {
  return value
    .slice(0, MAX_PARTY_NAME)
    .toWellFormed()
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
}

/** The words of a name without its legal forms, in order. */
export function partyWords(name: string): string[] {
  return tokensOf(name)
}

function tokensOf(name: string): string[] {
  const folded = foldHan(fold(name.slice(0, MAX_PARTY_NAME)))
    .replace(CJK_FORMS, ' ')
    .replace(CITY, '$1')
    // s.a. and S. A. are one token, as SA is
    .replace(/(?<![\p{L}\p{N}])(\p{L})\./gu, '$1')
  const tokens = joinLetters(folded.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])
  const named = tokens.filter((token) => !LEGAL_FORMS.has(token))
  if (named.length > 0) return named
  return tokens.length > 0 ? tokens : (foldHan(fold(name)).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])
}

function joinLetters(tokens: readonly string[]): string[] {
  const joined: string[] = []
  let letters = ''
  for (const token of tokens) {
    if (/^[a-z]$/.test(token)) {
      letters += token
      continue
    }
    if (letters !== '') joined.push(letters)
    letters = ''
    joined.push(token)
  }
  if (letters !== '') joined.push(letters)
  return joined
}
