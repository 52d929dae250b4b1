// Receipts as a node gives them: for every verdict, signed in one spelling, checked with nothing but a charter (design: protocol 1.11).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireAdopted } from '../../src/charter/store.ts'
import type { Answer } from '../../src/lookup/answer.ts'
import { parseQuery } from '../../src/lookup/query.ts'
import { receiptSchema } from '../../src/receipt/schema.ts'
import { readReceipt, signReceipt } from '../../src/receipt/token.ts'
import { verifyReceipt } from '../../src/receipt/verify.ts'
import { type TestAlliance, testAlliance } from '../support/alliance.ts'
import { adoptAt, charterOf, nextCharter } from '../support/charters.ts'
import { issueDraft } from '../support/decisions.ts'
import { GTIN } from '../support/running.ts'

let alliance: TestAlliance
beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  await alliance.node('de').publishText(issueDraft('de/drills'))
  await alliance.syncAll()
})
afterEach(() => alliance.close())

async function ask(params: Record<string, string>, market = 'jp'): Promise<Answer> {
  const query = new URLSearchParams({ receipt: '1', ...params })
  const response = await alliance.node(market).request(`/v1/lookup?${query}`)
  expect(response.status).toBe(200)
  return response.json()
}
async function given(params: Record<string, string>, market = 'jp') {
  const { receipt: token = '', ...answer } = await ask(params, market)
  const read = readReceipt(token)
  if (!read.ok) throw new TypeError(read.detail)
  return { token, answer, ...read.value }
}
const charter = async () => (await requireAdopted(alliance.node('us').db)).charter
/** A receipt of jp with other words, signed by jp's own key all the same. */
async function resigned(token: string, change: object): Promise<string> {
  const read = readReceipt(token)
  if (!read.ok) throw new TypeError(read.detail)
  return signReceipt({ ...read.value.receipt, ...change }, alliance.node('jp').keys.node)
}

describe('a receipt', () => {
  it('is given on request for every verdict, and says what the answer says', async () => {
    const asked: [string, Record<string, string>][] = [
      ['blocked', { gtin: GTIN }],
      ['possible', { case: 'T-1' }],
      ['not_listed', { gtin: '9520001000010' }],
    ]
    for (const [verdict, params] of asked) {
      const { receipt, answer, kid, token } = await given(params)
      expect(receipt).toMatchObject({
        alliance: alliance.alliance,
        market: 'jp',
        iat: alliance.clock.nowMs / 1000,
        verdict,
        query: params,
        on: null,
        charter: answer.charter,
        matcher: answer.matcher,
        decided_in: answer.decided_in,
        coverage: answer.coverage,
      })
      const places = Object.entries(receipt.vector).map(([origin, { size, root }]) => [
        origin,
        [size, root],
      ])
      expect(Object.fromEntries(places)).toEqual(answer.vector)
      expect(receipt.decisions.map(({ decision }) => decision)).toEqual(
        answer.results.map(({ decision }) => decision),
      )
      expect(kid).toBe(alliance.node('jp').keys.node.kid)
      expect(await verifyReceipt(token, await charter())).toMatchObject({
        ok: true,
        value: { name: 'Agency of jp', under: 1, contradictions: [] },
      })
    }
    alliance.clock.nowMs += 2 * 3_600_000
    const late = await given({ gtin: '9520001000010', on: '2026-01-31' })
    expect(late.receipt).toMatchObject({ verdict: 'cannot_say', on: '2026-01-31' })
    expect((await verifyReceipt(late.token, await charter())).ok).toBe(true)
    expect(JSON.stringify(await ask({ gtin: GTIN, receipt: '0' }))).not.toContain('eyJ')
  })

  it('is given row by row in a batch, and what stands beside the rows holds for all', async () => {
    const body = JSON.stringify({
      queries: { one: { gtin: GTIN }, two: { gtin: GTIN, receipt: false }, three: {} },
      receipt: true,
      on: '2025-01-01',
    })
    const response = await alliance.node('jp').request('/v1/lookup', { method: 'POST', body })
    const { responses } = await response.json()
    const read = readReceipt(responses.one.receipt)
    expect(read).toMatchObject({ ok: true, value: { receipt: { on: '2025-01-01' } } })
    expect(responses.one).toMatchObject({ verdict: 'not_listed', on: '2025-01-01' })
    expect(responses.two.receipt).toBeUndefined()
    expect(responses.three).toMatchObject({ status: 400, code: 'ERR_QUERY_EMPTY' })
    const strange = JSON.stringify({ queries: { one: { gtin: GTIN } }, recipe: true })
    const refused = await alliance
      .node('jp')
      .request('/v1/lookup', { method: 'POST', body: strange })
    expect(await refused.json()).toMatchObject({ status: 400, code: 'ERR_QUERY_BODY' })
  })

  it('holds every parameter of the question, so that the question can be asked again', async () => {
    const params = { q: 'Torvane TX-9000', maker: 'Torvane', origin: 'cn', procedure: 'transit' }
    const { receipt } = await given({ ...params, lang: 'en', limit: '5' })
    expect(receipt.query).toEqual(params)
    expect(parseQuery({ ...receipt.query, limit: receipt.limit })).toEqual(
      parseQuery({ ...params, limit: 5 }),
    )
  })

  it('is not given by a node that may not sign, or has nothing to sign with', async () => {
    const { sync } = alliance.node('jp')
    const { gate } = sync
    const shut = { state: 'probing' } as const
    const [state, pass] = [gate.state, gate.pass]
    gate.state = async () => shut
    gate.pass = async () => shut
    const response = await alliance.node('jp').request(`/v1/lookup?gtin=${GTIN}&receipt=1`)
    expect(await response.json()).toMatchObject({ status: 503, code: 'ERR_READ_ONLY' })
    Object.assign(gate, { state, pass })
  })
})

