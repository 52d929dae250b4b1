// Brands as comparable keys, and a brand taken off a model written together with it ("Apple Watch Ultra 2").
import { isAscii, looseFold } from './fold.ts'

export const MAX_BRAND = 300
/** A query or a model of more pieces than this is prose. */
export const MAX_PIECES = 48

/** The key of a brand: folded, kana in their second key, letters and digits only. */
export function brandKey(brand: string): string {
  return looseFold(brand.slice(0, MAX_BRAND)).replace(/[^\p{L}\p{M}\p{N}]/gu, '')
}

const BOUNDARY =
  /(?<=[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}])/gu

/** The pieces of a written model or query: cut at spaces and commas, and where CJK or Hangul meets Latin (ソニーWH-1000XM4). */
export function piecesOf(text: string): string[] {
  const spaced = isAscii(text) ? text : text.toWellFormed().normalize('NFKC').replace(BOUNDARY, ' ')
  return spaced
    .replace(/(?<=[0-9]),(?=[0-9])/g, '.')
    .split(/[\s,;:|"“”„«»()[\]、，。・「」『』【】]+/u)
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece))
}

/** The model without the brand before or after it; null where the brand is not there as a piece of its own. */
export function withoutBrand(model: string, brand: string): string | null {
  const key = brandKey(brand)
  const pieces = piecesOf(model)
  for (let n = 1; n < Math.min(pieces.length, MAX_PIECES); n++) {
    if (brandKey(pieces.slice(0, n).join('')) === key) return pieces.slice(n).join(' ')
    if (brandKey(pieces.slice(-n).join('')) === key) return pieces.slice(0, -n).join(' ')
  }
  return null
}
