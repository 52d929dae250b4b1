// Three markets as three real processes: databases are restored and lost, by the commands of the runbook (design: protocol 1.10; attack
// row 28).
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import type { Status } from '../../src/status/read.ts'
import { issueDraft } from '../support/decisions.ts'
import {
  EVERY_SECOND,
  LONG_MS,
  portcullis,
  type RealAlliance,
  realAlliance,
  until,
} from '../support/processes.ts'

const MARKETS = ['jp', 'kr', 'us'] as const
vi.setConfig({ testTimeout: LONG_MS, hookTimeout: LONG_MS })
const ORIGIN = 'us.portcullis.example/log'
const WITNESS = `/witness/${originHash(ORIGIN)}/checkpoint`
let alliance: RealAlliance

const status = (at: string) => () => alliance.get<Status>(at, '/v1/status')
const mergedOf = (said: Status) => said.feeds.find(({ origin }) => origin === ORIGIN)?.merged
const has = (entries: number) => (said: Status) => mergedOf(said) === entries
const signs = ({ signing }: Status) => signing?.state === 'signing'
const headOf = (note: string) => note.split('\n').slice(0, 3)
const own = (name: string) => join(alliance.dir('us'), name)

beforeAll(async () => {
  alliance = await realAlliance(MARKETS, EVERY_SECOND)
  await alliance.start(...MARKETS)
  await alliance.publish('us', 'first')
  for (const market of MARKETS) await until(status(market), has(2))
  for (const market of ['us', 'jp'])
    await alliance.run(
      'backup',
      '--dir',
      alliance.dir(market),
      '--out',
      alliance.path(`${market}.backup`),
    )
  for (const name of ['second', 'third']) await alliance.publish('us', name)
  for (const market of MARKETS) await until(status(market), has(4))
})
afterAll(() => alliance.close())

const restore = (market: string) =>
  alliance.run(
    'restore',
    alliance.path(`${market}.backup`),
    '--dir',
    alliance.dir(market),
    '--replace',
  )

/** What stands beside the database and would bring the tail back without anybody. */
function forgetCopies(): void {
  for (const name of ['signed-acts.txt', 'last-head.txt']) rmSync(own(name), { force: true })
}

/** One more act is everywhere, and nobody has proof of a fork. */
async function expectGoesOn(name: string, entries: number): Promise<void> {
  await alliance.publish('us', name)
  for (const market of MARKETS) {
    const said = await until(status(market), has(entries))
    expect(said.evidence).toEqual([])
  }
  const heads = await Promise.all([
    alliance.text('us', '/log/checkpoint'),
    alliance.text('kr', `/mirror/${originHash(ORIGIN)}/checkpoint`),
  ])
  expect(headOf(heads[0] ?? '')).toEqual(headOf(heads[1] ?? ''))
}

it('a node restored from an old backup takes its own acts back from the members and does not fork', async () => {
  const before = headOf(await alliance.text('us', '/log/checkpoint'))
  await alliance.stop('us')
  expect(await restore('us')).toMatchObject({ entries: 2, hasKeys: false })
  forgetCopies()
  await alliance.start('us')
  await until(status('us'), signs)
  expect(headOf(await alliance.text('us', '/log/checkpoint'))).toEqual(before)
  await expectGoesOn('fourth', 5)
})

it('killed again and again while it recovers, it has all of its log or what it had before', async () => {
  await alliance.stop('us')
  await restore('us')
  forgetCopies()
  const sizes = new Set<string>()
  for (let kill = 0; kill < 4; kill++) {
    await alliance.start('us')
    sizes.add((await alliance.text('us', '/log/checkpoint')).split('\n')[1] ?? '')
    await alliance.kill('us')
  }
  for (const size of sizes) expect(['2', '5']).toContain(size)
  await alliance.start('us')
  await until(status('us'), signs)
  await expectGoesOn('fifth', 6)
})

