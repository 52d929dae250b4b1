// What is held takes effect when two people say so, by every door, and then every node is the same (design: protocol 1.10).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { readCleared } from '../../src/brake/store.ts'
import type { BrakeDeps } from '../../src/braking.ts'
import { openDatabase } from '../../src/node/database.ts'
import { readAudit } from '../../src/people/audit.ts'
import { planMerged, readFeed } from '../../src/pull/feed.ts'
import { MAX_CHANGES, readAllHeld, readHeldChange, release } from '../../src/releasing.ts'
import { testNode } from '../support/alliance.ts'
import { DAY_MS, issued, type MassScene, massScene, range, rescinded } from '../support/mass.ts'
import { type Office, office, tokenOf } from '../support/people.ts'

let scene: MassScene
let us: Office
let app: ReturnType<typeof createApp>

async function setUp(options: { path?: (market: string) => string } = {}): Promise<void> {
  scene = await massScene(['jp', 'kr', 'us'], 60, options)
  await open()
}

async function open(): Promise<void> {
  const { db, sync } = scene.alliance.node('us')
  us = await office({ db, nowMs: sync.nowMs })
  const trace = () => {}
  const here = { market: 'us', name: 'us' }
  app = createApp({ db, here, nowMs: sync.nowMs, trace, people: us.deps })
}

const brake = async (): Promise<BrakeDeps> => {
  const { db, adopted, nowMs, market } = await scene.alliance.node('us').outbound()
  return { db, adopted, nowMs, here: market }
}
const lift = (count: number) => scene.publish(range(0, count).map((n) => rescinded('kr', n)))
const post = async (token: string | null, body = '') => {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  const response = await app.request('/v1/brake/kr/release', { method: 'POST', headers, body })
  return { status: response.status, ...((await response.json()) as Record<string, unknown>) }
}

afterEach(() => scene.alliance.close())

describe('release', () => {
  beforeEach(() => setUp())

  it('takes two distinct people: one alone, twice, with another token, changes nothing', async () => {
    await lift(40)
    await scene.alliance.syncAll()
    const ada = await us.hire('ada', 'operator')
    const bob = await us.hire('bob', 'operator')
    expect(await post(ada)).toMatchObject({ status: 200, state: 'waiting', position: 101 })
    expect(await post(ada)).toMatchObject({ status: 409, code: 'ERR_TWO_PERSON' })
    const { token } = await tokenOf(us.deps, 'ada')
    expect(await post(token)).toMatchObject({ status: 409, code: 'ERR_TWO_PERSON' })
    expect(await scene.isHeld('us')).toBe(true)
    const [held] = await readAllHeld(await brake())
    expect(held?.waiting).toMatchObject({ position: 101, subject: 'ada' })
    expect(await post(bob)).toMatchObject({ status: 200, state: 'released', second: 'bob' })
    expect(await scene.at('us')).toEqual({ effective: 101, merged: 101 })
    expect(await post(bob)).toMatchObject({ status: 404, code: 'ERR_BRAKE_NOT_HELD' })
    expect(await readCleared(us.deps.db, 9)).toMatchObject([
      { cause: 'released', detail: 'ada bob', size: 101 },
    ])
    const audited = (await readAudit(us.deps.db)).filter(({ action }) => action === 'brake release')
    expect(audited.map(({ subject, outcome }) => [subject, outcome]).reverse()).toEqual([
      ['ada', 'ok'],
      ['ada', 'ERR_TWO_PERSON'],
      ['ada', 'ERR_TWO_PERSON'],
      ['bob', 'ok'],
    ])
  })

  it('takes a token with the right, and says no more to one without', async () => {
    await lift(40)
    await scene.alliance.syncAll()
    const auditor = await us.hire('eve', 'auditor')
    expect(await post(null)).toMatchObject({ status: 401, code: 'ERR_TOKEN' })
    expect(await post('not.a.token')).toMatchObject({ status: 401, code: 'ERR_TOKEN' })
    expect(await post(auditor)).toMatchObject({ status: 403, code: 'ERR_SCOPE' })
    expect(await scene.isHeld('us')).toBe(true)
  })

  it.each(['[]', '{"position":0}', '{"position":101,"by":"ada"}', '{', 'x'.repeat(2000)])(
    'refuses the body %#',
    async (body) => {
      await lift(40)
      await scene.alliance.syncAll()
      const ada = await us.hire('ada', 'operator')
      expect(await post(ada, body)).toMatchObject({ status: 400, code: 'ERR_BRAKE_BODY' })
    },
  )

  it('is of what the people saw: what comes after it is held on its own', async () => {
    await lift(40)
    await scene.alliance.syncAll()
    const ada = await us.hire('ada', 'operator')
    const bob = await us.hire('bob', 'operator')
    await post(ada)
    await scene.publish(range(60, 90).map((n) => issued('kr', n)))
    await scene.alliance.syncAll()
    expect(await post(bob)).toMatchObject({ state: 'released', position: 101 })
    expect(await scene.at('us')).toEqual({ effective: 101, merged: 131 })
    const [held] = await readAllHeld(await brake())
    expect(held).toMatchObject({ base: 101, flips: { decisions: { added: 30, lifted: 0 } } })
  })

  it('may be of a part, and not of what is not there', async () => {
    await lift(40)
    await scene.alliance.syncAll()
    const ada = await us.hire('ada', 'operator')
    const bob = await us.hire('bob', 'operator')
    const refused = { status: 422, code: 'ERR_BRAKE_POSITION' }
    expect(await post(ada, '{"position":61}')).toMatchObject(refused)
    expect(await post(ada, '{"position":102}')).toMatchObject(refused)
    expect(await post(ada, '{"position":71}')).toMatchObject({ state: 'waiting' })
    // Of another part it is another question.
    expect(await post(bob, '{"position":81}')).toMatchObject({ state: 'waiting', first: 'bob' })
    expect(await post(ada, '{"position":81}')).toMatchObject({ state: 'released', position: 81 })
    // What is left, twenty lifts, is no mass change any more.
    expect(await scene.at('us')).toEqual({ effective: 101, merged: 101 })
  })

  it('the second person has a day', async () => {
    await lift(40)
    await scene.alliance.syncAll()
    const ada = await us.hire('ada', 'operator')
    const bob = await us.hire('bob', 'operator')
    await post(ada)
    scene.wait(DAY_MS + 1000)
    expect(await post(bob)).toMatchObject({ state: 'waiting', first: 'bob' })
  })

  it('two people at once, in two processes, are two people', async () => {
    await lift(40)
    await scene.alliance.syncAll()
    const people = await Promise.all(
      ['ada', 'bob'].map(async (name) => us.person(await us.hire(name, 'operator'))),
    )
    const deps = await brake()
    const done = await Promise.all(
      people.map((person) => release(deps, { market: 'kr', position: null }, person, 'cli')),
    )
    expect(done.map(({ state }) => state).sort()).toEqual(['released', 'waiting'])
    expect(await scene.isHeld('us')).toBe(false)
  })

  it('counts afterwards: the next act is compared with what was released', async () => {
    await lift(40)
    await scene.alliance.syncAll()
    await post(await us.hire('ada', 'operator'))
    await post(await us.hire('bob', 'operator'))
    await scene.publish([rescinded('kr', 40)])
    await scene.alliance.syncAll()
    expect(await scene.isHeld('us')).toBe(false)
  })
})

