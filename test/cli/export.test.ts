// An alliance in one file: exported at one node, taken in at another that never met it, damaged on the way, or in two parts (protocol 1.11).
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { Failure } from '../../src/errors.ts'
import { readHead } from '../../src/log/read.ts'
import { type NodeDb, openDatabase } from '../../src/node/database.ts'
import { openTar, writeTar } from '../../src/node/tar-file.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { readFeeds } from '../../src/pull/feed.ts'
import { stateDigest } from '../../src/status/digest.ts'
import { exportAlliance, type Import, importAlliance } from '../../src/transfer.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { appendRaw, fillers, forgedLog, issueOf } from '../support/entries.ts'
import { seededRandom } from '../support/random.ts'

const DAMAGED = 200
let alliance: TestAlliance
let directory: string
let us: TestNode
let empty: string
let whole: string
let early: string
let sizes: Map<string, number>

async function exportTo(
  name: string,
  from: ReadonlyMap<string, number> = new Map(),
): Promise<string> {
  const path = join(directory, name)
  const { adopted } = await us.outbound()
  const deps = { db: us.db, adopted, appliedName: `${us.origin}/applied` }
  await writeTar(path, (await exportAlliance(deps, from)).files)
  return path
}

async function importFrom(
  db: NodeDb,
  path: string,
  pin: string | null = alliance.alliance,
): Promise<Import> {
  const archive = openTar(path)
  try {
    const deps = { db, origin: null, pin, nowMs: () => alliance.clock.nowMs }
    return await importAlliance(deps, archive)
  } finally {
    archive.close()
  }
}

let copies = 0
/** A node that holds nothing but the charter. */
function stranger(): NodeDb {
  copies += 1
  const path = join(directory, `stranger-${copies}.db`)
  copyFileSync(empty, path)
  const db = openDatabase(path)
  db.raw.pragma('synchronous = OFF')
  return db
}

async function digestOf(db: NodeDb): Promise<string> {
  const { charter } = await requireAdopted(db)
  const feeds = await readFeeds(db)
  return stateDigest(
    db,
    charter.hash,
    new Map(feeds.map(({ market, effective }) => [market, effective])),
  )
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-export-'))
  alliance = await testAlliance(['us', 'jp', 'de'])
  us = alliance.node('us')
  const jp = alliance.node('jp')
  empty = join(directory, 'empty.db')
  const bare = openDatabase(empty)
  const { files } = await us.outbound().then(({ adopted }) => adopted)
  for (const file of files) {
    bare.raw
      .prepare('INSERT INTO charter (n, hash, file, adopted_at) VALUES (1, ?, ?, 0)')
      .run(alliance.alliance, file)
  }
  bare.raw.pragma('wal_checkpoint(TRUNCATE)')
  bare.close()
  await us.publish([issueOf('us/one') as UnsignedAct])
  await jp.publish([issueOf('jp/one') as UnsignedAct])
  await appendRaw(jp, await fillers(alliance, jp, 270))
  await alliance.syncAll()
  early = await exportTo('early.tar')
  await appendRaw(jp, await fillers(alliance, jp, 730))
  await jp.publish([issueOf('jp/two') as UnsignedAct])
  alliance.clock.nowMs += 60_000
  await alliance.syncAll()
  whole = await exportTo('whole.tar')
  sizes = new Map((await readFeeds(us.db)).map(({ market, merged }) => [market, merged]))
}, 60_000)
afterAll(() => {
  alliance.close()
  rmSync(directory, { recursive: true, force: true })
})

const refusedCode = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  return error instanceof Failure ? error.code : `no failure: ${error}`
}

