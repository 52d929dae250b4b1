// Conditional requests: what has not changed is not sent again, and what has grown old is never confirmed (RFC 9110 §13.1.2).
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type TestAlliance, testAlliance } from '../support/alliance.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { GTIN } from '../support/running.ts'

let alliance: TestAlliance
beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  await alliance.node('de').publishText(issueDraft('de/drills'))
  await alliance.syncAll()
  await alliance.syncAll()
})
afterEach(() => alliance.close())

const get = (path: string, etag?: string, market = 'jp') =>
  alliance
    .node(market)
    .request(path, etag === undefined ? {} : { headers: { 'if-none-match': etag } })
async function tagOf(path: string): Promise<string> {
  const response = await get(path)
  expect(response.status, path).toBe(200)
  return response.headers.get('etag') ?? ''
}

const PATHS = [
  `/v1/lookup?gtin=${GTIN}`,
  '/v1/lookup?gtin=9520001000010',
  '/v1/decisions',
  '/v1/decisions/de/drills',
  '/v1/status',
  '/openapi.json',
]

it.each(PATHS)('%s is not sent again while it is the same', async (path) => {
  const etag = await tagOf(path)
  expect(etag).toMatch(/^(W\/)?"[A-Za-z0-9_-]{43}"$/)
  for (const header of [etag, `"x", ${etag}`, '*', `W/${etag.replace('W/', '')}`]) {
    const again = await get(path, header)
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
    expect(again.headers.get('etag')).toBe(etag)
  }
  expect((await get(path, '"x"')).status).toBe(200)
})

it('a strong tag is of the very bytes', async () => {
  for (const path of ['/v1/decisions', '/v1/decisions/de/drills', '/openapi.json']) {
    const [one, two] = [await get(path), await get(path)]
    expect(one.headers.get('etag')).not.toContain('W/')
    expect(await two.text()).toBe(await one.text())
  }
})

it('every question, day, charter and position has a tag of its own', async () => {
  const tags = new Set<string>()
  const take = async (query: string) => tags.add(await tagOf(`/v1/lookup?${query}`))
  const asked = [`gtin=${GTIN}`, `gtin=${GTIN}&on=2024-01-01`, `gtin=${GTIN}&limit=1&q=`, 'q=drill']
  for (const query of asked) await take(query)
  await take(`gtin=${GTIN}&known=${alliance.clock.nowMs / 1000}`)
  // Only the third asks for what the first does.
  expect(tags.size).toBe(4)
  await alliance.node('us').publishText(issueDraft('us/other', { products: ' []' }))
  await alliance.syncAll()
  await take(`gtin=${GTIN}`)
  expect(tags.size).toBe(5)
})

it('"not listed" is confirmed no longer than it is true: a feed that grows old changes the tag', async () => {
  const path = '/v1/lookup?gtin=9520001000010'
  const etag = await tagOf(path)
  const stamps = (await alliance.node('jp').status()).feeds.map(({ ageS }) => ageS ?? 0)
  alliance.clock.nowMs += (3600 - Math.max(...stamps)) * 1000
  const last = await get(path)
  expect((await last.json()).verdict).toBe('not_listed')
  const lastTag = last.headers.get('etag') ?? ''
  expect(lastTag).not.toBe(etag)
  alliance.clock.nowMs += 1000
  const late = await get(path, lastTag)
  expect(late.status).toBe(200)
  expect((await late.json()).verdict).toBe('cannot_say')
})

it('a decision that starts, ends or is lifted changes the tag within its second', async () => {
  await alliance.node('us').publishText(issueDraft('us/soon', { starts: '2026-11-24' }))
  await alliance.syncAll()
  alliance.clock.nowMs = Date.UTC(2026, 10, 23, 23, 59, 59)
  const path = `/v1/lookup?gtin=${GTIN}`
  const before = await tagOf(path)
  expect((await get(path, before)).status).toBe(304)
  alliance.clock.nowMs += 1000
  const started = await get(path, before)
  expect((await started.json()).decided_in).toEqual(['de', 'us'])
  const story = await tagOf('/v1/decisions/de/drills')
  await alliance.node('de').publishText(actDraft('de/drills', 'act: annul\nreason: {code: error}'))
  await alliance.syncAll()
  expect((await get('/v1/decisions/de/drills', story)).status).toBe(200)
  expect((await get(path, started.headers.get('etag') ?? '')).status).toBe(200)
})

it('an answer with a receipt is a new one each time', async () => {
  const response = await get(`/v1/lookup?gtin=${GTIN}&receipt=1`)
  expect(response.headers.get('etag')).toBeNull()
})
