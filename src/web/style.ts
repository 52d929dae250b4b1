// The one style sheet and the icon, as files whose name is their content: they never change under their address and are cached for good.
import { encodeHex } from '../encoding/hex.ts'
import { sha256 } from '../encoding/sha256.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { ICON } from './shapes.ts'
import { BASE_CSS } from './style-base.ts'
import { CARD_CSS } from './style-card.ts'
import { PRINT_CSS } from './style-print.ts'
import { RECEIPT_CSS } from './style-receipt.ts'

export type Asset = { path: string; type: string; body: string }

export const STYLE = asset(
  'css',
  'text/css; charset=utf-8',
  BASE_CSS + CARD_CSS + RECEIPT_CSS + PRINT_CSS,
)
export const ICON_FILE = asset('svg', 'image/svg+xml', ICON)
export const ASSETS: readonly Asset[] = [STYLE, ICON_FILE]

function asset(ending: string, type: string, body: string): Asset {
  const hash = encodeHex(sha256(encodeUtf8(body))).slice(0, 16)
  return { path: `/assets/portcullis.${hash}.${ending}`, type, body }
}
