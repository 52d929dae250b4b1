// What a scanner meant that was plugged into a keyboard of another layout (lookup reference §8.8): a scanner sends keys, not characters.

export type Layout = 'french' | 'german' | 'russian' | 'korean' | 'kana'
export type LayoutReading = { layout: Layout; text: string }

/** Longer text was not scanned. */
export const MAX_LAYOUT_TEXT = 300

// The keys of a US keyboard in rows, plain and with shift, and what the same keys print elsewhere.
const US =
  '`1234567890-=qwertyuiop[]\\asdfghjkl;\'zxcvbnm,./~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
const FRENCH =
  '²&é"\'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!²1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§'
const RUSSIAN =
  'ё1234567890-=йцукенгшщзхъ\\фывапролджэячсмитьбю.Ё!"№;%:?*()_+ЙЦУКЕНГШЩЗХЪ/ФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,'
const KANA = 'わぬふあうえおやゆよ'
const JAMO =
  'qㅂwㅈeㄷrㄱtㅅyㅛuㅕiㅑoㅐpㅔaㅁsㄴdㅇfㄹgㅎhㅗjㅓkㅏlㅣzㅋxㅌcㅊvㅍbㅠnㅜmㅡQㅃWㅉEㄸRㄲTㅆOㅒPㅖ'
const LEADS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ'
const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ'
const TAILS = ' ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ'
const DOUBLE = new Map(
  'ㅘㅗㅏ ㅙㅗㅐ ㅚㅗㅣ ㅝㅜㅓ ㅞㅜㅔ ㅟㅜㅣ ㅢㅡㅣ ㄳㄱㅅ ㄵㄴㅈ ㄶㄴㅎ ㄺㄹㄱ ㄻㄹㅁ ㄼㄹㅂ ㄽㄹㅅ ㄾㄹㅌ ㄿㄹㅍ ㅀㄹㅎ ㅄㅂㅅ'
    .split(' ')
    .map((row) => [row.slice(0, 1), row.slice(1)] as const),
)

const FROM_FRENCH = keysOf(FRENCH)
const FROM_RUSSIAN = keysOf(RUSSIAN)
const FROM_JAMO = new Map(
  (JAMO.match(/../gu) ?? []).map((pair) => [pair.slice(1), pair.slice(0, 1)] as const),
)

/**
 * The texts that a scan may stand for, each with digits in it; empty for text that no scanner sends. Where a person typed a part
 * (the brand) and scanned the rest, only the pieces with digits or loose letters are read anew.
 */
export function layoutReadings(text: string): LayoutReading[] {
  if (text.length > MAX_LAYOUT_TEXT) return []
  const found: LayoutReading[] = []
  const add = (layout: Layout, read: string) => {
    const isNew = read !== text && found.every((known) => known.text !== read)
    if (isNew && /[0-9]/.test(read)) found.push({ layout, text: read })
  }
  if (/[&é"'(è_çà-]/.test(text)) {
    const read = swap(text, FROM_FRENCH)
    if (/[0-9]{3}/.test(read)) add('french', read)
  }
  if (/^\)[0-9]{2,4}=/.test(text)) add('german', text.replaceAll(')', '(').replaceAll('=', ')'))
  if (/\p{Script=Cyrillic}/u.test(text)) {
    // One keyboard does not print two alphabets in one word: СV-R700 holds a look-alike.
    const read = (piece: string) => (/[A-Za-z]/.test(piece) ? piece : swap(piece, FROM_RUSSIAN))
    if (!/[A-Za-z]/.test(text)) add('russian', swap(text, FROM_RUSSIAN))
    add('russian', byPiece(text, /[0-9]/, read))
  }
  if (/\p{Script=Hangul}/u.test(text)) {
    const plain = text.normalize('NFC')
    add('korean', fromHangul(plain))
    add('korean', byPiece(plain, /[\u3131-\u3163]/, fromHangul))
  }
  if (/^[わぬふあうえおやゆよ]{8,14}$/.test(text)) {
    add('kana', [...text].map((kana) => KANA.indexOf(kana)).join(''))
  }
  return found
}

function byPiece(text: string, which: RegExp, read: (piece: string) => string): string {
  return text.replace(/\S+/gu, (piece) => (which.test(piece) ? read(piece) : piece))
}

function swap(text: string, keys: ReadonlyMap<string, string>): string {
  return [...text].map((char) => keys.get(char) ?? char).join('')
}

function keysOf(printed: string): Map<string, string> {
  // The first key that prints a character stands for it: `²` is printed with and without shift.
  const pairs = [...printed].map((char, at) => [char, US[at] ?? char] as const)
  return new Map(pairs.reverse())
}

/** The keys behind Hangul syllables and loose letters; other characters stay. */
function fromHangul(text: string): string {
  return [...text]
    .flatMap(lettersOf)
    .flatMap((letter) => [...(DOUBLE.get(letter) ?? letter)])
    .map((letter) => FROM_JAMO.get(letter) ?? letter)
    .join('')
}

function lettersOf(char: string): string[] {
  const at = char.charCodeAt(0) - 0xac00
  if (at < 0 || at > 11_171) return [char]
  const tail = TAILS[at % 28] ?? ''
  const [lead, vowel] = [LEADS[Math.floor(at / 588)], VOWELS[Math.floor(at / 28) % 21]]
  return [lead ?? '', vowel ?? '', ...(tail === ' ' ? [] : [tail])]
}
