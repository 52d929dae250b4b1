// One folding of text for index and query alike, in any script (lookup reference §5.7 steps 1–5), and our own CJK and Hangul bigrams.
import { foldHan } from './han.ts'

/** Words and bigrams of one text keep at most this many, so that a stranger's prose cannot swell the index. */
export const MAX_TERMS = 4000
/** A longer word is not a word. */
export const MAX_WORD = 64

// Letters with a stroke or a ligature, which no normalisation form takes apart.
const LETTERS = new Map(
  'ß:ss ς:σ æ:ae œ:oe ø:o đ:d ł:l'.split(' ').map((pair) => pair.split(':') as [string, string]),
)

/**
 * The folded text: NFKC, lower case, marks removed after Latin, Greek and Cyrillic letters only (kana voicing, Hangul, Thai,
 * Arabic and Indic marks carry meaning), hiragana as katakana. Lone surrogates become U+FFFD. Idempotent.
 */
export function fold(text: string): string {
  // Most model numbers and prose: the steps below change nothing of ASCII but its case, and cost ten times as much.
  if (isAscii(text)) return text.toLowerCase()
  return asciiDigits(text.toWellFormed().normalize('NFKC'))
    .toLowerCase()
    .normalize('NFKD')
    .replace(/([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu, '$1')
    .replace(/[ßςæœøđł]/g, (letter) => LETTERS.get(letter) ?? letter)
    .replace(HIRAGANA, asKatakana)
    .normalize('NFKC')
}

const HIRAGANA = /[\u3041-\u3096\u309d\u309e]/g
const asKatakana = (kana: string) => String.fromCharCode(kana.charCodeAt(0) + 0x60)

/** Hiragana as katakana. */
export function asKatakanaText(text: string): string {
  return text.replace(HIRAGANA, asKatakana)
}

/** True for text that no normalisation form changes. */
export function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

// The zeros of the scripts that write decimal digits of their own.
const ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
  0xf20, 0x1040, 0x17e0,
]

/** Arabic, Persian, Indic, Thai and other decimal digits as 0 to 9. Full-width ones are NFKC's. */
export function asciiDigits(text: string): string {
  return text.replace(/[\p{Nd}--[0-9]]/gv, (digit) => {
    const code = digit.codePointAt(0) ?? 0
    const zero = ZEROS.find((first) => code >= first && code < first + 10)
    return zero === undefined ? digit : String(code - zero)
  })
}

const SMALL_KANA = 'ァィゥェォッャュョヮヵヶ'
const LARGE_KANA = 'アイウエオツヤユヨワカケ'

/**
 * The second key: folded, the long mark dropped, small kana as large (キヤノン and キャノン meet), Han characters under their simplified
 * form (雲峰 and 云峰 meet). Voicing stays. Idempotent.
 */
export function looseFold(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return foldHan(foldKana(fold(text))).normalize('NFC')
}

/** Folded katakana without the long mark and without small kana. */
export function foldKana(folded: string): string {
  return folded
    .replaceAll('ー', '')
    .replace(/[ァィゥェォッャュョヮヵヶ]/g, (kana) => LARGE_KANA[SMALL_KANA.indexOf(kana)] ?? kana)
}

const CJK = /[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]&&[\p{L}\p{M}\p{N}]]+/gv
const WORD = /[[\p{L}\p{M}\p{N}]--[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]]+/gv

/** The folded words of every script but CJK and Hangul, in order, each once. */
export function words(text: string): string[] {
  const found = fold(text).match(isAscii(text) ? /[a-z0-9]+/g : WORD) ?? []
  return bounded(found.filter((word) => word.length <= MAX_WORD))
}

/** For the index: overlapping bigrams of CJK and Hangul runs, single Han characters, and runs of one character; each once. */
export function grams(text: string): string[] {
  return bounded(
    cjkRuns(text).flatMap((run) => [
      ...(run.length === 1 ? run : run.filter((char) => /\p{Script=Han}/u.test(char))),
      ...bigrams(run),
    ]),
  )
}

/** For a query: the bigrams of each run, or the character itself where a run has one; all of them must be found. */
export function queryGrams(text: string): string[] {
  return bounded(cjkRuns(text).flatMap((run) => (run.length === 1 ? run : bigrams(run))))
}

function cjkRuns(text: string): string[][] {
  if (isAscii(text)) return []
  return (looseFold(text).match(CJK) ?? []).map((run) => [...run])
}

function bigrams(run: readonly string[]): string[] {
  return run.slice(1).map((char, i) => `${run[i]}${char}`)
}

function bounded(terms: readonly string[]): string[] {
  return [...new Set(terms)].slice(0, MAX_TERMS)
}
