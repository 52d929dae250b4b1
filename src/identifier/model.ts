// Model and part numbers as comparable keys (design: look-up 4.1 and 4.2; lookup reference §5.4, §5.7 step 8).
import { asciiDigits, asKatakanaText, foldKana, isAscii } from './fold.ts'
import { foldHan } from './han.ts'

/** A key keeps at most this many code points; longer text is prose, not a number. */
export const MAX_MODEL_KEY = 80

/**
 * The exact key: NFKC, upper case, letters, marks and digits of any script; spaces and punctuation go. A plus sign becomes
 * `PLUS`, because S21+ is another product than S21. Kana and Han characters are written in several ways for one name: katakana
 * without long marks and small forms, and simplified characters, stand for all. Idempotent.
 */
export function modelKey(text: string): string {
  // Nearly all are ASCII, where the same steps are shorter.
  if (isAscii(text)) return cutKey(spellPlus(text.toUpperCase()).replace(/[^A-Z0-9]+/g, ''))
  const upper = text.toWellFormed().normalize('NFKC').toUpperCase().normalize('NFKC')
  const plain = spellPlus(upper).replace(/[^\p{L}\p{M}\p{N}]/gu, '')
  return cutKey(foldHan(foldKana(asKatakanaText(asciiDigits(plain)))).normalize('NFKC'))
}

function spellPlus(text: string): string {
  return text.includes('+') ? text.replaceAll('+', 'PLUS') : text
}

// Only characters that printers, cameras and keyboards confuse (in the spirit of UTS #39), each with its whole class.
const LOOK_ALIKE = new Map(
  [
    ...'O0 I1 L1 S5 B8'.split(' '),
    ...'АA ВB ЕE ЁE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS ԚQ ԜW'.split(' '), // Cyrillic
    ...'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX'.split(' '), // Greek
  ].map((pair) => [pair.slice(0, 1), pair.slice(1)] as const),
)

const LOOK_ALIKES = new RegExp(`[${[...LOOK_ALIKE.keys()].join('')}]`, 'g')

/** The second key: look-alikes folded together (O/0, I/1/L, S/5, B/8, Cyrillic and Greek capitals). Idempotent. */
export function lookAlikeKey(text: string): string {
  return foldLookAlikes(modelKey(text))
}

/** A model key with its look-alikes folded, character by character. */
export function foldLookAlikes(key: string): string {
  return key.replace(LOOK_ALIKES, foldLookAlike)
}

/** The look-alikes in which two model keys with the same second key differ: `[['O','0']]`. */
export function substitutions(key: string, other: string): [string, string][] {
  const ours = [...key]
  const theirs = [...other]
  return ours.flatMap((char, i): [string, string][] => {
    const with_ = theirs[i]
    return with_ === undefined || with_ === char ? [] : [[char, with_]]
  })
}

const GENERIC = new Set(
  'NA NONE NIL NULL UNKNOWN VARIOUS OTHER MODEL TBD TBA NOMODEL NOTAVAILABLE NOTAPPLICABLE SEEINVOICE'.split(
    ' ',
  ),
)

/** True for keys that name nothing: empty, one character, one repeated character, or words such as N/A and various. */
export function isGenericModel(key: string): boolean {
  return isOneCharacter(key) || GENERIC.has(key)
}

function isOneCharacter(key: string): boolean {
  const [first] = key
  for (const char of key) if (char !== first) return false
  return true
}

/** True for keys too poor to stand without a brand: digits only, or shorter than five characters. */
export function isWeakModel(key: string): boolean {
  return /^[0-9]*$/.test(key) || weightOf(key) < 5
}

/** The length of a key, a Han character, a kana or a Hangul syllable counted as two letters, for it says as much. */
export function weightOf(key: string): number {
  if (isAscii(key)) return key.length
  let weight = 0
  for (const char of key) weight += WIDE.test(char) ? 2 : 1
  return weight
}

const WIDE = /[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}\p{Script=Hangul}]/u

function foldLookAlike(char: string): string {
  const latin = LOOK_ALIKE.get(char) ?? char
  return LOOK_ALIKE.get(latin) ?? latin
}

/** A key of at most `MAX_MODEL_KEY` code points. */
export function cutKey(key: string): string {
  return key.length <= MAX_MODEL_KEY ? key : [...key].slice(0, MAX_MODEL_KEY).join('')
}
