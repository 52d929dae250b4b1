import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  date,
  header,
  issue,
  NOW_MS,
  ORDER,
  originOf,
  product,
  type TestCatalogue,
  testCatalogue,
} from '../support/catalogue.ts'

const known = { brand: 'Brambleford', model: 'WX-2000' }
const nowS = NOW_MS / 1000
let catalogue: TestCatalogue
beforeEach(async () => {
  catalogue = await testCatalogue({ markets: ['us', 'jp', 'kr'] })
})
afterEach(() => catalogue.close())

describe('nothing found', () => {
  it('is not_listed only while every member is fresh', async () => {
    const found = await catalogue.ask(known)
    expect(found).toMatchObject({ verdict: 'not_listed', instruction: null, effects: {} })
    expect(found.why).toEqual({ code: 'not_listed', text: 'Not listed in 3 of 3.' })
    expect(found.coverage).toContainEqual({ market: 'kr', position: 1, age_s: 60, state: 'fresh' })
  })

  const faults: [string, Record<string, string | number | null>, string, string][] = [
    ['an old stamp', { merged_stamp: nowS - 3601 }, 'stale', 'kr unknown since 10:59 UTC'],
    ['a stamp from the future', { merged_stamp: nowS + 301 }, 'stale', 'kr unknown'],
    [
      'a larger head left unread',
      { seen_size: 2, seen_since: nowS - 121 },
      'stale',
      'kr unknown since',
    ],
    ['a frozen feed', { state: 'frozen', state_code: 'ERR_HEAD_CONFLICT' }, 'frozen', 'kr frozen'],
    ['a feed that waits', { state: 'waiting' }, 'waiting', 'kr waiting'],
    ['a feed this version cannot read on', { state: 'stopped' }, 'waiting', 'kr waiting'],
    ['a held feed', { merged: 2 }, 'held', 'kr held'],
    [
      'a feed never loaded',
      { merged: 0, effective: 0, merged_stamp: 0 },
      'never',
      'kr never loaded',
    ],
  ]
  it.each(faults)('is cannot_say with %s', async (_, columns, state, said) => {
    await catalogue.setFeed('kr', columns)
    const found = await catalogue.ask(known)
    expect(found.verdict).toBe('cannot_say')
    expect(found.why.text).toContain(`Not listed in 2 of 3; ${said}`)
    expect(found.coverage.find(({ market }) => market === 'kr')?.state).toBe(state)
  })

  it('stands within the limits: stamped an hour ago, 300 s ahead, a larger head for 120 s', async () => {
    await catalogue.setFeed('kr', { merged_stamp: nowS - 3600 })
    await catalogue.setFeed('jp', { merged_stamp: nowS + 300 })
    await catalogue.setFeed('us', { seen_size: 2, seen_since: nowS - 120 })
    expect((await catalogue.ask(known)).verdict).toBe('not_listed')
  })

  it('needs the own feed to be fresh too', async () => {
    await catalogue.setFeed('us', { merged_stamp: nowS - 7200 })
    expect((await catalogue.ask(known)).verdict).toBe('cannot_say')
  })

  it('says the day where it was not today, and counts what is not in force', async () => {
    await catalogue.publish('us', issue(), { act: 'annul', decision: ORDER })
    await catalogue.setFeed('kr', { merged_stamp: nowS - 86_400 })
    expect((await catalogue.ask(known)).why.text).toBe(
      'Not listed in 2 of 3; kr unknown since 2026-11-22 12:00 UTC. 1 match not in force.',
    )
  })
})

describe('what is found', () => {
  it('does not wait for a stale market', async () => {
    await catalogue.publish('us', issue())
    await catalogue.setFeed('kr', { merged_stamp: 0 })
    const found = await catalogue.ask(known)
    expect(found.verdict).toBe('blocked')
    expect(found.coverage.find(({ market }) => market === 'kr')?.state).toBe('stale')
  })

  it('names the positions and roots it rests on', async () => {
    await catalogue.publish('us', issue())
    const { vector, charter, matcher, on, at } = await catalogue.ask({ ...known, on: '2026-06-01' })
    expect(vector[originOf('us')]).toEqual([2, expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/)])
    expect({ charter, matcher, on, at }).toEqual({
      charter: { n: 1, hash: 'A'.repeat(43) },
      matcher: 'logic-1',
      on: '2026-06-01',
      at: nowS,
    })
  })

  it('uses only what is in effect: a held block is possible, a held lifting lifts nothing', async () => {
    await catalogue.publish('us', issue())
    await catalogue.setFeed('us', { effective: 1 })
    const held = await catalogue.ask(known)
    expect(held).toMatchObject({
      verdict: 'possible',
      results: [{ why: { code: 'held_addition' } }],
    })
    expect(held.instruction?.effect).toBe('examine')
    await catalogue.setFeed('us', { effective: 2 })
    await catalogue.publish('us', { act: 'rescind', decision: ORDER, from: date('2026-11-01') })
    expect((await catalogue.ask(known)).verdict).toBe('not_listed')
    await catalogue.setFeed('us', { effective: 2 })
    expect((await catalogue.ask(known)).verdict).toBe('blocked')
  })

  it('is read at positions: an older version of terms and products answers there', async () => {
    await catalogue.publish('us', issue())
    await catalogue.publish(
      'us',
      { act: 'products', decision: ORDER, add: [product({ model: 'WX-9000' })] },
      { act: 'amend', decision: ORDER, header: header({ title: 'Amended' }) },
    )
    const now = await catalogue.ask({ brand: 'Brambleford', model: 'WX-9000' })
    expect(now).toMatchObject({ verdict: 'blocked', results: [{ order: { title: 'Amended' } }] })
    await catalogue.setFeed('us', { effective: 2, merged: 2 })
    const before = await catalogue.ask(known)
    expect(before.results[0]?.order.title).toBe('Certain Pocket Weather Stations')
    expect((await catalogue.ask({ brand: 'Brambleford', model: 'WX-9000' })).verdict).toBe(
      'not_listed',
    )
  })

  it('keeps the decisions of a member that left, labelled, without its coverage', async () => {
    catalogue.close()
    catalogue = await testCatalogue({ markets: ['us', 'kr'], left: ['kr'] })
    await catalogue.publish('kr', issue('kr/2026-7/import'))
    await catalogue.setFeed('kr', { merged_stamp: 0 })
    const found = await catalogue.ask(known)
    expect(found).toMatchObject({ verdict: 'blocked', results: [{ order: { left: true } }] })
    expect(found.coverage.map(({ market }) => market)).toEqual(['us'])
    expect(found.effects).toEqual({ us: 'detain' })
    expect((await catalogue.ask({ model: 'ZQ-77' })).verdict).toBe('not_listed')
  })

  it('is the same for the same rows, however they were asked', async () => {
    await catalogue.publish('us', issue())
    const [once, again] = [await catalogue.ask(known), await catalogue.ask(known)]
    expect(again).toEqual(once)
  })
})
