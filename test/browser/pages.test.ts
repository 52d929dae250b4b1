import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSite, PAGES, type Site, seenText } from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

const part = (page: Page, name: string | RegExp) => page.getByRole('region', { name })
const lines = async (page: Page, name: string | RegExp, role: 'listitem' | 'row') =>
  (await part(page, name).getByRole(role).allInnerTexts()).map((line) =>
    line.replace(/\s+/g, ' ').trim(),
  )

describe('the page of a decision', () => {
  it('tells the whole story of an order whose reach changed three times', () =>
    site.visit(PAGES['a reconstructed decision'], async (page) => {
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(/^Certain Light-/)
      const story = await lines(page, 'What happened, oldest first', 'listitem')
      const told = story.map((line) => line.split(' signed ')[0])
      expect(told).toEqual([
        'Issued',
        'Suspended from 27 December 2023. Federal Circuit interim stay.',
        expect.stringMatching(/^Scope ruling 12 January 2024: out of scope, U\.S\. Customs/),
        expect.stringMatching(/^Resumed from 18 January 2024\. Stay ended;/),
        expect.stringMatching(/^Scope ruling January 2025: in scope, U\.S\. Customs/),
        expect.stringMatching(/^Scope ruling 1 August 2025: out of scope, U\.S\. Customs/),
      ])
      for (const line of story) expect(line).toMatch(/Leaf hash [A-Za-z0-9_-]{43}$/)
      expect(await lines(page, /^Products/, 'row')).toHaveLength(5)
      const terms = await part(page, /^The order$/).innerText()
      expect(terms).toMatch(/Patent US 10912502, claims 22 and 28/)
      expect(terms).toContain('Limited exclusion order')
      expect(await seenText(page)).toContain('United States (us) (this node) Enforce.')
    }))

  it.each([
    ['a reconstructed decision', /^Reconstruction from public sources, confidence high\. Not the/],
    ['an invented decision', /^Illustrative: invented for demonstration\.$/],
  ] as const)('%s says so on its first screen', (name, said) =>
    site.visit(PAGES[name], async (page) => {
      const notice = page.locator('.loud')
      expect(await notice.innerText()).toMatch(said)
      const box = await notice.boundingBox()
      expect((box?.y ?? Number.NaN) + (box?.height ?? 0)).toBeLessThan(600)
    }),
  )

  it('gives words in another language with that language', () =>
    site.visit(PAGES['an invented decision'], async (page) => {
      const wording = page.getByRole('blockquote')
      expect(await wording.innerText()).toContain('수입을 중지한다')
      expect(await wording.getAttribute('lang')).toBe('ko')
      const name = page.getByText('金华市德罗沃电动工具有限公司')
      expect(await name.getAttribute('lang')).toBe('zh-Hans')
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
      const foreign = /[\u3400-\u9fff\uac00-\ud7a3\u3040-\u30ff]/
      const unmarked = page.locator('[lang=en] :is(blockquote, h1):not([lang])')
      for (const text of await unmarked.allInnerTexts()) expect(text).not.toMatch(foreign)
    }))

  it('tells what another market answered, in its own words', () =>
    site.visit(PAGES['an invented decision'], async (page) => {
      const story = await lines(page, 'What happened, oldest first', 'listitem')
      expect(story.at(-1)).toMatch(
        /^Response by Germany \(de\) Hold and call from 14 October 2025 until 23 July 2029\. Das/,
      )
    }))

  it('leads back to a look-up of this order', () =>
    site.visit(PAGES['an invented decision'], async (page) => {
      await page.getByRole('link', { name: 'Look up this order' }).click()
      await page.waitForURL(/\?q=kr%2Fktc-2025-05$/)
      expect(await seenText(page)).toContain('Read as the decision kr/ktc-2025-05')
    }))
})

