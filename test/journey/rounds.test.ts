// A round of the sync job belongs to all members: a slow one with a long log gets its share, and goes on with the next round.
import { expect, it } from 'vitest'
import { ROUND_SHARE_MS } from '../../src/alongside.ts'
import { uuidv7 } from '../../src/encoding/uuid.ts'
import { planAppend } from '../../src/log/append.ts'
import { readHead } from '../../src/log/read.ts'
import { fillAct, signAct } from '../../src/publish/sign.ts'
import { testAlliance } from '../support/alliance.ts'

const ENTRIES = 256 * 14

it('a member that is slow keeps what it gave, is not blamed, and is merged to its end over several rounds', async () => {
  const alliance = await testAlliance(['de', 'us'])
  const de = alliance.node('de')
  const outbound = await de.outbound()
  const moment = { alliance: alliance.alliance, log: de.origin, prev: null, iat: 1 }
  for (let at = 0; at < ENTRIES; at += 256) {
    const entries = await Promise.all(
      Array.from({ length: 256 }, (_, i) => {
        const id = uuidv7(at + i + 1, new Uint8Array(16))
        return signAct(
          fillAct({ act: 'info/sighting', decision: null }, { ...moment, id }),
          de.keys.agency,
        )
      }),
    )
    const { statements } = await planAppend(await readHead(de.db), entries, outbound.signer, 1)
    await de.db.commit(statements)
  }
  const honest = alliance.net.fetch
  alliance.net.fetch = async (url, init) => {
    // Every bundle of this member takes half a minute.
    if (url.includes('/tile/entries/')) alliance.clock.nowMs += ROUND_SHARE_MS / 10
    return honest(url, init)
  }
  const us = alliance.node('us')
  const positions: number[] = []
  for (let round = 0; round < 6; round++) {
    const { peers } = await us.pull()
    expect(peers[0]?.outcome).not.toBe('failed')
    positions.push((await us.status()).feeds.find(({ market }) => market === 'de')?.merged ?? 0)
  }
  expect(positions[0]).toBeGreaterThan(0)
  expect(positions[0]).toBeLessThan(ENTRIES)
  expect(positions.at(-1)).toBe(ENTRIES + 1)
  alliance.close()
})
