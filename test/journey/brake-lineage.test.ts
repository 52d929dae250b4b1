// The brake over a market's logs in order: what was held of a log that a charter ended stays held, and goes on in the next (protocol 1.9, 1.10).
import { afterEach, beforeEach, expect, it } from 'vitest'
import { adopt } from '../../src/adoption.ts'
import type { Change } from '../../src/charter/propose.ts'
import { publishActs } from '../../src/outbound.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { readFeed } from '../../src/pull/feed.ts'
import { memberFile, type TestNode, testKeys } from '../support/alliance.ts'
import { adoptAt, digestsOf, newNode, nextCharter } from '../support/charters.ts'
import { annulled, issued, type MassScene, massScene, range } from '../support/mass.ts'
import { running } from '../support/running.ts'

let scene: MassScene
beforeEach(async () => {
  scene = await massScene(['jp', 'kr', 'us'], 30)
})
afterEach(() => scene.alliance.close())

const positionsAt = async (market: string) =>
  Promise.all(
    ['kr.test/log', 'kr.test/log-2'].map(async (origin) => {
      const feed = await readFeed(scene.alliance.node(market).db, origin, 'kr')
      return [feed.effective, feed.merged]
    }),
  )

/** kr's log ends where us has merged it, or at fewer entries, and a next one follows. */
async function succeed(frozen: { size: number; root: string }): Promise<TestNode> {
  const { alliance } = scene
  const keys = await testKeys()
  const member = memberFile('kr', keys, 'kr.test/log-2')
  const change: Change = { do: 'successor_log', market: 'kr', member, frozen }
  const text = await nextCharter(alliance, [change], { at: 'us' })
  expect(await adoptAt(alliance.node('us'), text)).toBeNull()
  const founding = await (await alliance.node('us').request('/charter/1.json')).text()
  alliance.node('kr').db.close()
  const next = await newNode(alliance, 'kr', { origin: 'kr.test/log-2', keys })
  for (const file of [founding, text])
    expect((await adopt({ db: next.db, nowMs: next.sync.nowMs }, file, alliance.alliance)).ok).toBe(
      true,
    )
  await running(alliance).settle()
  return next
}

const publish = async (node: TestNode, acts: readonly UnsignedAct[]) =>
  publishActs(await node.outbound(), acts, node.keys.agency)

it('a held addition stays held when its log ends, and clears when the next log undoes it', async () => {
  await scene.publish(range(30, 70).map((n) => issued('kr', n)))
  await scene.alliance.syncAll()
  expect(await positionsAt('us')).toEqual([
    [31, 71],
    [0, 0],
  ])
  const { headOf, settle, others } = running(scene.alliance)
  const next = await succeed(await headOf('us', 'kr.test/log'))
  expect(await positionsAt('us')).toEqual([
    [31, 71],
    [0, 1],
  ])
  expect(await scene.ask('us', 35)).toEqual({ verdict: 'possible', why: 'held_addition' })
  expect((await scene.ask('us', 3)).verdict).toBe('blocked')
  expect((await scene.ask('us', 999)).verdict).toBe('cannot_say')
  const { feeds } = await scene.alliance.node('us').status()
  expect(feeds.filter(({ market }) => market === 'kr').map(({ state }) => state)).toEqual([
    'held',
    'held',
  ])
  await publish(
    next,
    range(30, 70).map((n) => annulled('kr', n)),
  )
  await settle()
  expect(await positionsAt('us')).toEqual([
    [71, 71],
    [41, 41],
  ])
  expect((await scene.ask('us', 35)).verdict).toBe('not_listed')
  expect((await digestsOf(others())).size).toBe(1)
})

it('a held addition that a charter cuts off is gone, and what counts in its place is counted anew', async () => {
  const { headOf, settle, others } = running(scene.alliance)
  const frozen = await headOf('us', 'kr.test/log')
  await scene.publish(range(30, 70).map((n) => issued('kr', n)))
  await scene.alliance.syncAll()
  expect(await scene.isHeld('us')).toBe(true)
  const next = await succeed(frozen)
  expect(await positionsAt('us')).toEqual([
    [31, 31],
    [1, 1],
  ])
  expect((await scene.ask('us', 35)).verdict).toBe('not_listed')
  await publish(
    next,
    range(70, 100).map((n) => issued('kr', n)),
  )
  await settle()
  expect(await positionsAt('us')).toEqual([
    [31, 31],
    [1, 31],
  ])
  expect(await scene.ask('us', 75)).toEqual({ verdict: 'possible', why: 'held_addition' })
  expect((await digestsOf(others())).size).toBe(2)
})
