// Text that reads differently from what it is (reference: protocol 4, row 27): invisible and direction-turning characters, two spellings
// of one letter, stray breaks and blanks; and addresses that are links to something else than the web.
import { type Path, type Problem, problem } from './admission-problem.ts'

/** Members whose text may run over several lines. */
const MULTILINE = new Set(['text', 'wording', 'reasons'])
const LINKS = new Set(['url', 'listing_urls'])

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above, without the line feed
const CONTROL_BUT_NEWLINE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/u
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
// soft hyphen, Hangul and Khmer fillers, joiners, word joiners and invisible operators, byte order mark, tags
const INVISIBLE =
  /\u00ad|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u180e|[\u200b-\u200d]|[\u2060-\u2065]|\u3164|\ufeff|\uffa0|[\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u

/** Every string and every name of a body. Code: ERR_ADMIT_TEXT. */
export function checkTexts(value: unknown, path: Path = []): Problem[] {
  if (typeof value === 'string') return checkText(value, path)
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value))
    return value.flatMap((item, index) => checkTexts(item, [...path, index]))
  return Object.entries(value).flatMap(([name, member]) => [
    ...faultsIn(name, false).map((fault) =>
      problem('ERR_ADMIT_TEXT', path, `A member's name ${fault}.`),
    ),
    ...checkTexts(member, [...path, name]),
  ])
}

/** Only the web may be linked. Code: ERR_ADMIT_SHAPE. */
export function checkLinks(value: unknown, path: Path = []): Problem[] {
  if (typeof value === 'string') {
    const name = path.findLast((step) => typeof step === 'string')
    if (!LINKS.has(String(name)) || value === '' || isWebAddress(value)) return []
    const message = `\`${value.slice(0, 60)}\` is not a web address; write it in full, beginning with https://.`
    return [problem('ERR_ADMIT_SHAPE', path, message)]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) =>
    checkLinks(member, [...path, Array.isArray(value) ? Number(name) : name]),
  )
}

function checkText(text: string, path: Path): Problem[] {
  const name = String(path.findLast((step) => typeof step === 'string') ?? '')
  const faults = faultsIn(text, MULTILINE.has(name))
  if (faults.length === 0) return []
  return [problem('ERR_ADMIT_TEXT', path, `This text ${faults.join(', and ')}.`)]
}

function faultsIn(text: string, isMultiline: boolean): string[] {
  const faults: string[] = []
  if (!text.isWellFormed()) return ['holds half a character (a lone surrogate); type it again']
  if (text !== text.normalize('NFC')) {
    faults.push('is not in Unicode form NFC: a letter is put together from parts; type it again')
  }
  const control = (isMultiline ? CONTROL_BUT_NEWLINE : CONTROL).exec(text)?.[0]
  if (control === '\n') {
    faults.push('has a line break where one line is expected (in YAML, write >- instead of | or >)')
  } else if (control !== undefined) faults.push(`holds the control character ${codePoint(control)}`)
  const bidi = BIDI.exec(text)?.[0]
  if (bidi !== undefined) faults.push(`holds ${codePoint(bidi)}, which turns the reading direction`)
  const invisible = INVISIBLE.exec(text)?.[0]
  if (invisible !== undefined) faults.push(`holds the invisible character ${codePoint(invisible)}`)
  if (!isMultiline && text !== text.trim()) faults.push('begins or ends with a blank')
  return faults
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `U+${hex}`
}

function isWebAddress(text: string): boolean {
  if (!/^https?:\/\/[^\s]+$/i.test(text)) return false
  const url = URL.parse(text)
  // A name and password in a link show one host and lead to another.
  return url !== null && url.hostname !== '' && url.username === '' && url.password === ''
}
