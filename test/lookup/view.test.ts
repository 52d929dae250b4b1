import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sql } from '../../src/db.ts'
import { openView } from '../../src/lookup/view.ts'
import { openDatabase } from '../../src/node/database.ts'
import { issue, NOW_MS, ORDER, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'

let catalogue: TestCatalogue
beforeEach(async () => {
  catalogue = await testCatalogue()
  await catalogue.publish('us', issue())
})
afterEach(() => catalogue.close())

it('serves again while nothing was committed, and no longer once something was', async () => {
  const { ctx } = catalogue
  const first = await openView(ctx)
  expect(await openView(ctx)).toBe(first)
  await catalogue.publish('us', { act: 'annul', decision: ORDER })
  expect(await openView(ctx)).not.toBe(first)
  expect((await catalogue.ask({ gtin: '9520001000010' })).verdict).toBe('not_listed')
})

it('is of one second, one charter and one market', async () => {
  const { ctx } = catalogue
  const first = await openView(ctx)
  const later = await openView({ ...ctx, now: () => NOW_MS + 4_000_000 })
  expect(later.snapshot.coverage.map(({ state }) => state)).toEqual(['stale', 'stale', 'stale'])
  expect(await openView({ ...ctx, here: 'kr' })).not.toBe(first)
  const charter = { ...ctx.charter, n: 2, hash: 'B'.repeat(43) }
  expect((await openView({ ...ctx, charter })).ctx.charter.n).toBe(2)
})

it('is never kept where a database cannot say what was committed', async () => {
  const { ctx } = catalogue
  const { query, commit } = ctx.db
  const silent = { ...ctx, db: { query, commit } }
  expect(await openView(silent)).not.toBe(await openView(silent))
})

it('a database says so of its own commits and of those of another process', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-stamp-'))
  const path = join(directory, 'node.db')
  const [ours, theirs] = [openDatabase(path), openDatabase(path)]
  const write = sql("INSERT INTO migration (name) VALUES ('x' || (SELECT count(*) FROM migration))")
  const before = ours.stamp?.()
  expect(ours.stamp?.()).toBe(before)
  await ours.commit([write])
  const own = ours.stamp?.()
  expect(own).not.toBe(before)
  await theirs.commit([write])
  await expect.poll(() => ours.stamp?.()).not.toBe(own)
  for (const db of [ours, theirs]) db.close()
  rmSync(directory, { recursive: true })
})
