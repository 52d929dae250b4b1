// One scene for all lies: us reads jp (who lies) and de (who does not); every case starts from the same copy of the reader's database.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { requireAdopted } from '../../src/charter/store.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { type NodeDb, openDatabase } from '../../src/node/database.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import type { Budgets } from '../../src/pull/source.ts'
import { stateDigest } from '../../src/status/digest.ts'
import { readStatus, type Status } from '../../src/status/read.ts'
import { type PeerReport, type SyncReport, syncRound } from '../../src/sync.ts'
import { headMemory, type TestAlliance, type TestNode, testAlliance } from './alliance.ts'
import { appendRaw, fillers, issueOf } from './entries.ts'
import { type Lie, lyingFetch } from './liar.ts'

export const HOUR_MS = 3_600_000

/** The reader at one moment, in a database of its own that the test may spoil. */
export type Observer = {
  db: NodeDb
  clock: { nowMs: number }
  /** What jp answers; null: the truth. */
  lie: Lie | null
  pull(): Promise<SyncReport>
  status(): Promise<Status>
  /** Digest of one market's decisions at a position of its log. */
  digestAt(market: string, position: number): Promise<string>
  terms(market: string): string[]
  close(): void
}
export type Scene = {
  alliance: TestAlliance
  reader: TestNode
  liar: TestNode
  honest: TestNode
  /** Entries of jp that the reader holds, and that jp's log has now. */
  held: number
  size: number
  /** The reader's digest once it has everything. */
  digest: string
  observer(budgets?: Budgets): Observer
  close(): void
}

/** Founds us, jp and de. us holds `held` entries of jp; since then jp's log grew to `size` and de issued another decision. */
export async function makeScene(held: number, size: number): Promise<Scene> {
  const alliance = await testAlliance(['us', 'jp', 'de'])
  const [reader, liar, honest] = ['us', 'jp', 'de'].map((market) => alliance.node(market))
  if (!reader || !liar || !honest) throw new TypeError('a node is missing')
  const issue = (node: TestNode, name: string): Promise<unknown> =>
    node.publish([issueOf(`${node.market}/${name}`) as UnsignedAct])
  await issue(liar, 'first')
  await issue(honest, 'first')
  await appendRaw(liar, await fillers(alliance, liar, held - 2))
  await reader.pull()
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-scene-'))
  const snapshot = join(directory, 'reader.db')
  writeFileSync(snapshot, reader.db.raw.serialize())
  await issue(liar, 'second')
  await issue(honest, 'second')
  await appendRaw(liar, await fillers(alliance, liar, size - held - 1))
  await reader.pull()
  const { digest } = await reader.status()
  let copies = 0
  return {
    alliance,
    reader,
    liar,
    honest,
    held,
    size,
    digest,
    observer(budgets) {
      copies += 1
      const path = join(directory, `copy-${copies}.db`)
      copyFileSync(snapshot, path)
      return observe(alliance, reader, path, budgets)
    },
    close() {
      alliance.close()
      rmSync(directory, { recursive: true })
    },
  }
}

function observe(
  alliance: TestAlliance,
  reader: TestNode,
  path: string,
  budgets: Budgets | undefined,
): Observer {
  const db = openDatabase(path)
  // Nothing here is about power cuts.
  db.raw.pragma('synchronous = OFF')
  const clock = { nowMs: alliance.clock.nowMs }
  const here = { market: reader.market, name: 'reader' }
  const own = { db, memory: headMemory(), nowMs: () => clock.nowMs }
  const deps = { ...reader.sync, ...own, ...(budgets ? { budgets } : {}) }
  return {
    db,
    clock,
    lie: null,
    pull() {
      const { lie } = this
      const fetch = lie === null ? deps.fetch : lyingFetch(deps.fetch, 'jp', lie)
      return syncRound({ ...deps, fetch }, { force: true })
    },
    status: async () =>
      readStatus(db, here, await requireAdopted(db), Math.floor(clock.nowMs / 1000)),
    digestAt: async (market, position) => stateDigest(db, '', new Map([[market, position]])),
    terms: (market) =>
      db.raw
        .prepare('SELECT decision FROM terms WHERE market = ? ORDER BY decision')
        .pluck()
        .all(market) as string[],
    close: () => db.close(),
  }
}

