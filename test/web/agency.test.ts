// Handing in acts and reading the audit log as pages, without script.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readHead } from '../../src/log/read.ts'
import { admitFile, signActs } from '../../src/outbound.ts'
import { readAudit } from '../../src/people/audit.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import { bearer } from '../support/people.ts'

let alliance: TestAlliance
let us: TestNode
let signer: { cookie: string }
let auditor: { cookie: string }

beforeEach(async () => {
  alliance = await testAlliance(['us'])
  us = alliance.node('us')
  const cookieOf = async (...who: Parameters<typeof bearer>) => ({
    cookie: (await bearer(...who)).authorization.replace('Bearer ', 'portcullis='),
  })
  signer = await cookieOf(us, 'ada', 'signer')
  auditor = await cookieOf(us, 'bob', 'auditor')
})
afterEach(() => alliance.close())

const OWN = { 'sec-fetch-site': 'same-origin' }
function send(fields: Record<string, string | Blob>, headers: Record<string, string> = OWN) {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  return us.request('/acts', { method: 'POST', body, headers: { ...signer, ...headers } })
}
async function signed(): Promise<string> {
  const deps = await us.outbound()
  const file = { text: issueDraft('us/one'), fileName: 'a.yaml', zoneHere: 'UTC' }
  const acts = await signActs(deps, await admitFile(deps, file), us.keys.agency)
  return acts.map(({ bytes }) => new TextDecoder().decode(bytes)).join('\n')
}

describe('the form for acts', () => {
  it('takes pasted lines, says where they stand, and what they are the second time', async () => {
    expect(await (await us.request('/acts', { headers: signer })).text()).toContain('<textarea')
    const text = await signed()
    const page = await send({ acts: text })
    expect(page.status).toBe(200)
    const shown = await page.text()
    expect(shown).toContain('1 act appended.')
    expect(shown).toContain('<a href="/decisions/us/one">us/one</a>')
    expect(await (await send({ acts: text })).text()).toContain('stood in the log already')
    const [again, first] = await readAudit(us.db)
    expect([again?.target, first?.target]).toEqual(['/v1/acts/1', '/v1/acts/1'])
    expect(first).toMatchObject({ subject: 'ada', action: 'POST /acts', outcome: 'ok' })
  })

  it('takes the file that sign wrote', async () => {
    const page = await send({ acts: '', file: new File([await signed()], 'order.jws') })
    expect(await page.text()).toContain('1 act appended.')
  })

  it('shows what is wrong beside what was pasted, and appends nothing', async () => {
    const page = await send({ acts: '<b>no act</b>' })
    expect(page.status).toBe(422)
    const shown = await page.text()
    expect(shown).toContain('Nothing was appended')
    expect(shown).toContain('&lt;b&gt;no act&lt;/b&gt;</textarea>')
    expect((await readHead(us.db))?.size).toBe(1)
    expect((await readAudit(us.db))[0]).toMatchObject({ outcome: 'ERR_ACT_SPELLING' })
  })

  it('is taken from our own page only, and from signers only', async () => {
    expect((await send({ acts: 'x' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await send({ acts: 'x' }, { ...OWN, ...auditor })).status).toBe(403)
    const stranger = await us.request('/acts')
    expect([stranger.status, stranger.headers.get('location')]).toEqual([
      303,
      '/login?next=%2Facts',
    ])
  })
})

describe('the audit log as a page', () => {
  it('shows who did what, of one user where asked, to auditors only', async () => {
    await send({ acts: await signed() })
    const page = await us.request('/audit', { headers: auditor })
    expect(page.status).toBe(200)
    const shown = await page.text()
    for (const word of ['POST /acts', '/v1/acts/1', 'local:root', 'token new']) {
      expect(shown).toContain(word)
    }
    const own = await us.request('/audit?subject=ada', { headers: auditor })
    expect(await own.text()).not.toContain('local:root')
    expect((await us.request('/audit', { headers: signer })).status).toBe(403)
    expect((await us.request('/audit?limit=x', { headers: auditor })).status).toBe(400)
  })

  it('is paged by key', async () => {
    const page = await us.request('/audit?limit=1', { headers: auditor })
    const [, older = ''] = /rel="next" href="([^"]+)"/.exec(await page.text()) ?? []
    const next = await us.request(older.replaceAll('&amp;', '&'), { headers: auditor })
    expect([next.status, (await next.text()).includes('Newest')]).toEqual([200, true])
  })
})

it('after the login people see which pages are theirs', async () => {
  const links = async (headers: Record<string, string>) => {
    const page = await (await us.request('/login', { headers })).text()
    return ['/acts', '/audit'].filter((path) => page.includes(`<a href="${path}">`))
  }
  expect([await links(signer), await links(auditor)]).toEqual([['/acts'], ['/audit']])
})
