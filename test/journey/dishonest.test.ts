// A node that signs what is not so (reference §4 row 38): whoever has the feeds asks the same question again, and the receipt convicts it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireAdopted } from '../../src/charter/store.ts'
import { sql } from '../../src/db.ts'
import { withBundle } from '../../src/node/bundle-check.ts'
import { openDatabase } from '../../src/node/database.ts'
import { writeTar } from '../../src/node/tar-file.ts'
import { planPosition } from '../../src/pull/feed.ts'
import { readReceipt, signReceipt } from '../../src/receipt/token.ts'
import { checkReceipt, type Replay } from '../../src/receipting.ts'
import { scratchOf } from '../../src/replay.ts'
import { exportAlliance } from '../../src/transfer.ts'
import { originOf, type TestAlliance, testAlliance } from '../support/alliance.ts'
import { adoptAt, nextCharter } from '../support/charters.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { GTIN } from '../support/running.ts'

const OTHER = '9520001000010'
let alliance: TestAlliance
let directory: string
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-dishonest-'))
  alliance = await testAlliance(['de', 'jp', 'us'])
  await alliance.node('de').publishText(issueDraft('de/drills'))
  await wait(60)
})
afterEach(() => {
  alliance.close()
  rmSync(directory, { recursive: true })
})

async function wait(seconds: number): Promise<void> {
  alliance.clock.nowMs += seconds * 1000
  await alliance.syncAll()
  await alliance.syncAll()
}
async function receiptOf(market: string, params: Record<string, string>): Promise<string> {
  const query = new URLSearchParams({ receipt: '1', ...params })
  const response = await alliance.node(market).request(`/v1/lookup?${query}`)
  expect(response.status).toBe(200)
  return (await response.json()).receipt
}
/** What us carries by hand to whoever doubts. */
async function bundle(): Promise<string> {
  const { db, origin } = alliance.node('us')
  const adopted = await requireAdopted(db)
  const deps = { db, adopted, appliedName: `${origin}/applied` }
  const path = join(directory, 'alliance.tar')
  await writeTar(path, (await exportAlliance(deps, new Map())).files)
  return path
}
const deps = () => ({
  nowMs: () => alliance.clock.nowMs,
  scratch: scratchOf(() => openDatabase(':memory:')),
})
async function outcome(
  checked: Promise<Awaited<ReturnType<typeof checkReceipt>>>,
): Promise<Replay> {
  const result = await checked
  if (!result.ok) throw new TypeError(`${result.code} ${result.detail}`)
  return result.value.replay
}
const against = async (path: string, token: string): Promise<Replay> =>
  withBundle(
    path,
    null,
    () => {},
    ({ db, adopted }) => outcome(checkReceipt({ ...deps(), db, adopted }, token)),
  )
const atNode = async (market: string, token: string): Promise<Replay> => {
  const { db } = alliance.node(market)
  return outcome(checkReceipt({ ...deps(), db, adopted: await requireAdopted(db) }, token))
}

