// GS1 element strings and GS1 Digital Link, as far as a look-up needs them (GS1 General Specifications 7.8; Digital Link 1.3).

export type Gs1Reading =
  | {
      ok: true
      form: 'bracketed' | 'fnc1' | 'digital_link'
      /** AI 01, else 02, as written: its check digit is for `parseGtin` to judge. */
      gtin?: string
      serial?: string
      lot?: string
      /** Every element in order, known or not to a look-up. */
      elements: { ai: string; value: string }[]
    }
  | { ok: false; reason: 'syntax' }

/** More than a full GS1 DataMatrix or a long link holds in practice. */
export const MAX_GS1_TEXT = 1000
const GS = '\u001d'

// Total length of the value for AIs of fixed length; all other known AIs end at a GS or at the end of the text.
const FIXED = new Map(
  '00:18 01:14 02:14 11:6 12:6 13:6 15:6 16:6 17:6 20:2 410:13 411:13 412:13 413:13 414:13 415:13 416:13 417:13 422:3 8006:18'
    .split(' ')
    .map((pair) => pair.split(':'))
    .map(([ai = '', length]) => [ai, Number(length)] as const),
)
const VARIABLE =
  /^(10|21|22|235|240|241|242|243|250|251|253|254|255|30|37|390[0-9]|39[1-3][0-9]|40[0-3]|42[0135]|42[67]|71[0-5]|800[2-9]|80[12][0-9]|8110|9[0-9])/

/** Reads a scan or a link; null for text that is neither. The host of a link is ignored: only the numbers in it count. */
export function parseGs1(text: string): Gs1Reading | null {
  if (text.length > MAX_GS1_TEXT) return null
  // Full-width brackets and digits come from Asian input methods.
  const plain = text.toWellFormed().normalize('NFKC').trim()
  if (/^https?:\/\//i.test(plain)) return readLink(plain)
  if (/^\([0-9]{2,4}\)/.test(plain)) return readBracketed(plain)
  const visible = plain.replace(/\{GS\}|<GS>|\u241d/gi, GS)
  const symbol = /^\](?:d2|C1|Q3|e0|J1)/.exec(visible)
  const body = afterSeparator(symbol === null ? visible : visible.slice(3))
  const claimed = symbol !== null || visible.includes(GS)
  if (!claimed && !/^01[0-9]{14}(?:$|1[0-7]|2[0-5]|3[0-7])/.test(body)) return null
  const elements = readElements(body)
  if (elements === null) return claimed ? { ok: false, reason: 'syntax' } : null
  return reading('fnc1', elements)
}

function readElements(body: string): { ai: string; value: string }[] | null {
  const elements: { ai: string; value: string }[] = []
  let rest = body
  while (rest !== '') {
    const fixed = fixedAi(rest)
    const ai = fixed?.ai ?? VARIABLE.exec(rest)?.[1]
    if (ai === undefined) return null
    const after = rest.slice(ai.length)
    const end = after.indexOf(GS)
    const length = fixed?.length ?? (end === -1 ? after.length : end)
    const value = after.slice(0, length)
    if (value.length !== length || value === '' || value.includes(GS)) return null
    elements.push({ ai, value })
    rest = afterSeparator(after.slice(length))
  }
  return elements
}

function afterSeparator(text: string): string {
  return text.startsWith(GS) ? text.slice(1) : text
}

function fixedAi(rest: string): { ai: string; length: number } | null {
  // 31nn to 36nn are measures: four digits of AI, six of value
  if (/^3[1-6][0-9]{2}/.test(rest)) return { ai: rest.slice(0, 4), length: 6 }
  for (const size of [2, 3, 4]) {
    const length = FIXED.get(rest.slice(0, size))
    if (length !== undefined) return { ai: rest.slice(0, size), length }
  }
  return null
}

function readBracketed(text: string): Gs1Reading {
  const elements = [...text.matchAll(/\(([0-9]{2,4})\)([^(]+)/g)].map(
    ([, ai = '', value = '']) => ({
      ai,
      value: value.trim(),
    }),
  )
  const spelled = elements.map(({ ai, value }) => `(${ai})${value}`).join('')
  if (spelled !== text.replace(/\s+(?=\(|$)|(?<=\))\s+/g, ''))
    return { ok: false, reason: 'syntax' }
  return reading('bracketed', elements)
}

function readLink(text: string): Gs1Reading | null {
  const path = text.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  const parts = path.split('/').filter((part) => part !== '')
  const start = parts.findIndex((part, i) => /^(01|gtin)$/i.test(part) && isGtinText(parts[i + 1]))
  if (start === -1) return null
  const elements: { ai: string; value: string }[] = []
  for (let i = start; i + 1 < parts.length; i += 2) {
    const ai = AI_OF_NAME.get((parts[i] ?? '').toLowerCase()) ?? parts[i] ?? ''
    const value = decoded(parts[i + 1] ?? '')
    if (value === null) return { ok: false, reason: 'syntax' }
    elements.push({ ai, value })
  }
  return reading('digital_link', elements)
}

const AI_OF_NAME = new Map([
  ['gtin', '01'],
  ['cpv', '22'],
  ['lot', '10'],
  ['ser', '21'],
])

function reading(
  form: 'bracketed' | 'fnc1' | 'digital_link',
  elements: { ai: string; value: string }[],
): Gs1Reading {
  const of = (ai: string) => elements.find((element) => element.ai === ai)?.value
  const gtin = of('01') ?? of('02')
  const serial = of('21')
  const lot = of('10')
  return {
    ok: true,
    form,
    ...(gtin === undefined ? {} : { gtin }),
    ...(serial === undefined ? {} : { serial }),
    ...(lot === undefined ? {} : { lot }),
    elements,
  }
}

function isGtinText(text: string | undefined): boolean {
  return text !== undefined && /^([0-9]{8}|[0-9]{12,14})$/.test(text)
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
