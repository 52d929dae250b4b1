// Attacks that need several nodes, a clock or a mirror: the rows of the table in SECURITY.md that no other journey shows.
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { readHead } from '../../src/log/read.ts'
import { publishSigned } from '../../src/outbound.ts'
import type { Fetch } from '../../src/pull/source.ts'
import { pushHead, rereadApplied } from '../../src/push.ts'
import { pullNow } from '../../src/sync.ts'
import { MAX_ENTRY_BYTES } from '../../src/tlog/bundle.ts'
import { verifyForkProof } from '../../src/tlog/fork-proof.ts'
import {
  memberFile,
  type TestAlliance,
  type TestNode,
  testAlliance,
  testKeys,
  testNode,
} from '../support/alliance.ts'
import { witnessesOf } from '../support/apart.ts'
import { adoptAt, digestsOf, nextCharter } from '../support/charters.ts'
import { issueDraft } from '../support/decisions.ts'

const MARKETS = ['de', 'jp', 'kr', 'tw', 'us'] as const
const GTIN = '9521234123453'
const DAY_MS = 86_400_000
let alliance: TestAlliance
let de: TestNode

beforeEach(async () => {
  alliance = await testAlliance(MARKETS)
  de = alliance.node('de')
})
afterEach(() => alliance.close())

const deps = async (node: TestNode) => ({ ...node.sync, adopted: await requireAdopted(node.db) })
async function ask(node: TestNode) {
  const answer = await node.request(`/v1/lookup?gtin=${GTIN}`)
  return (await answer.json()) as {
    verdict: string
    coverage: { market: string; state: string }[]
  }
}
const verdictAt = async (node: TestNode): Promise<string> => (await ask(node)).verdict

/** From now on what these hosts would answer is what this gives, or nothing where it throws. */
function lie(to: (host: string, path: string) => (() => Promise<Response>) | null): void {
  const honest: Fetch = alliance.net.fetch
  alliance.net.fetch = (url, init) => {
    const { hostname, pathname } = new URL(url)
    return to(hostname.slice(0, 2), pathname)?.() ?? honest(url, init)
  }
}
const silent = (markets: readonly string[]) =>
  lie((host) => (markets.includes(host) ? () => Promise.reject(new TypeError('silent')) : null))

it('a checkpoint pinned by a cache hides nothing for longer than a round: the others show the larger head', async () => {
  await alliance.syncAll()
  const pinned = await (await de.request('/log/checkpoint')).text()
  await de.publishText(issueDraft('de/hidden'))
  await alliance.node('jp').pull('de')
  const us = alliance.node('us')
  us.sync.fetch = async (url, init) =>
    url === `${de.url}/log/checkpoint` ? new Response(pinned) : alliance.net.fetch(url, init)
  await us.pull()
  expect(await verdictAt(us)).toBe('blocked')
})

it('a decision that its origin deletes is still served and proven by every mirror', async () => {
  await de.publishText(issueDraft('de/regretted'))
  await alliance.syncAll()
  de.db.raw.exec('DELETE FROM entry WHERE idx > 0; DELETE FROM checkpoint WHERE size > 1')
  const { members } = alliance.charter
  const logKey = members.find(({ market }) => market === 'de')?.logs[0]?.logKeys[0] ?? ''
  const witnesses = members.filter(({ market }) => market !== 'de').map(({ witness }) => witness)
  for (const market of ['jp', 'kr', 'tw', 'us']) {
    const node = alliance.node(market)
    expect(await verdictAt(node)).toBe('blocked')
    const proof = await (await node.request('/v1/proofs/de/regretted')).text()
    expect(witnessesOf(proof, logKey, witnesses)).toBeGreaterThan(0)
    const bundle = await node.request(`/mirror/${originHash(de.origin)}/tile/entries/000.p/2`)
    expect(bundle.status).toBe(200)
  }
  // And the smaller head it shows now moves nobody.
  await alliance.node('us').pull('de')
  expect(await verdictAt(alliance.node('us'))).toBe('blocked')
})

describe.each([
  ['ahead', DAY_MS],
  ['behind', -DAY_MS],
])('a node whose clock is a day %s', (_, shiftMs) => {
  it('changes no order and no verdict anywhere, and is trusted for no silence', async () => {
    const { keys, db } = alliance.node('us')
    const wrong = {
      get nowMs() {
        return alliance.clock.nowMs + shiftMs
      },
    }
    const us = testNode('us', keys, db, wrong, alliance.net)
    alliance.nodes.set('us', us)
    await us.publishText(issueDraft('us/first'))
    await de.publishText(issueDraft('de/first'))
    for (let round = 0; round < 2; round++) {
      await alliance.syncAll()
      alliance.clock.nowMs += 2_000_000
    }
    await us.publishText(issueDraft('us/second'))
    await alliance.syncAll()
    expect(await digestsOf(alliance.nodes.values())).toHaveProperty('size', 1)
    for (const node of alliance.nodes.values()) expect(await verdictAt(node)).toBe('blocked')
    // Nobody takes a day-old stamp, or one of tomorrow, for fresh.
    const { coverage } = await ask(alliance.node('jp'))
    const states = coverage.map(({ market, state }) => [market, state])
    expect(states).toContainEqual(['us', 'stale'])
    expect(states).toContainEqual(['de', 'fresh'])
  })
})

