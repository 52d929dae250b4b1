// Charters of a running alliance: adopted from any peer, split, markets join and leave; all nodes end up saying the same (protocol 1.9).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adopt } from '../../src/adoption.ts'
import { announceCharters } from '../../src/announce.ts'
import type { Change } from '../../src/charter/propose.ts'
import { formatSplitProof, verifySplitProof } from '../../src/charter/split.ts'
import { verifySplit } from '../../src/cli/verify-split.ts'
import { sql } from '../../src/db.ts'
import { memberFile, originOf, type TestAlliance, testAlliance } from '../support/alliance.ts'
import { adoptAt, charterOf, newNode, nextCharter, rootsOf } from '../support/charters.ts'
import { issueDraft } from '../support/decisions.ts'
import { GTIN, running } from '../support/running.ts'

type Running = ReturnType<typeof running>
const EXAMINE: Change[] = [{ do: 'set', path: 'policy.defaultEffect', value: 'examine' }]
let alliance: TestAlliance
let node: Running['node']
let others: Running['others']
let ask: Running['ask']
let feedOf: Running['feedOf']
let verdicts: Running['verdicts']
let headOf: Running['headOf']
let settle: Running['settle']
let expectAlike: Running['expectAlike']
beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  await alliance.syncAll()
  ;({ node, others, ask, feedOf, verdicts, headOf, settle, expectAlike } = running(alliance))
})
afterEach(() => alliance.close())

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
    expect((await node('jp').status()).charter).toMatchObject({ n: 1, hash: alliance.alliance })
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

  it('a split charter is evidence: given to everyone, announced in every log, and checked with nothing but files', async () => {
    const founding = await (await node('de').request('/charter/1.json')).text()
    const one = await nextCharter(alliance, EXAMINE)
    const two = await nextCharter(alliance, [{ do: 'set', path: 'policy.republish', value: '60' }])
    expect(await adoptAt(node('us'), one)).toBeNull()
    expect(await adoptAt(node('jp'), two)).toBeNull()
    await settle()
    const bodies = new Set<string>()
    for (const market of ['us', 'jp']) {
      const { evidence } = await node(market).status()
      expect(evidence).toMatchObject([{ kind: 'charter', origin: 'charter 2' }])
      const page = await (await node(market).request('/status')).text()
      expect(page).toContain(`/v1/evidence/${evidence[0]?.sha256}`)
      bodies.add(await (await node(market).request(`/v1/evidence/${evidence[0]?.sha256}`)).text())
    }
    // Whichever each adopted, it is one proof.
    expect(bodies.size).toBe(1)
    const [body = ''] = bodies
    for (const trusted of [founding, one, two])
      expect((await verifySplit(body, charterOf(trusted))).json).toMatchObject({
        kind: 'charter_split',
        verified: true,
        n: 2,
      })
    const told = await node('us').db.query<{ market: string }>(
      sql("SELECT market FROM act WHERE kind = 'notice/evidence' AND code IS NULL ORDER BY market"),
    )
    expect(told.map(({ market }) => market)).toEqual(expect.arrayContaining(['jp', 'us']))
  })

  it('what only looks like a split charter proves nothing', async () => {
    const founding = await (await node('de').request('/charter/1.json')).text()
    const one = await nextCharter(alliance, EXAMINE)
    const other: Change[] = [{ do: 'set', path: 'policy.republish', value: '60' }]
    const two = await nextCharter(alliance, other)
    const weak = await nextCharter(alliance, other, { roots: rootsOf(alliance).slice(0, 2) })
    const holds = async (body: string, trusted = founding) =>
      (await verifySplitProof(body, charterOf(trusted))).ok
    const proof = formatSplitProof(founding, one, two)
    expect(await holds(proof)).toBe(true)
    expect(await holds(formatSplitProof(founding, one, weak))).toBe(false)
    expect(await holds(formatSplitProof(founding, one, one))).toBe(false)
    expect(await holds(formatSplitProof(one, one, two))).toBe(false)
    expect(await holds(`${proof} `)).toBe(false)
    expect(await holds(proof.replace('"n":2', '"n":3'))).toBe(false)
    const stranger = await testAlliance(['de', 'jp', 'us'])
    const theirs = await (await stranger.node('de').request('/charter/1.json')).text()
    expect(await holds(proof, theirs)).toBe(false)
    stranger.close()
  })

  it('past its day everything goes on, and every answer, page and status says that the charter expired', async () => {
    await node('de').publishText(issueDraft('de/drills'))
    await settle()
    const said = async () => {
      const answer = (await (await node('jp').request(`/v1/lookup?gtin=${GTIN}`)).json()) as {
        verdict: string
        charter: { expired?: number }
      }
      const pages = ['/', '/decisions', '/decisions/de/drills', '/status', `/?gtin=${GTIN}`].map(
        async (path) => (await (await node('jp').request(path)).text()).includes('expired on'),
      )
      const { charter } = await node('jp').status()
      return [
        answer.verdict,
        answer.charter.expired,
        charter.expired,
        ...(await Promise.all(pages)),
      ]
    }
    expect(await said()).toEqual(['blocked', undefined, undefined, ...Array(5).fill(false)])
    const { expires } = alliance.charter
    alliance.clock.nowMs = expires * 1000
    await node('us').publishText(issueDraft('us/drills'))
    await settle()
    expect((await ask('jp')).decided_in).toEqual(['de', 'us'])
    expect(await said()).toEqual(['blocked', expires, true, ...Array(5).fill(true)])
    expect(await adoptAt(node('us'), await nextCharter(alliance, EXAMINE))).toBeNull()
    await settle()
    expect(await said()).toEqual(['blocked', undefined, undefined, ...Array(5).fill(false)])
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
