// A database that is older than what its keys have signed: nothing is forked, nothing is cosigned twice, and what was lost comes back
// (design: protocol 1.10; reference 6.8; attack row 28).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { announceWithoutPeers } from '../../src/announce.ts'
import type { StampStore } from '../../src/log/pass.ts'
import { readHead } from '../../src/log/read.ts'
import { signingGate } from '../../src/opening.ts'
import { pushHead } from '../../src/push.ts'
import { readStep } from '../../src/witness/store.ts'
import {
  headMemory,
  stampMemory,
  type TestAlliance,
  type TestNode,
  testAlliance,
} from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import {
  type Backup,
  backupOf,
  breakingAfter,
  copiesMemory,
  emptyDatabase,
  entriesOf,
  passOf,
  restart,
  switchOff,
} from '../support/restoring.ts'

const GTIN = '9521234123453'
const OTHERS = ['de', 'jp', 'kr']
let alliance: TestAlliance
let us: TestNode
let backup: Backup

beforeEach(async () => {
  alliance = await testAlliance(['us', ...OTHERS])
  us = alliance.node('us')
  await us.publishText(issueDraft('us/first'))
  await alliance.syncAll()
  backup = backupOf(us)
})
afterEach(() => alliance.close())

/** Three acts after the backup, which the others have merged. */
async function publishThree(): Promise<void> {
  for (const name of ['second', 'third', 'fourth']) await us.publishText(issueDraft(`us/${name}`))
  await alliance.syncAll()
}

const publishOne = (node: TestNode) => node.publishText(issueDraft('us/after'))
const sizeOf = async (node: TestNode) => (await readHead(node.db))?.size
const ask = async (node: TestNode) =>
  (await (await node.request(`/v1/lookup?gtin=${GTIN}`)).json()) as { verdict: string }

/** Nobody has proof of a fork, and every node takes the newest head of us. */
async function expectNoFork(): Promise<void> {
  await alliance.syncAll()
  const size = await sizeOf(alliance.node('us'))
  for (const node of alliance.nodes.values()) {
    const { evidence, feeds } = await node.status()
    expect(evidence).toEqual([])
    expect(feeds.find(({ market }) => market === 'us')).toMatchObject({ merged: size, seen: size })
  }
}

describe('a database restored from an old backup', () => {
  it('takes its own later acts back from the members, byte for byte, and goes on from there', async () => {
    await publishThree()
    const entries = entriesOf(us)
    const again = restart(alliance, 'us', backup.open())
    expect(await passOf(again)).toEqual({ state: 'signing' })
    expect(entriesOf(again)).toEqual(entries)
    const published = await publishOne(again)
    expect(published.entries[0]?.index).toBe(entries.length)
    await expectNoFork()
  })

  it('does so also when its first deed after the start is an act', async () => {
    await publishThree()
    const again = restart(alliance, 'us', backup.open())
    await publishOne(again)
    await expectNoFork()
  })

  it('takes the rest from the mirror that has it when the others are behind', async () => {
    await us.publishText(issueDraft('us/second'))
    await alliance.node('kr').pull('us')
    const again = restart(alliance, 'us', backup.open())
    expect(await passOf(again)).toEqual({ state: 'signing' })
    expect(entriesOf(again)).toEqual(entriesOf(us))
  })

  it('signs nothing with no member reachable, says so, and still answers and serves', async () => {
    await publishThree()
    switchOff(alliance, OTHERS)
    const again = restart(alliance, 'us', backup.open())
    const before = await (await again.request('/log/checkpoint')).text()
    await expect(publishOne(again)).rejects.toMatchObject({
      code: 'ERR_READ_ONLY',
      cure: expect.stringContaining('--sign-without-peers'),
    })
    alliance.clock.nowMs += 3_600_000
    await again.pull()
    expect(await (await again.request('/log/checkpoint')).text()).toBe(before)
    expect((await ask(again)).verdict).toBe('blocked')
    const bundle = await again.request('/log/tile/entries/000.p/2')
    expect(bundle.status).toBe(200)
  })

  it('signs again by itself once enough members answer', async () => {
    await publishThree()
    const { fetch } = alliance.net
    switchOff(alliance, OTHERS)
    const again = restart(alliance, 'us', backup.open())
    expect(await passOf(again)).toMatchObject({ state: 'read_only', code: 'ERR_READ_ONLY' })
    alliance.net.fetch = fetch
    await again.pull()
    expect(await again.sync.gate.state()).toEqual({ state: 'signing' })
    await expectNoFork()
  })

  it('waits for all of three members, not for two', async () => {
    await publishThree()
    switchOff(alliance, ['kr'])
    const again = restart(alliance, 'us', backup.open())
    expect(await passOf(again)).toMatchObject({
      state: 'read_only',
      reason: expect.stringMatching(/^2 of 3 members answered, 3 are needed; no answer from kr/),
    })
    // What the two have shown is back all the same.
    expect(entriesOf(again)).toEqual(entriesOf(us))
  })

  it('signs on an operator’s word, says so in its log, and asks the members all the same', async () => {
    const { fetch } = alliance.net
    switchOff(alliance, OTHERS)
    const withoutPeers = { reason: 'the only line is down until Monday' }
    const again = restart(alliance, 'us', backup.open(), { withoutPeers })
    const signing = await passOf(again)
    expect(signing).toMatchObject({ state: 'without_peers', ...withoutPeers })
    await announceWithoutPeers(await again.outbound(), again.keys.node, withoutPeers.reason)
    await publishOne(again)
    alliance.net.fetch = fetch
    alliance.clock.nowMs += 61_000
    await alliance.syncAll()
    expect(await again.sync.gate.state()).toEqual({ state: 'signing' })
    await expectNoFork()
  })

  it('does not sign on an operator’s word where a member shows that it would fork', async () => {
    await publishThree()
    // Two are off, and jp has the newest head and gives no entries.
    const { fetch } = alliance.net
    const mirror = `/mirror/${originHash(us.origin)}/tile`
    alliance.net.fetch = async (url, init) =>
      url.includes(mirror) ? new Response('', { status: 404 }) : fetch(url, init)
    switchOff(alliance, ['de', 'kr'])
    const again = restart(alliance, 'us', backup.open(), { withoutPeers: { reason: 'hurry' } })
    expect(await passOf(again)).toMatchObject({ state: 'read_only', code: 'ERR_LOG_BEHIND' })
    await expect(publishOne(again)).rejects.toMatchObject({ code: 'ERR_LOG_BEHIND' })
  })
})

