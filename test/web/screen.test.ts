import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import { encode, runAt } from '../support/manifest.ts'
import { GTIN } from '../support/running.ts'
import { textOf } from './site.ts'

let alliance: TestAlliance
let us: TestNode
beforeEach(async () => {
  alliance = await testAlliance(['us', 'jp'])
  us = alliance.node('us')
  await us.publishText(issueDraft('us/one'))
  await alliance.syncAll()
})
afterEach(() => alliance.close())

const OWN = { 'sec-fetch-site': 'same-origin' }

async function page(path: string, status = 200): Promise<string> {
  const response = await us.request(path)
  expect([path, response.status]).toEqual([path, status])
  return response.text()
}
const post = (
  path: string,
  body: FormData | URLSearchParams = new FormData(),
  headers: Record<string, string> = OWN,
) => us.request(path, { method: 'POST', body, headers })

/** Hands a file in by the form; the address it leads to. */
async function hand(file: string | Uint8Array, name = 'may.csv', encoding = ''): Promise<string> {
  const form = new FormData()
  form.set('file', new File([file as Uint8Array<ArrayBuffer>], name))
  form.set('encoding', encoding)
  const response = await post('/screen', form)
  expect(response.status).toBe(303)
  return response.headers.get('location') ?? ''
}

async function run(path: string): Promise<void> {
  expect(await runAt(us, path.slice('/screen/'.length))).toBe('done')
}

/** What the mapping form would send, with changes. */
function mappingOf(html: string, changes: Record<string, string> = {}): URLSearchParams {
  const selects = [...html.matchAll(/<select name="(c[0-9]+)".*?<\/select>/gs)]
  const chosen = selects.map(([select, name = '']): [string, string] => [
    name,
    /<option value="([^"]*)" selected>/.exec(select)?.[1] ?? '',
  ])
  return new URLSearchParams({ ...Object.fromEntries(chosen), ...changes })
}

const FILE = `EAN code,Goods,Note\n${GTIN},drill,<b>&\n4006381333948,pens,x\n`

describe('a manifest on the pages', () => {
  it('is handed in, mapped, watched, read and downloaded without script', async () => {
    const at = await hand(FILE)
    const mapping = await page(at)
    expect(textOf(mapping)).toContain('Read as CSV, utf-8 (plain ASCII)')
    expect(mapping).not.toContain('<script')
    expect(mapping).not.toContain('http-equiv="refresh"')
    expect(mapping).toContain('&lt;b&gt;&amp;')
    expect(mappingOf(mapping).toString()).toBe('c0=gtin&c1=text&c2=')

    const started = await post(`${at}/start`, mappingOf(mapping))
    expect([started.status, started.headers.get('location')]).toEqual([303, at])
    const waiting = await page(at)
    expect(waiting).toContain('<meta http-equiv="refresh" content="3">')
    expect(textOf(waiting)).toContain('0 lines looked up, 0 %')
    expect(await page(`${at}?still=yes`)).not.toContain('http-equiv="refresh"')

    await run(at)
    const done = await page(at)
    expect(done).not.toContain('http-equiv="refresh"')
    const text = textOf(done)
    expect(text).toContain('1 Blocked')
    expect(text).toContain('1 Not listed')
    expect(text).toContain('Not listed is no clearance')
    expect(text).toContain(`1 Blocked ${GTIN} · drill Blocked: us.`)
    expect(done).toContain('<a href="/decisions/us/one">us/one</a>')
    const file = await us.request(`${at}/result`)
    expect(file.headers.get('content-disposition')).toContain('may.screened.csv')
    expect(await file.text()).toContain(`${GTIN},drill,<b>&,blocked`)

    expect((await post(`${at}/again`)).status).toBe(303)
    await run(at)
    expect(textOf(await page('/screen'))).toContain('may.csv Screened 2')
    expect((await post(`${at}/forget`)).headers.get('location')).toBe('/screen')
    await page(at, 404)
    expect(textOf(await page('/screen'))).toContain('No manifest is kept here')
  })

  it('shows its text in the encoding that was found, or that was chosen', async () => {
    const bytes = encode('商品コード,品名\n4006381333931,充電式バッテリー\n', 'shift_jis')
    expect(textOf(await page(await hand(bytes)))).toContain('充電式バッテリー')
    const chosen = await page(await hand(bytes, 'x.csv', 'big5'))
    expect(textOf(chosen)).toContain('Read as CSV, big5 (as chosen)')
  })

  it('has its matches in pages, the strongest first, and says which markets are not fresh', async () => {
    const lines = Array.from({ length: 130 }, (_, i) => `${i === 129 ? GTIN : '4006381333940'},x`)
    const at = await hand(`EAN,Goods\n${lines.join('\n')}\n`)
    await post(`${at}/start`, mappingOf(await page(at)))
    alliance.clock.nowMs += 2 * 3_600_000
    await run(at)
    const first = await page(at)
    expect(textOf(first)).toMatch(/Matches, strongest first Line Verdict Asked Why 130 Blocked/)
    expect(textOf(first)).toContain('Not fresh: ')
    expect(textOf(first)).toContain('129 lines held an identifier that cannot be right')
    const [, next = ''] = /<a class="button" rel="next" href="([^"]+)"/.exec(first) ?? []
    const second = await page(next.replaceAll('&amp;', '&'))
    expect(second).not.toContain('rel="next"')
    const shown = [first, second].flatMap((html) => [
      ...html.matchAll(/role="rowheader">([0-9]+)</g),
    ])
    expect(new Set(shown.map(([, line]) => line)).size).toBe(130)
  })

  it('that cannot be read becomes a page with the cure, and nothing is kept', async () => {
    const form = new FormData()
    form.set('file', new File(['%PDF-1.7'], 'x.pdf'))
    const response = await post('/screen', form)
    expect(response.status).toBe(422)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(textOf(await response.text())).toContain('export the table as CSV')
    const nothing = await post('/screen', new FormData())
    expect(nothing.status).toBe(422)
    await page('/screen?before=x')
    await page(`/screen/${'0'.repeat(36)}`, 404)
  })

  it('is no part of the menu where a node takes none', async () => {
    expect(await page('/status')).toContain('<a href="/screen"')
    const { db } = us
    const here = { market: 'us', name: 'us' }
    const nowMs = () => alliance.clock.nowMs
    const bare = createApp({ db, here, nowMs, trace: () => undefined })
    expect(await (await bare.request('/status')).text()).not.toContain('<a href="/screen"')
    expect((await bare.request('/screen')).status).toBe(404)
  })

  it('is touched by no form of another site', async () => {
    const at = await hand(FILE)
    for (const path of ['/screen', `${at}/start`, `${at}/again`, `${at}/forget`]) {
      const form = new FormData()
      form.set('file', new File([FILE], 'x.csv'))
      expect((await post(path, form, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    }
    await page(at)
  })

  it('whose mapping asks nothing is sent back with what to do', async () => {
    const at = await hand('Qty,Weight\n1,2\n')
    const refused = await post(`${at}/start`, mappingOf(await page(at)))
    expect(refused.status).toBe(422)
    expect((await post(`${at}/start`, mappingOf(await page(at), { c1: 'gitn' }))).status).toBe(422)
    expect((await post(`${at}/start`, mappingOf(await page(at), { c1: 'model' }))).status).toBe(303)
  })
})
