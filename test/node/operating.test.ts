// What an operator meets: start-up errors with their cure, a restored database, a graceful stop, logs that keep secrets.
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { foundAlliance, freePorts, memberDirectory, startProcess } from '../../src/node/alliance.ts'
import { openNode } from '../../src/node/open.ts'
import { openLog, publishFile } from '../../src/outbound.ts'
import { issueDraft } from '../support/decisions.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
let root: string
let us: string
let count = 0

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'portcullis-operating-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

beforeEach(async () => {
  count += 1
  const directory = join(root, String(count))
  const [port = 0] = await freePorts(1)
  await foundAlliance({
    directory,
    markets: [{ market: 'us', name: 'Test', timeZone: 'UTC', port }],
    defaultEffect: 'detain',
    schedule: '0 0 1 1 *',
  })
  us = memberDirectory(directory, 'us')
})

async function publish(decision: string): Promise<number> {
  const node = await openNode(us, {})
  try {
    const outbound = await node.outbound()
    await openLog(outbound, await node.nodeKey())
    const file = { text: issueDraft(decision), fileName: 'test.yaml', zoneHere: 'UTC' }
    return (await publishFile(outbound, file, await node.agencyKey())).head.size
  } finally {
    node.close()
  }
}

/** Runs `serve` until it ends by itself. */
function serve(...args: string[]): Promise<{ exit: number | null; err: string }> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--dir', us, ...args])
  let err = ''
  child.stderr.on('data', (text) => {
    err += text
  })
  return new Promise((resolve) => child.once('exit', (exit) => resolve({ exit, err })))
}

const settings = () => join(us, 'portcullis.yaml')
const edit = (from: string | RegExp, to: string) =>
  writeFileSync(settings(), readFileSync(settings(), 'utf8').replace(from, to))

describe('a node that cannot start says why in one line, and the cure in another', () => {
  it('a misspelled setting is refused, with the one that was meant', async () => {
    edit('schedule:', 'shedule:')
    const { exit, err } = await serve()
    expect(exit).toBe(1)
    expect(err).toMatch(/^ERR_CONFIG_UNKNOWN_KEY: .*`shedule`.*\nCure: did you mean `schedule`\?/)
  })

  it('a setting of the wrong form is named', async () => {
    edit(/port: \d+/, 'port: many')
    expect((await serve()).err).toMatch(/^ERR_CONFIG_FORMAT: .*`port`/)
  })

  it('a key that cannot be read is named, and its content never printed', async () => {
    const key = join(us, 'keys/log.jwk.json')
    const { d } = JSON.parse(readFileSync(key, 'utf8'))
    writeFileSync(key, `{"kty":"OKP","crv":"Ed25519","d":"${d}"`)
    const { exit, err } = await serve()
    expect(exit).toBe(1)
    expect(err).toMatch(/^ERR_KEY_UNREADABLE: .*log\.jwk\.json.*\nCure: /)
    expect(err).not.toContain(d)
  })

  it('a busy port is one line', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    const { exit, err } = await serve('--port', String(port))
    server.close()
    expect(exit).toBe(1)
    expect(err).toMatch(new RegExp(`^ERR_PORT_BUSY: port ${port} .*\\nCure: `))
  })

  it('a database of a newer version is left alone', async () => {
    const db = new Database(join(us, 'portcullis.db'))
    db.exec("INSERT INTO migration (name) VALUES ('9999_future.sql')")
    db.close()
    expect((await serve()).err).toMatch(/^ERR_DATABASE_NEWER: .*9999_future\.sql.*\nCure: /)
  })

  it('another charter than the one pinned is refused', async () => {
    edit(/alliance: .*/, `alliance: ${'A'.repeat(43)}`)
    expect((await serve()).err).toMatch(/^ERR_CHARTER_PIN: .*\nCure: /)
  })
})

describe('a restored database', () => {
  it('never signs a second history behind a head that was signed', async () => {
    await publish('us/first')
    const files = ['portcullis.db']
    for (const file of files) copyFileSync(join(us, file), join(us, `${file}.backup`))
    await publish('us/second')
    for (const file of files) copyFileSync(join(us, `${file}.backup`), join(us, file))
    for (const file of ['portcullis.db-wal', 'portcullis.db-shm'])
      rmSync(join(us, file), { force: true })
    // The agency's own copies of what it signed would bring it back: see test/cli/recovery.test.ts.
    rmSync(join(us, 'signed-acts.txt'))
    await expect(publish('us/other')).rejects.toMatchObject({ code: 'ERR_HEAD_BEHIND' })
    const node = await openNode(us, {})
    expect(node.db.raw.prepare('SELECT max(size) AS size FROM checkpoint').get()).toEqual({
      size: 2,
    })
    node.close()
  })

  it('goes on answering officers while it may not sign', async () => {
    await publish('us/first')
    writeFileSync(join(us, 'last-head.txt'), `9 ${'ab'.repeat(32)}\n`)
    const node = await startProcess(us)
    const response = await fetch(`${node.url}/v1/lookup?gtin=9521234123453`)
    expect(((await response.json()) as { verdict: string }).verdict).toBe('blocked')
    expect((await fetch(`${node.url}/readyz`)).status).toBe(200)
    await node.stop()
  })

  it('remembers each head it signed, also across many', async () => {
    for (const name of ['a', 'b', 'c']) await publish(`us/${name}`)
    expect(existsSync(join(us, 'last-head.txt'))).toBe(true)
    expect(await publish('us/d')).toBe(5)
  })
})

describe('a running node', () => {
  it('stops gracefully on SIGTERM, with exit code 0', async () => {
    const node = await startProcess(us)
    await fetch(`${node.url}/healthz`)
    await node.stop()
    expect(node.child.exitCode).toBe(0)
  })

  it('never writes a question into its log', async () => {
    const node = await startProcess(us)
    let err = ''
    node.child.stderr?.on('data', (text) => {
      err += text
    })
    await fetch(`${node.url}/v1/lookup?q=VerySecretShipment`)
    await fetch(`${node.url}/v1/lookup?nonsense=VerySecretShipment`)
    await node.stop()
    expect(err).not.toContain('VerySecretShipment')
  })

  it('takes what `publish` beside it appends, without a restart', async () => {
    const node = await startProcess(us)
    await publish('us/beside')
    const response = await fetch(`${node.url}/v1/lookup?gtin=9521234123453`)
    expect(((await response.json()) as { verdict: string }).verdict).toBe('blocked')
    await node.stop()
  })
})
