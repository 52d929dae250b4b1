// Pages of a node whose look-up needs a token: a form puts it into a cookie, without any script.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { setDisabled } from '../../src/appointing.ts'
import { safeNext } from '../../src/web/session.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import { ADMIN, bearer } from '../support/people.ts'

let alliance: TestAlliance
let us: TestNode
let token: string
beforeEach(async () => {
  alliance = await testAlliance(['us'], { guard: { lookupAccess: 'token' } })
  us = alliance.node('us')
  await us.publishText(issueDraft('us/one'))
  const { authorization } = await bearer(us, 'ada', 'reader')
  token = authorization.slice('Bearer '.length)
})
afterEach(() => alliance.close())

const OWN = { 'sec-fetch-site': 'same-origin' }
const form = (
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = OWN,
) =>
  us.request(path, {
    method: 'POST',
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })
const page = async (path: string, cookie?: string) =>
  us.request(path, cookie === undefined ? {} : { headers: { cookie } })

it('whoever asks without a token is sent to the login, and back to the question after it', async () => {
  const asked = await page('/?q=TX-9000')
  expect([asked.status, asked.headers.get('location')]).toEqual([
    303,
    '/login?next=%2F%3Fq%3DTX-9000',
  ])
  const login = await page(asked.headers.get('location') ?? '')
  expect(await login.text()).toContain('name="next" value="/?q=TX-9000"')
  const entered = await form('/login', { token, next: '/?q=TX-9000' })
  expect([entered.status, entered.headers.get('location')]).toEqual([303, '/?q=TX-9000'])
  const cookie = entered.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^portcullis=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
  const shown = await page('/?q=TX-9000', cookie.split(';')[0])
  expect([shown.status, (await shown.text()).includes('us/one')]).toEqual([200, true])
  for (const path of ['/', '/decisions', '/decisions/us/one']) {
    expect([path, (await page(path)).status]).toEqual([path, 303])
    expect([path, (await page(path, `portcullis=${token}`)).status]).toEqual([path, 200])
  }
})

it('a token that does not count is refused in words, and sets no cookie', async () => {
  for (const wrong of ['', 'x', `${token}x`]) {
    const answer = await form('/login', { token: wrong, next: '/' })
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null])
    expect(await answer.text()).toContain('does not count here')
  }
})

it('the form of another site logs nobody in or out', async () => {
  const foreign = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.test' },
    { origin: 'null' },
    {},
  ]
  for (const headers of foreign) {
    const [entered, left] = [
      await form('/login', { token }, headers),
      await form('/logout', {}, headers),
    ]
    expect([entered.status, left.status]).toEqual([403, 403])
    expect([entered.headers.get('set-cookie'), left.headers.get('set-cookie')]).toEqual([
      null,
      null,
    ])
  }
  expect((await form('/login', { token }, { origin: us.url })).status).toBe(303)
})

it('leads after the login to pages of this node only', () => {
  for (const next of ['/', '/decisions?market=us', '/?q=%E3%81%82'])
    expect(safeNext(next)).toBe(next)
  const wrong = [
    '//evil.test',
    '/\\evil.test',
    'https://evil.test',
    'javascript:x',
    '/a\nb',
    '/\t/x',
  ]
  for (const next of [undefined, '', ...wrong]) expect(safeNext(next)).toBe('/')
})

it('logging out forgets the cookie; a user who is disabled is out at once', async () => {
  const start = await page('/', `portcullis=${token}`)
  expect(await start.text()).toContain('<a href="/login">Log in or out</a>')
  const known = await page('/login', `portcullis=${token}`)
  expect(await known.text()).toContain('You are logged in as Name of ada.')
  const left = await form('/logout', {})
  expect(left.headers.get('set-cookie')).toMatch(/^portcullis=; Max-Age=0;/)
  await setDisabled(us.people, ADMIN, 'ada', true)
  expect((await page('/decisions', `portcullis=${token}`)).status).toBe(303)
})

it('a body longer than any form is refused', async () => {
  expect((await form('/login', { token: 'x'.repeat(10_000) })).status).toBe(413)
})
