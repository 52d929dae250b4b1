// A mass change is held at every other node through `effective` alone, and there is a way out for each cause (design: protocol 1.10).
import { afterEach, describe, expect, it } from 'vitest'
import type { UnsignedAct } from '../../src/publish/sign.ts'
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
    // Its own market's word binds its own officers at once.
    expect((await scene.ask('kr', 3)).verdict).toBe('not_listed')
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
    scene = await massScene(['de', 'jp', 'kr', 'us'], 300)
    const away = scene.alliance.node('us')
    for (const day of range(0, 14)) {
      await scene.publish(kr(range(day * 15, day * 15 + 15), rescinded))
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
    scene = await massScene(['de', 'jp', 'kr', 'us'], 300)
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