describe('what is held is shown', () => {
  beforeEach(() => setUp())

  it('with what it would change, a page at a time, on the status page and on the page of a decision', async () => {
    await scene.publish(range(60, 300).map((n) => issued('kr', n, 2)))
    await lift(40)
    await scene.alliance.syncAll()
    const flips = {
      decisions: { added: 240, lifted: 40 },
      products: { added: 480, lifted: 40, changed: 0 },
    }
    const list = (await (await app.request('/v1/brake')).json()) as { held: object[] }
    expect(list.held).toMatchObject([{ market: 'kr', effective: 61, merged: 341, flips }])
    const first = await readHeldChange(await brake(), 'kr')
    const rest = await readHeldChange(await brake(), 'kr', { after: first.next ?? '' })
    expect([first.changes.length, rest.changes.length, rest.next]).toEqual([MAX_CHANGES, 80, null])
    const lifted = { change: 'lifted', products: { added: 0, lifted: 1, changed: 0 } }
    expect(first.changes[0]).toMatchObject({ decision: 'kr/mass-0', ...lifted })
    const status = await (await app.request('/status')).text()
    expect(status).toContain('240 added, 40 lifted')
    expect(status).toContain('portcullis brake')
    const { holds } = await scene.alliance.node('us').status()
    expect(holds).toMatchObject([{ market: 'kr', flips }])
    const old = await (await app.request('/decisions/kr/mass-3')).text()
    expect(old).toContain('1 act about this decision is held back')
    expect(old).toContain('Part of a change of 280 decisions and 520 listed products at once')
    const fresh = await (await app.request('/decisions/kr/mass-99')).text()
    expect(fresh).toContain('This decision is held back and not in effect here.')
  })

  it('names the root of what is in effect, as the origin signed it', async () => {
    const before = await scene.alliance.node('us').request('/v1/lookup?q=QX-1003')
    const { vector } = (await before.json()) as { vector: Record<string, unknown> }
    await lift(40)
    await scene.alliance.syncAll()
    const after = await scene.alliance.node('us').request('/v1/lookup?q=QX-1003')
    const held = (await after.json()) as { vector: Record<string, unknown> }
    expect(held.vector['kr.test/log']).toEqual(vector['kr.test/log'])
  })
})