describe('an honest receipt', () => {
  it('is confirmed by a bundle and at every other node, whatever the verdict and the day', async () => {
    const path = await bundle()
    const asked: Record<string, string>[] = [
      { gtin: GTIN },
      { gtin: OTHER },
      { q: 'Torvane TX-9000' },
      { case: 'T-1' },
      { gtin: GTIN, on: '2024-12-31' },
    ]
    for (const params of asked) {
      const token = await receiptOf('jp', params)
      expect(await against(path, token)).toEqual({ outcome: 'confirmed' })
      for (const market of ['de', 'us', 'jp']) {
        expect(await atNode(market, token)).toEqual({ outcome: 'confirmed' })
      }
    }
  })

  it('stays confirmed after rescission, expiry and a charter that judges those entries otherwise', async () => {
    const token = await receiptOf('jp', { gtin: GTIN })
    const rescind = 'act: rescind\nfrom: 2026-11-01\nreason: {code: settled}'
    await alliance.node('de').publishText(actDraft('de/drills', rescind))
    await wait(60)
    const lifted = await receiptOf('jp', { gtin: GTIN })
    const { kid } = alliance.node('de').keys.agency
    const cut = await nextCharter(alliance, [{ do: 'end_agency_key', kid, atIndex: 1 }])
    expect(await adoptAt(alliance.node('us'), cut)).toBeNull()
    await wait(60)
    await wait(60)
    const path = await bundle()
    for (const one of [token, lifted, await receiptOf('jp', { gtin: GTIN })]) {
      expect(await against(path, one)).toEqual({ outcome: 'confirmed' })
      expect(await atNode('us', one)).toEqual({ outcome: 'confirmed' })
    }
  })

  it('is confirmed also where something was held back, and names what was held', async () => {
    const { db } = alliance.node('jp')
    const origin = originOf('de')
    alliance.clock.nowMs += 1000
    await db.commit([
      sql('UPDATE feed SET effective = 1 WHERE origin = ?', origin),
      planPosition(origin, alliance.clock.nowMs),
    ])
    const token = await receiptOf('jp', { gtin: GTIN })
    const read = readReceipt(token)
    expect(read).toMatchObject({
      value: {
        receipt: { verdict: 'possible', vector: { [origin]: { size: 1, merged: { size: 2 } } } },
      },
    })
    expect(await atNode('us', token)).toEqual({ outcome: 'confirmed' })
    expect(await against(await bundle(), token)).toEqual({ outcome: 'confirmed' })
    const heldS = alliance.clock.nowMs / 1000
    alliance.clock.nowMs += 5000
    await db.commit([
      sql('UPDATE feed SET effective = 2 WHERE origin = ?', origin),
      planPosition(origin, alliance.clock.nowMs),
    ])
    const verdictAt = async (known: string) => {
      const response = await alliance.node('jp').request(`/v1/lookup?gtin=${GTIN}&known=${known}`)
      return (await response.json()).verdict
    }
    expect(await verdictAt(String(heldS))).toBe('possible')
    expect(await verdictAt(String(heldS + 5))).toBe('blocked')
  })

  it('cannot be replayed with feeds that do not reach as far, and is not called wrong for it', async () => {
    const path = await bundle()
    await alliance.node('de').publishText(issueDraft('de/more'))
    await wait(60)
    const token = await receiptOf('jp', { gtin: GTIN })
    expect(await against(path, token)).toMatchObject({
      outcome: 'not_replayable',
      code: 'ERR_KNOWN_BEYOND',
    })
    const read = readReceipt(token)
    if (!read.ok) throw new TypeError(read.detail)
    const other = { ...read.value.receipt, matcher: 'logic-0' }
    const old = await signReceipt(other, alliance.node('jp').keys.node)
    expect(await atNode('us', old)).toMatchObject({ code: 'ERR_RECEIPT_REPLAY' })
  })
})

describe('a dishonest receipt', () => {
  it('that says "not listed" of a blocked product is proven wrong by whoever has the feeds', async () => {
    const honest = await receiptOf('jp', { gtin: GTIN })
    // The operator of jp takes the product out of the database of that node, and asks for a receipt.
    alliance.node('jp').db.raw.exec("DELETE FROM product WHERE decision = 'de/drills'")
    const lie = await receiptOf('jp', { gtin: GTIN })
    expect(readReceipt(lie)).toMatchObject({ value: { receipt: { verdict: 'not_listed' } } })
    const path = await bundle()
    for (const replay of [
      await against(path, lie),
      await atNode('us', lie),
      await atNode('de', lie),
    ]) {
      expect(replay).toMatchObject({ outcome: 'contradicted' })
      expect(JSON.stringify(replay)).toContain('it says not_listed; the feeds it names say blocked')
    }
    expect(await against(path, honest)).toEqual({ outcome: 'confirmed' })
  })

  it('is proven wrong in whatever it bends: the decision, the market, the effect, a match not in force, a root', async () => {
    const read = readReceipt(await receiptOf('jp', { gtin: GTIN }))
    if (!read.ok) throw new TypeError(read.detail)
    const { receipt } = read.value
    const [decision] = receipt.decisions
    const [origin = ''] = Object.keys(receipt.vector)
    const bent = {
      decisions: [{ ...decision, decision: 'us/drills' }],
      decided_in: ['us'],
      effect: 'enforce',
      inactive: [{ decision: 'us/drills', pid: null, state: 'expired' }],
      vector: { ...receipt.vector, [origin]: { size: 1, root: `${'A'.repeat(43)}=` } },
      on: '2024-01-01',
    }
    const path = await bundle()
    for (const [name, value] of Object.entries(bent)) {
      const lie = await signReceipt(
        { ...receipt, [name]: value } as typeof receipt,
        alliance.node('jp').keys.node,
      )
      expect(await against(path, lie), name).toMatchObject({ outcome: 'contradicted' })
    }
  })
})
