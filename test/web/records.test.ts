import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '../../src/db.ts'
import type { ShownStatus } from '../../src/web/status-page.ts'
import {
  date,
  issue,
  NOW_MS,
  ORDER,
  product,
  rule,
  type TestCatalogue,
  testCatalogue,
} from '../support/catalogue.ts'
import { type Site, STATUS, testSite, textOf } from './site.ts'

const nowS = NOW_MS / 1000
let catalogue: TestCatalogue
let site: Site
beforeEach(async () => {
  catalogue = await testCatalogue()
  site = testSite(catalogue)
})
afterEach(() => catalogue.close())

describe('the list of decisions', () => {
  it('names every decision with its state and what is not official', async () => {
    await catalogue.publish('us', issue())
    await catalogue.publish('jp', issue('jp/tk-17/suspension', { header: { record: 'official' } }))
    const text = textOf(await site.page('/decisions'))
    expect(text).toContain('2 decisions.')
    expect(text).toContain(`${ORDER} United States (us) Certain Pocket Weather Stations`)
    expect(text.match(/Illustrative/g)).toHaveLength(1)
  })

  it('is filtered by market and state, and says when nothing fits', async () => {
    await catalogue.publish('us', issue())
    const page = await site.page('/decisions?market=jp&state=&q=')
    expect(page).toContain('<option value="jp" selected>Japan (jp)</option>')
    expect(textOf(page)).toContain('No decision fits.')
    expect(await site.page('/decisions?state=in_force')).toContain(`href="/decisions/${ORDER}"`)
  })

  it('is paged by key, and keeps its filters', async () => {
    for (const n of [1, 2, 3]) await catalogue.publish('us', issue(`us/sample-${n}/leo`))
    const page = await site.page('/decisions?market=us&limit=2')
    expect(page).toContain('href="/decisions?market=us&amp;limit=2&amp;after=us%2Fsample-2%2Fleo"')
    const last = await site.page('/decisions?market=us&limit=2&after=us/sample-2/leo')
    expect(last).toContain('href="/decisions?market=us&amp;limit=2"')
    expect(last).not.toContain('rel="next"')
  })
})

describe('the story of a decision', () => {
  it('tells its terms, products and everything that happened', async () => {
    await catalogue.publish(
      'us',
      issue(ORDER, { products: [product({ decided_by: ['firmware'], firmware: { to: '2.9' } })] }),
      rule({ number: 'R-7', body: 'Customs', scope: 'out', product: { pid: 'wx-20' } }),
      {
        act: 'suspend',
        decision: ORDER,
        from: date('2026-06-01'),
        reason: { code: 'court_stay' },
        citation: 'Court, No. 26-11',
      },
    )
    const text = textOf(await site.page(`/decisions/${ORDER}`))
    expect(text).toContain('Suspended: paused for now.')
    expect(text).toContain('Brambleford WX-2000 wx-20 Listed by the authority')
    expect(text).toContain('Cannot be judged without: firmware')
    expect(text).toContain('GTIN 9520001000010 Firmware up to 2.9')
    expect(text).toContain('Scope ruling 4 May 2026: out of scope, Customs R-7.')
    expect(text).toContain('Suspended from 1 June 2026. A court stayed it. Court, No. 26-11.')
    expect(text).toContain('Enforce. It is a decision of this market.')
  })

  it('tells what other markets answered', async () => {
    await catalogue.publish('us', issue())
    await catalogue.publish('kr', {
      act: 'respond',
      decision: ORDER,
      effect: 'examine',
      from: date('2026-02-01'),
      reason: { code: 'other', text: 'A case is pending here.' },
    })
    const text = textOf(await site.page(`/decisions/${ORDER}`))
    expect(text).toContain('Response by South Korea (kr) Examine from 1 February 2026. A case is')
    expect(text).toContain('South Korea (kr) Examine. This market has responded to the decision.')
  })

  it('does not hide what was refused', async () => {
    await catalogue.publish('us', issue(), rule({ scope: 'out', product: { pid: 'wx-20' } }))
    await catalogue.ctx.db.commit([
      sql("UPDATE act SET code = 'ERR_ACT_PREV', iat = 9007199254740991 WHERE kind = 'rule'"),
    ])
    const text = textOf(await site.page(`/decisions/${ORDER}`))
    expect(text).toContain('Scope ruling Refused: ERR_ACT_PREV. It changed nothing.')
    expect(text).toContain('without a signing time')
  })
})