describe('verifying', () => {
  it('refuses any change of any byte', async () => {
    const { token } = await given({ gtin: GTIN })
    const now = await charter()
    for (let at = 0; at < token.length; at += 7) {
      const flipped = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      expect((await verifyReceipt(flipped, now)).ok, `character ${at}`).toBe(false)
    }
    for (const text of ['', 'x', `${token}A`, token.slice(1), token.replace('.', '..')]) {
      expect(await verifyReceipt(text, now)).toMatchObject({ code: 'ERR_RECEIPT_FORMAT' })
    }
    // Paper and mail add blanks at both ends, which are no part of it.
    expect((await verifyReceipt(`\n ${token}\r\n`, now)).ok).toBe(true)
  })

  it('takes no other key: an agency key, the node key of another market, one that was ended', async () => {
    const { receipt, token } = await given({ gtin: GTIN })
    const { keys } = alliance.node('jp')
    const now = await charter()
    for (const key of [keys.agency, keys.log, keys.root, alliance.node('us').keys.node]) {
      expect(await verifyReceipt(await signReceipt(receipt, key), now)).toMatchObject({
        code: 'ERR_RECEIPT_KEY',
      })
    }
    const forged = await signReceipt(receipt, { kid: keys.node.kid, sign: keys.agency.sign })
    expect(await verifyReceipt(forged, now)).toMatchObject({ code: 'ERR_RECEIPT_SIGNATURE' })
    const ended = structuredClone(now)
    for (const { logs } of ended.terms.members)
      for (const { nodeKeys } of logs) for (const key of nodeKeys) key.toIndex = 1
    expect(await verifyReceipt(token, ended)).toMatchObject({ code: 'ERR_RECEIPT_KEY' })
  })

  it('takes the word of a later charter of the alliance, and of no other alliance', async () => {
    const { token } = await given({ gtin: GTIN })
    const change = { do: 'set', path: 'policy.defaultEffect', value: 'inform' } as const
    const text = await nextCharter(alliance, [change])
    expect(await adoptAt(alliance.node('us'), text)).toBeNull()
    expect(await verifyReceipt(token, await charter())).toMatchObject({ value: { under: 2 } })
    const rival = charterOf(await nextCharter(alliance, [], { at: 'jp' }))
    const later = await resigned(token, { charter: { n: 2, hash: alliance.alliance } })
    expect(await verifyReceipt(later, rival)).toMatchObject({ code: 'ERR_RECEIPT_CHARTER' })
    const other = await testAlliance(['de', 'jp', 'us'])
    const { charter: foreign } = await requireAdopted(other.node('jp').db)
    expect(await verifyReceipt(token, foreign)).toMatchObject({ code: 'ERR_RECEIPT_CHARTER' })
    other.close()
  })

  it('finds by the words alone what no honest node says', async () => {
    const { token } = await given({ gtin: '9520001000010' })
    const now = await charter()
    const coverage = (change: object) =>
      ['de', 'jp', 'us'].map((market) => ({
        ...{ market, position: 1, age_s: 0, state: 'fresh' },
        ...(market === 'us' ? change : {}),
      }))
    const lies: [object, string][] = [
      [{ coverage: coverage({ state: 'stale', age_s: 9000 }) }, 'not every market was fresh: us'],
      [{ coverage: coverage({ age_s: 9000 }) }, 'calls fresh what is too old: us'],
      [{ coverage: coverage({}).slice(0, 2) }, 'without a word on us'],
      [{ coverage: [] }, 'not every market was fresh'],
      [{ verdict: 'blocked' }, 'says blocked and lists 0 decisions'],
      [{ at: alliance.clock.nowMs / 1000 + 1 }, 'signed before the moment'],
    ]
    for (const [change, said] of lies) {
      const checked = await verifyReceipt(await resigned(token, change), now)
      if (!checked.ok) throw new TypeError(checked.detail)
      expect(checked.value.contradictions.join('; ')).toContain(said)
    }
  })

  it('refuses a payload with a member that no receipt has', async () => {
    const { token } = await given({ gtin: GTIN })
    const more = await resigned(token, { cleared: true } as object)
    expect(readReceipt(more)).toMatchObject({ ok: false, code: 'ERR_RECEIPT_FORMAT' })
    expect(receiptSchema.safeParse({}).success).toBe(false)
  })
})
