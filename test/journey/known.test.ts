// "What did this node know then": asked of real nodes by a moment or by a vector, across lifting, charters, leaving and judging again
// (design: decisions 2.3 `known`).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../src/lookup/answer.ts'
import { originOf, START_MS, type TestAlliance, testAlliance } from '../support/alliance.ts'
import { adoptAt, nextCharter } from '../support/charters.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { GTIN } from '../support/running.ts'

const HOUR_S = 3600
let alliance: TestAlliance
beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
})
afterEach(() => alliance.close())

const nowS = () => alliance.clock.nowMs / 1000
/** Time passes and everybody hears of everybody. */
async function wait(seconds: number): Promise<void> {
  alliance.clock.nowMs += seconds * 1000
  await alliance.syncAll()
  await alliance.syncAll()
}
async function get(path: string, market = 'jp') {
  const response = await alliance.node(market).request(path)
  return { status: response.status, body: await response.json() }
}
async function ask(params: Record<string, string> = {}, market = 'jp'): Promise<Answer> {
  const { status, body } = await get(
    `/v1/lookup?${new URLSearchParams({ gtin: GTIN, ...params })}`,
    market,
  )
  expect({ status, code: body.code }).toEqual({ status: 200, code: undefined })
  return body
}
/** An answer without what is of now whatever is asked: who has confirmed and applied it by now, and that it was asked for. */
const lasting = (answer: Answer) =>
  JSON.parse(
    JSON.stringify(answer, (name, value) =>
      ['confirmed', 'applied', 'known'].includes(name) ? undefined : value,
    ),
  )
const coded = (code: string, status: number) => ({
  status,
  body: expect.objectContaining({ code }),
})

describe('a moment', () => {
  it('is answered as it was answered then, whatever came later', async () => {
    const answers: Answer[] = []
    const keep = async () => answers.push(await ask())
    await wait(60)
    await keep()
    await alliance.node('de').publishText(issueDraft('de/drills'))
    await wait(60)
    await keep()
    await alliance.node('us').publishText(issueDraft('us/drills', { starts: '2026-11-25' }))
    await wait(60)
    await keep()
    const rescind = 'act: rescind\nfrom: 2026-11-01\nreason: {code: settled}'
    await alliance.node('de').publishText(actDraft('de/drills', rescind))
    await wait(60)
    await keep()
    // jp hears nothing for two hours.
    alliance.clock.nowMs += 2 * HOUR_S * 1000
    await keep()
    await alliance
      .node('us')
      .publishText(actDraft('us/drills', 'act: annul\nreason: {code: error}'))
    await wait(3 * 86_400)
    await keep()
    expect(answers.map(({ verdict }) => verdict)).toEqual([
      ...['not_listed', 'blocked', 'blocked', 'not_listed', 'cannot_say', 'not_listed'],
    ])
    for (const answer of answers) {
      const again = await ask({ known: String(answer.at) })
      expect(lasting(again)).toEqual(lasting(answer))
      const iso = new Date(answer.at * 1000).toISOString()
      expect(await ask({ known: iso })).toEqual(again)
    }
  })

  it('goes with a day: what was known then about goods presented on another', async () => {
    await alliance.node('de').publishText(issueDraft('de/drills', { expires: '2026-11-30' }))
    await wait(60)
    const then = String(nowS())
    const rescind = 'act: rescind\nfrom: 2026-11-20\nreason: {code: settled}'
    await alliance.node('de').publishText(actDraft('de/drills', rescind))
    await wait(60)
    expect((await ask({ on: '2026-11-25' })).verdict).toBe('not_listed')
    expect((await ask({ on: '2026-11-25', known: then })).verdict).toBe('blocked')
    expect((await ask({ on: '2026-12-01', known: then })).verdict).toBe('not_listed')
  })

  it('is answered with the form of its positions, which any node that holds as much can be asked for', async () => {
    await alliance.node('de').publishText(issueDraft('de/drills'))
    await wait(60)
    const then = String(nowS())
    await alliance
      .node('de')
      .publishText(actDraft('de/drills', 'act: annul\nreason: {code: error}'))
    await wait(60)
    const answer = await ask({ known: then })
    expect(answer.verdict).toBe('blocked')
    const form = answer.known ?? ''
    expect(await ask({ known: form })).toEqual(answer)
    expect(JSON.parse(Buffer.from(form, 'base64url').toString())).toEqual({
      charter: alliance.alliance,
      vector: { [originOf('de')]: [2, 2], [originOf('jp')]: [1, 1], [originOf('us')]: [1, 1] },
      at: Number(then),
    })
    for (const market of ['de', 'us']) {
      const there = await ask({ known: form }, market)
      expect(there).toMatchObject({ verdict: 'blocked', vector: answer.vector, known: form })
    }
    expect((await ask()).known).toBeNull()
  })

  it('holds for the list of decisions and for a story too', async () => {
    await wait(60)
    const before = String(nowS())
    await alliance.node('de').publishText(issueDraft('de/drills'))
    await wait(60)
    const then = String(nowS())
    const rescind = 'act: rescind\nfrom: 2026-11-20\nreason: {code: settled}'
    await alliance.node('de').publishText(actDraft('de/drills', rescind))
    await wait(60)
    const list = async (query: string) =>
      (await get(`/v1/decisions?${query}`)).body.decisions.map(
        ({ state }: { state: string }) => state,
      )
    expect(await list(`known=${before}`)).toEqual([])
    expect(await list(`known=${then}`)).toEqual(['in_force'])
    expect(await list('')).toEqual(['rescinded'])
    expect(await list('on=2026-11-19')).toEqual(['in_force'])
    const story = await get(`/v1/decisions/de/drills?known=${then}`)
    expect(story.body).toMatchObject({ state: 'in_force', acts: [{ kind: 'issue' }] })
    expect((await get('/v1/decisions/de/drills')).body.acts.length).toBe(2)
    expect((await get('/v1/decisions/de/drills?on=2026-11-19')).body.state).toBe('in_force')
    expect(await get(`/v1/decisions/de/drills?known=${before}`)).toEqual(
      coded('ERR_DECISION_UNKNOWN', 404),
    )
  })
})

