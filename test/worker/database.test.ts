// D1 behind the two-method door: the real engine of the platform, and its documented limits held by ourselves before it would refuse.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { insert, sql } from '../../src/db.ts'
import { d1Door } from '../../src/worker/database.ts'
import { D1_LIMITS } from '../../src/worker/limits.ts'
import type { D1Database } from '../../src/worker/platform.ts'
import { startWorkerd, type Workerd } from '../support/workerd.ts'

const COLUMNS = ['idx', 'leaf', 'bytes'] as const
const LEAF = Uint8Array.from({ length: 32 }, (_, at) => 255 - at)
let workerd: Workerd
let d1: D1Database

beforeAll(async () => {
  workerd = await startWorkerd('portcullis-database', {})
  d1 = workerd.d1
})
afterAll(() => workerd.stop())
beforeEach(() => d1Door(d1).commit([sql('DELETE FROM entry')]))

const entries = (rows: [number, Uint8Array][]) =>
  insert(
    'entry',
    COLUMNS,
    rows.map(([idx, bytes]) => [idx, LEAF, bytes]),
  )
const kept = () =>
  d1Door(d1).query<{ idx: number; bytes: Uint8Array }>(
    sql('SELECT idx, bytes FROM entry ORDER BY idx'),
  )
const refused = (code: string) => expect.objectContaining({ code })

describe('what goes in comes out', () => {
  it('bytes of every value, large whole numbers and text of every script are the same afterwards', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
    const large = 2 ** 53 - 1
    const door = d1Door(d1)
    await door.commit([entries([[large, bytes]])])
    const [row] = await door.query<{ idx: number; leaf: Uint8Array; bytes: Uint8Array }>(
      sql('SELECT idx, leaf, bytes FROM entry ORDER BY idx'),
    )
    expect(row).toEqual({ idx: large, leaf: LEAF, bytes })
    const text = 'a\u0000é東芝😀"\\'
    const [said] = await door.query<{ text: string }>(sql('SELECT ? AS text', text))
    expect(said?.text).toBe(text)
  })

  it('rows that pass the largest value go in several statements of one transaction', async () => {
    const rows = Array.from({ length: 60 }, (_, at): [number, Uint8Array] => [
      at,
      new Uint8Array(20_000).fill(at),
    ])
    await d1Door(d1).commit([entries(rows)])
    const found = await kept()
    expect(found).toHaveLength(60)
    expect(found.every(({ idx, bytes }) => bytes.length === 20_000 && bytes[0] === idx)).toBe(true)
  })
})

describe('a commit', () => {
  it('that meets a taken key is undone as a whole and says so', async () => {
    await d1Door(d1).commit([entries([[1, new Uint8Array([1])]])])
    const both = [entries([[2, new Uint8Array([2])]]), entries([[1, new Uint8Array([9])]])]
    await expect(d1Door(d1).commit(both)).rejects.toEqual(refused('ERR_COMMIT_CONFLICT'))
    expect(await kept()).toEqual([{ idx: 1, bytes: new Uint8Array([1]) }])
  })

  it('of two that plan from one state lets one through', async () => {
    const attempts = [3, 4].map((value) =>
      d1Door(d1).commit([entries([[0, new Uint8Array([value])]])]),
    )
    const outcomes = await Promise.allSettled(attempts)
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const lost = outcomes.find((outcome) => outcome.status === 'rejected')
    expect(lost).toMatchObject({ reason: { code: 'ERR_COMMIT_CONFLICT' } })
    expect(await kept()).toHaveLength(1)
  })
})

describe('a limit of the platform', () => {
  const marks = (count: number) => Array.from({ length: count }, () => '?').join(', ')

  it('on parameters, on the length of a statement, on a value and on a pattern is met before it is asked', async () => {
    const door = d1Door(d1)
    const params = Array.from({ length: D1_LIMITS.params + 1 }, () => 1)
    const tooMuch = [
      sql(`SELECT ${marks(params.length)}`, ...params),
      sql(`SELECT 1 -- ${'x'.repeat(D1_LIMITS.sqlBytes)}`),
      sql('SELECT ? AS text', '東'.repeat(Math.ceil(D1_LIMITS.valueBytes / 3) + 1)),
      sql('SELECT 1 WHERE ? LIKE ?', 'a', 'é'.repeat(D1_LIMITS.patternBytes)),
    ]
    for (const statement of tooMuch)
      await expect(door.query(statement)).rejects.toEqual(refused('ERR_PLATFORM_LIMIT'))
    expect(
      await door.query(sql(`SELECT ${marks(D1_LIMITS.params)}`, ...params.slice(1))),
    ).toHaveLength(1)
  })

  it('on the statements of an invocation counts those of a commit one by one, and nothing of it is done beyond', async () => {
    const door = d1Door(d1, { ...D1_LIMITS, queries: 3 })
    await door.query(sql('SELECT 1'))
    expect(door.left()).toBe(2)
    const three = [0, 1, 2].map((idx) => entries([[idx, new Uint8Array([idx])]]))
    await expect(door.commit(three)).rejects.toEqual(refused('ERR_PLATFORM_LIMIT'))
    expect(await kept()).toEqual([])
    await door.commit(three.slice(0, 2))
    expect(door.left()).toBe(0)
    await expect(door.query(sql('SELECT 1'))).rejects.toEqual(refused('ERR_PLATFORM_LIMIT'))
  })
})
