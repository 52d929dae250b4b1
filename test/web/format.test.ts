import { describe, expect, it } from 'vitest'
import * as format from '../../src/web/format.ts'
import { STYLE } from '../../src/web/style.ts'

describe('dates', () => {
  it.each([
    ['day', '2026-03-03', '3 March 2026'],
    ['month', '2031-08-31', 'August 2031'],
    ['year', '2031-12-31', '2031'],
    ['by', '2026-03-03', 'by 3 March 2026'],
  ] as const)('are as exact as they are known: %s', (precision, on, shown) => {
    expect(format.formatDate({ on, precision })).toBe(shown)
  })

  it('that no calendar has stay as they were written', () => {
    expect(format.formatDay('2026-13-45')).toBe('2026-13-45')
    expect(format.formatMoment(Number.MAX_SAFE_INTEGER)).toBeNull()
    expect(format.formatMoment(0)).toBeNull()
  })
})

describe('ages', () => {
  it.each([
    [0, 'just now'],
    [0.4, 'just now'],
    [59, '59 seconds ago'],
    [250, '4 minutes ago'],
    [7199, '1 hour ago'],
    [200_000, '2 days ago'],
    [-300, 'in 5 minutes'],
  ])('%s s is said as %s', (ageS, said) => {
    expect(format.formatAge(ageS)).toBe(said)
  })
})

describe('names', () => {
  it('of markets come with their code, and a code of no region stands alone', () => {
    expect(format.formatMarket('kr')).toBe('South Korea (kr)')
    expect(format.formatMarket('aa')).toBe('aa')
    expect(format.formatMarket('?')).toBe('?')
  })

  it('of languages fall back to their tag', () => {
    expect(format.languageName('ja')).toBe('Japanese')
    expect(format.languageName('x-')).toBe('x-')
  })

  it('of time zones that this runtime does not know give no clock', () => {
    expect(format.formatLocalNow('Asia/Tokyo', Date.UTC(2026, 0, 1, 3, 4))).toBe('Thursday 12:04')
    expect(format.formatLocalNow('Mars/Olympus', 0)).toBeNull()
  })
})

describe('colours', () => {
  const [light, dark] = tokens(STYLE.body)
  const pairs: [string, string][] = [
    ['ink', 'page'],
    ['ink', 'sheet'],
    ['ink', 'sunk'],
    ['soft', 'page'],
    ['soft', 'sheet'],
    ['link', 'page'],
    ['link', 'sheet'],
    ['iron-ink', 'iron'],
    ['iron-soft', 'iron'],
    ['button-ink', 'button'],
    ['focus-ink', 'focus'],
    ...['blocked', 'possible', 'exception', 'cannot_say', 'not_listed'].flatMap(
      (verdict): [string, string][] => [
        [`${verdict}-ink`, verdict],
        [`${verdict}-text`, 'sheet'],
        [`${verdict}-text`, `${verdict}-wash`],
        ['ink', `${verdict}-wash`],
      ],
    ),
  ]

  it.each(pairs)('of %s on %s can be read in the light and in the dark', (text, ground) => {
    for (const scheme of [light, dark]) {
      expect(contrast(scheme?.get(text), scheme?.get(ground))).toBeGreaterThanOrEqual(4.5)
    }
  })
})

/** The tokens of the light scheme, and those of the dark one over them. */
function tokens(css: string): Map<string, string>[] {
  const [light = '', dark = ''] = [...css.matchAll(/:root \{(.*?)\}/gs)].map(([, body]) => body)
  const read = (body: string) =>
    [...body.matchAll(/--([\w-]+): (#[0-9a-f]{3,6});/g)].map(
      ([, name = '', value = '']) => [name, value] as const,
    )
  return [new Map(read(light)), new Map([...read(light), ...read(dark)])]
}

/** WCAG 2.2 contrast ratio. */
function contrast(a: string | undefined, b: string | undefined): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

function luminance(hex: string | undefined): number {
  if (hex === undefined) throw new TypeError('no such token')
  const digits = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