it('an old witness database stands where its key had cosigned before it cosigns again', async () => {
  const before = headOf(await alliance.text('jp', WITNESS))
  expect(before[1]).toBe('6')
  await alliance.stop('jp', 'us')
  await restore('jp')
  // The log it witnessed is off; what jp signed comes from the third.
  const { signing } = await alliance.run<Status>('status', '--dir', alliance.dir('jp'))
  expect(signing?.state).toBe('probing')
  await alliance.start('us', 'jp')
  await until(status('jp'), signs)
  expect(headOf(await alliance.text('jp', WITNESS))).toEqual(before)
  await until(status('us'), signs)
  await expectGoesOn('sixth', 7)
})

it('with no member reachable it signs nothing and says so, answers and serves; on an operator’s word it signs, and says that', async () => {
  await alliance.stop(...MARKETS)
  await alliance.start('us')
  const draft = alliance.write('alone.yaml', issueDraft('us/alone'))
  const refused = await portcullis(['publish', draft, '--dir', alliance.dir('us'), '--json'])
  expect(refused.exit).toBe(1)
  expect(JSON.parse(refused.out)).toMatchObject({ error: { code: 'ERR_READ_ONLY' } })
  expect((await status('us')()).signing?.state).not.toBe('signing')
  const { verdict } = await alliance.get<{ verdict: string }>('us', '/v1/lookup?gtin=9521234123453')
  expect(verdict).toBe('blocked')
  expect(headOf(await alliance.text('us', '/log/checkpoint'))[1]).toBe('7')

  await alliance.stop('us')
  const reason = 'the line is down, and this database was never restored'
  await alliance.startWith('us', '--sign-without-peers', '--reason', reason)
  // The notice, then the act.
  await until(status('us'), has(8))
  expect((await status('us')()).signing).toMatchObject({ state: 'without_peers', reason })
  expect(await (await fetch(`${alliance.url('us')}/status`)).text()).toContain(reason)
  await alliance.publish('us', 'alone')
  await alliance.start('jp', 'kr')
  await expectGoesOn('together', 10)
})

it('a node whose database is lost as a whole, with its keys kept, comes back from the mirrors and opens no second log', async () => {
  await alliance.stop(...MARKETS)
  for (const end of ['', '-wal', '-shm']) rmSync(own(`portcullis.db${end}`), { force: true })
  forgetCopies()
  const charter = alliance.path('charter-1.json')
  await alliance.run('charter', 'adopt', charter, '--dir', alliance.dir('us'))
  await alliance.start('us')
  expect((await status('us')()).signing?.state).toBe('probing')
  expect((await fetch(`${alliance.url('us')}/log/checkpoint`)).status).toBe(404)
  await alliance.start('jp', 'kr')
  await until(status('us'), signs)
  await expectGoesOn('again', 11)
})

it('what no mirror has comes back from the agency’s own copies', async () => {
  await alliance.stop('jp', 'kr')
  await alliance.publish('us', 'unheard')
  const before = headOf(await alliance.text('us', '/log/checkpoint'))
  expect(before[1]).toBe('12')
  await alliance.stop('us')
  await restore('us')
  await alliance.start(...MARKETS)
  await until(status('us'), signs)
  expect(headOf(await alliance.text('us', '/log/checkpoint'))).toEqual(before)
  await expectGoesOn('heard', 13)
})

it('a backup that was damaged, or of another node, is refused before anything is touched', async () => {
  await alliance.stop('us')
  const bytes = readFileSync(alliance.path('us.backup'))
  bytes.fill(0x7f, bytes.length / 2, bytes.length / 2 + 8192)
  writeFileSync(alliance.path('bad.backup'), bytes)
  const before = readFileSync(own('portcullis.db'))
  for (const file of ['bad.backup', 'jp.backup']) {
    const args = [
      'restore',
      alliance.path(file),
      '--dir',
      alliance.dir('us'),
      '--replace',
      '--json',
    ]
    const { exit, out } = await portcullis(args)
    expect([exit, JSON.parse(out).error.code]).toEqual([1, 'ERR_BACKUP_FORMAT'])
  }
  const inUse = await portcullis([
    'restore',
    alliance.path('us.backup'),
    '--dir',
    alliance.dir('us'),
  ])
  expect([inUse.exit, inUse.errors]).toEqual([1, expect.stringContaining('ERR_DIRECTORY_IN_USE')])
  expect(readFileSync(own('portcullis.db'))).toEqual(before)
})