describe('a database that is lost as a whole, with the keys kept', () => {
  it('comes back from the mirrors, also where nothing but the keys was kept', async () => {
    await publishThree()
    const charter = await (await us.request('/charter/1.json')).text()
    const again = restart(alliance, 'us', await emptyDatabase(alliance, charter))
    await again.pull()
    expect(await again.sync.gate.state()).toEqual({ state: 'signing' })
    expect(entriesOf(again)).toEqual(entriesOf(us))
    await publishOne(again)
    await expectNoFork()
    expect((await again.status()).digest).toBe((await alliance.node('jp').status()).digest)
  })

  it('opens no second log when it is not known yet what became of the first', async () => {
    switchOff(alliance, OTHERS)
    const charter = await (await us.request('/charter/1.json')).text()
    const memory = us.sync.memory
    const db = await emptyDatabase(alliance, charter)
    const again = restart(alliance, 'us', db, { memory })
    await expect(publishOne(again)).rejects.toMatchObject({ code: 'ERR_HEAD_BEHIND' })
    expect(await sizeOf(again)).toBeUndefined()
  })
})

describe('a recovery that is cut off', () => {
  it('after any of its commits leaves the log as it was or whole, and the next start ends it', async () => {
    await publishThree()
    const entries = entriesOf(us)
    let cuts = 0
    for (let most = 0; ; most++) {
      const db = backup.open()
      const dying = restart(alliance, 'us', breakingAfter(db, most))
      const isDone = (await passOf(dying).catch(() => null)) !== null
      const held = entriesOf({ ...dying, db })
      expect([2, entries.length]).toContain(held.length)
      expect((await readHead(db))?.size).toBe(held.length)
      const again = restart(alliance, 'us', db)
      expect(await passOf(again)).toEqual({ state: 'signing' })
      expect(entriesOf(again)).toEqual(entries)
      if (isDone) break
      cuts += 1
    }
    // Heads seen, entries merged, the log itself, the pass: at least so many places to die.
    expect(cuts).toBeGreaterThanOrEqual(4)
    await expectNoFork()
  })
})

describe('a tail that no mirror has', () => {
  it('comes back from the agency’s own copies where they lead to the head that was signed', async () => {
    const copies = copiesMemory()
    const memory = headMemory()
    us = restart(alliance, 'us', us.db, { copies, memory })
    await publishOne(us)
    // jp cosigned the head and had no time to pull.
    await pushHead({ ...us.sync, ...(await us.outbound()) })
    const again = restart(alliance, 'us', backup.open(), { copies })
    expect(await passOf(again)).toEqual({ state: 'signing' })
    expect(entriesOf(again)).toEqual(entriesOf(us))
    await again.publishText(issueDraft('us/later'))
    await expectNoFork()
  })

  it('comes back from the copies also where only the own memory knows of the head', async () => {
    const copies = copiesMemory()
    const memory = headMemory()
    us = restart(alliance, 'us', us.db, { copies, memory })
    await publishOne(us)
    const again = restart(alliance, 'us', backup.open(), { copies, memory })
    expect(await passOf(again)).toEqual({ state: 'signing' })
    expect(entriesOf(again)).toEqual(entriesOf(us))
    await expectNoFork()
  })

  it('keeps the node from signing where the copies are of other acts', async () => {
    const copies = copiesMemory()
    await publishOne(us)
    await pushHead({ ...us.sync, ...(await us.outbound()) })
    await copies.keep([{ index: 2, bytes: new TextEncoder().encode('a.b.c') }])
    const again = restart(alliance, 'us', backup.open(), { copies })
    expect(await passOf(again)).toMatchObject({ state: 'read_only', code: 'ERR_LOG_BEHIND' })
    expect(await sizeOf(again)).toBe(2)
  })
})

