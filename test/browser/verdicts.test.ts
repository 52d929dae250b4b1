import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pixelContrasts } from './contrast.ts'
import { openSite, PAGES, type Site, seenText } from './site.ts'

const TWO_HOURS_MS = 2 * 3600 * 1000

/** Each verdict: its word, the question that leads to it, how much later it is asked without a sync, and the line it leads with. */
const VERDICTS = [
  ['blocked', 'Blocked', PAGES['a blocked answer'], 0, /^Hold and call /],
  ['exception', 'Exception', PAGES['an exception'], 0, /^No action here: an exception applies$/],
  ['possible', 'Possible', PAGES['a possible answer'], 0, /^Compare the goods with this order$/],
  ['cannot_say', 'Cannot say', PAGES['an answer of nothing'], TWO_HOURS_MS, /^No answer yet/],
  ['not_listed', 'Not listed', PAGES['an answer of nothing'], 0, /^No instruction: /],
] as const

const SCREENS = [
  { colorScheme: 'light', forcedColors: 'none' },
  { colorScheme: 'dark', forcedColors: 'none' },
  { colorScheme: 'light', forcedColors: 'active' },
  { colorScheme: 'dark', forcedColors: 'active' },
] as const

/** Kinds of text on an answer, each with colours of its own where colours are not forced. */
const TEXTS = [
  '.brand',
  '.node',
  '.nav a',
  '.find-row button',
  'summary',
  '.asked',
  'h1',
  '.card-verdict',
  '.loud',
  '.counts',
  '.questions li',
  '.phone',
  '.part .soft',
  '.tag',
  'blockquote',
  '.says-agrees',
  '.says-missing',
  '.effects li',
  '.fine dd',
]

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

/** Visits so much later than the last sync; the clock is set back afterwards. */
async function later<T>(laterMs: number, visit: () => Promise<T>): Promise<T> {
  const { clock } = site.alliance
  clock.nowMs += laterMs
  try {
    return await visit()
  } finally {
    clock.nowMs -= laterMs
  }
}

describe.each(VERDICTS)('%s', (verdict, word, path, laterMs, leading) => {
  it('is said in a word, after the instruction, with a shape of its own', () =>
    later(laterMs, () =>
      site.visit(path, async (page) => {
        const band = page.locator('.card-band')
        expect(await band.getByRole('heading', { level: 1 }).innerText()).toMatch(leading)
        expect(await band.locator('.card-verdict b').innerText()).toBe(word)
        expect(await page.title()).toMatch(new RegExp(`^${word}: `))
        expect(await page.getByRole('status').innerText()).toContain(word)
        expect(await band.locator('svg').getAttribute('class')).toBe(`shape shape-${verdict}`)
      }),
    ))

  it('shows its shape in the light, in the dark and in forced colours', () =>
    later(laterMs, () =>
      site.open(path, async (page) => {
        for (const screen of SCREENS) {
          await page.emulateMedia(screen)
          const [contrast] = await pixelContrasts(page, ['.card-band > .shape'])
          expect(contrast, JSON.stringify(screen)).toBeGreaterThanOrEqual(3)
        }
      }),
    ))

  it('prints its word and its instruction, without the box and the navigation', () =>
    later(laterMs, () =>
      site.open(path, async (page) => {
        await page.emulateMedia({ media: 'print' })
        const text = await seenText(page, 'body')
        expect(text.toLowerCase()).toContain(word.toLowerCase())
        expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(leading)
        expect(text).toMatch(/As of 23 November 2026 at 1[24]:00 UTC/)
        for (const gone of ['.nav', '.find', '.skip', '.foot']) {
          expect(await page.locator(gone).isVisible(), gone).toBe(false)
        }
      }),
    ))
})

it.each(['light', 'dark'] as const)(
  'in forced colours on %s every kind of text stands out',
  (colorScheme) =>
    site.visit(
      PAGES['a blocked answer'],
      async (page) => {
        const contrasts = await pixelContrasts(page, TEXTS)
        const weak = TEXTS.filter((_, at) => !((contrasts[at] ?? 0) >= 4.5))
        expect(weak).toEqual([])
      },
      { colorScheme, forcedColors: 'active' },
    ),
)

it('cannot say counts the markets and names their age', () =>
  later(TWO_HOURS_MS, () =>
    site.visit(PAGES['an answer of nothing'], async (page) => {
      const text = await seenText(page)
      expect(text).toContain('0 of 5 markets are fresh.')
      expect(text).toContain('South Korea (kr): Stale, last heard 2 hours ago')
    }),
  ))

it('nothing that is not listed is ever called clear', async () => {
  for (const path of [
    PAGES['an answer of nothing'],
    PAGES['an answer with matches not in force'],
  ]) {
    const text = await site.visit(path, (page) => seenText(page, 'html'))
    expect(text).not.toMatch(/\bclear(ed)?\b/i)
    expect(text).toContain('Not being listed is not a clearance')
  }
})
