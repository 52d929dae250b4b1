import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readReceipt } from '../../src/receipt/token.ts'
import { MAX_BEGIN_BYTES } from '../../src/screening/docs.ts'
import type { Summary } from '../../src/screening/summary.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import { runAt } from '../support/manifest.ts'
import { bearer } from '../support/people.ts'

let alliance: TestAlliance
let us: TestNode
beforeEach(async () => {
  alliance = await testAlliance(['us', 'jp'])
  us = alliance.node('us')
  await us.publishText(issueDraft('us/337-ta-1005/leo'))
  await alliance.syncAll()
})
afterEach(() => alliance.close())

const FILE = 'EAN code,Goods\n9521234123453,Station\n4006381333948,pens\n'

async function ask(path: string, init: RequestInit = {}) {
  const response = await us.request(path, init)
  const type = response.headers.get('content-type') ?? ''
  const body =
    type.includes('json') && !type.includes('ndjson')
      ? await response.json()
      : await response.text()
  return { status: response.status, headers: response.headers, body }
}
const hand = async (file = FILE, query = ''): Promise<Summary> =>
  (await ask(`/v1/screenings${query}`, { method: 'POST', body: file })).body as Summary

const run = (id: string) => runAt(us, id)

describe('POST /v1/screenings', () => {
  it('takes the file, says how it reads it, and where to ask how it stands', async () => {
    const { status, headers, body } = await ask('/v1/screenings?name=May.csv', {
      method: 'POST',
      body: FILE,
    })
    expect(status).toBe(202)
    expect(headers.get('location')).toBe(`/v1/screenings/${body.id}`)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({
      ...{ state: 'queued', name: 'May.csv', format: 'csv', encoding: 'utf-8', counts: null },
      columns: [
        { name: 'EAN code', feeds: 'gtin' },
        { name: 'Goods', feeds: 'text' },
      ],
    })
  })

  it('refuses parameters it does not know, values that are none, and files that are no manifest', async () => {
    const codeOf = async (query: string, file = FILE) => {
      const { status, body } = await ask(`/v1/screenings${query}`, { method: 'POST', body: file })
      return [status, body.code, body.cure]
    }
    expect(await codeOf('?encodng=utf-8')).toEqual([
      400,
      'ERR_QUERY_UNKNOWN_PARAMETER',
      'did you mean encoding?',
    ])
    expect((await codeOf('?encoding=klingon')).slice(0, 2)).toEqual([400, 'ERR_QUERY_INVALID'])
    expect((await codeOf('?name=a&name=b')).slice(0, 2)).toEqual([400, 'ERR_QUERY_INVALID'])
    expect((await codeOf('', '')).slice(0, 2)).toEqual([422, 'ERR_SCREENING_EMPTY'])
    expect((await codeOf('', '%PDF-1.4')).slice(0, 2)).toEqual([422, 'ERR_SCREENING_FORMAT'])
    expect((await codeOf('?map=gtin%3DNothing')).slice(0, 2)).toEqual([422, 'ERR_SCREENING_MAP'])
    expect((await ask('/v1/screenings')).body.screenings).toEqual([])
  })
})