describe('a charter that came later', () => {
  it('does not change what its forerunner said: effects, members, releases', async () => {
    await alliance.node('de').publishText(issueDraft('de/drills'))
    await wait(60)
    const answers = [await ask()]
    const changes = async (...list: Parameters<typeof nextCharter>[1]) => {
      expect(
        await adoptAt(alliance.node('us'), await nextCharter(alliance, list, { at: 'us' })),
      ).toBeNull()
      await wait(60)
      await wait(60)
      answers.push(await ask())
    }
    await changes({ do: 'set', path: 'policy.defaultEffect', value: 'inform' })
    const de = (await alliance.node('us').status()).feeds.find(({ market }) => market === 'de')
    const frozen = { size: de?.merged ?? 0, root: de?.root ?? '' }
    await changes({ do: 'leave', market: 'de', frozen })
    await changes({ do: 'release', market: 'de', decisions: true })
    expect(
      answers.map(({ charter, verdict, effects, coverage }) => [
        charter.n,
        verdict,
        effects.jp,
        coverage.length,
      ]),
    ).toEqual([
      [1, 'blocked', 'detain', 3],
      [2, 'blocked', 'inform', 3],
      [3, 'blocked', 'inform', 2],
      [4, 'not_listed', undefined, 2],
    ])
    for (const answer of answers) {
      expect(lasting(await ask({ known: String(answer.at) }))).toEqual(lasting(answer))
    }
  })

  it('does not take back what was accepted then, also where it is judged anew since', async () => {
    const us = alliance.node('us')
    await us.publishText(issueDraft('us/drills'))
    await alliance.node('de').publishText(issueDraft('de/drills'))
    await wait(60)
    const answer = await ask()
    expect(answer.decided_in).toEqual(['de', 'us'])
    // The agency key of us is ended before its first act: everything that it signed is gone everywhere.
    const cut = { do: 'end_agency_key', kid: us.keys.agency.kid, atIndex: 1 } as const
    expect(await adoptAt(us, await nextCharter(alliance, [cut], { at: 'us' }))).toBeNull()
    await wait(60)
    await wait(60)
    expect((await ask()).decided_in).toEqual(['de'])
    expect(lasting(await ask({ known: String(answer.at) }))).toEqual(lasting(answer))
    const story = await get(`/v1/decisions/us/drills?known=${answer.at}`)
    expect(story.body).toMatchObject({ state: 'in_force', acts: [{ outcome: 'accepted' }] })
    expect(await get('/v1/decisions/us/drills')).toEqual(coded('ERR_DECISION_UNKNOWN', 404))
  })
})