describe.each([
  [0, true],
  [1, true],
  [2, false],
  [3, false],
])('with %i of 4 witnesses silent', (count, confirmed) => {
  it(`an act is in effect at once wherever it is heard, and confirmed is ${confirmed}`, async () => {
    const quiet = ['jp', 'kr', 'tw', 'us'].slice(0, count)
    const loud = ['jp', 'kr', 'tw', 'us'].slice(count)
    silent(quiet)
    await de.publishText(issueDraft('de/drills'))
    await pushHead(await deps(de))
    for (const market of loud) await pullNow(alliance.node(market).sync, 'de')
    await rereadApplied(await deps(de))
    for (const market of loud) expect(await verdictAt(alliance.node(market))).toBe('blocked')
    const story = await (await de.request('/v1/decisions/de/drills')).json()
    expect(story).toMatchObject({ confirmed, applied: { m: 5 - count, n: 5 } })
  })
})

describe('an entry longer than its two bytes of length can say', () => {
  it.each([MAX_ENTRY_BYTES + 1, 65_535, 65_536])('of %i bytes is not appended', async (length) => {
    const before = await readHead(de.db)
    const entry = new Uint8Array(length).fill(65)
    await expect(publishSigned(await de.outbound(), [entry])).rejects.toMatchObject({
      code: 'ERR_ACT_TOO_LARGE',
    })
    expect((await readHead(de.db))?.size).toBe(before?.size)
  })
})

it('a brand with letters of another script, or with signs that nobody sees, blocks nothing', async () => {
  const spoilt = (sign: string) => issueDraft('de/hidden').replace('Torvane', `Tor${sign}vane`)
  for (const sign of ['\u202e', '\u200b', '\u2066', '\ufeff']) {
    await expect(de.publishText(spoilt(sign))).rejects.toMatchObject({ code: 'ERR_ADMIT_TEXT' })
  }
  await de.publishText(issueDraft('de/drills'))
  const verdictOf = async (brand: string) => {
    const answer = await de.request(
      `/v1/lookup?${new URLSearchParams({ brand, model: 'TX-9000' })}`,
    )
    return ((await answer.json()) as { verdict: string }).verdict
  }
  expect(await verdictOf('Torvane')).toBe('blocked')
  // Cyrillic о and а, which look the same.
  for (const brand of ['T\u043ervane', 'Torv\u0430ne']) {
    expect(['possible', 'cannot_say', 'not_listed']).toContain(await verdictOf(brand))
  }
})

it('a mirror that serves valid data of another log is found out, and the next mirror is asked', async () => {
  await de.publishText(issueDraft('de/drills'))
  await alliance.node('kr').publishText(issueDraft('kr/other'))
  for (const market of ['jp', 'kr', 'tw']) await alliance.node(market).pull()
  const ofDe = `/mirror/${originHash(de.origin)}`
  const ofKr = `/mirror/${originHash(alliance.node('kr').origin)}`
  lie((host, path) => {
    if (host === 'de') return () => Promise.reject(new TypeError('off'))
    if (host !== 'jp' || !path.startsWith(`${ofDe}/tile`)) return null
    return async () => alliance.node('jp').request(path.replace(ofDe, ofKr))
  })
  const us = alliance.node('us')
  await us.pull()
  const answer = await ask(us)
  expect(answer.verdict).toBe('blocked')
  const entries = us.db.raw
    .prepare('SELECT count(*) AS n FROM feed_entry WHERE origin = ?')
    .get(de.origin)
  expect(entries).toEqual({ n: 2 })
})

it('a member whose node is not up yet holds up no quorum', async () => {
  const joiner = memberFile('fr', await testKeys())
  const next = await nextCharter(alliance, [{ do: 'add', member: joiner }])
  for (const node of alliance.nodes.values()) expect(await adoptAt(node, next)).toBeNull()
  await de.publishText(issueDraft('de/drills'))
  silent(['fr', 'us'])
  await pushHead(await deps(de))
  const story = await (await de.request('/v1/decisions/de/drills')).json()
  // Three of the four that count: fr counts from the charter after.
  expect(story).toMatchObject({ confirmed: true, applied: { n: 6 } })
})

describe('evidence that proves nothing', () => {
  it('is taken from nobody: there is no way to hand it in', async () => {
    for (const method of ['POST', 'PUT']) {
      const answer = await de.request('/v1/evidence', { method, body: '{"v":1,"kind":"fork"}' })
      expect(answer.status).toBe(405)
    }
  })

  it('is refused by whoever checks it, whatever JSON it is', async () => {
    const shape = fc.record({
      v: fc.constant(1),
      kind: fc.constant('fork'),
      origin: fc.constantFrom(de.origin, 'x'),
      first: fc.oneof(fc.string(), fc.constant(await (await de.request('/log/checkpoint')).text())),
      second: fc.oneof(
        fc.string(),
        fc.constant(await (await de.request('/log/checkpoint')).text()),
      ),
      root: fc.option(fc.base64String({ minLength: 44, maxLength: 44 })),
      proof: fc.array(fc.base64String({ minLength: 44, maxLength: 44 }), { maxLength: 4 }),
    })
    const text = fc.oneof(
      fc.json(),
      shape.map((value) => JSON.stringify(value)),
    )
    const property = fc.asyncProperty(text, async (body) => {
      expect((await verifyForkProof(body, [])).ok).toBe(false)
    })
    await fc.assert(property, { numRuns: 300 })
  })
})
