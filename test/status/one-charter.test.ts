// A status comes from one charter: what was read across the adoption of another is read again (design: protocol 1.9 "one switch").
import { expect, it } from 'vitest'
import type { Db } from '../../src/db.ts'
import { readStatusNow } from '../../src/status/read.ts'
import { testAlliance } from '../support/alliance.ts'
import { adoptAt, nextCharter } from '../support/charters.ts'

it('a status that a new charter interrupts is read again, number, hash and digest of one', async () => {
  const alliance = await testAlliance(['jp', 'us'])
  const us = alliance.node('us')
  const next = await nextCharter(alliance, [{ do: 'set', path: 'policy.republish', value: '60' }])
  let isDue = true
  const db: Db = {
    ...us.db,
    async query<Row>(statement: Parameters<Db['query']>[0]): Promise<Row[]> {
      const rows = await us.db.query<Row>(statement)
      // Between the reading of the charter and that of the feeds: `charter adopt` beside a running node.
      if (isDue && statement.sql.includes('FROM feed')) {
        isDue = false
        expect(await adoptAt(us, next)).toBeNull()
      }
      return rows
    },
  }
  const here = { market: 'us', name: 'Agency of us' }
  const signing = () => us.sync.gate.state()
  const status = await readStatusNow({ db, here, nowMs: us.sync.nowMs, signing })
  expect(isDue).toBe(false)
  expect(status).toEqual(await us.status())
  expect(status.charter.n).toBe(2)
  alliance.close()
})
