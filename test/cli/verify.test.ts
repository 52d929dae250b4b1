// `portcullis verify`, `export` and `import` as people run them: files only, one line of cause, exit 3 when something does not hold.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { foundAlliance, memberDirectory } from '../../src/node/alliance.ts'
import { type OpenNode, openNode } from '../../src/node/open.ts'
import { openLog, publishFile } from '../../src/outbound.ts'
import { issueDraft } from '../support/decisions.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)
let directory: string
const at = (name: string) => join(directory, name)
const charter = () => at('charter-1.json')

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

async function fileOf(node: OpenNode, path: string): Promise<string> {
  const { market, name } = node.settings
  const trace = () => {}
  const app = createApp({ db: node.db, here: { market, name }, nowMs: Date.now, trace })
  return (await app.request(path)).text()
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-verify-test-'))
  const markets = ['us', 'jp', 'de'].map((market) => ({
    market,
    name: `Agency of ${market}`,
    timeZone: 'UTC',
    port: market.charCodeAt(0),
  }))
  await foundAlliance({ directory, markets, defaultEffect: 'detain', schedule: '0 0 1 1 *' })
  const node = await openNode(memberDirectory(directory, 'us'), {})
  const outbound = await node.outbound()
  await openLog(outbound, await node.nodeKey())
  const draft = { text: issueDraft('us/t-1'), fileName: 'test.yaml', zoneHere: 'UTC' }
  await publishFile(outbound, draft, await node.agencyKey())
  writeFileSync(at('one.tlog-proof'), await fileOf(node, '/v1/proofs/us/t-1'))
  writeFileSync(at('policy.txt'), await fileOf(node, '/policy.txt'))
  node.close()
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a proof', () => {
  it('holds by the charter and by the policy, and says how many witnesses cosigned', async () => {
    const byCharter = await portcullis('verify', at('one.tlog-proof'), '--charter', charter())
    expect(byCharter).toMatchObject({ exit: 0, err: '' })
    expect(byCharter.out).toContain('issue us/t-1')
    expect(byCharter.out).toContain('not confirmed: cosigned by 0 of 2 witnesses, 2 needed')
    const args = ['verify', at('one.tlog-proof'), '--policy', at('policy.txt'), '--json']
    const byPolicy = JSON.parse((await portcullis(...args)).out)
    expect(byPolicy).toMatchObject({
      verified: true,
      act_signed: false,
      act: { decision: 'us/t-1' },
    })
  })

  it('exits 3 with one line of cause below a quorum that was asked for, and when it was changed', async () => {
    const young = await portcullis(
      'verify',
      at('one.tlog-proof'),
      '--charter',
      charter(),
      '--quorum',
    )
    expect(young.exit).toBe(3)
    expect(young.err).toMatch(/^ERR_PROOF_QUORUM: not confirmed: cosigned by 0 of 2/)
    const text = readFileSync(at('one.tlog-proof'), 'utf8')
    writeFileSync(at('changed.tlog-proof'), text.replace('index 1', 'index 0'))
    const changed = await portcullis('verify', at('changed.tlog-proof'), '--charter', charter())
    expect(changed.exit).toBe(3)
    expect(changed.err).toMatch(/^ERR_PROOF_MISMATCH: [^\n]+\n$/)
  })

  it('is checked against something: without a charter or policy it is a question of usage', async () => {
    expect(await portcullis('verify', at('one.tlog-proof'))).toMatchObject({ exit: 2 })
    expect(await portcullis('verify', at('nothing.tlog-proof'))).toMatchObject({ exit: 1 })
    const both = ['--charter', charter(), '--policy', at('policy.txt')]
    expect(await portcullis('verify', at('one.tlog-proof'), ...both)).toMatchObject({ exit: 2 })
    const odd = await portcullis('verify', at('policy.txt'))
    expect([odd.exit, odd.err.split(':')[0]]).toEqual([3, 'ERR_PROOF_FORMAT'])
  })
})

describe('a charter', () => {
  it('holds with enough signatures and exits 3 without', async () => {
    expect((await portcullis('verify', charter())).out).toMatch(/^Verified: charter 1, hash /)
    const file = JSON.parse(readFileSync(charter(), 'utf8'))
    writeFileSync(
      at('few.json'),
      JSON.stringify({ ...file, signatures: file.signatures.slice(0, 1) }),
    )
    const few = await portcullis('verify', at('few.json'))
    expect(few.exit).toBe(3)
    expect(few.err).toMatch(/^ERR_CHARTER_THRESHOLD: 1 of 3 needed/)
  })
})

describe('an alliance bundle', () => {
  it('is exported, verified offline, and imported by a node that was never on a network', async () => {
    const tar = at('alliance.tar')
    const exported = await portcullis(
      'export',
      '--dir',
      memberDirectory(directory, 'us'),
      '--out',
      tar,
    )
    expect(exported).toMatchObject({ exit: 0, err: '' })
    const verified = await portcullis('verify', tar, '--charter', charter(), '--json')
    expect(JSON.parse(verified.out)).toMatchObject({
      verified: true,
      kind: 'bundle',
      charter: { n: 1 },
    })
    const imported = await portcullis('import', tar, '--dir', memberDirectory(directory, 'de'))
    expect(imported).toMatchObject({ exit: 0, err: '' })
    expect(imported.out).toMatch(/us {2}2 new entries, stamped \d+ s ago/)
    expect(imported.out).toContain('jp  not in this bundle, never stamped')
    const status = await portcullis('status', '--dir', memberDirectory(directory, 'us'), '--json')
    expect(imported.out).toContain(JSON.parse(verified.out).digest)
    expect(imported.out).toContain(JSON.parse(status.out).digest)
  })

  it('that was damaged on the way exits 3, and so does its import', async () => {
    const bytes = readFileSync(at('alliance.tar'))
    const spoiled = at('spoiled.tar')
    bytes[bytes.length - 1600] = (bytes[bytes.length - 1600] ?? 0) ^ 1
    writeFileSync(spoiled, bytes)
    for (const args of [
      ['verify', spoiled],
      ['import', spoiled, '--dir', memberDirectory(directory, 'jp')],
    ]) {
      const { exit, out, err } = await portcullis(...args)
      expect(exit, args[0]).toBe(3)
      expect(out + err).toContain('ERR_BUNDLE_MISMATCH')
    }
  })
})
