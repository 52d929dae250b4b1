// The life of an alliance after its founding: markets join and leave, keys rotate, are stolen or lost; all nodes end up saying the same
// (design: protocol 1.9; reference 6.7, attacks 13, 30, 31, 37).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adopt } from '../../src/adoption.ts'
import { announceCharters } from '../../src/announce.ts'
import type { Change } from '../../src/charter/propose.ts'
import { sql } from '../../src/db.ts'
import { formatVkey } from '../../src/tlog/key.ts'
import {
  headMemory,
  memberFile,
  originOf,
  type TestAlliance,
  type TestKey,
  type TestNode,
  testAlliance,
  testKey,
  testKeys,
} from '../support/alliance.ts'
import { adoptAt, digestsOf, newNode, nextCharter, rootsOf } from '../support/charters.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { JUDGED, tablesOf } from '../support/tables.ts'

const GTIN = '9521234123453'
const RESCIND = 'act: rescind\nfrom: 2026-11-01\nreason: {code: settled}'
const EXAMINE: Change[] = [{ do: 'set', path: 'policy.defaultEffect', value: 'examine' }]
let alliance: TestAlliance
beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  await alliance.syncAll()
})
afterEach(() => alliance.close())

const node = (market: string): TestNode => alliance.node(market)
const others = () => [...alliance.nodes.values()]
const jwk = ({ jwk: { x } }: TestKey) => ({ kty: 'OKP' as const, crv: 'Ed25519' as const, x })

async function ask(market: string) {
  const response = await node(market).request(`/v1/lookup?gtin=${GTIN}`)
  expect(response.status).toBe(200)
  return (await response.json()) as {
    verdict: string
    decided_in: string[]
    results: { order: { left?: true } }[]
    coverage: { market: string; state: string }[]
  }
}
async function verdicts(): Promise<string[]> {
  return Promise.all(others().map(async ({ market }) => (await ask(market)).verdict))
}
const feedOf = async (at: string, origin: string) =>
  (await node(at).status()).feeds.find((feed) => feed.origin === origin)
