// Keys of a running alliance: rotated, lost, stolen, ended at an index; all nodes end up with the same rows (protocol 1.9; attack 13).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adopt } from '../../src/adoption.ts'
import { announceCharters } from '../../src/announce.ts'
import type { Change } from '../../src/charter/propose.ts'
import { formatVkey } from '../../src/tlog/key.ts'
import {
  headMemory,
  memberFile,
  type TestAlliance,
  type TestKey,
  testAlliance,
  testKey,
  testKeys,
} from '../support/alliance.ts'
import { adoptAt, digestsOf, newNode, nextCharter, rootsOf } from '../support/charters.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { running } from '../support/running.ts'
import { JUDGED, tablesOf } from '../support/tables.ts'

type Running = ReturnType<typeof running>
const RESCIND = 'act: rescind\nfrom: 2026-11-01\nreason: {code: settled}'
const EXAMINE: Change[] = [{ do: 'set', path: 'policy.defaultEffect', value: 'examine' }]
const jwk = ({ jwk: { x } }: TestKey) => ({ kty: 'OKP' as const, crv: 'Ed25519' as const, x })
let alliance: TestAlliance
let node: Running['node']
let others: Running['others']
let ask: Running['ask']
let feedOf: Running['feedOf']
let verdicts: Running['verdicts']
let headOf: Running['headOf']
let settle: Running['settle']
let expectAlike: Running['expectAlike']
beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  await alliance.syncAll()
  ;({ node, others, ask, feedOf, verdicts, headOf, settle, expectAlike } = running(alliance))
})
afterEach(() => alliance.close())

describe('a log key is replaced', () => {
  it('by both keys first, then without the old one; nobody misses a head', async () => {
    const us = node('us')
    const next = await testKey()
    const vkey = (key: TestKey) =>
      formatVkey({ name: us.origin, type: 1, publicKey: key.publicKey })
    us.sync.signer.nextLog = next
    await us.publishText(issueDraft('us/early'))
    await alliance.syncAll()
    expect((await node('jp').status()).feeds.find(({ market }) => market === 'us')?.merged).toBe(2)
    const added = await nextCharter(alliance, [{ do: 'add_log_key', vkey: vkey(next) }])
    expect(await adoptAt(node('de'), added)).toBeNull()
    await settle()
    const dropped = await nextCharter(alliance, [{ do: 'drop_log_key', vkey: vkey(us.keys.log) }])
    expect(await adoptAt(us, dropped)).toBeNull()
    await settle()
    us.sync.signer.log = next
    delete us.sync.signer.nextLog
    await us.publishText(issueDraft('us/late'))
    await settle()
    expect((await feedOf('jp', us.origin))?.state).toBe('fresh')
    await expectAlike()
    // Whoever has the old key alone is believed by nobody, this node included.
    us.sync.signer.log = us.keys.log
    await expect(us.publishText(issueDraft('us/thief'))).rejects.toMatchObject({
      code: 'ERR_HEAD_SIGNATURE',
    })
    await node('jp').pull('us')
    expect((await node('jp').status()).peers.find(({ market }) => market === 'us')?.code).toBe(
      'ERR_HEAD_SIGNATURE',
    )
  })
})

describe('an agency key is stolen', () => {
  /** The thief lists a product in the name of us, at indexes 2 and 3; the alliance ends the key at `atIndex`. */
  async function endedAt(atIndex: number) {
    const us = node('us')
    await us.publishText(issueDraft('us/real'))
    await us.publishText(issueDraft('us/forged'))
    await us.publishText(issueDraft('us/forged-too'))
    await node('jp').pull()
    const fresh = await testKey()
    return {
      fresh,
      text: await nextCharter(alliance, [
        { do: 'end_agency_key', kid: us.keys.agency.kid, atIndex },
        { do: 'add_agency_key', market: 'us', jwk: jwk(fresh), fromIndex: 0 },
      ]),
    }
  }
  const listed = async (market: string) => {
    const body = (await (await node(market).request('/v1/decisions?market=us')).json()) as {
      decisions: { decision: string }[]
    }
    return body.decisions.map(({ decision }) => decision)
  }

  it('what it signs from the end on is refused everywhere, what stood before stands, and a new key goes on', async () => {
    const { fresh, text } = await endedAt(4)
    expect(await adoptAt(node('us'), text)).toBeNull()
    await settle()
    const us = node('us')
    await expect(us.publishText(issueDraft('us/again'))).rejects.toMatchObject({
      code: 'ERR_ACT_KEY',
    })
    us.keys.agency = fresh
    await us.publishText(actDraft('us/forged', 'act: annul\nreason: {code: error}'))
    await settle()
    for (const { market } of others())
      expect(await listed(market)).toEqual(['us/forged', 'us/forged-too', 'us/real'])
    await expectAlike()
  })

  it('cut back to an earlier index, its later acts go at nodes that had merged them and at nodes that had not', async () => {
    // jp has merged the forged acts, de has seen nothing of them.
    const { text } = await endedAt(2)
    expect(await listed('jp')).toEqual(['us/forged', 'us/forged-too', 'us/real'])
    expect(await adoptAt(node('de'), text)).toBeNull()
    await settle()
    for (const { market } of others()) expect(await listed(market)).toEqual(['us/real'])
    await expectAlike()
    const refused = (await node('jp').status()).refused.map(({ code }) => code)
    expect(refused).toEqual(['ERR_ACT_KEY', 'ERR_ACT_KEY'])
  })
})

