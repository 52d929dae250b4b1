import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSite, PAGE_NAMES, PAGES, type Site, seenText } from './site.ts'

/** WCAG 2.2, 2.5.8: no target is smaller, in CSS pixels. */
const LEAST_TARGET = 24
/** A4 in points, as printers' files measure. */
const A4 = [595, 842]

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

/** Everything that can be tapped and is too small for a finger, with its size. */
const SMALL_TARGETS = `[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter((element) => element.checkVisibility() && !element.matches('.skip'))
  .map((element) => ({ element, box: element.getBoundingClientRect() }))
  .filter(({ box }) => box.width < ${LEAST_TARGET} || box.height < ${LEAST_TARGET})
  .map(({ element, box }) => [element.outerHTML, box.width, box.height].join(' '))`

/** Boxes that would scroll sideways within the page. */
const WIDE_BOXES = `[...document.querySelectorAll('main *')]
  .filter((element) => element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX !== 'visible')
  .filter((element) => !element.matches('.unseen, input, select, thead, caption'))
  .map((element) => element.outerHTML.slice(0, 200))`

describe.each([320, 360])('on a phone %i pixels wide', (width) => {
  const options = { viewport: { width, height: 740 }, hasTouch: true }

  it.each(PAGE_NAMES)('%s does not scroll sideways, and a finger hits everything', (name) =>
    site.visit(
      PAGES[name],
      async (page) => {
        const full = await page.evaluate<number>('document.scrollingElement.scrollWidth')
        expect(full).toBeLessThanOrEqual(width)
        expect(await page.evaluate(WIDE_BOXES)).toEqual([])
        expect(await page.evaluate(SMALL_TARGETS)).toEqual([])
      },
      options,
    ),
  )

  it('the fields of the search fit too', () =>
    site.visit(
      '/',
      async (page) => {
        await page.locator('summary').click()
        await page.getByLabel('Country of origin').scrollIntoViewIfNeeded()
        expect(await page.evaluate('document.scrollingElement.scrollWidth')).toBe(width)
        expect(await page.evaluate(SMALL_TARGETS)).toEqual([])
      },
      options,
    ))
})

it('the verdict is on the first screen of a phone', () =>
  site.visit(
    PAGES['a blocked answer'],
    async (page) => {
      const heading = await page.getByRole('heading', { level: 1 }).boundingBox()
      expect(heading?.y).toBeLessThan(500)
    },
    { viewport: { width: 360, height: 740 } },
  ))

it.each(['an unknown parameter', 'a wrong date'] as const)(
  '%s is explained on the first screen of a phone',
  (name) =>
    site.visit(
      name === 'a wrong date' ? '/?model=WX&on=2026-13-45' : PAGES[name],
      async (page) => {
        await page.locator('#q:focus').waitFor()
        const heading = await page.getByRole('heading', { level: 1 }).boundingBox()
        expect(heading?.y).toBeGreaterThanOrEqual(0)
        expect(heading?.y).toBeLessThan(500)
      },
      { viewport: { width: 360, height: 640 } },
    ),
)

/** The sizes in points of the pages that the browser would print. */
async function printedPages(page: Page): Promise<number[][]> {
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
  const count = [...pdf.matchAll(/\/Type \/Page\b(?!s)/g)].length
  const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, w, h]) =>
    [w, h].map((side) => Math.round(Number(side))),
  )
  expect(boxes).toHaveLength(count)
  return boxes
}

it.each([
  ['one decision with a bond and a question', PAGES['an answer with a bond and questions']],
  ['one decision with rulings', PAGES['an exception']],
  ['one decision and nothing to ask', '/?q=Gawirom+GS-210'],
  ['nothing', PAGES['an answer of nothing']],
])('an answer about %s prints on at most two sheets of A4', (_name, path) =>
  site.visit(path, async (page) => {
    const pages = await printedPages(page)
    expect(pages.length).toBeGreaterThan(0)
    expect(pages.length).toBeLessThanOrEqual(2)
    for (const size of pages) expect(size).toEqual(A4)
  }),
)

it('a printed decision keeps its name, its record and its whole history', () =>
  site.open(PAGES['a reconstructed decision'], async (page) => {
    await page.emulateMedia({ media: 'print' })
    const text = await seenText(page, 'body')
    for (const part of ['us/337-ta-1276/leo', 'Reconstruction', 'H351038', 'As of 23 November']) {
      expect(text).toContain(part)
    }
    expect(await page.locator('.nav').isVisible()).toBe(false)
  }))