/** Where a log stands: what an operator reads in `status` for --frozen. */
async function headOf(at: string, origin: string) {
  const feed = await feedOf(at, origin)
  if (feed === undefined) throw new TypeError(`no feed ${origin}`)
  return { size: feed.merged, root: feed.root }
}
/** Rounds until news of charters and what they allow has gone everywhere. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await alliance.syncAll()
}
async function expectAlike(): Promise<void> {
  expect((await digestsOf(others())).size).toBe(1)
  const [first, ...rest] = others()
  for (const one of rest) expect(tablesOf(one.db)).toEqual(tablesOf((first ?? one).db))
}

describe('adoption', () => {
  it('one member adopts by file, all others take it from any peer, and everybody says so in its log', async () => {
    const text = await nextCharter(alliance, EXAMINE)
    expect(await adoptAt(node('us'), text)).toBeNull()
    await settle()
    for (const one of others()) {
      expect((await one.status()).charter).toMatchObject({ n: 2 })
      const notices = await one.db.query<{ market: string }>(
        sql(
          "SELECT market FROM act WHERE kind = 'notice/charter' AND code IS NULL ORDER BY market",
        ),
      )
      expect(notices.map(({ market }) => market)).toEqual(['de', 'de', 'jp', 'jp', 'us', 'us'])
    }
    await expectAlike()
  })

  it('many charters are taken one after the other in one round, and announced one by one', async () => {
    for (let n = 2; n <= 5; n++) {
      const change = { do: 'set', path: 'policy.republish', value: `${600 + n}` } as const
      expect(
        await adoptAt(node('us'), await nextCharter(alliance, [change], { at: 'us' })),
      ).toBeNull()
    }
    await node('jp').pull()
    expect((await node('jp').status()).charter.n).toBe(5)
    expect((await headOf('jp', originOf('jp'))).size).toBe(5)
    await settle()
    await expectAlike()
  })

  it('a node that adopted nothing waits at the notice, says so, and keeps answering', async () => {
    await node('de').publishText(issueDraft('de/drills'))
    await alliance.syncAll()
    const { fetch } = alliance.net
    alliance.net.fetch = (url, init) =>
      /charter\/[0-9]+\.json$/.test(url) ? Promise.reject(new Error('cut')) : fetch(url, init)
    expect(await adoptAt(node('us'), await nextCharter(alliance, EXAMINE))).toBeNull()
    await node('us').publishText(issueDraft('us/late'))
    await node('jp').pull()
    expect(await feedOf('jp', originOf('us'))).toMatchObject({
      state: 'waiting',
      code: 'ERR_CHARTER_AHEAD',
      merged: 1,
    })
    expect(await ask('jp')).toMatchObject({ verdict: 'blocked', decided_in: ['de'] })
    alliance.net.fetch = fetch
    await settle()
    expect((await feedOf('jp', originOf('us')))?.state).toBe('fresh')
    expect((await ask('jp')).decided_in).toEqual(['de', 'us'])
    await expectAlike()
  })

  it('a lying peer hands out charters that nobody adopts', async () => {
    const { fetch } = alliance.net
    const weak = await nextCharter(alliance, EXAMINE, { roots: rootsOf(alliance).slice(0, 1) })
    const lies = [weak, '{', 'x'.repeat(600_000), '']
    alliance.net.fetch = async (url, init) =>
      url.endsWith('/charter/2.json') ? new Response(lies.shift() ?? weak) : fetch(url, init)
    for (let round = 0; round < 4; round++) await node('jp').pull()
    expect((await node('jp').status()).charter).toEqual({ n: 1, hash: alliance.alliance })
    expect((await ask('jp')).verdict).toBe('not_listed')
  })

  it('a split charter is seen through the logs: the first stays, the second is kept, nothing further comes', async () => {
    const one = await nextCharter(alliance, EXAMINE)
    const two = await nextCharter(alliance, [{ do: 'set', path: 'policy.republish', value: '60' }])
    expect(await adoptAt(node('us'), one)).toBeNull()
    expect(await adoptAt(node('jp'), two)).toBeNull()
    await settle()
    for (const market of ['us', 'jp']) {
      expect((await node(market).status()).charter).toMatchObject({
        n: 2,
        conflict: { n: 2, code: 'ERR_CHARTER_CONFLICT' },
      })
    }
    const third = await nextCharter(alliance, EXAMINE, { at: 'us' })
    expect(await adoptAt(node('us'), third)).toBe('ERR_CHARTER_CONFLICT')
  })
})

describe('a market joins', () => {
  it('the newcomer catches up from size 0, the others see it, and all say the same', async () => {
    await node('de').publishText(issueDraft('de/drills'))
    await alliance.syncAll()
    const founding = await node('de').request('/charter/1.json')
    const roots = rootsOf(alliance)
    const kr = await newNode(alliance, 'kr')
    const join: Change[] = [{ do: 'add', member: memberFile('kr', kr.keys) }]
    const text = await nextCharter(alliance, join, { roots: [...roots, kr.keys.root] })
    for (const file of [await founding.text(), text]) {
      const result = await adopt({ db: kr.db, nowMs: kr.sync.nowMs }, file, alliance.alliance)
      expect(result).toMatchObject({ ok: true })
    }
    expect(await announceCharters(await kr.outbound(), kr.keys.node)).toBe(1)
    expect(await adoptAt(node('us'), text)).toBeNull()
    await settle()
    await kr.publishText(issueDraft('kr/drills'))
    await settle()
    expect((await ask('kr')).decided_in).toEqual(['de', 'kr'])
    expect(await verdicts()).toEqual(['blocked', 'blocked', 'blocked', 'blocked'])
    expect((await ask('us')).coverage.map(({ market }) => market)).toEqual(['de', 'jp', 'kr', 'us'])
    await expectAlike()
  })
})

describe('a log key is replaced', () => {
  it('by both keys first, then without the old one; nobody misses a head', async () => {
    const us = node('us')
    const next = await testKey()
    const vkey = (key: TestKey) =>
      formatVkey({ name: us.origin, type: 1, publicKey: key.publicKey })
    us.sync.signer.nextLog = next
    await us.publishText(issueDraft('us/early'))
    await alliance.syncAll()
    expect((await node('jp').status()).feeds.find(({ market }) => market === 'us')?.merged).toBe(2)
    const added = await nextCharter(alliance, [{ do: 'add_log_key', vkey: vkey(next) }])
    expect(await adoptAt(node('de'), added)).toBeNull()
    await settle()
    const dropped = await nextCharter(alliance, [{ do: 'drop_log_key', vkey: vkey(us.keys.log) }])
    expect(await adoptAt(us, dropped)).toBeNull()
    await settle()
    us.sync.signer.log = next
    delete us.sync.signer.nextLog
    await us.publishText(issueDraft('us/late'))
    await settle()
    expect((await feedOf('jp', us.origin))?.state).toBe('fresh')
    await expectAlike()
    // Whoever has the old key alone is believed by nobody, this node included.
    us.sync.signer.log = us.keys.log
    await expect(us.publishText(issueDraft('us/thief'))).rejects.toMatchObject({
      code: 'ERR_HEAD_SIGNATURE',
    })
    await node('jp').pull('us')
    expect((await node('jp').status()).peers.find(({ market }) => market === 'us')?.code).toBe(
      'ERR_HEAD_SIGNATURE',
    )
  })
})

describe('an agency key is stolen', () => {
  /** The thief lists a product in the name of us, at indexes 2 and 3; the alliance ends the key at `atIndex`. */
  async function endedAt(atIndex: number) {
    const us = node('us')
    await us.publishText(issueDraft('us/real'))
    await us.publishText(issueDraft('us/forged'))
    await us.publishText(issueDraft('us/forged-too'))
    await node('jp').pull()
    const fresh = await testKey()
    return {
      fresh,
      text: await nextCharter(alliance, [
        { do: 'end_agency_key', kid: us.keys.agency.kid, atIndex },
        { do: 'add_agency_key', market: 'us', jwk: jwk(fresh), fromIndex: 0 },
      ]),
    }
  }
  const listed = async (market: string) => {
    const body = (await (await node(market).request('/v1/decisions?market=us')).json()) as {
      decisions: { decision: string }[]
    }
    return body.decisions.map(({ decision }) => decision)
  }

  it('what it signs from the end on is refused everywhere, what stood before stands, and a new key goes on', async () => {
    const { fresh, text } = await endedAt(4)
    expect(await adoptAt(node('us'), text)).toBeNull()
    await settle()
    const us = node('us')
    await expect(us.publishText(issueDraft('us/again'))).rejects.toMatchObject({
      code: 'ERR_ACT_KEY',
    })
    us.keys.agency = fresh
    await us.publishText(actDraft('us/forged', 'act: annul\nreason: {code: error}'))
    await settle()
    for (const { market } of others())
      expect(await listed(market)).toEqual(['us/forged', 'us/forged-too', 'us/real'])
    await expectAlike()
  })

  it('cut back to an earlier index, its later acts go at nodes that had merged them and at nodes that had not', async () => {
    // jp has merged the forged acts, de has seen nothing of them.
    const { text } = await endedAt(2)
    expect(await listed('jp')).toEqual(['us/forged', 'us/forged-too', 'us/real'])
    expect(await adoptAt(node('de'), text)).toBeNull()
    await settle()
    for (const { market } of others()) expect(await listed(market)).toEqual(['us/real'])
    await expectAlike()
    const refused = (await node('jp').status()).refused.map(({ code }) => code)
    expect(refused).toEqual(['ERR_ACT_KEY', 'ERR_ACT_KEY'])
  })
})