describe('the page of a held change', () => {
  beforeEach(() => setUp())

  const cookieOf = async (name: string) => `portcullis=${await us.hire(name, 'operator')}`
  const send = (cookie: string | null, fields: Record<string, string>, site = 'same-origin') =>
    app.request('/held/kr', {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': site,
        ...(cookie === null ? {} : { cookie }),
      },
    })

  it('says what it would do, and releases it by a form that two operators send', async () => {
    expect((await app.request('/held/kr')).status).toBe(404)
    await lift(40)
    await scene.alliance.syncAll()
    const page = await (await app.request('/held/kr')).text()
    expect(page).toContain('0 added, 40 lifted')
    expect(page).toContain('no longer blocked')
    expect(page).toContain('name="position" value="101"')
    const [ada, bob] = [await cookieOf('ada'), await cookieOf('bob')]
    const first = await send(ada, { position: '101' })
    expect([first.status, first.headers.get('location')]).toEqual([303, '/held/kr'])
    expect(await (await app.request('/held/kr')).text()).toContain('ada, up to entry 101')
    expect((await send(ada, { position: '101' })).status).toBe(409)
    expect(await scene.isHeld('us')).toBe(true)
    const second = await send(bob, { position: '101' })
    expect([second.status, second.headers.get('location')]).toEqual([303, '/status'])
    expect(await scene.isHeld('us')).toBe(false)
  })

  it('takes no form of another site, none without a login and none without a position', async () => {
    await lift(40)
    await scene.alliance.syncAll()
    const ada = await cookieOf('ada')
    expect((await send(ada, { position: '101' }, 'cross-site')).status).toBe(403)
    expect((await send(null, { position: '101' })).headers.get('location')).toBe(
      '/login?next=%2Fheld%2Fkr',
    )
    expect((await send(ada, {})).status).toBe(400)
    expect((await send(ada, { position: '1e999' })).status).toBe(400)
    expect(await readAllHeld(await brake())).toMatchObject([{ waiting: null }])
  })
})

describe('however it arrives', () => {
  it('40 lifts as one batch and as forty, a node apart: both held, and the same after release', async () => {
    const digests: string[] = []
    for (const isOneByOne of [false, true]) {
      await setUp()
      for (const at of range(0, 40)) {
        await scene.publish([rescinded('kr', at)])
        if (isOneByOne) await scene.alliance.node('us').pull()
      }
      await scene.alliance.syncAll()
      const effective = isOneByOne ? 81 : 61
      expect(await scene.at('us')).toEqual({ effective, merged: 101 })
      expect(await scene.at('jp')).toEqual({ effective: 61, merged: 101 })
      expect((await scene.alliance.node('us').status()).digest).not.toBe(
        (await scene.alliance.node('kr').status()).digest,
      )
      await post(await us.hire('ada', 'operator'))
      await post(await us.hire('bob', 'operator'))
      // us has it now; jp follows because us, the one other member, has applied it.
      await scene.alliance.syncAll()
      await scene.alliance.syncAll()
      const ends = await Promise.all(
        ['jp', 'kr', 'us'].map(async (market) => scene.alliance.node(market).status()),
      )
      expect(new Set(ends.map(({ digest }) => digest)).size).toBe(1)
      const states = await Promise.all(range(0, 60).map((n) => scene.ask('us', n)))
      digests.push(JSON.stringify(states.map(({ verdict }) => verdict)))
      if (!isOneByOne) scene.alliance.close()
    }
    expect(digests[0]).toBe(digests[1])
  })

  it('the hold lasts across a restart, with who has released it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'brake-'))
    const path = (market: string) => join(dir, `${market}.db`)
    await setUp({ path })
    await lift(40)
    await scene.alliance.syncAll()
    await post(await us.hire('ada', 'operator'))
    const { keys, db } = scene.alliance.node('us')
    db.close()
    const again = openDatabase(path('us'))
    const { clock, net } = scene.alliance
    scene.alliance.nodes.set('us', testNode('us', keys, again, clock, net))
    await scene.alliance.syncAll()
    expect(await scene.at('us')).toEqual({ effective: 61, merged: 101 })
    await open()
    expect(await post(await us.hire('bob', 'operator'))).toMatchObject({
      state: 'released',
      first: 'ada',
    })
    expect(await scene.isHeld('us')).toBe(false)
    rmSync(dir, { recursive: true })
  })

  it('a bundle that was read before a release and lands after it takes nothing back', async () => {
    await setUp()
    await lift(40)
    await scene.alliance.syncAll()
    const { db } = scene.alliance.node('us')
    const before = await readFeed(db, 'kr.test/log', 'kr')
    await post(await us.hire('ada', 'operator'))
    await post(await us.hire('bob', 'operator'))
    await db.commit([planMerged(before.merged, { ...before, merged: before.merged })])
    expect(await scene.at('us')).toEqual({ effective: 101, merged: 101 })
  })

  it('a node that dies between the merge and the count counts when it starts', async () => {
    await setUp()
    await scene.publish(range(0, 10).map((n) => rescinded('kr', n)))
    await scene.alliance.node('us').pull()
    scene.alliance
      .node('us')
      .db.raw.prepare("UPDATE feed SET effective = 61 WHERE market = 'kr'")
      .run()
    await scene.alliance.node('us').pull()
    expect(await scene.at('us')).toEqual({ effective: 71, merged: 71 })
  })
})
