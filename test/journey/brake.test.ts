// A mass change is held at every other node through `effective` alone, and there is a way out for each cause (design: protocol 1.10).
import { afterEach, describe, expect, it } from 'vitest'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { issueDraft } from '../support/decisions.ts'
import {
  annulled,
  DAY_MS,
  issued,
  type MassScene,
  massScene,
  range,
  rescinded,
} from '../support/mass.ts'
import { dateOn } from '../support/scribe.ts'

let scene: MassScene
afterEach(() => scene.alliance.close())

const kr = (numbers: readonly number[], act: (market: string, number: number) => UnsignedAct) =>
  numbers.map((number) => act('kr', number))

describe('what is held', () => {
  it('40 lifts at once are merged and not in effect: what was blocked stays blocked, nothing is said to be not listed', async () => {
    scene = await massScene(['jp', 'kr', 'us'], 60)
    await scene.publish(kr(range(0, 40), rescinded))
    await scene.alliance.syncAll()
    expect(await scene.at('us')).toEqual({ effective: 61, merged: 101 })
    expect(await scene.ask('us', 3)).toMatchObject({ verdict: 'blocked' })
    expect(await scene.ask('us', 59)).toMatchObject({ verdict: 'blocked' })
    expect((await scene.ask('us', 999)).verdict).toBe('cannot_say')
    const us = scene.alliance.node('us')
    const answer = await us.request('/v1/lookup?brand=Brambleford&model=QX-1003')
    expect(await answer.json()).toMatchObject({ results: [{ held: { code: 'held_lift' } }] })
    const page = await us.request('/?brand=Brambleford&model=QX-1003')
    expect(await page.text()).toContain('held back for review; until then it stands.')
    const other = await us.request('/v1/lookup?brand=Brambleford&model=QX-1059')
    expect((await other.json()).results[0]).not.toHaveProperty('held')
    // Its own market's word binds its own officers at once.
    expect((await scene.ask('kr', 3)).verdict).toBe('not_listed')
  })

  it('40 lifts that wait for a second key flip nothing and hold nothing; endorsed at once, they are held', async () => {
    scene = await massScene(['jp', 'kr', 'us'], 60, { twoKeys: ['rescind'] })
    const { agency } = scene.origin.keys
    const leaves = await scene.publishAs(agency, kr(range(0, 40), rescinded))
    await scene.alliance.syncAll()
    expect(await scene.at('us')).toEqual({ effective: 101, merged: 101 })
    expect(await scene.ask('us', 3)).toMatchObject({ verdict: 'blocked' })
    const endorses = leaves.map((entry) => ({ act: 'endorse', decision: null, entry }) as const)
    await scene.publishAs(scene.second, endorses)
    await scene.alliance.syncAll()
    expect(await scene.at('us')).toEqual({ effective: 101, merged: 141 })
    expect(await scene.ask('us', 23)).toMatchObject({ verdict: 'blocked' })
    const story = await scene.alliance.node('us').request('/v1/decisions/kr/mass-23')
    const { acts } = (await story.json()) as { acts: { kind: string; held?: true; waits?: true }[] }
    expect(acts.map(({ kind, held, waits }) => [kind, held, waits])).toEqual([
      ['issue', undefined, undefined],
      ['rescind', true, undefined],
    ])
  })

  it('40 additions at once are possible, with the reason', async () => {
    scene = await massScene(['jp', 'kr', 'us'], 30)
    await scene.publish(kr(range(30, 70), issued))
    await scene.alliance.syncAll()
    expect(await scene.ask('us', 35)).toEqual({ verdict: 'possible', why: 'held_addition' })
    expect((await scene.ask('us', 3)).verdict).toBe('blocked')
  })

  it('a burst of 5 000 decisions is held, not applied', async () => {
    scene = await massScene(['kr', 'us'], 30)
    await scene.publish(kr(range(30, 5030), issued))
    await scene.alliance.syncAll()
    expect(await scene.at('us')).toEqual({ effective: 31, merged: 5031 })
    expect(await scene.ask('us', 4000)).toEqual({ verdict: 'possible', why: 'held_addition' })
  })

  it.each([
    ['20 lifts of 60', 60, range(0, 20), false],
    ['21 lifts of 60', 60, range(0, 21), true],
    ['25 lifts of 500: 5 percent', 500, range(0, 25), false],
    ['26 lifts of 500', 500, range(0, 26), true],
    ['40 additions to 19: a market of few decisions is never held', 19, [], false],
  ])('%s', async (_, decisions, lifts, isHeld) => {
    scene = await massScene(['kr', 'us'], decisions)
    await scene.publish([
      ...kr(lifts, rescinded),
      ...(decisions < 20 ? kr(range(19, 59), issued) : []),
    ])
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(isHeld)
  })

  it('more than a thousand listed products of few decisions are held, a thousand are not', async () => {
    scene = await massScene(['kr', 'us'], 30, { products: 60 })
    await scene.publish(kr(range(0, 16), rescinded))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(false)
    await scene.publish(kr([16], rescinded))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(true)
  })

  it('the state compared with is that of a day ago: twenty lifts a day pass, one at a time', async () => {
    scene = await massScene(['kr', 'us'], 60)
    for (const number of range(0, 20)) await scene.publish(kr([number], rescinded))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(false)
    await scene.publish(kr([20], rescinded))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(true)
    scene.wait(DAY_MS)
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(false)
  })

  it('a date in an hour makes 40 lifts no smaller', async () => {
    scene = await massScene(['kr', 'us'], 60)
    await scene.publish(range(0, 40).map((number) => rescinded('kr', number, 2)))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(true)
  })

  it('40 products found by other keys, or ruled out, count as much as lifts', async () => {
    scene = await massScene(['kr', 'us'], 30, { products: 60 })
    const ruling = (number: number, pid: string) =>
      ({
        act: 'rule',
        decision: `kr/mass-${number}`,
        ruling: { on: dateOn(-1), scope: 'out', product: { pid } },
      }) as UnsignedAct
    const pids = range(0, 60).map((at) => `p-${at}`)
    await scene.publish(range(0, 17).flatMap((n) => pids.map((pid) => ruling(n, pid))))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(true)
  })
})