/** The row of one market in a report or a status. */
export function of<T extends { market: string }>(rows: readonly T[], market: string): T {
  const row = rows.find((one) => one.market === market)
  if (row === undefined) throw new TypeError(`no row of ${market}`)
  return row
}

/**
 * A whole round against one lie: the code stands in the report and in `peer`; what is held of jp answers as before and its age shows;
 * de is current; and once jp tells the truth the reader has everything, without people. Gives the report on jp.
 */
export async function expectHarmless(
  scene: Scene,
  lie: Lie,
  code: ErrorCode,
  budgets?: Budgets,
): Promise<PeerReport> {
  const observer = scene.observer(budgets)
  try {
    const report = await expectRefusal(scene, observer, lie, code, 'stale')
    observer.lie = null
    await expectRecovery(scene, observer)
    return report
  } finally {
    observer.close()
  }
}

/** As `expectHarmless`, for two heads that cannot both be true: the log stays frozen at its last good head, also when jp is honest again. */
export async function expectFrozen(scene: Scene, lie: Lie, code: ErrorCode): Promise<void> {
  const observer = scene.observer()
  try {
    await expectRefusal(scene, observer, lie, code, 'frozen')
    observer.lie = null
    await observer.pull()
    const { feeds } = await observer.status()
    expect(of(feeds, 'jp')).toMatchObject({ state: 'frozen', position: scene.held })
    expect(of(feeds, 'de').state).toBe('fresh')
    expect(observer.terms('jp')).toEqual(['jp/first'])
  } finally {
    observer.close()
  }
}

async function expectRefusal(
  scene: Scene,
  observer: Observer,
  lie: Lie,
  code: ErrorCode,
  later: 'stale' | 'frozen',
): Promise<PeerReport> {
  const before = await observer.digestAt('jp', scene.held)
  observer.lie = lie
  const report = of((await observer.pull()).peers, 'jp')
  expect({ outcome: report.outcome, code: report.code }).toEqual({ outcome: 'failed', code })
  await expectLastGoodState(scene, observer, before, code, later)
  return report
}

async function expectLastGoodState(
  scene: Scene,
  observer: Observer,
  before: string,
  code: ErrorCode,
  state: 'stale' | 'frozen',
): Promise<void> {
  const status = await observer.status()
  expect(of(status.peers, 'jp')).toMatchObject({ code, failures: 1 })
  expect(await observer.digestAt('jp', scene.held)).toBe(before)
  expect(observer.terms('jp')).toContain('jp/first')
  const jp = of(status.feeds, 'jp')
  expect(jp.position).toBeGreaterThanOrEqual(scene.held)
  expect(jp.position).toBeLessThan(scene.size)
  expect(of(status.feeds, 'de')).toMatchObject({ state: 'fresh', position: 3, seen: 3 })
  expect(observer.terms('de')).toEqual(['de/first', 'de/second'])
  observer.clock.nowMs += 2 * HOUR_MS
  const later = of((await observer.status()).feeds, 'jp')
  expect(later.state).toBe(state)
  expect(later.ageS).toBeGreaterThanOrEqual(7200)
  observer.clock.nowMs -= 2 * HOUR_MS
}

/** One round with an honest jp brings the reader to where it would be had nobody lied. */
export async function expectRecovery(scene: Scene, observer: Observer): Promise<void> {
  const report = await observer.pull()
  expect(of(report.peers, 'jp')).toMatchObject({ outcome: 'merged', refused: 0 })
  const status = await observer.status()
  expect(of(status.peers, 'jp')).toMatchObject({ code: null, failures: 0 })
  expect(of(status.feeds, 'jp')).toMatchObject({ state: 'fresh', position: scene.size })
  expect(status.digest).toBe(scene.digest)
}