describe('what cannot be known', () => {
  const form = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const known = (text: string) => get(`/v1/lookup?gtin=${GTIN}&known=${encodeURIComponent(text)}`)

  it('has a code of its own: before the node existed, the future, a stranger, a charter, a position', async () => {
    await alliance.syncAll()
    const charter = alliance.alliance
    expect(await known(String(START_MS / 1000 - 1))).toEqual(coded('ERR_KNOWN_BEFORE', 404))
    expect(await known('2026-11-23T12:00:01Z')).toEqual(coded('ERR_KNOWN_FUTURE', 400))
    expect(await known('2026-11-23T13:00:00+01:00')).toMatchObject({ status: 200 })
    const vector = (more: object, of = charter) => form({ charter: of, vector: more })
    const [us, jp] = ['us', 'jp'].map(originOf)
    expect(await known(vector({ 'xx.test/log': [1, 1] }))).toEqual(coded('ERR_KNOWN_ORIGIN', 400))
    expect(await known(vector({}, 'A'.repeat(43)))).toEqual(coded('ERR_KNOWN_CHARTER', 404))
    expect(await known(vector({ [`${us}`]: [1, 2] }))).toEqual(coded('ERR_KNOWN_BEYOND', 409))
    expect(await known(form({ charter, vector: {}, at: START_MS }))).toEqual(
      coded('ERR_KNOWN_FUTURE', 400),
    )
    for (const text of [
      ...['yesterday', '2026-11-23', '2026-02-30T00:00:00Z', '-1', form([]), form({ charter })],
      ...[vector({ [`${jp}`]: [2, 1] }), vector({ [`${jp}`]: [-1, 1] }), `${form({})}=`],
    ]) {
      expect(await known(text)).toEqual(coded('ERR_QUERY_INVALID', 400))
    }
  })

  it('is that row’s problem in a batch', async () => {
    await alliance.node('de').publishText(issueDraft('de/drills'))
    await alliance.syncAll()
    const queries = {
      now: { gtin: GTIN },
      once: { gtin: GTIN, known: form({ charter: alliance.alliance, vector: {} }) },
      bad: { gtin: GTIN, known: '1' },
    }
    const body = JSON.stringify({ queries })
    const response = await alliance.node('jp').request('/v1/lookup', { method: 'POST', body })
    expect((await response.json()).responses).toMatchObject({
      now: { status: 200, verdict: 'blocked' },
      once: { status: 200, verdict: 'cannot_say' },
      bad: { status: 404, code: 'ERR_KNOWN_BEFORE' },
    })
  })

  it('is no ground for "not listed": of positions that a node never had, it does not say how fresh they were', async () => {
    await wait(60)
    const now = await ask()
    expect(now.verdict).toBe('not_listed')
    const charter = alliance.alliance
    const all = Object.fromEntries(['de', 'jp', 'us'].map((market) => [originOf(market), [1, 1]]))
    expect((await ask({ known: form({ charter, vector: all }) })).verdict).toBe('not_listed')
    await alliance.node('de').publishText(issueDraft('de/other', { products: ' []' }))
    await wait(60)
    const past = await ask({ known: form({ charter, vector: all }) })
    expect(past.verdict).toBe('cannot_say')
    expect(past.coverage).toContainEqual({ market: 'de', position: 1, age_s: null, state: 'stale' })
  })
})