describe('what holds nothing up', () => {
  it('a node that pulls a burst answers meanwhile, and what was blocked is blocked in each answer', async () => {
    scene = await massScene(['kr', 'us'], 30)
    await scene.publish(kr(range(30, 1030), issued))
    const verdicts: string[] = []
    const { net } = scene.alliance
    const { fetch } = net
    // Before each file that the pull asks for.
    net.fetch = async (url, init) => {
      verdicts.push((await scene.ask('us', 3)).verdict)
      return fetch(url, init)
    }
    await scene.alliance.node('us').pull()
    expect(await scene.isHeld('us')).toBe(true)
    expect(verdicts.length).toBeGreaterThan(3)
    expect(new Set(verdicts)).toEqual(new Set(['blocked']))
  })

  it('a held change of one market changes nothing of another', async () => {
    scene = await massScene(['jp', 'kr', 'us'], 60)
    await scene.publish(kr(range(0, 40), rescinded))
    await scene.alliance.node('jp').publishText(issueDraft('jp/drills'))
    await scene.alliance.syncAll()
    const drill = await scene.alliance.node('us').request('/v1/lookup?gtin=9521234123453')
    expect(await drill.json()).toMatchObject({ verdict: 'blocked', decided_in: ['jp'] })
  })
})

describe('what others are told of it', () => {
  it('a node says that it has applied a log once nothing of it is held, and not before', async () => {
    scene = await massScene(['jp', 'kr', 'us'], 60)
    await scene.publish(kr(range(0, 40), rescinded))
    const applied = async () => {
      for (let round = 0; round < 2; round++) await scene.alliance.syncAll()
      const story = await scene.origin.request('/v1/decisions/kr/mass-3')
      return ((await story.json()) as { applied: object }).applied
    }
    expect(await applied()).toEqual({ m: 1, n: 3 })
    const bulk = `{act: notice, kind: bulk, adds: 0, lifts: 40, until: ${dateOn(5).on}}`
    const { entries } = await scene.origin.publishText(`acts:\n  - ${bulk}\n`)
    const endorse = { act: 'endorse', decision: null, entry: entries[0]?.leaf }
    await scene.publishAs(scene.second, [endorse as UnsignedAct])
    expect(await applied()).toEqual({ m: 3, n: 3 })
  })
})