describe('a log key is stolen', () => {
  it('the next log follows where the charter cut the old one, and lifts what stood in it, everywhere', async () => {
    const us = node('us')
    await us.publishText(issueDraft('us/drills'))
    await settle()
    const frozen = await headOf('jp', us.origin)
    // What the thief appends after the cut has no effect, also where it was merged already.
    await us.publishText(issueDraft('us/forged'))
    await node('jp').pull()
    const keys = await testKeys()
    const member = memberFile('us', keys, 'us.test/log-2')
    const change: Change = { do: 'successor_log', market: 'us', member, frozen }
    const text = await nextCharter(alliance, [change])
    expect(await adoptAt(node('jp'), text)).toBeNull()
    const founding = await (await node('jp').request('/charter/1.json')).text()
    us.db.close()
    const next = await newNode(alliance, 'us', { origin: 'us.test/log-2', keys })
    for (const file of [founding, text])
      expect(
        (await adopt({ db: next.db, nowMs: next.sync.nowMs }, file, alliance.alliance)).ok,
      ).toBe(true)
    // Its old log is not here yet, so it neither opens the new one nor judges anything in it.
    expect(await announceCharters(await next.outbound(), keys.node)).toBe(0)
    await settle()
    expect(await verdicts()).toEqual(['blocked', 'blocked', 'blocked'])
    expect(await feedOf('de', us.origin)).toMatchObject({ state: 'closed', merged: frozen.size })
    await expectAlike()
    await next.publishText(actDraft('us/drills', RESCIND))
    await settle()
    expect(await verdicts()).toEqual(['not_listed', 'not_listed', 'not_listed'])
    expect((await ask('de')).coverage.find(({ market }) => market === 'us')?.state).toBe('fresh')
    await expectAlike()
  })

  it('a node that was shown another history than the frozen one takes the frozen one', async () => {
    const us = node('us')
    await us.publishText(issueDraft('us/drills'))
    await node('de').pull()
    const frozen = await headOf('de', us.origin)
    // The thief's branch, shown to jp alone: another entry in the same place.
    us.sync.memory = headMemory()
    us.db.raw.exec('DELETE FROM checkpoint WHERE size = 2; DELETE FROM entry WHERE idx = 1')
    for (const table of JUDGED) us.db.raw.exec(`DELETE FROM ${table}`)
    await us.publishText(issueDraft('us/forged'))
    await node('jp').pull('us')
    expect((await headOf('jp', us.origin)).root).not.toBe(frozen.root)
    const keys = await testKeys()
    const member = memberFile('us', keys, 'us.test/log-2')
    const text = await nextCharter(
      alliance,
      [{ do: 'successor_log', market: 'us', member, frozen }],
      { at: 'de' },
    )
    alliance.nodes.delete('us')
    us.db.close()
    for (const market of ['de', 'jp']) expect(await adoptAt(node(market), text)).toBeNull()
    for (let round = 0; round < 2; round++) await alliance.syncAll()
    expect(await headOf('jp', us.origin)).toEqual(frozen)
    expect(tablesOf(node('jp').db)).toEqual(tablesOf(node('de').db))
  })
})

describe('root keys', () => {
  it('one is replaced, and from then on the new one counts and the old one does not', async () => {
    const fresh = await testKey()
    const old = node('us').keys.root
    const change: Change = { do: 'replace_root', kid: old.kid, jwk: jwk(fresh) }
    const text = await nextCharter(alliance, [change], { roots: [...rootsOf(alliance), fresh] })
    expect(await adoptAt(node('us'), text)).toBeNull()
    await settle()
    const late = await nextCharter(alliance, EXAMINE)
    expect(await adoptAt(node('jp'), late)).toBe('ERR_CHARTER_THRESHOLD')
    node('us').keys.root = fresh
    expect(await adoptAt(node('jp'), await nextCharter(alliance, EXAMINE))).toBeNull()
    await settle()
    await expectAlike()
  })
})

describe('at any moment', () => {
  it('nodes that adopt before, between and after pulling end with the same rows', async () => {
    const us = node('us')
    const orders = [
      ...['early', 'mid', 'late'].map((name) => issueDraft(`us/${name}`)),
      actDraft('us/early', RESCIND),
    ]
    const text = await nextCharter(alliance, [
      { do: 'end_agency_key', kid: us.keys.agency.kid, atIndex: 3 },
    ])
    expect(await adoptAt(node('de'), text)).toBeNull()
    const cut = alliance.net.fetch
    alliance.net.fetch = (url, init) =>
      url.endsWith('/charter/2.json') ? Promise.reject(new Error('cut')) : cut(url, init)
    for (const order of orders) {
      await us.publishText(order)
      await node('de').pull('us')
    }
    await node('jp').pull('us')
    expect((await digestsOf(['de', 'jp'].map(node))).size).toBe(2)
    expect(await adoptAt(node('jp'), text)).toBeNull()
    alliance.net.fetch = cut
    await settle()
    await expectAlike()
  })
})