describe('a log key is stolen', () => {
  it('the next log follows where the charter cut the old one, and lifts what stood in it, everywhere', async () => {
    const us = node('us')
    await us.publishText(issueDraft('us/drills'))
    await settle()
    const frozen = await headOf('jp', us.origin)
    // What the thief appends after the cut has no effect, also where it was merged already.
    await us.publishText(issueDraft('us/forged'))
    await node('jp').pull()
    const keys = await testKeys()
    const member = memberFile('us', keys, 'us.test/log-2')
    const change: Change = { do: 'successor_log', market: 'us', member, frozen }
    const text = await nextCharter(alliance, [change])
    expect(await adoptAt(node('jp'), text)).toBeNull()
    const founding = await (await node('jp').request('/charter/1.json')).text()
    us.db.close()
    const next = await newNode(alliance, 'us', { origin: 'us.test/log-2', keys })
    for (const file of [founding, text])
      expect(
        (await adopt({ db: next.db, nowMs: next.sync.nowMs }, file, alliance.alliance)).ok,
      ).toBe(true)
    // Its old log is not here yet, so it neither opens the new one nor judges anything in it.
    expect(await announceCharters(await next.outbound(), keys.node)).toBe(0)
    await settle()
    expect(await verdicts()).toEqual(['blocked', 'blocked', 'blocked'])
    expect(await feedOf('de', us.origin)).toMatchObject({ state: 'closed', merged: frozen.size })
    await expectAlike()
    await next.publishText(actDraft('us/drills', RESCIND))
    await settle()
    expect(await verdicts()).toEqual(['not_listed', 'not_listed', 'not_listed'])
    expect((await ask('de')).coverage.find(({ market }) => market === 'us')?.state).toBe('fresh')
    await expectAlike()
  })

  it('a node that was shown another history than the frozen one takes the frozen one', async () => {
    const us = node('us')
    await us.publishText(issueDraft('us/drills'))
    await node('de').pull()
    const frozen = await headOf('de', us.origin)
    // The thief's branch, shown to jp alone: another entry in the same place.
    us.sync.memory = headMemory()
    us.db.raw.exec('DELETE FROM checkpoint WHERE size = 2; DELETE FROM entry WHERE idx = 1')
    for (const table of JUDGED) us.db.raw.exec(`DELETE FROM ${table}`)
    await us.publishText(issueDraft('us/forged'))
    await node('jp').pull('us')
    expect((await headOf('jp', us.origin)).root).not.toBe(frozen.root)
    const keys = await testKeys()
    const member = memberFile('us', keys, 'us.test/log-2')
    const text = await nextCharter(
      alliance,
      [{ do: 'successor_log', market: 'us', member, frozen }],
      { at: 'de' },
    )
    alliance.nodes.delete('us')
    us.db.close()
    for (const market of ['de', 'jp']) expect(await adoptAt(node(market), text)).toBeNull()
    for (let round = 0; round < 2; round++) await alliance.syncAll()
    expect(await headOf('jp', us.origin)).toEqual(frozen)
    expect(tablesOf(node('jp').db)).toEqual(tablesOf(node('de').db))
  })
})