describe('the list of decisions', () => {
  const names = (page: Page) => page.getByRole('rowheader').getByRole('link').allInnerTexts()

  it('shows those of one market and one state, and keeps the choice', () =>
    site.visit('/decisions', async (page) => {
      await page.getByLabel('Market').selectOption({ label: 'Japan (jp)' })
      await page.getByLabel('State').selectOption({ label: 'In force' })
      await page.getByRole('button', { name: 'Show' }).click()
      await page.waitForURL(/market=jp/)
      const shown = await names(page)
      expect(shown.length).toBeGreaterThan(3)
      for (const name of shown) expect(name).toMatch(/^jp\//)
      const states = page.getByRole('cell', { name: 'In force', exact: true })
      expect(await states.count()).toBe(shown.length)
      expect(await page.getByLabel('Market').inputValue()).toBe('jp')
    }))

  it('finds words of a title in another script', () =>
    site.visit('/decisions', async (page) => {
      await page.getByLabel('Words').fill('전동공구')
      await page.getByLabel('Words').press('Enter')
      await page.waitForURL(/q=/)
      expect(await names(page)).toEqual(['kr/ktc-2025-05'])
    }))

  it('goes through all of them page by page, each once, and back to the first', () =>
    site.visit('/decisions?limit=30', async (page) => {
      const all: string[] = []
      for (;;) {
        all.push(...(await names(page)))
        const next = page.getByRole('link', { name: 'Next page' })
        if ((await next.count()) === 0) break
        await next.click()
        await page.waitForURL(new RegExp(`after=${encodeURIComponent(all.at(-1) ?? '')}$`))
      }
      expect(all).toEqual([...new Set(all)].toSorted())
      const { decisions } = await (await site.request('/v1/decisions?limit=200')).json()
      expect(all).toEqual(decisions.map(({ decision }: { decision: string }) => decision))
      await page.getByRole('link', { name: 'Back to the first page' }).click()
      await page.waitForURL(`${site.url}/decisions?limit=30`)
    }))

  it('says what to do when nothing fits', () =>
    site.visit('/decisions?market=jp&q=nosuchword', async (page) => {
      expect(await seenText(page)).toContain('No decision fits. Take a filter away')
    }))
})

it('the status page says how old every feed is, what each peer did and what was refused', () =>
  site.visit('/status', async (page) => {
    expect(await seenText(page)).toContain('All 5 feeds are fresh')
    const feeds = await lines(page, 'Feeds', 'row')
    expect(feeds).toHaveLength(6)
    expect(feeds[5]).toMatch(/^United States \(us\) Fresh just now \d+ us\.test\/log$/)
    expect(await lines(page, 'Peers', 'row')).toHaveLength(5)
    expect(await part(page, 'Refused entries').innerText()).toContain('No entry has been refused.')
    expect(await part(page, 'Node').innerText()).toMatch(/State digest\s+[0-9a-f]{64}/)
  }))

describe('an error', () => {
  it.each([
    ['/decisions/us/nothing', 404, 'No such decision on this node', 'ERR_DECISION_UNKNOWN'],
    ['/?modell=WX', 400, 'That question cannot be answered', 'ERR_QUERY_UNKNOWN_PARAMETER'],
    ['/decisions?makret=us', 400, 'That question cannot be answered', 'ERR_QUERY_UNKNOWN'],
    ['/?model=WX&on=2026-13-45', 400, 'That question cannot be answered', 'ERR_QUERY_INVALID'],
    ['/nowhere', 404, 'There is nothing at this address', 'ERR_NOT_FOUND'],
  ])('%s has status %i and a page that says what to do', (path, status, heading, code) =>
    site.visit('/', async (page) => {
      const response = await page.goto(path)
      expect(response?.status()).toBe(status)
      expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(heading)
      const problem = await page.getByRole('alert').innerText()
      expect(problem).toContain('What to do')
      expect(problem).toContain(code)
      await page.locator('#q:focus').waitFor()
      await page.keyboard.type('Drovolt DB-1850\n')
      await page.waitForURL(/\?q=Drovolt/)
      expect(await page.locator('.card-verdict').innerText()).toMatch(/^Blocked/)
    }),
  )

  it('keeps what was typed in the fields', () =>
    site.visit('/?brand=Drovolt&hs=1&on=2026-13-45', async (page) => {
      expect(await page.getByLabel('Brand').inputValue()).toBe('Drovolt')
      expect(await page.getByLabel('Brand').isVisible()).toBe(true)
    }))
})