describe('a screening over HTTP', () => {
  it('is watched, fetched with its mark or without, screened again, and forgotten', async () => {
    const { id } = await hand()
    expect((await ask(`/v1/screenings/${id}/result`)).body).toMatchObject({
      code: 'ERR_SCREENING_STATE',
    })
    expect(await run(id)).toBe('done')
    const { body: done } = await ask(`/v1/screenings/${id}`)
    expect(done).toMatchObject({
      state: 'done',
      counts: { lines: 2, not_listed: 1, cannot_say: 0 },
      as_of: { not_fresh: [], charter: { n: 1 } },
      progress: { lines: 2, percent: 100 },
    })
    const file = await ask(`/v1/screenings/${id}/result`)
    expect(file.headers.get('content-disposition')).toContain('filename="manifest.screened.csv"')
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(file.body).toMatch(
      /^EAN code,Goods,verdict,tier,score,decision,why,coverage,receipt\r\n9521234123453,Station,/,
    )
    const marked = await us.request(`/v1/screenings/${id}/result?bom=yes`)
    expect([...new Uint8Array(await marked.arrayBuffer())].slice(0, 3)).toEqual([0xef, 0xbb, 0xbf])

    expect((await ask(`/v1/screenings/${id}/again`, { method: 'POST' })).body).toMatchObject({
      state: 'queued',
    })
    expect(await run(id)).toBe('done')
    expect((await ask(`/v1/screenings/${id}/result`)).body).toBe(file.body)

    expect((await ask(`/v1/screenings/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await ask(`/v1/screenings/${id}`)).body).toMatchObject({
      code: 'ERR_SCREENING_UNKNOWN',
    })
  })

  it('waits for its mapping where that is asked for', async () => {
    const { id, state } = await hand(FILE, '?start=no')
    expect(state).toBe('mapping')
    const start = (body: string) => ask(`/v1/screenings/${id}/start`, { method: 'POST', body })
    expect((await start('{"map":["x"]}')).body).toMatchObject({ code: 'ERR_SCREENING_MAP' })
    expect((await start('{"mop":[]}')).body).toMatchObject({ code: 'ERR_QUERY_BODY' })
    expect((await start('x'.repeat(MAX_BEGIN_BYTES + 1))).body).toMatchObject({
      code: 'ERR_QUERY_BODY',
    })
    const { body } = await start('{"map":["none=Goods"]}')
    expect(body).toMatchObject({ state: 'queued', columns: [{ feeds: 'gtin' }, { feeds: null }] })
    expect((await start('')).body).toMatchObject({ code: 'ERR_SCREENING_STATE' })
  })

  it('gives a signed receipt for each line where that is asked for', async () => {
    const { id } = await hand(FILE, '?receipts=yes')
    await run(id)
    const { body } = await ask(`/v1/screenings/${id}/result`)
    const receipts = String(body)
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => readReceipt(line.split(',').at(-1) ?? ''))
    expect(receipts.map((receipt) => receipt.ok && receipt.value.receipt.verdict)).toEqual([
      'blocked',
      'not_listed',
    ])
    expect((await ask(`/v1/screenings/${id}`)).body).toMatchObject({
      receipts: true,
      counts: { lines: 2, blocked: 1, not_listed: 1, noted: 0 },
    })
  })

  it('is listed in pages, the newest first', async () => {
    const ids: string[] = []
    for (let i = 0; i < 23; i++) {
      alliance.clock.nowMs += 1000
      ids.unshift((await hand(`EAN\n4006381333948\n`, `?name=${i}`)).id)
    }
    const first = (await ask('/v1/screenings')).body
    const second = (await ask(`/v1/screenings?before=${first.next}`)).body
    const all = [...first.screenings, ...second.screenings].map(({ id }: Summary) => id)
    expect(all).toEqual(ids)
    expect(second.next).toBeNull()
  })
})

describe('where people have tokens', () => {
  it('a screening is seen by whoever handed it in and by operators, and by nobody else', async () => {
    const guarded = await testAlliance(['de'], { guard: { lookupAccess: 'token' } })
    try {
      const de = guarded.node('de')
      const ada = await bearer(de, 'ada', 'reader')
      const eve = await bearer(de, 'eve', 'reader')
      const ops = await bearer(de, 'ops', 'operator')
      const init = { method: 'POST', body: FILE }
      expect((await de.request('/v1/screenings', init)).status).toBe(401)
      const made = await de.request('/v1/screenings', { ...init, headers: ada })
      const { id } = (await made.json()) as Summary
      const statuses = async (path: string, method = 'GET') => {
        const all = [ada, eve, ops, {}].map((headers) => de.request(path, { method, headers }))
        return (await Promise.all(all)).map(({ status }) => status)
      }
      expect(await statuses(`/v1/screenings/${id}`)).toEqual([200, 404, 200, 401])
      expect(await statuses(`/v1/screenings/${id}/result`)).toEqual([409, 404, 409, 401])
      const list = await de.request('/v1/screenings', { headers: eve })
      expect(await list.json()).toEqual({ screenings: [], next: null })
      const theirs = await de.request(`/v1/screenings/${id}`, { method: 'DELETE', headers: eve })
      expect(theirs.status).toBe(404)
      expect(
        (await de.request(`/v1/screenings/${id}`, { method: 'DELETE', headers: ada })).status,
      ).toBe(204)
    } finally {
      guarded.close()
    }
  })
})
