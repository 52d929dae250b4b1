// A node over either database takes up other keys: it answers before, meanwhile and after.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sql } from '../../src/db.ts'
import { reindex } from '../../src/reindexing.ts'
import { type TestAlliance, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'

let alliance: TestAlliance
beforeAll(async () => {
  alliance = await testAlliance(['us', 'jp'])
  await alliance.node('jp').publishText(issueDraft('jp/drill-1/order'))
  await alliance.syncAll()
  await alliance.syncAll()
})
afterAll(() => alliance.close())

it('builds the new rows beside the old and answers all the while', async () => {
  const node = alliance.node('us')
  const verdictOf = async (query: string) => {
    const response = await node.request(`/v1/lookup?${query}`)
    const { verdict } = (await response.json()) as { verdict: string }
    return verdict
  }
  const listed = 'gtin=9521234123453'
  const other = 'gtin=4006381333931'
  expect(await reindex(node.db)).toBe(true)
  expect(await verdictOf(listed)).toBe('blocked')
  expect(await verdictOf(other)).toBe('not_listed')
  const meanwhile = new Set<string>()
  while (!(await reindex(node.db, { version: 'index-2', most: 1 }))) {
    meanwhile.add(`${await verdictOf(listed)} ${await verdictOf(other)}`)
  }
  expect([...meanwhile]).toEqual(['blocked cannot_say'])
  expect(await verdictOf(listed)).toBe('blocked')
  expect(await verdictOf('q=Torvane+TX-9000')).toBe('blocked')
  expect(await verdictOf(other)).toBe('not_listed')
  const [state] = await node.db.query(sql('SELECT version, next FROM catalog_index'))
  expect(state).toEqual({ version: 'index-2', next: null })
  // The next pull writes into the new rows.
  const text = issueDraft('jp/drill-2/order').replaceAll('TX-9000', 'TX-9100')
  await alliance.node('jp').publishText(text.replaceAll('9521234123453', '9520001000010'))
  await alliance.syncAll()
  expect(await verdictOf('gtin=9520001000010')).toBe('blocked')
})
