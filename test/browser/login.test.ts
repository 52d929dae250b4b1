// A node whose look-up needs a token, in a real browser without script: in, asking, handing in, reading the audit log, out.
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addUser } from '../../src/appointing.ts'
import { admitFile, signActs } from '../../src/outbound.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { launchBrowser } from '../support/browser.ts'
import { issueDraft } from '../support/decisions.ts'
import { ADMIN, tokenOf } from '../support/people.ts'
import { COLOUR_RULES, violations } from './violations.ts'

let alliance: TestAlliance
let us: TestNode
let browser: Browser
let server: ReturnType<typeof serve>
let baseURL: string
let token: string

beforeAll(async () => {
  alliance = await testAlliance(['us'], { guard: { lookupAccess: 'token' } })
  us = alliance.node('us')
  const user = { subject: 'ada', name: 'Ada Sato', roles: ['signer', 'auditor'] }
  await addUser(us.people, ADMIN, user)
  token = (await tokenOf(us.people, 'ada')).token
  browser = await launchBrowser()
  const port = await new Promise<number>((resolve) => {
    const options = { fetch: us.app.fetch, hostname: '127.0.0.1', port: 0 }
    server = serve(options, (address: AddressInfo) => resolve(address.port))
  })
  baseURL = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  await browser.close()
  await new Promise((resolve) => server.close(resolve))
  alliance.close()
})

async function within(
  look: (page: Page, context: BrowserContext) => Promise<void>,
  javaScriptEnabled: boolean,
): Promise<void> {
  const options = { baseURL, javaScriptEnabled, bypassCSP: javaScriptEnabled }
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  try {
    await look(page, context)
  } finally {
    await context.close()
  }
}

async function logIn(page: Page, given = token): Promise<void> {
  await page.getByLabel('Token').fill(given)
  await page.getByRole('button', { name: 'Log in' }).click()
}

it('people log in, ask, hand in acts, read the audit log and log out, all without script', () =>
  within(async (page, context) => {
    await page.goto('/?q=TX-9000')
    expect(new URL(page.url()).pathname).toBe('/login')
    await logIn(page, 'not a token')
    expect(await page.getByRole('alert').innerText()).toContain('does not count here')
    await logIn(page)
    expect(page.url()).toBe(`${baseURL}/?q=TX-9000`)
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' })
    await page.goto('/login')
    await page.getByRole('link', { name: 'Hand in signed acts' }).click()
    const deps = await us.outbound()
    const file = { text: issueDraft('us/one'), fileName: 'a.yaml', zoneHere: 'UTC' }
    const [act] = await signActs(deps, await admitFile(deps, file), us.keys.agency)
    const jws = Buffer.from(act?.bytes ?? [])
    const chosen = { name: 'order.jws', mimeType: 'text/plain', buffer: jws }
    await page.getByLabel('Or the file').setInputFiles(chosen)
    await page.getByRole('button', { name: 'Append' }).click()
    expect(await page.getByRole('status').innerText()).toContain('1 act appended.')
    await page.goto('/audit')
    expect(await page.locator('main').innerText()).toContain('POST /acts')
    await page.goto('/login')
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.goto('/decisions')
    expect(new URL(page.url()).pathname).toBe('/login')
  }, false))

it('the pages for it have nothing that axe objects to, in the light and in the dark, and fit a phone', () =>
  within(async (page) => {
    await page.goto('/login')
    await logIn(page)
    for (const path of ['/login', '/acts', '/audit']) {
      await page.setViewportSize({ width: 320, height: 640 })
      await page.goto(path)
      await page.emulateMedia({ colorScheme: 'light' })
      expect([path, await violations(page)]).toEqual([path, []])
      await page.emulateMedia({ colorScheme: 'dark' })
      expect([path, await violations(page, COLOUR_RULES)]).toEqual([path, []])
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      expect([path, width]).toEqual([path, 320])
    }
  }, true))
