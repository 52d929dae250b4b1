import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSite, PAGE_NAMES, PAGES, type Site } from './site.ts'

/** More than any page has stops. */
const MOST_STOPS = 120

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

/** What has the focus: its name, how it looks now and looked before, and whether it can be seen. */
type Stop = { at: number; name: string; isMarked: boolean; isInView: boolean }

/** Remembers every element that Tab may reach, in the order of the document, and how it looks without the focus. */
const REMEMBER = `
  globalThis.lookOf = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
    return [outlineStyle === 'none' ? 'none' : outlineWidth, boxShadow].join()
  }
  const focused = document.activeElement
  focused.blur()
  globalThis.stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select, summary')]
    .filter((element) => element.checkVisibility())
  globalThis.looks = stops.map(lookOf)
  if (focused !== document.body) focused.focus()
  stops.length`

const FOCUSED = `(() => {
  const element = document.activeElement
  const at = stops.indexOf(element)
  const { top, bottom } = element.getBoundingClientRect()
  const name = element.textContent.trim() || element.id
  return { at, name, isMarked: lookOf(element) !== looks[at], isInView: top > -1 && bottom < innerHeight + 1 }
})()`

/** Presses Tab from where the page has put the focus until it is there again. */
async function walk(page: Page, key: 'Tab' | 'Shift+Tab'): Promise<{ all: number; path: Stop[] }> {
  const box = page.locator('#q')
  if ((await box.count()) > 0) await page.locator('#q:focus').waitFor()
  const all = await page.evaluate<number>(REMEMBER)
  const path: Stop[] = []
  for (let presses = 0; presses < MOST_STOPS; presses += 1) {
    const stop = await page.evaluate<Stop>(FOCUSED)
    // A date has stops of its own inside: day, month, year, calendar.
    const isInside = stop.at === path.at(-1)?.at
    if (path.length > 1 && !isInside && stop.at === path[0]?.at) return { all, path }
    if (!isInside) path.push(stop)
    await page.keyboard.press(key)
  }
  throw new Error(`Tab never came back: ${path.map(({ name }) => name).join(' > ')}`)
}

/** The stops in the order of the document, without the pause that the browser's own window makes between last and first. */
const reached = (path: readonly Stop[]) =>
  path
    .map(({ at }) => at)
    .filter((at) => at >= 0)
    .toSorted((a, b) => a - b)

it.each(PAGE_NAMES)(
  '%s: Tab reaches everything in order, shows where it is, and is trapped nowhere',
  (name) =>
    site.visit(PAGES[name], async (page) => {
      const { all, path } = await walk(page, 'Tab')
      const inside = path.filter(({ at }) => at >= 0)
      expect(reached(path)).toEqual(Array.from({ length: all }, (_, at) => at))
      // Once around: the numbers rise, but for the one step from the last stop to the first.
      const falls = inside.filter(({ at }, i) => at < (inside[i - 1]?.at ?? -1))
      expect(falls.length).toBeLessThanOrEqual(1)
      expect(inside.filter(({ isMarked }) => !isMarked)).toEqual([])
      expect(inside.filter(({ isInView }) => !isInView)).toEqual([])
    }),
)

it('Shift and Tab go the same way back', () =>
  site.visit(PAGES['a blocked answer'], async (page) => {
    const forth = await walk(page, 'Tab')
    const back = await walk(page, 'Shift+Tab')
    expect(reached(back.path)).toEqual(reached(forth.path))
    expect(back.path[1]?.name).toBe('Status')
  }))

it('from the box Tab goes to the button, the fields, the question, the desk and the decision', () =>
  site.visit(PAGES['a blocked answer'], async (page) => {
    const { path } = await walk(page, 'Tab')
    const names = path.map(({ name }) => name)
    expect(names.slice(0, 10)).toEqual([
      'q',
      'Look up',
      'Search by field',
      'Change this question',
      'ask-maker',
      'Look up again',
      '+49 89 99998 141',
      'zgr@zoll-auskunft.example',
      'Whole story of de/lg-mannheim-2-o-55-25',
      'Whole story of kr/ktc-2025-05',
    ])
  }))

it('Enter follows a link and presses a button, and the space bar opens the fields', () =>
  site.visit('/', async (page) => {
    await page.locator('#q:focus').waitFor()
    await page.keyboard.type('337-TA-1276')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/q=337-TA-1276/)
    await page.getByRole('link', { name: 'Whole story of us/337-ta-1276/leo' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/decisions\/us\/337-ta-1276\/leo$/)
    await page.goBack()
    await page.locator('summary').press('Space')
    expect(await page.getByLabel('Brand').isVisible()).toBe(true)
  }))

it('the first Tab offers to skip to the main content, and Enter does so', () =>
  site.visit('/status', async (page) => {
    expect(await page.evaluate<number>(REMEMBER)).toBeGreaterThan(0)
    await page.keyboard.press('Tab')
    expect(await page.evaluate<Stop>(FOCUSED)).toEqual({
      at: 0,
      name: 'Skip to the main content',
      isMarked: true,
      isInView: true,
    })
    await page.keyboard.press('Enter')
    await page.waitForURL(/#main$/)
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
  }))
