import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sql } from '../../src/db.ts'
import { MAX_RECEIPT_LINES } from '../../src/screening-pass.ts'
import { SCREENING_LEASE_S } from '../../src/screening-run.ts'
import {
  expireScreenings,
  forgetScreening,
  screenAgain,
  screeningsToRun,
  takeIn,
} from '../../src/screenings.ts'
import { issue, ORDER, product, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'
import { type Desk, desk } from '../support/manifest.ts'

const LINES = 3000

let catalogue: TestCatalogue
let at: Desk
beforeEach(async () => {
  catalogue = await testCatalogue()
  await catalogue.publish('us', issue(ORDER, { products: [product({ gtins: ['4006381333931'] })] }))
  at = desk(catalogue.ctx)
})
afterEach(() => catalogue.close())

/** Every seventh line names a listed product. */
const manifest = (): string =>
  `EAN,Goods\n${Array.from({ length: LINES }, (_, i) =>
    i % 7 === 3 ? `4006381333931,pens ${i}` : `,pens ${i}`,
  ).join('\n')}\n`

/** Stops at every commit, and commits after every batch: the clock jumps with each look at it. */
function hastily(commits: number) {
  let seen = 0
  return {
    nowMs: () => {
      at.clock.nowMs += 1100
      return at.clock.nowMs
    },
    isStopped: () => ++seen >= commits,
  }
}

const leftovers = () =>
  at.db.query(
    sql(
      'SELECT id FROM screening UNION ALL SELECT screening FROM screening_chunk UNION ALL SELECT screening FROM screening_line',
    ),
  )

describe('a screening that is stopped', () => {
  it('goes on from its last commit, and its result is the one it would have had', async () => {
    const whole = await at.screen(manifest())
    const { id } = await at.hand(manifest())
    let starts = 0
    let end = 'stopped'
    const reached: number[] = []
    while (end === 'stopped') {
      starts += 1
      end = await at.run(id, hastily(2))
      reached.push((await at.read(id)).progress.line)
    }
    expect(end).toBe('done')
    expect(starts).toBeGreaterThan(2)
    expect(reached).toEqual(reached.toSorted((a, b) => a - b))
    expect(await at.text(id)).toBe(whole)
  })

  it('answers as of the moment it began, whatever was merged before it ended', async () => {
    const whole = await at.screen(manifest())
    const { id } = await at.hand(manifest())
    expect(await at.run(id, hastily(2))).toBe('stopped')
    const more = product({ pid: 'pens', brand: 'Pens', model: 'PENS-17', gtins: ['4006381333948'] })
    await catalogue.publish('us', issue('us/337-ta-9002/leo', { products: [more] }))
    expect(await at.run(id)).toBe('done')
    expect(await at.text(id)).toBe(whole)
  })

  it('begins anew when another charter was adopted meanwhile', async () => {
    const { id } = await at.hand(manifest())
    expect(await at.run(id, hastily(2))).toBe('stopped')
    const ctx = {
      ...catalogue.ctx,
      charter: { ...catalogue.ctx.charter, n: 2, hash: 'B'.repeat(43) },
    }
    expect(await at.run(id, { readContext: async () => ctx })).toBe('done')
    const { pin, progress } = await at.read(id)
    expect(pin?.charter.n).toBe(2)
    expect(progress.lines).toBe(LINES)
    expect((await at.text(id)).match(/blocked/g)).toHaveLength(Math.ceil((LINES - 3) / 7))
  })
})

describe('receipts', () => {
  it('are asked for anew with every repetition, since each names its moment', async () => {
    const { id } = await at.hand('EAN,Goods\n4006381333931,a\n4006381333948,b\n', {
      receipts: true,
    })
    await at.run(id)
    expect(await at.text(id)).toMatch(/receipt of 4006381333931\r\n.*receipt of 4006381333948\r\n$/)
    await screenAgain(at.deps, id)
    await at.run(id, { giveReceipt: async () => 'a later one' })
    expect((await at.text(id)).match(/a later one/g)).toHaveLength(2)
  })

  it('are given for so many lines and no more', async () => {
    const lines = Array.from({ length: MAX_RECEIPT_LINES + 1 }, () => ',x')
    const { id } = await at.hand(`EAN,Goods\n${lines.join('\n')}\n`, { receipts: true })
    expect(await at.run(id)).toBe('failed')
    expect((await at.read(id)).code).toBe('ERR_SCREENING_TOO_LARGE')
  })
})

describe('one screening at a time', () => {
  it('is in the hands of one process, until that one has not been heard of for a while', async () => {
    const { id } = await at.hand(manifest())
    let other: string | undefined
    await at.run(id, {
      breathe: async () => {
        other ??= await at.run(id, { holder: 'another' })
      },
    })
    expect(other).toBe('busy')

    const { id: second } = await at.hand(manifest())
    const lease = [
      `screening/${second}`,
      'dead',
      Math.floor(at.clock.nowMs / 1000) + SCREENING_LEASE_S,
    ]
    await at.db.commit([sql('INSERT INTO lease (name, holder, until) VALUES (?, ?, ?)', ...lease)])
    expect(await at.run(second)).toBe('busy')
    at.clock.nowMs += (SCREENING_LEASE_S + 1) * 1000
    expect(await at.run(second)).toBe('done')
  })

  it('is told to a runner: what was begun first, then what waits', async () => {
    const first = await at.hand('EAN,Goods\n,pens\n')
    at.clock.nowMs += 10
    const second = await at.hand('EAN,Goods\n,pens\n')
    at.clock.nowMs += 10
    await at.hand('Qty\n1\n')
    expect(await screeningsToRun(at.db)).toEqual([first.id, second.id])
  })
})

describe('a screening is forgotten', () => {
  it('whole, by command, also while it runs', async () => {
    const { id } = await at.hand(manifest())
    const end = await at.run(id, { ...hastily(99), breathe: () => forget(id) })
    expect(end).toBe('gone')
    expect(await leftovers()).toEqual([])
    await expect(forgetScreening(at.deps, id)).rejects.toMatchObject({
      code: 'ERR_SCREENING_UNKNOWN',
    })
  })

  const forget = async (id: string) => {
    const [found] = await at.db.query(sql('SELECT id FROM screening WHERE id = ?', id))
    if (found !== undefined) await forgetScreening(at.deps, id)
  }

  it('when the days it may be kept are over, and when its upload broke off', async () => {
    const { id } = await at.hand('EAN,Goods\n,pens\n')
    await at.run(id)
    expect(await expireScreenings(at.deps, 7)).toBe(0)
    at.clock.nowMs += 7 * 86_400_000 + 1000
    expect(await expireScreenings(at.deps, 7)).toBe(1)
    expect(await leftovers()).toEqual([])
    const unmapped = await at.hand('Qty\n1\n')
    at.clock.nowMs += 86_400_000 + 1000
    expect([unmapped.state, await expireScreenings(at.deps, 7)]).toEqual(['mapping', 1])
    const broken = async function* () {
      yield new TextEncoder().encode('EAN,Goods\n')
      throw new Error('the line went dead')
    }
    const asked = { name: 'x', madeBy: null, chosen: {}, map: [], receipts: false, start: true }
    await expect(takeIn(at.deps, broken(), asked)).rejects.toThrow('the line went dead')
    expect(await leftovers()).toEqual([])
  })
})

describe('a screening that is repeated', () => {
  it('is refused before it is done', async () => {
    const { id } = await at.hand(manifest())
    await expect(screenAgain(at.deps, id)).rejects.toMatchObject({ code: 'ERR_SCREENING_STATE' })
  })

  it('asks only what was found where no row changed, and says what a stale market makes of the rest', async () => {
    const { id } = await at.hand(manifest())
    await at.run(id)
    await catalogue.setFeed('kr', { merged_stamp: 1 })
    await screenAgain(at.deps, id)
    let asked = 0
    await at.run(id, {
      breathe: async () => {
        asked += 1
      },
    })
    // One batch of the 429 lines that were found; the file of 3 000 lines was not read.
    expect(asked).toBe(1)
    const text = await at.text(id)
    expect(text).not.toContain('not_listed')
    expect(text.match(/,cannot_say,/g)).toHaveLength(LINES - 429)
  })
})
