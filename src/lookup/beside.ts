// What stands beside a name in free text, and what it says of it: a brand, another variant, an accessory, a look-alike, or nothing.
import { brandKeysOf, modelKeysOf } from '../catalog/keys.ts'
import type { Product } from '../decision/schema.ts'
import { brandKey } from '../identifier/brand.ts'
import { fold, looseFold, words } from '../identifier/fold.ts'
import { modelKey } from '../identifier/model.ts'

export type Rest = {
  /** The brand stands among the pieces. */
  brandFound: boolean
  /** Words that say nothing of the product's kind. */
  isMore: boolean
  /** What follows makes another product of it. */
  isVariant: boolean
  /** Another model stands beside it, or a word such as "style". */
  isDoubtful: boolean
  /** The goods only fit the product. */
  compatible: boolean
}

const UNIT =
  /^[0-9]+([.,][0-9]+)?(gb|tb|mb|mm|cm|m|in|inch|v|w|kw|wh|a|ah|mah|hz|ghz|mhz|kg|g|mg|ml|l|lm|oz|pcs?|pack|x|k|bar|rpm|btu|db|т|вт|мм|см|м|л|г|кг|шт)$/
const COUNTER =
  /^(pcs?|pieces?|pack|packs|sets?|units?|pairs?|ct|count|stk|stück|шт|штук|вт|мм|см|л|г|кг|매|개|입|세트|本|枚|個|个|台|件|只|盒|片|支|张|張|入|組|组|袋|套|セット|gb|mm|cm|ml|inch|w|v|kg|g|l|m)\p{L}{0,2}$/u
const CJK_COUNTER = /^(?!代|世代|세대|号)[\p{Script=Han}\p{Script=Hangul}\p{Script=Katakana}]/u
// Technical marks that look like models and are none.
const TECHNICAL =
  /^(ip[x0-9]?[0-9]+k?|bt[0-9.]+|v[0-9.]+|usb[0-9.]*|type-?[abc]|wifi[0-9]?|wi-fi[0-9]?|[0-9]+(k|p|d|hz)|[2-6]g|e(5|10|14|17|26|27|40)|gu?[0-9]{1,2}|ddr[0-9]|m[0-9]{1,2}|[0-9]+(x[0-9]+)+|hdmi[0-9.]*|cat[5-8][ae]?|rj[0-9]+|aaa?|din[0-9]+|iso[0-9]+|[0-9]+in[0-9]|3d|4k|8k|sus[0-9]+|pm2\.5)$/
const NEUTRAL = new Set(
  `model models type item art no nr the a an and by from with in new brand original genuine black white silver gold blue red
  green grey gray pink purple pcs pc unit units set made`.split(/\s+/),
)
// Words that make another product of a model: Mavic Air 2, S21 Ultra, XM4 Pro, Series 9.
const VARIANT =
  /^([0-9]{1,3}[a-z]{0,2}|[ivx]{1,4}|pro|max|plus|mini|lite|ultra|se|fe|air|neo|nano|xl|gen|series|mk[0-9ivx]*|s|x|\+|мини|люкс|про|макс|плюс|лайт)$/
// Words that may, and may as well say a size or a dress.
const SOFT_VARIANT =
  /^([a-z]|slim|refill|kit|deluxe|bundle|edition|limited|duo|trio|sport|turbo|evo|core|elite|prime|classic|compact|junior|light|go|one|gt|rs|lte|5g)$/
// Said before the name, in the languages of manifests.
const MADE_FOR = /^(for|fits?|to|für|pour|para|per|для|под|[适适]用.*)$/u
const COMPATIBLE =
  /^(compatible|compatibile|compatibles|kompatibel|replacement|replaces|replica|совместим.*)$|对应|互换|호환|兼容|相容|用于/u
// Said right after it: MN-K500用, DB-1850용, PM-88専用.
const FOR_IT = /^(用|용$|对应|专用|전용|적용|系列用)/u
const LOOK_ALIKE =
  /^(style|styled|like|alike|lookalike|look-alike|similar|equivalent|equal|alternative|inspired|dupe|imitation|copy|replika|ähnlich|аналог|типа|风格|风|스타일|같은)$/u
const MAX_BETWEEN = 4

/** True for what makes another product of a model when it follows it; a size or a capacity does not. */
export function isVariantMark(text: string): boolean {
  const mark = text.toLowerCase()
  return VARIANT.test(mark) && !UNIT.test(mark)
}

/** Reads what stands before and after the pieces from `start` to `end`. */
export function readRest(
  pieces: readonly string[],
  { start, end }: { start: number; end: number },
  product: Product,
): Rest {
  const own = ownText(product)
  const head = takeBrand(pieces.slice(0, start), product, own)
  const tail = takeBrand(pieces.slice(end), product, own)
  const before = head.rest.map(plain)
  const after = tail.rest.map(plain)
  const rest = [...before, ...after]
  const neutral = new Set([...NEUTRAL, ...goodsOf(product)])
  const isFor = before.slice(-MAX_BETWEEN).some((piece) => MADE_FOR.test(piece))
  const next = plain(pieces[end] ?? '')
  return {
    brandFound: head.found || tail.found,
    isMore: rest.some((piece) => !isNeutral(piece, neutral)),
    isVariant: isVariantAfter(after),
    isDoubtful:
      SOFT_VARIANT.test(after[0] ?? '') ||
      rest.some(
        (piece) => (LOOK_ALIKE.test(piece) && !own.includes(piece)) || isOtherModel(piece, product),
      ),
    compatible:
      (isFor && !before.some((piece) => MADE_FOR.test(piece) && own.includes(piece))) ||
      FOR_IT.test(next) ||
      rest.some((piece) => COMPATIBLE.test(piece) && !isOwnCompatible(piece, own)),
  }
}

