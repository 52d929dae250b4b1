import { afterEach, beforeEach, expect, it } from 'vitest'
import { planForgetRows } from '../../src/catalog/forget.ts'
import { isReindexing, REINDEX_ROWS } from '../../src/catalog/reindex.ts'
import { type NodeDb, openDatabase } from '../../src/node/database.ts'
import { reindex } from '../../src/reindexing.ts'
import { issue, ORDER, product, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'

const NEXT = 'index-2'
const KEYS = 'SELECT kind, value, product FROM identifier ORDER BY kind, value, product'
const TERMS = 'SELECT kind, value, decision, pos FROM term_key ORDER BY kind, value, decision, pos'
const FOUND = "SELECT rowid FROM product_text WHERE product_text MATCH 'station' ORDER BY rowid"
const NAMED = "SELECT rowid FROM terms_text WHERE terms_text MATCH 'weather' ORDER BY rowid"
const WORDS = 'SELECT term, doc FROM product_vocabulary ORDER BY term'

let catalogue: TestCatalogue
let db: NodeDb
beforeEach(async () => {
  catalogue = await testCatalogue()
  db = catalogue.ctx.db as NodeDb
  expect(await reindex(db)).toBe(true)
})
afterEach(() => catalogue.close())

const rows = () => [KEYS, TERMS, FOUND, NAMED, WORDS].map((text) => db.raw.prepare(text).all())

/** Three acts of two markets, with more products than one step takes. */
async function fill(): Promise<void> {
  const many = Array.from({ length: REINDEX_ROWS + 40 }, (_, i) =>
    product({ pid: `p${i}`, model: `WX-${3000 + i}`, gtins: [], words: ['station'] }),
  )
  await catalogue.publish('us', issue(ORDER, { products: [product({ words: ['station'] })] }))
  await catalogue.publish('us', issue('us/337-ta-9002/leo', { products: many.slice(0, 200) }))
  await catalogue.publish('us', issue('us/337-ta-9003/leo', { products: many.slice(200) }))
  await catalogue.publish('kr', issue('kr/2026-7/import'))
}

/** What an older version's keys would look like: none of them is asked for. */
function age(): void {
  db.raw.exec(
    "UPDATE identifier SET value = 'old ' || value; UPDATE term_key SET value = 'old ' || value",
  )
}

it('a catalogue that is written by this version needs no step', async () => {
  await fill()
  const before = rows()
  expect(await reindex(db)).toBe(true)
  expect(rows()).toEqual(before)
})

it('the rows of another version are built beside those in use and take their place in one commit', async () => {
  await fill()
  const fresh = rows()
  age()
  const aged = rows()
  let steps = 0
  while (!(await reindex(db, { version: NEXT, most: 1 }))) {
    steps++
    if (await isReindexing(db)) expect(rows()).toEqual(aged)
  }
  expect(steps).toBeGreaterThan(4)
  expect(rows()).toEqual(fresh)
  expect(await isReindexing(db)).toBe(false)
  expect(await reindex(db, { version: NEXT })).toBe(true)
})

it('look-ups are answered all the while, and nobody is told that something is not listed', async () => {
  await fill()
  age()
  const asked = { gtin: '9520001000010' }
  const verdicts = new Set<string>()
  while (!(await reindex(db, { version: NEXT, most: 1 }))) {
    const answer = await catalogue.ask(asked)
    verdicts.add(answer.verdict)
    expect(answer.coverage[0]).toMatchObject({ state: 'waiting', code: 'ERR_INDEX_BUILDING' })
  }
  expect([...verdicts]).toEqual(['cannot_say'])
  expect((await catalogue.ask(asked)).verdict).toBe('blocked')
  expect((await catalogue.ask({ gtin: '4006381333931' })).verdict).toBe('not_listed')
})

it('what is merged meanwhile, in any market and at any step, is built too', async () => {
  for (let at = 1; at <= 8; at++) {
    await fill()
    for (let step = 0; step < at; step++) await reindex(db, { version: NEXT, most: 1 })
    await catalogue.publish('jp', issue('jp/new-1/order', { products: [product({ pid: 'jp' })] }))
    await catalogue.publish('us', issue('us/new-1/order', { products: [product({ pid: 'us' })] }))
    const fresh = rows()
    expect(await reindex(db, { version: NEXT })).toBe(true)
    expect(rows()).toEqual(fresh)
    catalogue.close()
    catalogue = await testCatalogue()
    db = catalogue.ctx.db as NodeDb
    await reindex(db)
  }
})

it('a restart goes on from the last step, and another version begins anew', async () => {
  await fill()
  const fresh = rows()
  age()
  for (let step = 0; step < 3; step++) await reindex(db, { version: NEXT, most: 1 })
  const built = db.raw.prepare('SELECT count(*) FROM identifier_next').pluck().get()
  expect(built).toBeGreaterThan(0)
  await reindex(db, { version: NEXT, most: 1 })
  const more = db.raw.prepare('SELECT count(*) FROM identifier_next').pluck().get() as number
  expect(more).toBeGreaterThan(built as number)
  await reindex(db, { version: 'index-3', most: 1 })
  expect(db.raw.prepare('SELECT count(*) FROM identifier_next').pluck().get()).toBe(0)
  expect(await reindex(db, { version: 'index-3' })).toBe(true)
  expect(rows()).toEqual(fresh)
})

it('what is forgotten meanwhile does not come back', async () => {
  await fill()
  for (let step = 0; step < 4; step++) await reindex(db, { version: NEXT, most: 1 })
  await db.commit(planForgetRows('us', 0))
  expect(await reindex(db, { version: NEXT })).toBe(true)
  expect((await catalogue.ask({ model: 'WX-3007', brand: 'Brambleford' })).results).toEqual([])
  expect((await catalogue.ask({ gtin: '9520001000010' })).decided_in).toEqual(['kr'])
})

it('an empty catalogue takes the new version at once', async () => {
  const empty = openDatabase(':memory:')
  expect(await reindex(empty, { version: 'index-1', most: 1 })).toBe(true)
  expect(await reindex(empty, { version: NEXT, most: 1 })).toBe(true)
  empty.close()
})
