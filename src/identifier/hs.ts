// Harmonised System codes with their edition (domain reference §4.1 "HS"): a filter, never proof of identity.

export type HsCode = {
  /** Digits only: 2, 4 or 6 international, longer is national. */
  code: string
  /** Year of the nomenclature where it was said: 2022. Codes of different editions do not compare. */
  edition?: string
}

export const MAX_HS_TEXT = 40

/** Reads `8517.62`, `851762`, `8517.62.00.90`, `2022:851762` or `8517.62 (HS 2022)`; null for anything else. */
export function parseHs(text: string): HsCode | null {
  const plain = text.slice(0, MAX_HS_TEXT).normalize('NFKC').trim()
  const before = /^((?:19|20)[0-9]{2}):(.+)$/.exec(plain)
  const after = /^(.+?)\s*\((?:HS\s*)?((?:19|20)[0-9]{2})\)$/i.exec(plain)
  const body = (before?.[2] ?? after?.[1] ?? plain).replace(/^HS\s*/i, '')
  const code = body.replace(/[.\s-]/g, '')
  if (!/^[0-9]{2,12}$/.test(code) || code.length % 2 !== 0) return null
  const edition = before?.[1] ?? after?.[2]
  return { code, ...(edition === undefined ? {} : { edition }) }
}

/** The index keys of a listed code: its international prefixes, and itself as the end (`8517=`), for longer codes asked about. */
export function hsKeys(code: string): string[] {
  const prefixes = prefixesOf(code)
  return [...prefixes, ...prefixes.slice(-1).map((last) => `${last}=`)]
}

/** The keys a code asked about lies under: whatever begins with it, and listed codes that are a prefix of it. */
export function hsQueryKeys(code: string): string[] {
  const prefixes = prefixesOf(code)
  return [...prefixes.slice(0, -1).map((prefix) => `${prefix}=`), ...prefixes.slice(-1)]
}

/** How two codes relate: the shorter is a prefix of the longer, same chapter, other chapter; null where editions differ. */
export function compareHs(a: HsCode, b: HsCode): 'same' | 'chapter' | 'different' | null {
  if (a.edition !== undefined && b.edition !== undefined && a.edition !== b.edition) return null
  const length = Math.min(a.code.length, b.code.length, 6)
  if (a.code.slice(0, length) === b.code.slice(0, length)) return 'same'
  return a.code.slice(0, 2) === b.code.slice(0, 2) ? 'chapter' : 'different'
}

function prefixesOf(code: string): string[] {
  return [2, 4, 6].filter((length) => code.length >= length).map((length) => code.slice(0, length))
}