/** The pieces without the product's brand, where it stands among them as pieces of its own, or at the head of a run of CJK. */
export function takeBrand(
  pieces: readonly string[],
  product: Product,
  own: string = ownText(product),
): { found: boolean; rest: readonly string[] } {
  const brands = brandKeysOf(product)
  for (let length = Math.min(pieces.length, 4); length > 0; length--) {
    for (let start = 0; start + length <= pieces.length; start++) {
      if (brands.includes(brandKey(pieces.slice(start, start + length).join('')))) {
        return { found: true, rest: [...pieces.slice(0, start), ...pieces.slice(start + length)] }
      }
    }
  }
  const at = pieces.findIndex((piece) => brands.some((brand) => leads(piece, brand, own)))
  if (at === -1) return { found: false, rest: pieces }
  return { found: true, rest: [...pieces.slice(0, at), ...pieces.slice(at + 1)] }
}

// CJK is written without spaces: 海岳牌电磁炉, ソヴァロ製, 이슬샘가습기. The rest must be a mark of a brand, another script, or the goods.
const BRAND_MARK = /^(牌|制|产|の|社|製|ブランド|사$|제$)/u

function leads(piece: string, brand: string, own: string): boolean {
  if (!/[\p{scx=Han}\p{scx=Katakana}\p{scx=Hangul}]/u.test(brand) || brand.length < 2) return false
  const key = brandKey(piece)
  if (!key.startsWith(brand)) return false
  const rest = key.slice(brand.length)
  return BRAND_MARK.test(rest) || own.includes(rest) || scriptOf(rest) !== scriptOf(brand)
}

function scriptOf(text: string): string {
  const first = text.slice(0, 1)
  if (/\p{scx=Katakana}/u.test(first) && !/\p{Script=Han}/u.test(first)) return 'kana'
  return /\p{Script=Han}/u.test(first)
    ? 'han'
    : /\p{Script=Hangul}/u.test(first)
      ? 'hangul'
      : 'other'
}

/** The pieces, a brand at the head of a run of CJK cut off from what follows: 雲峰靜風6 gives 雲峰, 靜風, 6. */
export function splitBrand(pieces: readonly string[], product: Product): string[] {
  const brands = brandKeysOf(product).filter((brand) => brand.length > 1 && CJK_HEAD.test(brand))
  if (brands.length === 0) return [...pieces]
  return pieces.flatMap((piece) => {
    const key = looseFold(piece)
    const brand = brands.find((known) => key.startsWith(known) && key.length > known.length)
    return brand === undefined ? [piece] : [brand, key.slice(brand.length)]
  })
}

const CJK_HEAD = /^[\p{scx=Han}\p{scx=Katakana}\p{scx=Hangul}]/u

/** What the product says of itself, folded and run together. */
function ownText(product: Product): string {
  const texts = [...(product.words ?? []), ...(product.description ?? []).map(({ text }) => text)]
  return looseFold(texts.join(' ')).replace(/\s+/g, '')
}

function goodsOf(product: Product): string[] {
  return (product.words ?? []).flatMap((text) => [fold(text), ...words(text)])
}

function isVariantAfter(after: readonly string[]): boolean {
  const [next = '', counter = ''] = after
  if (!isVariantMark(next)) return false
  // Ten pieces are no variant: CF-10 Lungo 10 PCS, ST-120 120매, WL-150 150公克; a second generation is one.
  const isCounted = COUNTER.test(counter) || CJK_COUNTER.test(counter)
  return !(/^[0-9]+$/.test(next) && isCounted)
}

/** True for a size, a rating or a technical mark: letters and digits that name no product. */
export function isMeasure(piece: string): boolean {
  // 12GB+256GB is two.
  return piece
    .toLowerCase()
    .split('+')
    .every((part) => UNIT.test(part) || TECHNICAL.test(part))
}

/** Letters and digits of at least four characters that name neither a size nor this product. */
function isOtherModel(piece: string, product: Product): boolean {
  if (!/[0-9]/.test(piece) || !/[a-z]/.test(piece)) return false
  if (isMeasure(piece)) return false
  const key = modelKey(piece)
  if (key.length < 4 || !/^[A-Z0-9]+$/.test(key)) return false
  const known = [
    ...modelKeysOf(product),
    ...[...(product.mpns ?? []), ...(product.fcc_ids ?? [])].map(modelKey),
  ]
  return !known.some((name) => name.includes(key) || key.includes(name))
}

function isOwnCompatible(piece: string, own: string): boolean {
  const [word] = COMPATIBLE.exec(piece) ?? []
  return word !== undefined && own.includes(looseFold(word))
}

function isNeutral(piece: string, neutral: ReadonlySet<string>): boolean {
  const said = words(piece)
  if (UNIT.test(piece) || neutral.has(fold(piece))) return true
  return said.length > 0 && said.every((word) => neutral.has(word))
}

/** Lower case, Han characters in one form; kana as written. */
function plain(piece: string): string {
  return looseFold(piece)
}
