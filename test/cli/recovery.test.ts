// `backup`, `restore` and `recover` on a directory: what a backup holds, what a restored directory lacks, copies that go back.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readHead } from '../../src/log/read.ts'
import { foundAlliance, memberDirectory } from '../../src/node/alliance.ts'
import { openNode } from '../../src/node/open.ts'
import { openLog, publishFile } from '../../src/outbound.ts'
import { issueDraft } from '../support/decisions.ts'
import { portcullis } from '../support/processes.ts'

let root: string
let us: string

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'portcullis-backup-'))
  const market = { market: 'us', name: 'Test', timeZone: 'UTC', port: 1 }
  const schedule = '0 0 1 1 *'
  await foundAlliance({ directory: root, markets: [market], defaultEffect: 'detain', schedule })
  us = memberDirectory(root, 'us')
  await publish('us/first')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

async function publish(decision: string): Promise<void> {
  const node = await openNode(us, {})
  const outbound = await node.outbound()
  await openLog(outbound, await node.nodeKey())
  const file = { text: issueDraft(decision), fileName: 'test.yaml', zoneHere: 'UTC' }
  await publishFile(outbound, file, await node.agencyKey())
  node.close()
}

async function entries(): Promise<number | undefined> {
  const node = await openNode(us, {})
  const head = await readHead(node.db)
  node.close()
  return head?.size
}

const run = async (...args: string[]) => {
  const { exit, out } = await portcullis([...args, '--json'])
  return { exit, said: JSON.parse(out) }
}
const path = (name: string) => join(root, name)
const backup = (...more: string[]) =>
  run('backup', '--dir', us, '--out', path('us.backup'), ...more)

describe('a backup', () => {
  it('holds database and settings, never a key, and can be restored into an empty directory', async () => {
    const { said } = await backup()
    expect(said).toMatchObject({ market: 'us', entries: 2, charter: 1, hasKeys: false })
    expect(said.files).toEqual(['portcullis.yaml'])
    const key = JSON.parse(readFileSync(join(us, 'keys/log.jwk.json'), 'utf8')).d as string
    expect(readFileSync(path('us.backup')).includes(key)).toBe(false)
    const restored = await run('restore', path('us.backup'), '--dir', path('new'))
    expect(restored).toMatchObject({ exit: 0, said: { entries: 2, replaced: null } })
    expect(readdirSync(path('new')).sort()).toEqual([
      'portcullis.db',
      'portcullis.yaml',
      'running.lock',
    ])
  })

  it('holds the keys where that was asked for, for its owner only, and leaves none in the database', async () => {
    const { said } = await backup('--with-keys')
    expect(said.hasKeys).toBe(true)
    expect(statSync(path('us.backup')).mode & 0o077).toBe(0)
    await run('restore', path('us.backup'), '--dir', path('new'))
    const key = readFileSync(join(us, 'keys/log.jwk.json'), 'utf8')
    expect(readFileSync(path('new/keys/log.jwk.json'), 'utf8')).toBe(key)
    const { d } = JSON.parse(key)
    expect(readFileSync(path('new/portcullis.db')).includes(d)).toBe(false)
  })
})

describe('copies of signed acts', () => {
  it('go back to their places where the head that was signed is remembered', async () => {
    await backup()
    await publish('us/second')
    const before = readFileSync(join(us, 'signed-acts.txt'), 'utf8')
    rmSync(join(us, 'signed-acts.txt'))
    const copies = path('copies.txt')
    writeFileSync(copies, before)
    await run('restore', path('us.backup'), '--dir', us, '--replace')
    const { said } = await run('recover', copies, '--dir', us)
    expect(said).toMatchObject({ exact: 1, appended: 0, refused: [] })
    expect(await entries()).toBe(3)
  })

  it('are judged and appended anew where no head is known, and none twice', async () => {
    await backup()
    await publish('us/second')
    const copies = path('copies.txt')
    renameSync(join(us, 'signed-acts.txt'), copies)
    await run('restore', path('us.backup'), '--dir', us, '--replace')
    rmSync(join(us, 'last-head.txt'))
    const { said } = await run('recover', copies, '--dir', us)
    expect(said).toMatchObject({ exact: 0, appended: 1, refused: [] })
    const again = await run('recover', copies, '--dir', us)
    expect(again.said).toMatchObject({ exact: 0, appended: 0, refused: [] })
    expect(await entries()).toBe(3)
    expect(existsSync(join(us, 'portcullis.db.replaced-1'))).toBe(true)
  })
})
