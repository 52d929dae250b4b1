// Patent, design and trade mark numbers as comparable keys (domain reference §4.1 "Right number").

export const MAX_RIGHT_TEXT = 120

export type RightReading = {
  /** Two letters where the text names the office: US, EP, JP. */
  office?: string
  /** Upper case, kind code apart: 10912502, D517789, RE41922. */
  number: string
  /** The kind code, where one was written: B2. */
  kindCode?: string
}

const OFFICES = new Set(
  'US EP WO JP KR CN TW DE FR GB IT ES NL SE CH AT BE DK FI NO IE PL CZ EU EM CA AU NZ IN SG BR MX IL RU UA TR'.split(
    ' ',
  ),
)
const SPELLED = [
  ['JP', /特許|意匠|商標|実用新案/],
  ['KR', /특허|디자인|상표|실용신안/],
  ['CN', /专利|商标|^ZL/],
] as const

/** Reads a right's number as typed, or null where there is no number in it. */
export function parseRight(text: string): RightReading | null {
  const upper = text.slice(0, MAX_RIGHT_TEXT).toWellFormed().normalize('NFKC').toUpperCase()
  const spelled = SPELLED.find(([, pattern]) => pattern.test(upper.trim()))?.[0]
  const latin = upper
    .replace(/\b(PATENT|DESIGN|TRADEMARK|TRADE MARK|REGISTRATION|REG|NUMBER|NOS?|PAT)\b\.?/g, ' ')
    .replace(/U\.\s?S\./g, 'US')
    .replace(/[^A-Z0-9]/g, '')
  const parts = /^(?:ZL)?([A-Z]{0,4}?)((?:RE|PP|D|H|T|X|I|M)?[0-9]{3,15}X?)([A-Z][0-9]?)?$/.exec(
    latin,
  )
  if (parts === null) return null
  const [, prefix = '', number = '', kindCode] = parts
  if (prefix !== '' && !OFFICES.has(prefix)) return null
  const office = prefix === '' ? spelled : prefix
  return {
    ...(office === undefined ? {} : { office }),
    number: number.replace(/^(RE|PP|D|H|T|I|M)?0+(?=[0-9])/, '$1'),
    ...(kindCode === undefined ? {} : { kindCode }),
  }
}

/** The key a typed number is looked up under: with its office where one was named, else the bare number. Empty: no number. */
export function rightKey(text: string): string {
  const right = parseRight(text)
  return right === null ? '' : `${right.office ?? ''}${right.number}`
}

/** The keys a right of an order is indexed under: bare, and with its office. */
export function rightKeys(number: string, office?: string): string[] {
  const right = parseRight(number)
  if (right === null) return []
  const named = officeCode(office) ?? right.office
  return named === undefined ? [right.number] : [right.number, `${named}${right.number}`]
}

/** True for text that can only be a right's number: grouped digits, an office prefix, D or RE, or the word in its own script. */
export function isRightLike(text: string): boolean {
  const right = parseRight(text)
  if (right === null) return false
  const grouped = /^\D{0,12}[0-9]{1,3}(,[0-9]{3})+\D{0,6}[0-9]?$/.test(text.trim())
  return right.office !== undefined || /^(D|RE|PP)[0-9]{5,}$/.test(right.number) || grouped
}

function officeCode(office: string | undefined): string | undefined {
  const code = office?.trim().toUpperCase().slice(0, 2)
  return code !== undefined && OFFICES.has(code) ? code : undefined
}