describe('root keys', () => {
  it('one is replaced, and from then on the new one counts and the old one does not', async () => {
    const fresh = await testKey()
    const old = node('us').keys.root
    const change: Change = { do: 'replace_root', kid: old.kid, jwk: jwk(fresh) }
    const text = await nextCharter(alliance, [change], { roots: [...rootsOf(alliance), fresh] })
    expect(await adoptAt(node('us'), text)).toBeNull()
    await settle()
    const late = await nextCharter(alliance, EXAMINE)
    expect(await adoptAt(node('jp'), late)).toBe('ERR_CHARTER_THRESHOLD')
    node('us').keys.root = fresh
    expect(await adoptAt(node('jp'), await nextCharter(alliance, EXAMINE))).toBeNull()
    await settle()
    await expectAlike()
  })
})

describe('a market leaves', () => {
  it('its decisions stay, labelled, and it counts for no coverage, until they are released', async () => {
    await node('de').publishText(issueDraft('de/drills'))
    await settle()
    const frozen = await headOf('us', originOf('de'))
    const leave: Change[] = [
      { do: 'leave', market: 'de', frozen },
      { do: 'drop_root', kid: node('de').keys.root.kid },
    ]
    expect(await adoptAt(node('us'), await nextCharter(alliance, leave))).toBeNull()
    await settle()
    const answer = await ask('jp')
    expect(answer).toMatchObject({ verdict: 'blocked', decided_in: ['de'] })
    expect(answer.results[0]?.order.left).toBe(true)
    expect(answer.coverage.map(({ market }) => market)).toEqual(['jp', 'us'])
    expect((await feedOf('jp', originOf('de')))?.state).toBe('closed')
    await expect(node('de').publishText(issueDraft('de/more'))).rejects.toMatchObject({
      code: 'ERR_NOT_MEMBER',
    })
    // Silent for a day: a market that left makes nothing stale.
    alliance.clock.nowMs += 86_400_000
    await settle()
    expect((await ask('jp')).coverage.map(({ state }) => state)).toEqual(['fresh', 'fresh'])
    await expectAlike()
    const release: Change[] = [{ do: 'release', market: 'de', decisions: ['de/drills'] }]
    const roots = ['jp', 'us'].map((market) => node(market).keys.root)
    expect(
      await adoptAt(node('us'), await nextCharter(alliance, release, { roots, at: 'us' })),
    ).toBeNull()
    await settle()
    expect(await verdicts()).toEqual(['not_listed', 'not_listed', 'not_listed'])
    const body = (await (await node('us').request(`/v1/lookup?gtin=${GTIN}`)).json()) as {
      inactive: { why: { code: string }; order: { released?: true } }[]
    }
    expect(body.inactive).toMatchObject([{ why: { code: 'released' }, order: { released: true } }])
  })
})

describe('at any moment', () => {
  it('nodes that adopt before, between and after pulling end with the same rows', async () => {
    const us = node('us')
    const orders = [
      ...['early', 'mid', 'late'].map((name) => issueDraft(`us/${name}`)),
      actDraft('us/early', RESCIND),
    ]
    const text = await nextCharter(alliance, [
      { do: 'end_agency_key', kid: us.keys.agency.kid, atIndex: 3 },
    ])
    expect(await adoptAt(node('de'), text)).toBeNull()
    const cut = alliance.net.fetch
    alliance.net.fetch = (url, init) =>
      url.endsWith('/charter/2.json') ? Promise.reject(new Error('cut')) : cut(url, init)
    for (const order of orders) {
      await us.publishText(order)
      await node('de').pull('us')
    }
    await node('jp').pull('us')
    expect((await digestsOf(['de', 'jp'].map(node))).size).toBe(2)
    expect(await adoptAt(node('jp'), text)).toBeNull()
    alliance.net.fetch = cut
    await settle()
    await expectAlike()
  })
})