describe('where nothing runs between requests', () => {
  const gateOver = (db: TestNode['db'], stamps: StampStore) =>
    signingGate({ ...us.sync, db, stamps, reliesOnPass: () => true, waitMs: 0 })

  it('a database that was put back is known by the stamp outside of it, and the members are asked again', async () => {
    const stamps = stampMemory()
    expect(await gateOver(us.db, stamps).pass()).toEqual({ state: 'signing' })
    const old = backupOf(us)
    alliance.clock.nowMs += 61_000
    expect(await gateOver(us.db, stamps).pass()).toEqual({ state: 'signing' })
    switchOff(alliance, OTHERS)
    expect(await gateOver(us.db, stamps).pass()).toEqual({ state: 'signing' })
    for (const gate of [gateOver(old.open(), stamps), gateOver(us.db, stampMemory())]) {
      expect(await gate.state()).toEqual({ state: 'probing' })
      expect(await gate.pass()).toMatchObject({ state: 'read_only', code: 'ERR_READ_ONLY' })
    }
  })
})

describe('a log that was forked before anybody asked', () => {
  it('signs no more, keeps the proof, and names the cure', async () => {
    const twin = restart(alliance, 'us', backup.open())
    await passOf(twin)
    alliance.nodes.set('us', us)
    await publishThree()
    await twin.publishText(issueDraft('us/another'))
    const again = restart(alliance, 'us', twin.db)
    const signing = await passOf(again)
    expect(signing).toMatchObject({
      state: 'read_only',
      code: 'ERR_LOG_FORKED',
      reason: expect.stringContaining('evidence'),
      cure: expect.stringContaining('successor'),
    })
    expect((await again.status()).evidence).toHaveLength(1)
    await expect(publishOne(again)).rejects.toMatchObject({ code: 'ERR_LOG_FORKED' })
    // It goes on reading the others.
    await alliance.node('jp').publishText(issueDraft('jp/news'))
    expect((await again.pull()).ran).toBe(true)
    expect((await again.status()).feeds.find(({ market }) => market === 'jp')?.merged).toBe(2)
  })
})

describe('an old witness database', () => {
  it('never cosigns a second root for a size that its key has cosigned', async () => {
    const jp = alliance.node('jp')
    const jpBackup = backupOf(jp)
    const fork = restart(alliance, 'us', backup.open())
    await passOf(fork)
    await us.publishText(issueDraft('us/truth'))
    const pushed = await pushHead({ ...us.sync, ...(await us.outbound()) })
    expect(pushed.find(({ market }) => market === 'jp')?.outcome).toBe('cosigned')
    alliance.nodes.set('us', us)

    const old = restart(alliance, 'jp', jpBackup.open())
    expect((await readStep(old.db, us.origin))?.size).toBe(2)
    await fork.publishText(issueDraft('us/lie'))
    const again = await pushHead({ ...fork.sync, ...(await fork.outbound()) })
    expect(again.find(({ market }) => market === 'jp')).toMatchObject({ outcome: 'failed' })
    expect(await passOf(old)).toEqual({ state: 'signing' })
    const step = await readStep(old.db, us.origin)
    expect(step?.size).toBe(3)
    expect(step?.root).toEqual((await readHead(us.db))?.root)
    const third = await pushHead({ ...fork.sync, ...(await fork.outbound()) })
    expect(third.find(({ market }) => market === 'jp')).toMatchObject({ outcome: 'refused' })
    expect((await readStep(old.db, us.origin))?.root).toEqual((await readHead(us.db))?.root)
  })

  it('signs no applied line for a smaller head than its key has signed', async () => {
    const jpBackup = backupOf(alliance.node('jp'))
    await publishThree()
    await alliance.syncAll()
    const applied = async (node: TestNode) =>
      node.db.raw
        .prepare('SELECT size, time_s FROM cosignature WHERE origin = ? AND name = ? ORDER BY size')
        .all(us.origin, 'jp.test/log/applied')
    const signed = await applied(us)
    const old = restart(alliance, 'jp', jpBackup.open())
    await passOf(old)
    expect((await applied(old)).at(-1)).toEqual(signed.at(-1))
  })
})
