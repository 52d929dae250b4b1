import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSite, PAGE_NAMES, PAGES, type Site } from './site.ts'
import { COLOUR_RULES, violations } from './violations.ts'

const TWO_HOURS_MS = 2 * 3600 * 1000

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

const bypassCSP = true

it.each(PAGE_NAMES)('%s has nothing that axe objects to, in the light and in the dark', (name) =>
  site.visit(
    PAGES[name],
    async (page) => {
      await page.emulateMedia({ colorScheme: 'light' })
      expect(await violations(page)).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await violations(page, COLOUR_RULES)).toEqual([])
    },
    { bypassCSP },
  ),
)

it('an answer that cannot say has nothing that axe objects to', async () => {
  const { clock } = site.alliance
  clock.nowMs += TWO_HOURS_MS
  try {
    for (const path of [PAGES['an answer of nothing'], PAGES['the status']]) {
      const found = await site.visit(path, (page) => violations(page), { bypassCSP })
      expect(found).toEqual([])
    }
  } finally {
    clock.nowMs -= TWO_HOURS_MS
  }
})

it.each(['a blocked answer', 'a reconstructed decision', 'the list of decisions'] as const)(
  '%s on a phone has nothing that axe objects to',
  (name) =>
    site.visit(PAGES[name], async (page) => expect(await violations(page)).toEqual([]), {
      bypassCSP,
      viewport: { width: 360, height: 740 },
    }),
)

it('axe sees what is wrong where something is', () =>
  site.visit(
    '/',
    async (page) => {
      await page.evaluate(`document.querySelector('label[for=q]').remove()`)
      expect(await violations(page)).toContainEqual(
        expect.stringMatching(/^critical label: <input/),
      )
    },
    { bypassCSP },
  ))
