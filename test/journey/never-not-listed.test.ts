// "Not listed" is never said while any market's word is missing or too old, through no door (reference: look-up §8, obligation 10).
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '../../src/db.ts'
import { readReceipt } from '../../src/receipt/token.ts'
import { originOf, type TestAlliance, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import { textOf } from '../web/site.ts'

const MARKETS = ['de', 'jp', 'us']
const UNLISTED = 'gtin=9520001000010'
type Columns = Record<string, number | string | null>

let alliance: TestAlliance
let nowS: number
let honest: Map<string, Columns>
beforeAll(async () => {
  alliance = await testAlliance(MARKETS)
  await alliance.node('de').publishText(issueDraft('de/drills'))
  await alliance.syncAll()
  await alliance.syncAll()
  nowS = alliance.clock.nowMs / 1000
  const rows = await jp().db.query<Columns>(sql('SELECT * FROM feed ORDER BY origin'))
  honest = new Map(rows.map((row) => [String(row.market), row]))
})
afterAll(() => alliance.close())
const jp = () => alliance.node('jp')

/** What may be wrong with a feed, as columns of its row; the times are filled in when it happens. */
const FAULTS: Record<string, () => Columns> = {
  'an old stamp': () => ({ merged_stamp: nowS - 3601 }),
  'no stamp': () => ({ merged_stamp: 0 }),
  'a stamp from the future': () => ({ merged_stamp: nowS + 301 }),
  'a larger head left unread': () => ({ seen_size: 99, seen_since: nowS - 121 }),
  'a frozen log': () => ({ state: 'frozen', state_code: 'ERR_HEAD_CONFLICT' }),
  'a wait for a charter': () => ({ state: 'waiting', state_code: 'ERR_CHARTER_AHEAD' }),
  'a wait for an upgrade': () => ({ state: 'stopped', state_code: 'ERR_UPGRADE_NEEDED' }),
  'entries held back': () => ({ effective: 0 }),
  'nothing loaded': () => ({ merged: 0, effective: 0, merged_stamp: 0 }),
}
type Fault = keyof typeof FAULTS

async function set(market: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns)
  const set = names.map((name) => `${name} = ?`).join(', ')
  const statement = `UPDATE feed SET ${set} WHERE origin = ?`
  await jp().db.commit([sql(statement, ...Object.values(columns), originOf(market))])
}
/** The feeds with these faults, for as long as `work` lasts. */
async function faulty(faults: Partial<Record<string, Fault | null>>, work: () => Promise<void>) {
  for (const [market, fault] of Object.entries(faults)) {
    if (fault) await set(market, FAULTS[fault]?.() ?? {})
  }
  try {
    await work()
  } finally {
    for (const [market, { origin: _, market: __, ...columns }] of honest) await set(market, columns)
  }
}

async function json(path: string, init?: RequestInit) {
  const response = await jp().request(path, init)
  expect(response.status).toBe(200)
  return response.json()
}
async function page(path: string, init?: RequestInit): Promise<string> {
  return (await jp().request(path, init)).text()
}
const post = (body: string): RequestInit => ({ method: 'POST', body })
const form = (): RequestInit => ({ method: 'POST', body: new URLSearchParams(UNLISTED) })

/** Every door's word for the same question: program, batch, receipt, page, page of the receipt. */
async function verdicts(): Promise<string[]> {
  const single = await json(`/v1/lookup?${UNLISTED}&receipt=1`)
  const batch = await json('/v1/lookup', post('{"queries":{"row":{"gtin":"9520001000010"}}}'))
  const signed = readReceipt(single.receipt)
  const shown = await page(`/?${UNLISTED}`)
  const [, onPage = ''] = /class="card tone-(\w+)/.exec(shown) ?? []
  const [, onPaper = ''] =
    /Answer (.*?) Freshness/.exec(textOf(await page('/receipt', form()))) ?? []
  return [
    single.verdict,
    batch.responses.row.verdict,
    signed.ok ? signed.value.receipt.verdict : signed.code,
    onPage,
    onPaper.toLowerCase().replace(' ', '_'),
  ]
}
const all = (verdict: string) => Array.from({ length: 5 }, () => verdict)

describe('"not listed"', () => {
  it('is said through every door while every market is fresh', async () => {
    expect(await verdicts()).toEqual(all('not_listed'))
  })

  it.each(Object.keys(FAULTS))(
    'is said through no door with %s in any one market',
    async (fault) => {
      for (const market of MARKETS) {
        await faulty({ [market]: fault }, async () => {
          expect(await verdicts(), market).toEqual(all('cannot_say'))
          const text = textOf(await page(`/?${UNLISTED}`))
          expect(text).toContain('Not listed in 2 of 3;')
          expect(text).not.toContain('Not listed in 3 of 3')
        })
      }
    },
  )

  it('is said exactly where nothing is wrong, whatever is wrong where', async () => {
    const fault = fc.option(fc.constantFrom(...Object.keys(FAULTS)), { freq: 1 })
    const faults = fc.record({ de: fault, jp: fault, us: fault })
    await fc.assert(
      fc.asyncProperty(faults, async (given) => {
        await faulty(given, async () => {
          const { verdict, readings } = await json('/v1/lookup?q=9520001000010')
          const isWhole = Object.values(given).every((one) => one === null)
          expect(verdict).toBe(isWhole ? 'not_listed' : 'cannot_say')
          for (const reading of readings) expect(reading.verdict).toBe(verdict)
        })
      }),
      { numRuns: 60 },
    )
  })

  it('is not said by the clock running on alone, nor of the past', async () => {
    const then = nowS
    alliance.clock.nowMs += 3601 * 1000
    expect(await verdicts()).toEqual(all('cannot_say'))
    // What was said then stays what was said then.
    expect((await json(`/v1/lookup?${UNLISTED}&known=${then}`)).verdict).toBe('not_listed')
    expect((await json(`/v1/lookup?${UNLISTED}&known=${then + 3601}`)).verdict).toBe('cannot_say')
    alliance.clock.nowMs -= 3601 * 1000
  })
})
