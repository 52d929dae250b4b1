// The key ceremony and the runbooks of the README, by its own commands: a market joins and leaves; an agency, a root and a log key are
// compromised one after another.
import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Status } from '../../src/status/read.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { LONG_MS, portcullis, type RealAlliance, realNodes, until } from '../support/processes.ts'
import { type Runbook, runbook } from '../support/runbook.ts'

vi.setConfig({ testTimeout: LONG_MS, hookTimeout: LONG_MS })

const GTIN = '9521234123453'
const OTHER_GTIN = '9520001000010'
let nodes: RealAlliance
let book: Runbook

beforeAll(async () => {
  nodes = realNodes(mkdtempSync(join(tmpdir(), 'portcullis-runbooks-')))
  book = runbook(nodes)
  await book.follow('### The key ceremony', '### Commands')
  await nodes.start('jp')
})
afterAll(() => nodes.close())

const verdicts = (gtin: string, at: readonly string[]) =>
  Promise.all(
    at.map(async (market) => {
      const answer = await nodes.get<{ verdict: string }>(market, `/v1/lookup?gtin=${gtin}`)
      return answer.verdict
    }),
  )
const settled = (gtin: string, at: readonly string[], isBlocked: boolean) =>
  until(
    () => verdicts(gtin, at),
    (said) => said.every((one) => (one === 'blocked') === isBlocked),
  )
const charterAt = async (at: string) => (await nodes.get<Status>(at, '/v1/status')).charter.n

it('a market joins and catches up, and leaves: its decisions stay, and it counts for nothing further', async () => {
  await nodes.publish('us', 'before', issueDraft('us/before').replaceAll(GTIN, '9520001000027'))
  await book.follow('**A market joins.**', '**A market leaves.**', ['us', 'jp', 'kr'])
  book.next()
  await settled('9520001000027', ['kr'], true)
  await nodes.publish('kr', 'stays', issueDraft('kr/stays').replaceAll(GTIN, '9520001000034'))
  await settled('9520001000034', ['us', 'jp'], true)
  await book.follow('**A market leaves.**', '**An agency key is stolen.**', ['us', 'jp', 'kr'])
  book.next()
  await until(
    () => charterAt('us'),
    (n) => n === 3,
  )
  expect(await verdicts('9520001000034', ['us', 'jp'])).toEqual(['blocked', 'blocked'])
  const { coverage } = await nodes.get<{ coverage: { market: string }[] }>(
    'us',
    `/v1/lookup?gtin=${GTIN}`,
  )
  expect(coverage.map(({ market }) => market)).toEqual(['jp', 'us'])
})

it('an agency key is stolen: from its end on nothing of it counts, and what the thief signed is undone by the new key', async () => {
  await nodes.publish('us', 'old')
  const poison = issueDraft('us/poisoned').replaceAll(GTIN, OTHER_GTIN)
  await nodes.publish('us', 'poison', poison)
  await settled(OTHER_GTIN, ['us', 'jp'], true)
  await book.follow('**An agency key is stolen.**', 'A smaller N cuts back')
  book.next()
  await until(
    () => charterAt('us'),
    (n) => n === 4,
  )
  const more = nodes.write('more.yaml', issueDraft('us/more'))
  const stolen = nodes.path('stolen.jwk.json')
  const tried = await portcullis([
    'publish',
    more,
    '--dir',
    nodes.dir('us'),
    '--key',
    stolen,
    '--json',
  ])
  expect([tried.exit, JSON.parse(tried.out).error.code]).toEqual([1, 'ERR_ACT_KEY'])
  await nodes.publish('us', 'undo', actDraft('us/poisoned', 'act: annul\nreason: {code: error}'))
  await settled(OTHER_GTIN, ['us', 'jp'], false)
  // What the key signed before its end stands.
  expect(await verdicts(GTIN, ['us', 'jp'])).toEqual(['blocked', 'blocked'])
})

it('a root key is stolen: the new one counts from then on, and the old one for nothing', async () => {
  copyFileSync(nodes.path('jp/keys/root.jwk.json'), nodes.path('stolen-root.jwk.json'))
  await book.follow('**A root key is stolen or lost.**', '**A log key is lost or stolen.**')
  book.next()
  await until(
    () => charterAt('us'),
    (n) => n === 5,
  )
  const [old, next] = [nodes.path('charter-5.json'), nodes.path('takeover.json')]
  await nodes.run('charter', 'propose', '--from', old, '--out', next, '--set', 'us.name=Thief')
  for (const key of ['us/keys/root.jwk.json', 'stolen-root.jwk.json']) {
    await nodes.run('charter', 'sign', next, '--key', nodes.path(key), '--previous', old)
  }
  const { exit } = await portcullis(['charter', 'verify', next, '--previous', old])
  expect(exit).toBe(3)
})

it('a log key is stolen: the next log takes over, and an old decision that it rescinds lifts everywhere', async () => {
  await book.follow('**A log key is lost or stolen.**', '**A log key is due for rotation.**')
  const lift = actDraft('us/old', 'act: rescind\nfrom: 2026-01-01\nreason: {code: settled}')
  await until(
    () => verdicts(GTIN, ['us-2', 'jp']),
    (said) => said.every((one) => one === 'blocked'),
  )
  await nodes.publish('us-2', 'lift', lift)
  await settled(GTIN, ['us-2', 'jp'], false)
  const [here, there] = await Promise.all(
    ['us-2', 'jp'].map((at) => nodes.get<Status>(at, '/v1/status')),
  )
  expect(here?.digest).toBe(there?.digest)
  expect(here?.charter.n).toBe(6)
})
