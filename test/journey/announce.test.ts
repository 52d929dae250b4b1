// What a node says in its own log is said once, also when two processes over one database say it at once (design: protocol 1.9).
import { expect, it } from 'vitest'
import { adopt } from '../../src/adoption.ts'
import { announceCharters } from '../../src/announce.ts'
import { sql } from '../../src/db.ts'
import { openDatabase } from '../../src/node/database.ts'
import { type TestNode, testAlliance, testNode } from '../support/alliance.ts'
import { nextCharter } from '../support/charters.ts'

async function announcedIn(node: TestNode): Promise<number> {
  const rows = await node.db.query<{ n: number }>(
    sql("SELECT count(*) AS n FROM act WHERE kind = 'notice/charter' AND market = 'us'"),
  )
  return rows[0]?.n ?? 0
}

it('two processes that open an empty log, or announce one charter, at once, write one notice', async () => {
  const alliance = await testAlliance(['jp', 'us'])
  const next = await nextCharter(alliance, [{ do: 'set', path: 'policy.republish', value: '60' }])
  const founding = await (await alliance.node('jp').request('/charter/1.json')).text()
  const us = alliance.node('us')
  const { clock, net } = alliance
  const fresh = testNode('us', us.keys, openDatabase(':memory:'), clock, net)
  const twin = { ...fresh, outbound: fresh.outbound }
  for (const [at, file] of [founding, next].entries()) {
    const result = await adopt({ db: fresh.db, nowMs: fresh.sync.nowMs }, file, null)
    expect(result.ok).toBe(true)
    const said = await Promise.all(
      [fresh, twin].map(async (one) => announceCharters(await one.outbound(), us.keys.node)),
    )
    expect(await announcedIn(fresh), JSON.stringify(said)).toBe(at + 1)
  }
  fresh.db.close()
  alliance.close()
})