describe('acts that need two keys', () => {
  it('count in the brake when they begin to count: with the endorsement, not before', async () => {
    scene = await massScene(['jp', 'kr', 'us'], 60, { twoKeys: ['rescind'] })
    const leaves = await scene.publishAs(scene.origin.keys.agency, kr(range(0, 40), rescinded))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(false)
    scene.wait(2 * DAY_MS)
    const endorse = (entry: string) => ({ act: 'endorse', decision: null, entry }) as UnsignedAct
    await scene.publishAs(scene.second, leaves.map(endorse))
    for (let round = 0; round < 2; round++) await scene.alliance.syncAll()
    expect(await scene.at('us')).toEqual({ effective: 101, merged: 141 })
    expect((await scene.ask('us', 3)).verdict).toBe('blocked')
    expect((await scene.ask('kr', 3)).verdict).toBe('not_listed')
  })
})

describe('what clears it', () => {
  it('a mass addition undone by its origin clears without people', async () => {
    scene = await massScene(['jp', 'kr', 'us'], 30)
    await scene.publish(kr(range(30, 70), issued))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(true)
    await scene.publish(kr(range(30, 70), annulled))
    await scene.alliance.syncAll()
    expect(await scene.at('us')).toEqual({ effective: 111, merged: 111 })
    expect((await scene.ask('us', 35)).verdict).toBe('not_listed')
    expect((await scene.ask('us', 3)).verdict).toBe('blocked')
  })

  it.each([
    ['without endorsement', { lifts: 40, days: 10 }, false, true],
    ['endorsed', { lifts: 40, days: 10 }, true, false],
    ['endorsed, but for fewer', { lifts: 39, days: 10 }, true, true],
    ['endorsed, but over', { lifts: 40, days: -3 }, true, true],
  ])('an announcement %s', async (_, { lifts, days }, isEndorsed, isHeld) => {
    scene = await massScene(['kr', 'us'], 60)
    const notice = `{act: notice, kind: bulk, adds: 0, lifts: ${lifts}, until: ${dateOn(days).on}}`
    const published = await scene.origin.publishText(`acts:\n  - ${notice}\n`)
    const entry = published.entries[0]?.leaf
    if (isEndorsed) {
      const endorse = { act: 'endorse', decision: null, entry } as UnsignedAct
      await scene.publishAs(scene.second, [endorse])
    }
    await scene.publish(kr(range(0, 40), rescinded))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(isHeld)
    // Once cleared it is the state that the next change is compared with, and the notice is used up.
    if (isHeld) return
    await scene.publish(kr([40], rescinded))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(false)
    await scene.publish(kr(range(41, 60), rescinded))
    await scene.publish(kr(range(60, 80), issued))
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(true)
  })

  it('a node 14 days offline catches up without people: the others have applied what came meanwhile', async () => {
    scene = await massScene(['de', 'jp', 'kr', 'us'], 80)
    const away = scene.alliance.node('us')
    for (const day of range(0, 14)) {
      await scene.publish(kr(range(day * 5, day * 5 + 5), rescinded))
      for (const market of ['kr', 'jp', 'de']) await scene.alliance.node(market).pull()
      expect(await scene.isHeld('jp')).toBe(false)
      scene.wait(DAY_MS)
    }
    await away.pull()
    expect(await scene.isHeld('us')).toBe(false)
    expect((await away.status()).digest).toBe((await scene.alliance.node('jp').status()).digest)
    await scene.alliance.syncAll()
    await scene.alliance.syncAll()
    expect((await scene.ask('us', 3)).verdict).toBe('not_listed')
  })

  it('one of two other members is not enough, and the origin itself does not count', async () => {
    scene = await massScene(['de', 'jp', 'kr', 'us'], 80)
    for (const day of range(0, 2)) {
      await scene.publish(kr(range(day * 15, day * 15 + 15), rescinded))
      for (const market of ['kr', 'jp']) await scene.alliance.node(market).pull()
      scene.wait(DAY_MS)
    }
    await scene.alliance.node('us').pull()
    expect(await scene.isHeld('us')).toBe(true)
    await scene.alliance.node('jp').pull()
    expect(await scene.isHeld('jp')).toBe(false)
  })
})
