// In which encoding a file is written: the byte order mark says so, else strict decoding and how common the characters are (look-up reference §7.1).
import { COMMON_HANGUL, COMMON_SIMPLIFIED, COMMON_TRADITIONAL } from './common-characters.ts'

/** What a person may choose; the labels of the WHATWG Encoding standard, which every runtime with full ICU decodes. */
export const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'shift_jis',
  'euc-kr',
  'gb18030',
  'big5',
  'windows-1252',
  'windows-1251',
] as const
export type EncodingName = (typeof ENCODINGS)[number]

/** How an encoding was found, said to the person: `mark`, `strict` (only this one fits), `likely` (a guess), `ascii`, `chosen`. */
export type EncodingHow = 'mark' | 'strict' | 'likely' | 'ascii' | 'chosen'
export type FoundEncoding = { encoding: EncodingName; how: EncodingHow }

/** As much of the text outside of ASCII is looked at. */
export const MAX_ENCODING_SAMPLE = 64 * 1024

const GUESSED = [
  'shift_jis',
  'euc-kr',
  'gb18030',
  'big5',
  'windows-1251',
  'windows-1252',
] as const satisfies readonly EncodingName[]

/** True where this runtime has a decoder; one without full ICU has only UTF-8 and UTF-16. */
export function hasDecoder(encoding: EncodingName): boolean {
  try {
    new TextDecoder(encoding)
    return true
  } catch {
    return false
  }
}

/**
 * Finds the encoding of a file from its first bytes and from its lines that are not ASCII, whole lines from anywhere in the file.
 * Never fails: bytes that fit nothing else are Windows-1252, and the person can choose.
 */
export function detectEncoding(first: Uint8Array, lines: Uint8Array): FoundEncoding {
  const [a, b, c] = first
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', how: 'mark' }
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', how: 'mark' }
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', how: 'mark' }
  if (lines.length === 0) return { encoding: 'utf-8', how: 'ascii' }
  if (strictly('utf-8', lines) !== null) return { encoding: 'utf-8', how: 'strict' }
  const scored = GUESSED.filter(hasDecoder)
    .map((encoding) => ({ encoding, text: strictly(encoding, lines) }))
    .flatMap(({ encoding, text }) =>
      text === null ? [] : [{ encoding, score: scoreOf(encoding, text) }],
    )
    .sort((x, y) => y.score - x.score)
  const [best] = scored
  return best === undefined || best.score <= 0
    ? { encoding: 'windows-1252', how: 'likely' }
    : { encoding: best.encoding, how: 'likely' }
}

function strictly(encoding: EncodingName, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** How much the text looks like one written in this encoding: the mean over its characters outside of ASCII, 1 at best. */
function scoreOf(encoding: EncodingName, text: string): number {
  // What stands between ASCII characters are words of the other script; runs matter more than single characters.
  const runs = text.match(/[^\0-\x7f]+/g) ?? []
  if (encoding === 'windows-1252') return mean(runs, latinScore)
  if (encoding === 'windows-1251') return mean(runs, cyrillicScore)
  const ofChar = CHARACTER_SCORES[encoding]
  if (ofChar === undefined) return 0
  return mean(runs, (run) => [...run].reduce((sum, char) => sum + ofChar(char), 0))
}

function mean(runs: readonly string[], score: (run: string) => number): number {
  const length = runs.reduce((sum, run) => sum + [...run].length, 0)
  return length === 0 ? 0 : runs.reduce((sum, run) => sum + score(run), 0) / length
}

const isPunctuation = (char: string): boolean =>
  /[\u3000-\u303f\uff00-\uff60\uffe0-\uffe6]/.test(char)

const CHARACTER_SCORES: Partial<Record<EncodingName, (char: string) => number>> = {
  shift_jis: (char) => {
    if (/[\u3041-\u3096\u30a1-\u30fc]/.test(char)) return 1
    if (isPunctuation(char)) return 0.5
    // Half-width kana are single bytes of Shift_JIS: any Latin text would decode to them.
    if (/[\uff61-\uff9f]/.test(char)) return -0.2
    return isCommonHan(char) ? 0.8 : /\p{Script=Han}/u.test(char) ? 0.1 : -0.5
  },
  'euc-kr': (char) => {
    if (COMMON_HANGUL.has(char)) return 1
    if (/[\uac00-\ud7a3]/.test(char)) return 0.45
    return isPunctuation(char) ? 0.3 : /\p{Script=Han}/u.test(char) ? -0.2 : -0.5
  },
  gb18030: (char) => {
    if (COMMON_SIMPLIFIED.has(char)) return 1
    if (isPunctuation(char)) return 0.5
    // Kana and Cyrillic are in GB 2312 too, but hardly anybody writes them in it.
    return /\p{Script=Han}/u.test(char) ? 0.05 : -0.4
  },
  big5: (char) => {
    if (COMMON_TRADITIONAL.has(char)) return 1
    if (isPunctuation(char)) return 0.5
    return /\p{Script=Han}/u.test(char) ? 0.1 : -0.5
  },
}

function isCommonHan(char: string): boolean {
  return COMMON_TRADITIONAL.has(char) || COMMON_SIMPLIFIED.has(char)
}

/** Western words have one such letter, seldom two, among letters of ASCII. */
function latinScore(run: string): number {
  const letters = run.match(/[À-ÖØ-öø-ÿŒœŠšŽžŸ]/g)?.length ?? 0
  const signs = run.match(/[€£§©®°±²³·¼½¾«»–—‘’“”…™]/g)?.length ?? 0
  const others = run.length - letters - signs
  return run.length <= 2 ? letters * 0.75 + signs * 0.6 - others : letters * 0.1 - others
}

/** Russian words are whole runs of letters, in lower case after the first or in upper case throughout. */
function cyrillicScore(run: string): number {
  const letters = run.match(/[А-яЁё№]/g)?.length ?? 0
  const isWord = /^(№|[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+|[«»–— ])+$/.test(run)
  if (run.length <= 2) return isWord ? 0.3 * run.length : -0.3
  return isWord ? letters * 0.9 : letters * 0.2 - (run.length - letters)
}
