// Five markets as five real processes: push, schedule, a market that joins, a log that signs two histories (design: protocol 1.6 to 1.10).
import { cpSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { freePorts, startProcess } from '../../src/node/alliance.ts'
import type { Status } from '../../src/status/read.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import {
  EVERY_SECOND,
  LONG_MS,
  NEVER,
  portcullis,
  type RealAlliance,
  realAlliance,
  until,
} from '../support/processes.ts'

const MARKETS = ['de', 'jp', 'kr', 'tw', 'us'] as const
vi.setConfig({ testTimeout: LONG_MS, hookTimeout: LONG_MS })

const GTIN = '9521234123453'
const OTHER_GTIN = '9520001000010'
let alliance: RealAlliance

beforeAll(async () => {
  alliance = await realAlliance(MARKETS, NEVER)
  await alliance.start(...MARKETS)
})
afterAll(() => alliance.close())

type Story = { confirmed: boolean; applied: { m: number; n: number }; state: string }
const story = (at: string, decision: string) => () =>
  alliance.get<Story>(at, `/v1/decisions/${decision}`)
/** After a push the origin asks the mirrors for four seconds, then leaves it to its job: on a machine that is that slow, it is run here. */
function toldBySoon(at: string, decision: string): () => Promise<Story> {
  let asked = 0
  return async () => {
    asked += 1
    if (asked % 250 === 0) await alliance.run('sync', '--dir', alliance.dir(at))
    return story(at, decision)()
  }
}
const verdict = async (at: string, gtin: string): Promise<string> =>
  (await alliance.get<{ verdict: string }>(at, `/v1/lookup?gtin=${gtin}`)).verdict
const verdicts = (gtin: string, markets: readonly string[] = MARKETS) =>
  Promise.all(markets.map((market) => verdict(market, gtin)))
const status = (at: string) => alliance.get<Status>(at, '/v1/status')
const draftOf = (decision: string, gtin: string) => issueDraft(decision).replaceAll(GTIN, gtin)
const all = (wanted: string) => (said: readonly (string | undefined)[]) =>
  said.every((one) => one === wanted)

it('with push on, an act is blocked in all five, applied in 5 of 5 and confirmed at its origin, and a rescission lifts in all', async () => {
  // No schedule fires here: what is heard is heard by push.
  await alliance.publish('de', 'pushed')
  await until(() => verdicts(GTIN), all('blocked'))
  const told = await until(toldBySoon('de', 'de/pushed'), ({ applied }) => applied.m === 5)
  expect(told).toMatchObject({ confirmed: true, applied: { m: 5, n: 5 } })
  const lift = actDraft('de/pushed', 'act: rescind\nfrom: 2026-01-01\nreason: {code: settled}')
  await alliance.publish('de', 'lifted', lift)
  await until(
    () => verdicts(GTIN),
    (said) => !said.includes('blocked'),
  )
})

it('with push off, the schedule alone brings the same to 5 of 5', async () => {
  await alliance.stop(...MARKETS)
  for (const market of MARKETS) alliance.set(market, { push: false, schedule: EVERY_SECOND })
  await alliance.start(...MARKETS)
  await alliance.publish('kr', 'polled')
  const told = await until(
    story('kr', 'kr/polled'),
    ({ applied, confirmed }) => applied.m === 5 && confirmed,
  )
  expect(told.applied).toEqual({ m: 5, n: 5 })
  expect(await verdicts(GTIN)).toEqual(MARKETS.map(() => 'blocked'))
})

it('a sixth market joins the running alliance and catches up from mirrors while an origin is off', async () => {
  await alliance.stop('kr')
  const [port = 0] = await freePorts(1)
  await alliance.run(
    ...[
      'init',
      '--market',
      'fr',
      '--origin',
      'fr.portcullis.example/log',
      '--name',
      'Agency of fr',
    ],
    ...['--url', `http://127.0.0.1:${port}`, '--port', String(port), '--schedule', EVERY_SECOND],
    ...['--dir', alliance.dir('fr'), '--insecure-http'],
  )
  const [one, two] = [alliance.path('charter-1.json'), alliance.path('charter-2.json')]
  const member = alliance.path('fr/member.json')
  await alliance.run('charter', 'propose', '--from', one, '--out', two, '--add', member)
  for (const market of ['de', 'jp', 'tw', 'us', 'fr']) {
    const key = alliance.path(`${market}/keys/root.jwk.json`)
    await alliance.run('charter', 'sign', two, '--key', key, '--previous', one)
  }
  // One running member takes the file; the others hear of it by their schedule.
  await alliance.run('charter', 'adopt', two, '--dir', alliance.dir('de'))
  for (const file of [one, two])
    await alliance.run('charter', 'adopt', file, '--dir', alliance.dir('fr'))
  await alliance.start('fr')
  const here = ['de', 'fr', 'jp', 'tw', 'us']
  const digests = await until(
    async () => (await Promise.all(here.map(status))).map(({ digest }) => digest),
    (said) => new Set(said).size === 1,
  )
  expect(new Set(digests).size).toBe(1)
  expect(await verdict('fr', GTIN)).toBe('blocked')
  const { feeds, charter } = await status('fr')
  expect(charter.n).toBe(2)
  expect(feeds.find(({ market }) => market === 'kr')?.merged).toBeGreaterThan(1)
  // What it took from mirrors it serves as one.
  const mirror = `/mirror/${originHash('kr.portcullis.example/log')}/checkpoint`
  await until(
    () => alliance.text('fr', mirror),
    (note) => note.includes('— fr.portcullis.example/log/applied '),
  )
})

it('a log forked behind two ports is frozen by every node within a round, the evidence verifies offline, and its earlier decisions stay blocked', async () => {
  const others = ['fr', 'jp', 'tw', 'us']
  await alliance.publish('de', 'earlier', draftOf('de/earlier', OTHER_GTIN))
  await until(() => verdicts(OTHER_GTIN, others), all('blocked'))
  // The same log a second time: its directory is copied, and both go on.
  await alliance.stop('de')
  cpSync(alliance.dir('de'), alliance.path('twin'), { recursive: true })
  const [port = 0] = await freePorts(1)
  alliance.set('twin', { push: true, schedule: NEVER })
  await alliance.start('de')
  const twin = await startProcess(alliance.dir('twin'), port)
  try {
    await alliance.publish('de', 'left', draftOf('de/left', '9520001000027'))
    await alliance.publish('twin', 'right', draftOf('de/right', '9520001000034'))
    const states = await until(
      async () => Promise.all(others.map(async (at) => feedState(await status(at), 'de'))),
      all('frozen'),
    )
    expect(states).toEqual(others.map(() => 'frozen'))
  } finally {
    await twin.stop()
    rmSync(alliance.path('twin'), { recursive: true })
  }
  expect(await verdicts(OTHER_GTIN, others)).toEqual(others.map(() => 'blocked'))
  for (const market of others) {
    const { evidence } = await alliance.get<{ evidence: { sha256: string }[] }>(
      market,
      '/v1/evidence',
    )
    const body = await alliance.text(market, `/v1/evidence/${evidence[0]?.sha256}`)
    const file = alliance.write(`evidence-${market}.json`, body)
    const charter = alliance.path('charter-2.json')
    const { exit, out } = await portcullis(['verify', file, '--charter', charter, '--json'])
    expect([exit, JSON.parse(out)]).toMatchObject([0, { kind: 'fork', verified: true }])
  }
})

const feedState = ({ feeds }: Status, market: string) =>
  feeds.find((feed) => feed.market === market)?.state
