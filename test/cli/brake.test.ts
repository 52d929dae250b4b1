// A held mass change as an operator meets it: told by sync and status, looked at, released by two people, all by commands.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openNode } from '../../src/node/open.ts'
import { publishActs } from '../../src/outbound.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { syncRound } from '../../src/sync.ts'
import { DAY_MS, issued, range, rescinded } from '../support/mass.ts'
import { LONG_MS, NEVER, type RealAlliance, realAlliance } from '../support/processes.ts'

const LONG_AGO = { on: '2020-01-01', precision: 'day', at: Date.UTC(2020, 0, 1) / 1000 }
let alliance: RealAlliance

/** In force whatever the machine's date. */
const issue = (number: number): UnsignedAct => {
  const act = issued('kr', number) as { header: object }
  const ever = { starts_on: LONG_AGO, expires_on: { open: true, reason: 'a test' } }
  return { ...act, header: { ...act.header, ...ever } } as UnsignedAct
}
const lift = (number: number) =>
  ({ ...rescinded('kr', number), from: LONG_AGO }) as unknown as UnsignedAct

async function publish(acts: readonly UnsignedAct[]): Promise<void> {
  const node = await openNode(alliance.dir('kr'), {})
  await publishActs(await node.outbound(), acts, await node.agencyKey())
  node.close()
}

const brake = <T>(...args: string[]) =>
  alliance.run<T>('brake', ...args, '--dir', alliance.dir('us'))
const tokenOf = async (name: string): Promise<string> => {
  const dir = ['--dir', alliance.dir('us')]
  await alliance.run('user', 'add', name, '--name', name, '--role', 'operator', ...dir)
  return (await alliance.run<{ token: string }>('token', 'new', name, ...dir)).token
}

beforeAll(async () => {
  alliance = await realAlliance(['kr', 'us'], NEVER)
  // It starts with an empty log, which asks nobody; what publishes beside it relies on that.
  await alliance.start('kr')
  await publish(range(0, 30).map(issue))
  const us = await openNode(alliance.dir('us'), {}, () => Date.now() - 2 * DAY_MS)
  await syncRound(us.sync, { force: true })
  us.close()
  await publish(range(0, 25).map(lift))
}, LONG_MS)
afterAll(() => alliance.close())

it(
  'is told, shown and released by commands',
  async () => {
    const dir = alliance.dir('us')
    expect((await alliance.run<{ held: string[] }>('sync', '--dir', dir)).held).toEqual(['kr'])
    const status = await alliance.run<{ holds: object[] }>('status', '--dir', dir)
    const flips = { decisions: { added: 0, lifted: 25 } }
    expect(status.holds).toMatchObject([{ market: 'kr', flips }])
    expect(await brake()).toMatchObject({ held: [{ market: 'kr', flips, waiting: null }] })
    const shown = await brake<{ changes: object[] }>('show', 'kr')
    expect(shown.changes).toHaveLength(25)
    await expect(brake('show', 'jp')).rejects.toThrow('ERR_BRAKE_NOT_HELD')
    const [ada, bob] = [await tokenOf('ada'), await tokenOf('bob')]
    await expect(brake('release', 'kr')).rejects.toThrow('ERR_TOKEN')
    expect(await brake('release', 'kr', '--token', ada)).toMatchObject({ state: 'waiting' })
    await expect(brake('release', 'kr', '--token', ada)).rejects.toThrow('ERR_TWO_PERSON')
    expect(await brake('release', 'kr', '--token', bob)).toMatchObject({
      state: 'released',
      first: 'ada',
      second: 'bob',
    })
    expect(await brake()).toEqual({ held: [] })
  },
  LONG_MS,
)
