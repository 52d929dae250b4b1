// `portcullis lookup --receipt` and `verify RECEIPT` as people run them: offline, replayed, exit 3 when something does not hold.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { foundAlliance, memberDirectory } from '../../src/node/alliance.ts'
import { type OpenNode, openNode } from '../../src/node/open.ts'
import { openLog, publishFile } from '../../src/outbound.ts'
import { issueDraft } from '../support/decisions.ts'
import { GTIN } from '../support/running.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
let directory: string
let node: OpenNode
const at = (name: string) => join(directory, name)

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

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-receipt-test-'))
  const markets = ['us', 'jp'].map((market) => ({
    market,
    name: `Agency of ${market}`,
    timeZone: 'UTC',
    port: market.charCodeAt(0),
  }))
  await foundAlliance({ directory, markets, defaultEffect: 'detain', schedule: '0 0 1 1 *' })
  // As a running node: the commands beside it rely on what it was told when its log was empty.
  node = await openNode(memberDirectory(directory, 'us'), {})
  await node.begin()
  const outbound = await node.outbound()
  await openLog(outbound, await node.nodeKey())
  const draft = { text: issueDraft('us/t-1'), fileName: 'test.yaml', zoneHere: 'UTC' }
  await publishFile(outbound, draft, await node.agencyKey())
})
afterAll(() => {
  node.close()
  rmSync(directory, { recursive: true, force: true })
})

it('a receipt is asked for, checked offline, and replayed against a directory and a bundle', async () => {
  const dir = memberDirectory(directory, 'us')
  const asked = await portcullis('lookup', '--gtin', GTIN, '--receipt', '--json', '--dir', dir)
  const { verdict, receipt } = JSON.parse(asked.out)
  expect({ exit: asked.exit, verdict }).toEqual({ exit: 0, verdict: 'blocked' })
  writeFileSync(at('receipt.jws'), `${receipt}\n`)

  const charter = at('charter-1.json')
  const offline = await portcullis('verify', at('receipt.jws'), '--charter', charter)
  expect(offline).toMatchObject({ exit: 0, err: '' })
  expect(offline.out).toContain('Verified: signed by the node of us (Agency of us)')
  expect(offline.out).toContain('It proves what that node said, not that it was right')

  await portcullis('export', '--dir', dir, '--out', at('alliance.tar'))
  const bundle = ['--charter', charter, '--bundle', at('alliance.tar')]
  const replayed = await portcullis('verify', at('receipt.jws'), ...bundle)
  expect(replayed.out).toContain('CONFIRMED')
  const here = await portcullis('verify', at('receipt.jws'), '--dir', dir, '--json')
  expect(JSON.parse(here.out)).toMatchObject({
    kind: 'receipt',
    verified: true,
    replay: { outcome: 'confirmed' },
  })
})

it('one that cannot be replayed exits 1, one that was changed 3, one with nothing to check it by 2', async () => {
  const receipt = readFileSync(at('receipt.jws'), 'utf8').trim()
  const charter = at('charter-1.json')
  const far = await portcullis(
    'verify',
    at('receipt.jws'),
    '--dir',
    memberDirectory(directory, 'jp'),
  )
  expect({ exit: far.exit, code: far.err.split(':')[0] }).toEqual({
    exit: 1,
    code: 'ERR_RECEIPT_REPLAY',
  })
  const [header, payload = '', signature = ''] = receipt.split('.')
  const lied = Buffer.from(payload, 'base64url').toString().replace('"blocked"', '"not_listed"')
  const forged = `${header}.${Buffer.from(lied).toString('base64url')}.${signature}`
  writeFileSync(at('forged.jws'), forged)
  const bad = await portcullis('verify', at('forged.jws'), '--charter', charter)
  expect({ exit: bad.exit, code: bad.err.split(':')[0] }).toEqual({
    exit: 3,
    code: 'ERR_RECEIPT_SIGNATURE',
  })
  expect((await portcullis('verify', at('receipt.jws'))).exit).toBe(2)
})

it('what was known is asked for by its moment, and refused with a code before there was anything', async () => {
  const dir = memberDirectory(directory, 'us')
  const then = await portcullis(
    'lookup',
    '--gtin',
    GTIN,
    '--known',
    '2020-01-01T00:00:00Z',
    '--dir',
    dir,
  )
  expect({ exit: then.exit, code: then.err.split(':')[0] }).toEqual({
    exit: 1,
    code: 'ERR_KNOWN_BEFORE',
  })
  const nowS = String(Math.floor(Date.now() / 1000))
  const now = await portcullis('lookup', '--gtin', GTIN, '--known', nowS, '--dir', dir)
  expect(now.out).toContain('under charter 1:')
  expect(now.out).toContain('BLOCKED')
})
