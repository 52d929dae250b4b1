import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSite, PAGES, type Site, seenText } from './site.ts'

const GTIN = '9520200005014'
const ANOTHER_GTIN = '9520100004018'
const WRONG_GTIN = '9520200005015'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

/** Types as a scanner does: all at once into whatever the page has put the focus on, with Enter at the end. */
async function typeAndEnter(page: Page, text: string): Promise<void> {
  await page.locator('#q:focus').waitFor()
  await page.keyboard.type(`${text}\n`)
  await page.waitForURL(`${site.url}/?${new URLSearchParams({ q: text })}`)
}

const headline = (page: Page) => page.getByRole('heading', { level: 1 })

describe.each([
  ['with scripts', true],
  ['without scripts', false],
])('an officer %s', (_name, javaScriptEnabled) => {
  const options = { javaScriptEnabled }

  it('types a brand and model, and is told first what to do, then the verdict and where it was decided', () =>
    site.visit(
      '/',
      async (page) => {
        await typeAndEnter(page, 'Drovolt DB-1850')
        const card = page.getByRole('region', { name: /^Hold and call/ })
        expect(await headline(page).innerText()).toMatch(/^Hold and call .+, Germany \(de\)$/)
        const said = (await card.innerText()).replace(/\s+/g, ' ')
        expect(said).toMatch(
          /^What to do in United States \(us\) Hold and call .+? Blocked in Germany \(de\) and South Korea \(kr\) Illustrative: invented/,
        )
        expect(said).toContain('Shown in 5 markets')
        expect(said).toContain('Are the goods made by or for Jinhua Drovolt Power Tools')
        expect(await page.title()).toBe('Blocked: Drovolt DB-1850 – Portcullis')
      },
      options,
    ))

  it('sees why it matched, what each market does and how old its word is', () =>
    site.visit(
      PAGES['a blocked answer'],
      async (page) => {
        const [first] = await page.getByRole('article').all()
        const rows = await first?.locator('tbody tr').allInnerTexts()
        expect(rows?.map((row) => row.replace(/\s+/g, ' '))).toEqual([
          'Model DB-1850 DB-1850 agrees',
          'Brand Drovolt Drovolt agrees',
          'Maker nothing Jinhua Drovolt Power Tools Co., Ltd. and Drovolt Europe Handels GmbH missing',
        ])
        const effects = page.getByRole('region', { name: 'What each market does' })
        expect(await effects.getByRole('listitem').allInnerTexts()).toHaveLength(5)
        expect((await effects.innerText()).replace(/\s+/g, ' ')).toContain(
          'South Korea (kr) (decided here) Enforce',
        )
        const ages = page.getByRole('region', { name: 'How current this answer is' })
        expect(await ages.innerText()).toContain('All 5 markets are fresh')
        expect(await ages.getByRole('listitem').allInnerTexts()).toHaveLength(5)
      },
      options,
    ))

  it('scans one barcode after another without touching the keyboard', () =>
    site.visit(
      '/',
      async (page) => {
        await typeAndEnter(page, GTIN)
        expect(await page.getByText('Product: Drovolt DB-1850').count()).toBe(2)
        expect(await seenText(page)).toContain('Read as EAN-13, check digit valid')
        await typeAndEnter(page, ANOTHER_GTIN)
        expect(await seenText(page)).toContain(`You asked: ${ANOTHER_GTIN}`)
        expect(await page.getByText('Drovolt').count()).toBe(0)
      },
      options,
    ))

  it('is told that the check digit of a scan is wrong, and nothing is blocked by it', () =>
    site.visit(
      '/',
      async (page) => {
        await typeAndEnter(page, WRONG_GTIN)
        expect(await seenText(page)).toContain(`The check digit of ${WRONG_GTIN} is wrong`)
        expect(await page.locator('.card-verdict').innerText()).toMatch(/^Possible/)
      },
      options,
    ))

  it('gives the missing fact on the answer and is answered anew', () =>
    site.visit(
      PAGES['a blocked answer'],
      async (page) => {
        await page.getByRole('textbox', { name: 'Maker' }).last().fill('Acme Tools Inc.')
        await page.getByRole('button', { name: 'Look up again' }).click()
        await page.waitForURL(/maker=/)
        expect(await seenText(page)).toContain('You asked: Drovolt DB-1850, Maker: Acme Tools Inc.')
        expect(await page.locator('.card-verdict').innerText()).toMatch(/^Possible/)
      },
      options,
    ))

  it('opens the fields, fills two of them, and gets an address that holds only these', () =>
    site.visit(
      '/',
      async (page) => {
        await page.getByText('Search by field').click()
        await page.getByLabel('Brand').fill('Drovolt')
        await page.getByLabel('Model').fill('DB-1850')
        await page.getByLabel('Model').press('Enter')
        await page.waitForURL(`${site.url}/?brand=Drovolt&model=DB-1850`)
        expect(await page.locator('.card-verdict').innerText()).toMatch(/^Blocked/)
        await page.getByRole('link', { name: 'Change this question' }).click()
        expect(await page.getByLabel('Model').inputValue()).toBe('DB-1850')
      },
      options,
    ))

  it('follows an example of the empty page to its answer', () =>
    site.visit(
      '/',
      async (page) => {
        await page.getByRole('region', { name: 'Try one' }).getByRole('link').first().click()
        await page.waitForURL(/\?q=/)
        expect(await page.locator('.card-verdict').count()).toBe(1)
      },
      options,
    ))
})

it('every page reads the same with scripts and without', async () => {
  const read = (javaScriptEnabled: boolean) =>
    site.visit(
      '/',
      async (page) => {
        const texts: string[] = []
        for (const path of Object.values(PAGES)) {
          await page.goto(path)
          texts.push(await seenText(page, 'body'))
        }
        return texts
      },
      { javaScriptEnabled },
    )
  expect(await read(false)).toEqual(await read(true))
})