describe('an alliance bundle', () => {
  it('brings a node that never met anybody to the same state', async () => {
    const db = stranger()
    const report = await importFrom(db, whole)
    expect(report.feeds.map(({ market, outcome, merged }) => [market, outcome, merged])).toEqual(
      [...sizes].sort().map(([market, size]) => [market, 'merged', size]),
    )
    expect(await digestOf(db)).toBe(await digestOf(us.db))
    expect((await importFrom(db, whole)).feeds.map(({ outcome }) => outcome)).toEqual(
      Array(3).fill('unchanged'),
    )
    db.close()
  })

  it('is the same bytes each time, and a plain tar that is a static mirror when unpacked', async () => {
    const again = await exportTo('again.tar')
    expect(readFileSync(again).equals(readFileSync(whole))).toBe(true)
    expect(existsSync(`${again}.part`)).toBe(false)
    const names = execFileSync('tar', ['tf', whole], { encoding: 'utf8' }).trim().split('\n')
    const jp = originHash('jp.test/log')
    expect(names[0]).toBe('charter/1.json')
    const files = ['checkpoint', 'tile/0/003.p/235', 'tile/1/000.p/3', 'tile/entries/003.p/235']
    for (const file of files) expect(names).toContain(`${jp}/${file}`)
    for (const file of ['tile/0/000', 'tile/entries/002']) {
      const path = `${jp}/${file}`
      expect(names).toContain(path)
      const unpacked = execFileSync('tar', ['xOf', whole, path])
      const served = await us.request(`/mirror/${path}`)
      expect(unpacked.equals(Buffer.from(await served.arrayBuffer()))).toBe(true)
    }
  })

  it('is taken by nobody who has pinned another alliance, or none', async () => {
    const db = openDatabase(':memory:')
    expect(await refusedCode(importFrom(db, whole, null))).toBe('ERR_CHARTER_NONE')
    expect(await refusedCode(importFrom(db, whole, 'A'.repeat(43)))).toBe('ERR_CHARTER_PIN')
    const other = await testAlliance(['us', 'jp'])
    expect(await refusedCode(importFrom(other.node('us').db, whole))).toBe('ERR_CHARTER_PIN')
    expect(await readFeeds(db)).toEqual([])
    const report = await importFrom(db, whole)
    expect(report.charters_adopted).toBe(1)
    expect(await digestOf(db)).toBe(await digestOf(us.db))
    other.close()
    db.close()
  })

  it('that is older than what the node has changes nothing and is no fault', async () => {
    const db = stranger()
    await importFrom(db, whole)
    const before = await digestOf(db)
    const report = await importFrom(db, early)
    expect(report.feeds.map(({ market, outcome }) => [market, outcome])).toEqual([
      ['de', 'unchanged'],
      ['jp', 'older'],
      ['us', 'unchanged'],
    ])
    expect(await digestOf(db)).toBe(before)
    db.close()
  })
})

describe('from a log that signed two histories', () => {
  it('a smaller head of the other one is no older word: it is a conflict', async () => {
    const jp = alliance.node('jp')
    const forged = await forgedLog(jp, await fillers(alliance, jp, 5))
    const head = await readHead(forged)
    const checkpoint = `${originHash(jp.origin)}/checkpoint`
    const path = join(directory, 'forged.tar')
    const archive = openTar(early)
    const charter = (await archive.read('charter/1.json')) ?? new Uint8Array()
    archive.close()
    await writeTar(
      path,
      (async function* () {
        yield { path: 'charter/1.json', bytes: charter }
        yield { path: checkpoint, bytes: encodeUtf8(head?.note ?? '') }
      })(),
    )
    const db = stranger()
    await importFrom(db, early)
    const report = (await importFrom(db, path)).feeds.find(({ market }) => market === 'jp')
    expect(report).toMatchObject({ outcome: 'failed', code: 'ERR_HEAD_CONFLICT' })
    forged.close()
    db.close()
  })
})

describe('in parts', () => {
  it('goes on from an earlier bundle, also by one that leaves out what was in it', async () => {
    const db = stranger()
    await importFrom(db, early)
    const held = new Map((await readFeeds(db)).map(({ market, merged }) => [market, merged]))
    const part = await exportTo('part.tar', held)
    expect(readFileSync(part).length).toBeLessThan(readFileSync(whole).length)
    const report = await importFrom(db, part)
    expect(report.feeds.find(({ market }) => market === 'jp')).toMatchObject({ outcome: 'merged' })
    expect(await digestOf(db)).toBe(await digestOf(us.db))
    const behind = stranger()
    const refused = (await importFrom(behind, part)).feeds.find(({ market }) => market === 'jp')
    expect(refused).toMatchObject({ outcome: 'failed', code: 'ERR_ARCHIVE_MISSING' })
    behind.close()
    db.close()
  })

  it('goes on where a damaged bundle ended, and from a head that was seen and not merged', async () => {
    const db = stranger()
    const hash = originHash('jp.test/log')
    const damaged = spoiledAt(whole, `${hash}/tile/entries/003.p/235`, 40)
    const first = (await importFrom(db, damaged)).feeds.find(({ market }) => market === 'jp')
    expect(first).toMatchObject({ outcome: 'failed', code: 'ERR_BUNDLE_MISMATCH' })
    const feed = (await readFeeds(db)).find(({ market }) => market === 'jp')
    expect(feed?.merged).toBeLessThan(feed?.seenSize ?? 0)
    await appendRaw(alliance.node('jp'), await fillers(alliance, alliance.node('jp'), 300))
    await us.pull()
    const newer = await exportTo('newer.tar')
    await importFrom(db, newer)
    expect(await digestOf(db)).toBe(await digestOf(us.db))
    db.close()
  })
})

