// The merge rule of the alliance, end to end: real nodes, real databases, the clock in the test's hand (design: decisions 2.3, 2.4).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { uuidv7 } from '../../src/encoding/uuid.ts'
import { planAppend } from '../../src/log/append.ts'
import { readHead } from '../../src/log/read.ts'
import { fillAct, signAct, type UnsignedAct } from '../../src/publish/sign.ts'
import { START_MS, type TestAlliance, testAlliance } from '../support/alliance.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'

const MARKETS = ['de', 'jp', 'us'] as const
const GTIN = '9521234123453'
const DAY_MS = 86_400_000

type Answer = {
  verdict: string
  decided_in: string[]
  effects: Record<string, string>
  inactive: { decision: string; state: string }[]
  why: { text: string }
}

let alliance: TestAlliance

beforeEach(async () => {
  alliance = await testAlliance(MARKETS)
})
afterEach(() => alliance.close())

async function publish(text: string): Promise<void> {
  const market = /^decision: (..)\//m.exec(text)?.[1] ?? ''
  await publishIn(market, text)
}

async function publishIn(market: string, text: string): Promise<void> {
  await alliance.node(market).publishText(text)
  await alliance.syncAll()
}

async function ask(market: string, query = `gtin=${GTIN}`): Promise<Answer> {
  const response = await alliance.node(market).request(`/v1/lookup?${query}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

/** The verdict of every market, in their order. */
async function verdicts(query?: string): Promise<string[]> {
  return Promise.all(MARKETS.map(async (market) => (await ask(market, query)).verdict))
}

const all = (verdict: string) => MARKETS.map(() => verdict)

/** Moves the clock and lets everyone sync, so that nothing is merely stale. */
async function wait(ms: number): Promise<void> {
  alliance.clock.nowMs += ms
  await alliance.syncAll()
  await alliance.syncAll()
}

describe('publication', () => {
  it('a product blocked in one market shows up as blocked in all of them', async () => {
    await alliance.syncAll()
    expect(await verdicts()).toEqual(all('not_listed'))
    await publish(issueDraft('de/drills'))
    expect(await verdicts()).toEqual(all('blocked'))
    for (const market of MARKETS) expect((await ask(market)).decided_in).toEqual(['de'])
  })

  it('the publishing market finds its own decision at once, before anybody has synced', async () => {
    await alliance.node('de').publishText(issueDraft('de/drills'))
    expect((await ask('de')).verdict).toBe('blocked')
    expect((await ask('jp')).verdict).toBe('cannot_say')
  })
})

describe('lifting', () => {
  it('two markets block one product: one lifts and it stays blocked, both lift and it is lifted everywhere', async () => {
    await publish(issueDraft('de/drills'))
    await publish(issueDraft('jp/drills'))
    expect((await ask('us')).decided_in).toEqual(['de', 'jp'])
    await publish(actDraft('de/drills', 'act: rescind\nfrom: 2026-11-01\nreason: {code: settled}'))
    expect(await verdicts()).toEqual(all('blocked'))
    expect((await ask('us')).decided_in).toEqual(['jp'])
    await publish(actDraft('jp/drills', 'act: rescind\nfrom: 2026-11-01\nreason: {code: vacated}'))
    expect(await verdicts()).toEqual(all('not_listed'))
    const { inactive } = await ask('us')
    expect(inactive.map(({ decision, state }) => [decision, state]).sort()).toEqual([
      ['de/drills', 'rescinded'],
      ['jp/drills', 'rescinded'],
    ])
  })

  it('a rescission from a later day lifts on that day, without another message', async () => {
    await publish(issueDraft('de/drills'))
    await publish(actDraft('de/drills', 'act: rescind\nfrom: 2026-11-25\nreason: {code: settled}'))
    expect(await verdicts()).toEqual(all('blocked'))
    await wait(2 * DAY_MS)
    expect(await verdicts()).toEqual(all('not_listed'))
  })

  it('an annulled decision is gone for every date, also for days before the annulment', async () => {
    await publish(issueDraft('de/drills'))
    expect((await ask('us', `gtin=${GTIN}&on=2025-06-01`)).verdict).toBe('blocked')
    await publish(actDraft('de/drills', 'act: annul\nreason: {code: error, text: Wrong product}'))
    expect(await verdicts()).toEqual(all('not_listed'))
    expect((await ask('us', `gtin=${GTIN}&on=2025-06-01`)).verdict).toBe('not_listed')
    expect((await ask('us')).inactive.map(({ state }) => state)).toEqual(['annulled'])
  })

  it('nothing but an annulment follows a rescission', async () => {
    await publish(issueDraft('de/drills'))
    await publish(actDraft('de/drills', 'act: rescind\nfrom: 2026-11-01\nreason: {code: settled}'))
    const again = actDraft(
      'de/drills',
      'act: suspend\nfrom: 2026-11-02\nreason: {code: court_stay}',
    )
    await expect(publish(again)).rejects.toMatchObject({ code: 'ERR_ACT_SEQUENCE' })
    await publish(actDraft('de/drills', 'act: annul\nreason: {code: error}'))
    expect((await ask('jp')).inactive.map(({ state }) => state)).toEqual(['annulled'])
  })
})

describe('suspension and time', () => {
  it('a suspended decision does not block, a resumed one blocks again', async () => {
    await publish(issueDraft('de/drills'))
    await publish(
      actDraft('de/drills', 'act: suspend\nfrom: 2026-11-20\nreason: {code: court_stay}'),
    )
    expect(await verdicts()).toEqual(all('not_listed'))
    expect((await ask('us')).inactive[0]?.state).toBe('suspended')
    expect((await ask('us', `gtin=${GTIN}&on=2026-11-19`)).verdict).toBe('blocked')
    await publish(
      actDraft('de/drills', 'act: resume\nfrom: 2026-11-22\nreason: {code: stay_lifted}'),
    )
    expect(await verdicts()).toEqual(all('blocked'))
    expect((await ask('us', `gtin=${GTIN}&on=2026-11-21`)).verdict).toBe('not_listed')
  })

  it('a decision expires by the clock at every node, with no message', async () => {
    await publish(issueDraft('de/drills', { expires: '2026-11-24' }))
    expect(await verdicts()).toEqual(all('blocked'))
    await wait(Date.UTC(2026, 10, 24, 23, 59, 59) - START_MS)
    expect(await verdicts()).toEqual(all('blocked'))
    await wait(1000)
    expect(await verdicts()).toEqual(all('not_listed'))
    expect((await ask('jp')).inactive[0]?.state).toBe('expired')
  })

  it('a decision that starts later blocks from that day on', async () => {
    await publish(issueDraft('de/drills', { starts: '2026-11-25' }))
    expect(await verdicts()).toEqual(all('not_listed'))
    await wait(2 * DAY_MS)
    expect(await verdicts()).toEqual(all('blocked'))
  })
})

describe('scope and effect', () => {
  it('a ruling takes a product out, a newer one takes it in again', async () => {
    await publish(issueDraft('de/drills'))
    const rule = (on: string, scope: string) =>
      actDraft(
        'de/drills',
        `act: rule\nruling: {number: 'R-${on}', body: Test customs, on: ${on}, scope: ${scope}, product: {pid: one}, wording: Ruled.}`,
      )
    await publish(rule('2026-02-01', 'out'))
    expect(await verdicts()).toEqual(all('exception'))
    await publish(rule('2026-03-01', 'in'))
    expect(await verdicts()).toEqual(all('blocked'))
    expect((await ask('us', `gtin=${GTIN}&on=2026-02-15`)).verdict).toBe('exception')
  })

  it('a response changes what an officer must do here, and never the verdict', async () => {
    await publish(issueDraft('de/drills'))
    expect((await ask('us')).effects).toEqual({ de: 'enforce', jp: 'detain', us: 'detain' })
    const respond = (effect: string) =>
      actDraft(
        'de/drills',
        `act: respond\neffect: ${effect}\nfrom: 2026-11-01\nreason: {code: other, text: Test}`,
      )
    await publishIn('us', respond('decline'))
    expect(await verdicts()).toEqual(all('blocked'))
    for (const market of MARKETS) {
      expect((await ask(market)).effects).toEqual({ de: 'enforce', jp: 'detain', us: 'decline' })
    }
    await publishIn('us', respond('null'))
    expect((await ask('jp')).effects.us).toBe('detain')
  })

  it('a response may come before the decision it is about', async () => {
    const respond =
      'act: respond\neffect: examine\nfrom: 2026-11-01\nreason: {code: other, text: Test}'
    await publishIn('us', actDraft('de/drills', respond))
    await publish(issueDraft('de/drills'))
    expect((await ask('de')).effects.us).toBe('examine')
  })

  it("a market's published rules set the effect where it has not responded", async () => {
    await publish(issueDraft('de/drills', { grounds: 'patent' }))
    const rules =
      "acts:\n  - {act: notice, kind: effect_rules, rules: [{market: '*', ground: patent, effect: inform}]}\n"
    await publishIn('us', rules)
    expect((await ask('jp')).effects).toEqual({ de: 'enforce', jp: 'detain', us: 'inform' })
    expect(await verdicts()).toEqual(all('blocked'))
  })

  it('a product taken from the list is no longer blocked, and one put back is', async () => {
    await publish(issueDraft('de/drills'))
    await publish(actDraft('de/drills', 'act: products\nremove: [one]'))
    expect(await verdicts()).toEqual(all('not_listed'))
    await publish(
      actDraft(
        'de/drills',
        `act: products\nadd:\n  - {pid: one, listing: listed, source: {document: Order 2, date: 2026-01-01}, brand: Torvane, model: TX-9000, gtins: ['${GTIN}']}`,
      ),
    )
    expect(await verdicts()).toEqual(all('blocked'))
  })
})

describe('what a node does not know', () => {
  it('a node whose own log was written by a newer version still takes what the others decided', async () => {
    const us = alliance.node('us')
    const outbound = await us.outbound()
    const future = { act: 'teleport', decision: null } as unknown as UnsignedAct
    const moment = {
      alliance: alliance.alliance,
      log: us.origin,
      id: uuidv7(1, new Uint8Array(16)),
      prev: null,
      iat: 1,
    }
    const entry = await signAct(fillAct(future, moment), us.keys.agency)
    const { statements } = await planAppend(await readHead(us.db), [entry], outbound.signer, 1)
    await us.db.commit(statements)
    await publish(issueDraft('de/drills'))
    expect((await ask('us')).verdict).toBe('blocked')
    expect((await us.status()).feeds.find(({ market }) => market === 'us')).toMatchObject({
      state: 'waiting',
      code: 'ERR_UPGRADE_NEEDED',
    })
  })

  it('a stale feed turns "not listed" into "cannot say", and never hides what is blocked', async () => {
    await publish(issueDraft('de/drills'))
    alliance.clock.nowMs += 2 * 3_600_000
    await alliance.node('jp').pull('us')
    expect((await ask('jp')).verdict).toBe('blocked')
    expect((await ask('jp', 'gtin=9520001000010')).verdict).toBe('cannot_say')
    await alliance.syncAll()
    await alliance.syncAll()
    expect((await ask('jp', 'gtin=9520001000010')).verdict).toBe('not_listed')
  })
})
