// Alliances of one, two and three members, some of them not running: what is confirmed, applied and fresh (design: protocol 1.8, 1.10).
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  EVERY_SECOND,
  LONG_MS,
  type RealAlliance,
  realAlliance,
  until,
} from '../support/processes.ts'

vi.setConfig({ testTimeout: LONG_MS, hookTimeout: LONG_MS })

const GTIN = '9521234123453'
type Row = {
  running: string[]
  confirmed: boolean
  applied: { m: number; n: number }
  coverage: Record<string, string>
}
/** As seen by `de`, which published; each row starts whoever is not running yet. */
const TABLE: { members: string[]; rows: Row[] }[] = [
  {
    members: ['de'],
    // Nobody else can witness it, so it is never confirmed.
    rows: [
      { running: ['de'], confirmed: false, applied: { m: 1, n: 1 }, coverage: { de: 'fresh' } },
    ],
  },
  {
    members: ['de', 'jp'],
    rows: [
      {
        running: ['de'],
        confirmed: false,
        applied: { m: 1, n: 2 },
        coverage: { de: 'fresh', jp: 'never' },
      },
      {
        running: ['de', 'jp'],
        confirmed: true,
        applied: { m: 2, n: 2 },
        coverage: { de: 'fresh', jp: 'fresh' },
      },
    ],
  },
  {
    members: ['de', 'jp', 'kr'],
    rows: [
      {
        running: ['de', 'jp'],
        // Of two witnesses both must have cosigned.
        confirmed: false,
        applied: { m: 2, n: 3 },
        coverage: { de: 'fresh', jp: 'fresh', kr: 'never' },
      },
      {
        running: ['de', 'jp', 'kr'],
        confirmed: true,
        applied: { m: 3, n: 3 },
        coverage: { de: 'fresh', jp: 'fresh', kr: 'fresh' },
      },
    ],
  },
]

describe.each(TABLE)('an alliance of $members', ({ members, rows }) => {
  let alliance: RealAlliance
  const running: string[] = []

  beforeAll(async () => {
    alliance = await realAlliance(members, EVERY_SECOND)
  })
  afterAll(() => alliance.close())

  async function seen(): Promise<Omit<Row, 'running'>> {
    const { confirmed, applied } = await alliance.get<Row>('de', '/v1/decisions/de/drills')
    const { coverage } = await alliance.get<{ coverage: { market: string; state: string }[] }>(
      'de',
      `/v1/lookup?gtin=${GTIN}`,
    )
    const states = Object.fromEntries(coverage.map(({ market, state }) => [market, state]))
    return { confirmed, applied, coverage: states }
  }

  it.each(rows)('of whom $running run: confirmed $confirmed, applied $applied', async (row) => {
    const { running: now, ...wanted } = row
    await alliance.start(...now.filter((market) => !running.includes(market)))
    if (running.length === 0) await alliance.publish('de', 'drills')
    running.push(...now.filter((market) => !running.includes(market)))
    const isThere = ({ applied, coverage }: Omit<Row, 'running'>) =>
      applied.m >= wanted.applied.m && JSON.stringify(coverage) === JSON.stringify(wanted.coverage)
    const told = await until(seen, (one) => isThere(one) && one.confirmed === wanted.confirmed)
    expect(told).toEqual(wanted)
  })
})
