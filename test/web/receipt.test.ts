// Pages of receipts and of the API: made by a button, printed, downloaded, checked without script; the description is the document's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiDocument } from '../../src/api/document.ts'
import { ROUTES } from '../../src/app.ts'
import { readReceipt, signReceipt } from '../../src/receipt/token.ts'
import { type TestAlliance, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import { GTIN } from '../support/running.ts'
import { textOf } from './site.ts'

let alliance: TestAlliance
beforeAll(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  await alliance.node('de').publishText(issueDraft('de/drills'))
  await alliance.syncAll()
})
afterAll(() => alliance.close())

const jp = () => alliance.node('jp')
async function page(path: string, init?: RequestInit, status = 200): Promise<string> {
  const response = await jp().request(path, init)
  const body = await response.text()
  expect({ path, status: response.status }).toEqual({ path, status })
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  return body
}
const form = (fields: Record<string, string>): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
})
const upload = (fields: Record<string, string | File>): RequestInit => {
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) body.set(name, value)
  return { method: 'POST', body }
}
/** The forms of a page: where they go and what they hold. */
function formOf(body: string, action: string): Record<string, string> {
  const [, inner = ''] = new RegExp(`action="${action}"[^>]*>(.*?)</form>`, 's').exec(body) ?? []
  const fields = [...inner.matchAll(/name="([^"]+)" value="([^"]*)"/g)]
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]))
}
const tokenOf = (body: string): string => formOf(body, '/receipt/file').receipt ?? ''

describe('a receipt', () => {
  it('is made by the button on an answer, says what it says, and comes back as a file', async () => {
    const answer = await page(`/?gtin=${GTIN}&on=2026-01-31`)
    const made = await page('/receipt', form(formOf(answer, '/receipt')))
    const text = textOf(made)
    for (const said of [
      'Barcode (GTIN)',
      'Blocked',
      'de/drills one',
      'It proves what this node answered',
    ]) {
      expect(text).toContain(said)
    }
    const token = tokenOf(made)
    expect(readReceipt(token)).toMatchObject({
      ok: true,
      value: { receipt: { verdict: 'blocked', on: '2026-01-31', query: { gtin: GTIN } } },
    })
    const file = await jp().request('/receipt/file', form({ receipt: token }))
    expect(file.headers.get('content-type')).toBe('application/jose')
    expect(file.headers.get('content-disposition')).toMatch(
      /^attachment; filename="receipt-jp-\d+\.jws"$/,
    )
    expect(await file.text()).toBe(token)
  })

  it('is made for every verdict', async () => {
    for (const [query, verdict] of [
      [`gtin=${GTIN}`, 'Blocked'],
      ['case=T-1', 'Possible'],
      ['gtin=9520001000010', 'Not listed'],
    ]) {
      const fields = Object.fromEntries(new URLSearchParams(query))
      expect(textOf(await page('/receipt', form(fields)))).toContain(`Answer ${verdict}`)
    }
  })

  it('is refused as a page where the question is wrong, and gives back nothing that nobody signed', async () => {
    await page('/receipt', form({ gtni: '1' }), 400)
    await page('/receipt', form({}), 400)
    await page('/receipt/file', form({ receipt: '<script>alert(1)</script>' }), 422)
    const big = await jp().request('/receipt', form({ q: 'x'.repeat(600_000) }))
    expect(big.status).toBe(413)
  })
})

describe('the page that checks one', () => {
  it('takes it pasted or as a file, and says whether the logs held here say the same', async () => {
    const token = tokenOf(await page('/receipt', form({ gtin: GTIN })))
    expect(textOf(await page('/verify'))).toContain('Nothing of it is kept')
    for (const init of [
      form({ receipt: ` ${token}\r\n` }),
      upload({ receipt: '', file: new File([token], 'receipt.jws') }),
    ]) {
      const text = textOf(await page('/verify', init))
      expect(text).toContain('Signed, and confirmed by the logs held here')
      expect(text).toContain('de/drills one')
    }
    const read = readReceipt(token)
    if (!read.ok) throw new TypeError(read.detail)
    const { receipt } = read.value
    const key = jp().keys.node
    const nothing = { verdict: 'not_listed' as const, decisions: [], decided_in: [], effect: null }
    const lie = { ...receipt, ...nothing }
    const bad = textOf(await page('/verify', form({ receipt: await signReceipt(lie, key) })))
    expect(bad).toContain('Signed, and not true')
    expect(bad).toContain('it says not_listed; the feeds it names say blocked')
    const old = await signReceipt({ ...receipt, matcher: 'logic-0' }, key)
    expect(textOf(await page('/verify', form({ receipt: old })))).toContain('not checked against')
    const forged = `${token.slice(0, -4)}AAAA`
    const refused = textOf(await page('/verify', form({ receipt: forged }), 422))
    expect(refused).toContain('Not a receipt that can be relied on')
    expect(refused).toContain('ERR_RECEIPT_')
    await page('/verify', form({ receipt: ' ' }), 422)
  })

  it('says the same over HTTP', async () => {
    const token = tokenOf(await page('/receipt', form({ gtin: GTIN })))
    const ask = async (body: string) => {
      const response = await jp().request('/v1/receipts/verify', { method: 'POST', body })
      return { status: response.status, body: await response.json() }
    }
    expect(await ask(token)).toMatchObject({
      status: 200,
      body: { outcome: 'confirmed', why: [], market: 'jp', receipt: { verdict: 'blocked' } },
    })
    expect(await ask('x')).toMatchObject({ status: 422, body: { code: 'ERR_RECEIPT_FORMAT' } })
  })

  it('shows what a stranger wrote as text', async () => {
    const token = tokenOf(await page('/receipt', form({ q: '<script>alert(1)</script>' })))
    const body = await page('/verify', form({ receipt: token }))
    expect(body).not.toContain('<script')
  })
})

describe('what was known', () => {
  it('is asked for in the form and said on the answer, with the form to ask for again', async () => {
    const at = new Date(alliance.clock.nowMs).toISOString().slice(0, 16)
    const body = await page(`/?gtin=${GTIN}&known=${at}Z`)
    expect(textOf(body)).toContain('as known here on 23 November 2026')
    expect(textOf(body)).toContain('as of today, not of then')
    expect(formOf(body, '/receipt').known).toBe(`${at}Z`)
    expect(await page(`/?edit=1&gtin=${GTIN}&known=${at}Z`)).toContain(
      `name="known" value="${at}Z"`,
    )
    const early = textOf(await page(`/?gtin=${GTIN}&known=1000000000`, {}, 404))
    expect(early).toContain('This node knew nothing yet at that time')
  })
})

describe('the description of the API', () => {
  it('is one page from the same document: every route, parameter, code and shape, with lines to paste', async () => {
    const body = await page('/docs')
    const document = openApiDocument(ROUTES)
    const text = textOf(body)
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations)) {
        expect(text).toContain(`${method.toUpperCase()} ${path}`)
      }
    }
    for (const code of new Set(ROUTES.flatMap(({ errors }) => errors))) expect(text).toContain(code)
    for (const name of Object.keys(document.components.schemas)) {
      expect(body).toContain(`id="shape-${name}"`)
    }
    expect(text).toContain("curl -s 'http://jp.test/v1/lookup?q=Drovolt+DB-1850'")
    expect(text).toContain('-d \'{"queries"')
    const links = [...body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    for (const id of links) expect(body).toContain(`id="${id}"`)
    const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(body).not.toMatch(/<script|src="http|url\(http/)
  })
})
