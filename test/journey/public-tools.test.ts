// A cosigned checkpoint and a tlog-proof verify with tools that know nothing of this project: the README's own lines, run as they stand
// against running nodes. They need bash, curl, coreutils and OpenSSL 3, as the README says.
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  LONG_MS,
  MAIN,
  NEVER,
  type RealAlliance,
  realAlliance,
  until,
} from '../support/processes.ts'
import { linesBetween } from '../support/runbook.ts'

vi.setConfig({ testTimeout: LONG_MS, hookTimeout: LONG_MS })

const ORDER = fileURLToPath(
  new URL('../../fixtures/decisions/us/337-ta-1005-leo.yaml', import.meta.url),
)
const SCRIPT = fileURLToPath(new URL('../../docs/verify-proof.sh', import.meta.url))
const DECISION = '/v1/decisions/us/337-ta-1005/leo'
/** What the script says when something does not fit. */
const REFUSED = /did not sign this head|does not lead to the root|too long|cosigned by \d, needed/
let alliance: RealAlliance

beforeAll(async () => {
  for (const tool of ['bash', 'curl', 'openssl']) requireTool(tool)
  alliance = await realAlliance(['jp', 'kr', 'us'], NEVER)
  await alliance.start('jp', 'kr', 'us')
  await alliance.run('publish', ORDER, '--dir', alliance.dir('us'))
  await until(
    () => alliance.get<{ confirmed: boolean }>('us', DECISION),
    ({ confirmed }) => confirmed,
  )
  const isCosigned = (note: string) => note.includes('— jp.') && note.includes('— kr.')
  await until(() => alliance.text('us', '/log/checkpoint'), isCosigned)
  cpSync(fileURLToPath(new URL('../../docs', import.meta.url)), alliance.path('docs'), {
    recursive: true,
  })
})
afterAll(() => alliance.close())

/** These tools are what is tested, so nothing stands in for one that is missing. */
function requireTool(tool: string): void {
  const { error } = spawnSync(tool, [tool === 'openssl' ? 'version' : '--version'])
  if (error === undefined) return
  throw new Error(`${tool} is not on the PATH; this journey needs it: apt-get install ${tool}`)
}

/** Runs lines as one script in the alliance's directory; rejects with what they said unless they end well. */
function bash(lines: readonly string[]): Promise<string> {
  const here = lines.map((line) =>
    line
      .replaceAll('http://localhost:4337', alliance.url('us'))
      .replace('npm run -s portcullis --', `${process.execPath} ${MAIN}`),
  )
  return new Promise((resolve, reject) => {
    const options = { cwd: alliance.directory }
    execFile('bash', ['-euo', 'pipefail', '-c', here.join('\n')], options, (error, out, errors) => {
      if (error === null) resolve(out)
      else reject(new Error(`${here.join('\n')}\n${out}${errors}`))
    })
  })
}

const between = (from: string, to: string) => linesBetween(from, to)
const FETCH = ['### Verify with tools you already have', 'The same with OpenSSL 3'] as const

describe('the lines of the README', () => {
  it('fetch a proof and a policy, and this program verifies one by the other', async () => {
    expect(await bash(between(...FETCH))).toContain('confirmed: cosigned by 2 of 2 witnesses')
  })

  it('verify the proof with OpenSSL and a shell, cosigned by both other members', async () => {
    const out = await bash(between('The same with OpenSSL 3', 'By hand'))
    expect(out).toContain('signed by us.portcullis.example/log')
    for (const market of ['jp', 'kr']) {
      expect(out).toContain(`cosigned by ${market}.portcullis.example/log/witness`)
    }
    expect(out).toContain('"decision":"us/337-ta-1005/leo"')
  })

  it('verify the signature of the log and of a witness on the newest head', async () => {
    const out = await bash(between('By hand', "Go's own notes"))
    expect(out.match(/Signature Verified Successfully/g)).toHaveLength(2)
  })

  it('verify nothing once a byte is another', async () => {
    const proof = readFileSync(alliance.path('order.tlog-proof'), 'utf8')
    const [head = '', extra = '', index = '', ...rest] = proof.split('\n')
    const swapped = (text: string) => text.replace(/.(?=.{9}$)/, (one) => (one === 'A' ? 'B' : 'A'))
    const path = rest.indexOf('')
    const changed = [
      [head, swapped(extra), index, ...rest],
      [head, extra, 'index 0', ...rest],
      [head, extra, index, swapped(rest[0] ?? ''), ...rest.slice(1)],
      [head, extra, index, ...rest.slice(1)],
      ...[3, 5]
        .map((line) => rest.map((one, at) => (at === path + line ? swapped(one) : one)))
        .map((lines) => [head, extra, index, ...lines]),
    ]
    for (const lines of changed) {
      writeFileSync(alliance.path('changed.tlog-proof'), lines.join('\n'))
      await expect(bash([`bash ${SCRIPT} changed.tlog-proof policy.txt`])).rejects.toThrow(REFUSED)
    }
  })
})
