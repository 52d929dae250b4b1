import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSite, PAGE_NAMES, PAGES, type PageName, type Site, seenText } from './site.ts'

/** A complaint reaches us a moment after its cause; on a busy machine the moment is long. */
const PATIENTLY = { timeout: 10_000 }

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

/** What the browser complains of, and what it asks for. */
type Noted = { complaints: string[]; requests: string[] }

/** Listens to a page that has not gone anywhere yet. */
async function listen(page: Page): Promise<Noted> {
  const noted: Noted = { complaints: [], requests: [] }
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) => {
    console.error('policy: ' + event.effectiveDirective + ' ' + event.blockedURI)
  })`)
  page.on('console', (message) => {
    // That a page has the status of an error is said in the console too.
    if (
      message.text().startsWith('Failed to load resource') &&
      message.location().url === page.url()
    )
      return
    noted.complaints.push(message.text())
  })
  page.on('pageerror', (error) => noted.complaints.push(error.message))
  page.on('dialog', (dialog) => {
    noted.complaints.push(`dialog: ${dialog.message()}`)
    return dialog.dismiss()
  })
  page.on('request', (request) => noted.requests.push(request.url()))
  return noted
}

describe('the policy of content', () => {
  it('is broken by no page, and no page asks another host for anything', () =>
    site.open('about:blank', async (page) => {
      const noted = await listen(page)
      for (const name of PAGE_NAMES) {
        await page.goto(PAGES[name])
        expect(noted.complaints, name).toEqual([])
      }
      const own = new Set(noted.requests.map((url) => new URL(url).origin))
      expect([...own]).toEqual([site.url])
      const files = new Set(noted.requests.map((url) => new URL(url).pathname))
      const assets = [...files].filter((path) => path.startsWith('/assets/'))
      expect(assets.length).toBeGreaterThan(0)
      for (const path of assets)
        expect(path).toMatch(/^\/assets\/portcullis\.[0-9a-f]{16}\.(css|svg)$/)
    }))

  it.each([
    [
      'a script in the page',
      `script.textContent = 'document.title = "taken"'`,
      'script-src-elem inline',
    ],
    ['a script from here', `script.src = '/nowhere.js'`, 'script-src-elem'],
  ])('stops %s, and is heard to do so', (_name, change, complaint) =>
    site.open('about:blank', async (page) => {
      const noted = await listen(page)
      await page.goto('/')
      await page.evaluate(`{
        const script = document.createElement('script')
        ${change}
        document.body.append(script)
      }`)
      await expect
        .poll(() => noted.complaints.join('\n'), PATIENTLY)
        .toContain(`policy: ${complaint}`)
      expect(await page.title()).not.toBe('taken')
    }),
  )

  it.each([
    ['an image', `new Image().src = 'https://example.com/x.png'`, 'img-src'],
    ['a fetch', `fetch('/v1/status').catch(() => {})`, 'connect-src'],
    [
      'a style',
      `document.head.append(Object.assign(document.createElement('style'), { textContent: 'p {}' }))`,
      'style-src-elem',
    ],
  ])('stops %s too', (_name, change, directive) =>
    site.open('about:blank', async (page) => {
      const noted = await listen(page)
      await page.goto('/')
      await page.evaluate(`void (${change})`)
      await expect
        .poll(() => noted.complaints.join('\n'), PATIENTLY)
        .toContain(`policy: ${directive}`)
    }),
  )

  it('lets no other page frame ours', () =>
    site.open('about:blank', async (page) => {
      await page.setContent(`<iframe src="${site.url}/"></iframe>`)
      await expect
        .poll(() => page.frames()[1]?.url(), PATIENTLY)
        .toMatch(/^(chrome-error:|about:blank)/)
      expect(await page.frames()[1]?.locator('#q').count()).toBe(0)
    }))
})

describe('the headers', () => {
  const WITH_FORMS: readonly PageName[] = [
    'the manifests',
    'a screened manifest',
    'columns to map',
    'a manifest that waits',
  ]
  const STRICT = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }

  it.each(PAGE_NAMES)('of %s are the strict ones', async (name) => {
    const response = await fetch(site.url + PAGES[name], { headers: { accept: 'text/html' } })
    await response.text()
    // A form that does something must be known to come from here, and the address of its page says nothing of the goods.
    const referrer = WITH_FORMS.includes(name) ? 'same-origin' : 'no-referrer'
    const expected = { ...STRICT, 'referrer-policy': referrer }
    expect(Object.fromEntries(response.headers)).toMatchObject(expected)
    expect(response.headers.has('set-cookie')).toBe(false)
  })

  it('keep an answer out of every cache, for programs too', async () => {
    for (const path of ['/v1/lookup?q=Drovolt+DB-1850', '/v1/lookup?nothing=1']) {
      const response = await fetch(site.url + path)
      await response.text()
      expect(response.headers.get('cache-control'), path).toBe('no-store')
    }
  })

  it('send no referrer, not even to ourselves', () =>
    site.visit(PAGES['a blocked answer'], async (page) => {
      expect(await page.evaluate('document.referrer')).toBe('')
      await page
        .getByRole('link', { name: /^Whole story/ })
        .first()
        .click()
      await page.waitForURL(/\/decisions\//)
      expect(await page.evaluate('document.referrer')).toBe('')
    }))
})

describe('a question that is markup', () => {
  const MARKUP = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`

  it.each([
    ['in the box', { q: MARKUP }],
    ['in a field', { brand: MARKUP, model: MARKUP }],
    ['in a question to change', { edit: '1', q: MARKUP }],
    ['under an unknown name', { [MARKUP]: 'x' }],
  ])('%s stays text', (_name, question) =>
    site.open('about:blank', async (page) => {
      const noted = await listen(page)
      await page.goto(`/?${new URLSearchParams(question)}`)
      expect(await page.locator('img, script').count()).toBe(0)
      expect(noted.complaints).toEqual([])
    }),
  )

  it('is shown as it was typed', () =>
    site.visit(`/?${new URLSearchParams({ q: MARKUP })}`, async (page) => {
      expect(await seenText(page)).toContain(`You asked: ${MARKUP}`)
      await page.getByRole('link', { name: 'Change this question' }).click()
      expect(await page.getByLabel('Scan, paste or type').inputValue()).toBe(MARKUP)
    }))

  it.each(['/decisions?q=', '/decisions/', '/decisions?market='])('after %s stays text', (path) =>
    site.open('about:blank', async (page) => {
      const noted = await listen(page)
      await page.goto(path + encodeURIComponent(MARKUP))
      expect(await page.locator('img, script').count()).toBe(0)
      expect(noted.complaints).toEqual([])
    }),
  )
})