describe('the status page', () => {
  const feed = {
    market: 'us',
    name: 'US',
    origin: 'log.us.example',
    position: 1204,
    merged: 1204,
    seen: 1204,
    root: '',
    ageS: 61,
    state: 'fresh',
    code: null,
  } satisfies ShownStatus['feeds'][number]
  const status: ShownStatus = {
    ...STATUS,
    feeds: [
      feed,
      { ...feed, market: 'jp', state: 'held', merged: 1300, seen: 1310, ageS: 7300 },
      { ...feed, market: 'kr', state: 'frozen', code: 'ERR_HEAD_CONFLICT', ageS: null },
    ],
    peers: [
      {
        market: 'kr',
        attemptedAt: nowS - 40,
        succeededAt: 0,
        failures: 7,
        nextAt: nowS + 300,
        code: 'ERR_PEER_TIMEOUT',
        detail: 'no answer within 10000 ms',
      },
    ],
    refused: [
      { market: 'jp', idx: 1033, code: 'ERR_ACT_PREV', kind: 'amend', decision: 'jp/a/b' },
      { market: 'kr', idx: 4, code: 'ERR_OF_TOMORROW', kind: null, decision: null },
    ],
  }

  it('says the age and state of every feed, and what answers can say', async () => {
    const text = textOf(await testSite(catalogue, { status: async () => status }).page('/status'))
    expect(text).toContain(
      '1 of 3 feeds are fresh: where nothing is found, answers say “cannot say”.',
    )
    expect(text).toContain('United States (us) Fresh 1 minute ago 1,204')
    expect(text).toContain(
      'Japan (jp) Held back for review 2 hours ago 1,204 96 held back, 10 more known',
    )
    expect(text).toContain(
      'Frozen Two signed heads of this log cannot both be true. ERR_HEAD_CONFLICT never',
    )
  })

  it("says each peer's last error in words and when it is asked again", async () => {
    const text = textOf(await testSite(catalogue, { status: async () => status }).page('/status'))
    expect(text).toContain(
      'South Korea (kr) never 40 seconds ago The peer answered too slowly. ERR_PEER_TIMEOUT no answer within 10000 ms 7 failures in a row, next attempt in 5 minutes',
    )
  })

  it('lists refused entries, also under a code of a newer version', async () => {
    const text = textOf(await testSite(catalogue, { status: async () => status }).page('/status'))
    expect(text).toContain('Japan (jp), entry 1,033 Terms replaced: jp/a/b `prev` is not the last')
    expect(text).toContain('South Korea (kr), entry 4 could not be read ERR_OF_TOMORROW')
  })

  it('says why a node signs nothing and what to do, that it asks, and on whose word it signs', async () => {
    const saying = async (signing: ShownStatus['signing']) => {
      const shown = { ...status, signing }
      return textOf(await testSite(catalogue, { status: async () => shown }).page('/status'))
    }
    const shut = { reason: '1 of 3 members answered', cure: 'get them reachable' }
    expect(await saying({ state: 'read_only', code: 'ERR_READ_ONLY', ...shut })).toMatch(
      /Signing .*ERR_READ_ONLY 1 of 3 members answered What to do: get them reachable/,
    )
    expect(await saying({ state: 'probing' })).toContain('This node signs nothing yet')
    const since = { since: nowS, reason: 'the line is down' }
    expect(await saying({ state: 'without_peers', ...since })).toMatch(
      /An operator let this node sign .* the line is down/,
    )
    expect(await saying({ state: 'signing' })).not.toContain('Signing')
  })

  it('shows charter and digest', async () => {
    const text = textOf(await site.page('/status'))
    expect(text).toContain('Charter number 3')
    expect(text).toContain(`State digest ${'d'.repeat(64)}`)
    expect(text).toContain('No entry has been refused.')
  })
})
