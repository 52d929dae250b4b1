// `portcullis publish` as an agency runs it: a file with a fault is refused with its code, names the field, and appends nothing.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors.ts'
import { readHead } from '../../src/log/read.ts'
import { foundAlliance, memberDirectory } from '../../src/node/alliance.ts'
import { type OpenNode, openNode } from '../../src/node/open.ts'
import { openLog, publishFile } from '../../src/outbound.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const INVALID = join(ROOT, 'fixtures/decisions/invalid')
const FILES = readdirSync(INVALID).filter((name) => name.endsWith('.yaml'))
const run = promisify(execFile)

let directory: string
let node: OpenNode

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-publish-'))
  await foundAlliance({
    directory,
    markets: [{ market: 'us', name: 'Test', timeZone: 'America/New_York', port: 1 }],
    defaultEffect: 'detain',
    schedule: '0 0 1 1 *',
  })
  node = await openNode(memberDirectory(directory, 'us'), {})
  await openLog(await node.outbound(), await node.nodeKey())
})
afterAll(() => {
  node.close()
  rmSync(directory, { recursive: true, force: true })
})

async function publishHere(path: string): Promise<unknown> {
  const file = { text: readFileSync(path, 'utf8'), fileName: path, zoneHere: 'America/New_York' }
  return publishFile(await node.outbound(), file, await node.agencyKey())
}

async function portcullis(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const argv = [join(ROOT, 'src/node/run.cjs'), join(ROOT, 'src/cli/main.ts'), ...args]
  try {
    const { stdout, stderr } = await run(process.execPath, argv)
    return { exit: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { exit: code, out: stdout, err: stderr }
  }
}

describe('files that must be refused', () => {
  it('there are at least 25 of them, with at least 20 different codes', () => {
    expect(FILES.length).toBeGreaterThanOrEqual(25)
    expect(new Set(FILES.map((name) => name.split('--')[0])).size).toBeGreaterThanOrEqual(20)
  })

  it.each(FILES)(
    '%s is refused with the code of its name, at a named field, and nothing is appended',
    async (name) => {
      const before = await readHead(node.db)
      const failure = await publishHere(join(INVALID, name)).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(Failure)
      expect(failure).toMatchObject({ code: name.split('--')[0], at: expect.any(String) })
      expect((await readHead(node.db))?.size).toBe(before?.size)
    },
  )
})

describe('the command', () => {
  const us = () => memberDirectory(directory, 'us')
  const invalid = (start: string) =>
    join(INVALID, FILES.find((name) => name.startsWith(start)) ?? '')

  it('exits 1 with the code, the field and every problem, and appends nothing', async () => {
    const before = await readHead(node.db)
    const { exit, err } = await portcullis(
      'publish',
      invalid('ERR_ADMIT_GTIN--check'),
      '--dir',
      us(),
    )
    expect(exit).toBe(1)
    expect(err).toMatch(/^ERR_ADMIT_GTIN: .*\(at \/acts\/0\/products\/0\/gtins\/0\)/)
    expect((await readHead(node.db))?.size).toBe(before?.size)
  })

  it('prints one JSON object for machines, also for an error', async () => {
    const { exit, out } = await portcullis(
      'publish',
      invalid('ERR_ACT_SEQUENCE--issued'),
      '--dir',
      us(),
      '--json',
    )
    expect(exit).toBe(1)
    expect(JSON.parse(out).error).toMatchObject({ code: 'ERR_ACT_SEQUENCE', at: '/acts/1' })
  })

  it('exits 2 when it is not spelled right', async () => {
    expect((await portcullis('publish', '--dri', us())).exit).toBe(2)
  })

  it('says what is missing and the cure when the directory holds no node', async () => {
    const { exit, err } = await portcullis(
      'publish',
      invalid('ERR_ADMIT_GTIN--check'),
      '--dir',
      join(directory, 'none'),
    )
    expect(exit).toBe(1)
    expect(err).toMatch(/ERR_CONFIG_MISSING.*\nCure: /)
  })

  it('publishes a good file, whose product is then found', async () => {
    const good = join(ROOT, 'fixtures/decisions/us/337-ta-1276-leo.yaml')
    const { exit, out } = await portcullis('publish', good, '--dir', us(), '--json')
    expect(exit).toBe(0)
    expect(JSON.parse(out).published[0].acts[0]).toMatchObject({
      act: 'issue',
      decision: 'us/337-ta-1276/leo',
    })
    const found = await portcullis('lookup', '337-TA-1276', '--dir', us(), '--json')
    expect(JSON.parse(found.out).results[0].decision).toBe('us/337-ta-1276/leo')
  })

  it('signs into a file with the agency key elsewhere, and publishes what was signed', async () => {
    const out = join(directory, 'signed.jws')
    const order = join(ROOT, 'fixtures/decisions/us/337-ta-1191-leo.yaml')
    const key = join(us(), 'keys/agency.jwk.json')
    expect((await portcullis('sign', order, '--dir', us(), '--key', key, '--out', out)).exit).toBe(
      0,
    )
    expect((await portcullis('publish', out, '--dir', us())).exit).toBe(0)
    const again = await portcullis('publish', out, '--dir', us())
    expect(again.err).toMatch(/^ERR_ACT_ID_REUSED/)
  })
})