/** A copy of a tar with one byte of a file in it flipped. */
function spoiledAt(path: string, name: string, at: number): string {
  const bytes = readFileSync(path)
  const header = bytes.indexOf(`${name}\0`)
  if (header < 0) throw new TypeError(`no ${name}`)
  return spoiled(bytes, header + 512 + at)
}

function spoiled(bytes: Buffer, at: number): string {
  const path = join(directory, 'spoiled.tar')
  writeFileSync(path, flipped(bytes, at))
  return path
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
  return copy
}

describe('damaged', () => {
  it(`at any of ${DAMAGED} places it is refused or harmless: never another state`, async () => {
    const bytes = readFileSync(early)
    const random = seededRandom(20_261)
    const db = stranger()
    await importFrom(db, early)
    const truth = await digestOf(db)
    db.close()
    const seen = new Map<string, number>()
    for (let count = 0; count < DAMAGED; count++) {
      const path = spoiled(bytes, random.below(bytes.length))
      const one = stranger()
      const outcome = await importFrom(one, path).then(
        ({ feeds }) => feeds.find((feed) => feed.outcome === 'failed')?.code ?? 'harmless',
        (error: unknown) => (error instanceof Failure ? error.code : String(error)),
      )
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
      if (outcome === 'harmless') expect(await digestOf(one)).toBe(truth)
      // Whatever stayed is a prefix of the truth, and the undamaged file brings the rest.
      if (count % 5 === 0) {
        await importFrom(one, early)
        expect(await digestOf(one)).toBe(truth)
      }
      one.close()
    }
    expect(
      [...seen.keys()].filter(
        (code) => !/^(ERR_(ARCHIVE|BUNDLE|TILE|HEAD|CHARTER)_|harmless)/.test(code),
      ),
    ).toEqual([])
    expect(seen.get('ERR_BUNDLE_MISMATCH')).toBeGreaterThan(DAMAGED / 2)
  }, 120_000)

  it('in its own bytes, cut short or with something after it, nothing is taken from it', async () => {
    const bytes = readFileSync(early)
    const header = bytes.indexOf(`${originHash('de.test/log')}/checkpoint\0`)
    const places = [0, 100, 124, 136, 148, 156, 257, 345, 511]
    const damaged = places.map((at) => flipped(bytes, header + at))
    const cut = [0, 512, 1000, bytes.length - 1, bytes.length - 1024].map((end) =>
      bytes.subarray(0, end),
    )
    const path = join(directory, 'broken.tar')
    for (const one of [...damaged, ...cut, Buffer.concat([bytes, Buffer.alloc(512)])]) {
      writeFileSync(path, one)
      const db = stranger()
      expect(await refusedCode(importFrom(db, path))).toBe('ERR_ARCHIVE_FORMAT')
      expect(await readFeeds(db)).toEqual([])
      db.close()
    }
  })

  it('by a tar of another program, or with a file twice or of another name, it is refused', async () => {
    const files = async function* (...names: string[]) {
      for (const path of names) yield { path, bytes: new Uint8Array(3) }
    }
    const path = join(directory, 'odd.tar')
    const names = [
      ['charter/1.json', 'charter/1.json'],
      ['passwd'],
      ['charter/01.json'],
      [`${'0'.repeat(64)}/tile/0/0`],
    ]
    for (const odd of names) {
      await writeTar(path, files(...odd))
      expect(await refusedCode(importFrom(stranger(), path))).toBe('ERR_ARCHIVE_FORMAT')
    }
    writeFileSync(join(directory, 'file'), 'text')
    execFileSync('tar', ['--format=ustar', '-cf', path, '-C', directory, 'file'])
    expect(await refusedCode(importFrom(stranger(), path))).toBe('ERR_ARCHIVE_FORMAT')
  })
})
