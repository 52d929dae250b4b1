// The runbooks of the README as an operator types them: joining, leaving, rotating, a lost log key, a stolen agency key.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { charterCommand } from '../../src/cli/charter.ts'
import { endorseCommand } from '../../src/cli/endorse.ts'
import { initCommand } from '../../src/cli/init.ts'
import { keyCommand } from '../../src/cli/key.ts'
import { publishCommands } from '../../src/cli/publish.ts'
import { statusCommand } from '../../src/cli/status.ts'
import { exitCodeOf } from '../../src/cli/terminal.ts'
import { Failure } from '../../src/errors.ts'
import { foundAlliance, freePorts } from '../../src/node/alliance.ts'
import { readKeyFile } from '../../src/node/directory.ts'
import { openNode } from '../../src/node/open.ts'
import { type RunningNode, startNode } from '../../src/node/serve.ts'
import { issueDraft } from '../support/decisions.ts'

const COMMANDS = new Map<string, () => Command>([
  ['publish', () => publishCommands()[0] ?? new Command()],
  ['endorse', endorseCommand],
  ['init', initCommand],
  ['charter', charterCommand],
  ['key', keyCommand],
  ['status', statusCommand],
])
let directory: string
let ports: number[]
const running = new Map<string, RunningNode>()

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-charter-'))
  ports = await freePorts(3)
  const market = (code: string, port = 0) => ({ market: code, name: code, timeZone: 'UTC', port })
  await foundAlliance({
    directory,
    markets: [market('jp', ports[0]), market('us', ports[1])],
    defaultEffect: 'detain',
    schedule: '0 0 1 1 *',
  })
  for (const code of ['jp', 'us']) await start(code)
})
afterAll(async () => {
  for (const node of running.values()) await node.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** What `serve` does; commands on the directory are beside it, as at an operator's. */
async function start(market: string): Promise<void> {
  const node = await openNode(join(directory, market), {}, Date.now, { waitMs: 60_000 })
  running.set(market, await startNode(node, () => {}))
}

/** One command as the program runs it, with the words it prints for machines. Paths are of the directory. */
async function portcullis(name: string, ...args: string[]) {
  const command = COMMANDS.get(name)?.()
  if (command === undefined) throw new TypeError(`no command ${name}`)
  const { write } = process.stdout
  let out = ''
  process.stdout.write = (text: string | Uint8Array) => {
    out += String(text)
    return true
  }
  try {
    await command.parseAsync([...args, '--json'], { from: 'user' })
    return { exit: 0, said: JSON.parse(out) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { exit: exitCodeOf(error), said: { error: { code: error.code } } }
  } finally {
    process.stdout.write = write
  }
}
const ok = async (name: string, ...args: string[]) => {
  const { exit, said } = await portcullis(name, ...args)
  expect([args.join(' '), exit, said.error]).toEqual([args.join(' '), 0, undefined])
  return said
}
const propose = (n: number, ...flags: string[]) =>
  ok('charter', 'propose', '--from', file(n - 1), '--out', file(n), ...flags)
const at = (path: string) => join(directory, path)
const file = (n: number) => at(`charter-${n}.json`)
async function signAndAdopt(n: number, signers: readonly string[]): Promise<void> {
  for (const signer of signers)
    await ok('charter', 'sign', file(n), '--key', signer, '--previous', file(n - 1))
  await ok('charter', 'verify', file(n), '--previous', file(n - 1))
  for (const market of ['jp', 'us']) await ok('charter', 'adopt', file(n), '--dir', at(market))
}
const rootKey = (market: string) => at(`${market}/keys/root.jwk.json`)
const founders = () => [rootKey('jp'), rootKey('us')]

describe('the runbooks', () => {
  it('a market joins', async () => {
    await ok(
      ...['init', '--market', 'kr', '--origin', 'kr.portcullis.example/log', '--name', 'kr'],
      ...['--url', `http://127.0.0.1:${ports[2]}`, '--port', `${ports[2]}`],
      ...['--dir', at('kr'), '--insecure-http'],
    )
    const { changes } = await propose(2, '--add', at('kr/member.json'))
    expect(changes.join('\n')).toContain('kr joins')
    const early = await portcullis('charter', 'verify', file(2), '--previous', file(1))
    expect([early.exit, early.said.error.code]).toEqual([3, 'ERR_CHARTER_THRESHOLD'])
    await signAndAdopt(2, [...founders(), rootKey('kr')])
    for (const n of [1, 2]) await ok('charter', 'adopt', file(n), '--dir', at('kr'))
    await start('kr')
    const shown = await ok('charter', 'show', '--diff', file(1), file(2))
    expect(shown.changes).toEqual(changes)
    const { said } = await portcullis('status', '--dir', at('us'))
    expect(said.charter.n).toBe(2)
    // Adopting said so in the own log: entry 0, and one notice more.
    expect(said.feeds.find(({ market }: { market: string }) => market === 'us').merged).toBe(2)
  })

  it('a log key is replaced: both sign, then the new one alone', async () => {
    const { vkey } = await ok('key', 'new', 'log', '--dir', at('us'))
    const old = JSON.parse(readFileSync(at('us/member.json'), 'utf8')).logKey
    await propose(3, '--add-log-key', vkey)
    await signAndAdopt(3, founders().concat(rootKey('kr')))
    await propose(4, '--drop-log-key', old)
    await signAndAdopt(4, founders().concat(rootKey('kr')))
    await ok('key', 'use', 'log', '--dir', at('us'))
    expect(existsSync(at('us/keys/log-old-1.jwk.json'))).toBe(true)
    await running.get('us')?.stop()
    await start('us')
  })

  it('an agency key is stolen: it ends at an index, another goes on', async () => {
    const { publicFile } = await ok('key', 'new', 'agency', '--dir', at('us'))
    const { kid } = await readKeyFile(at('us/keys/agency.jwk.json'))
    await propose(
      5,
      ...['--end-agency-key', kid, '--at', '4', '--add-agency-key', `us:${publicFile}`],
      ...['--dir', at('us')],
    )
    await signAndAdopt(5, founders().concat(rootKey('kr')))
    await ok('key', 'use', 'agency', '--dir', at('us'))
  })

  it('a log key is lost: the next log takes over where the last one is cut', async () => {
    await ok(
      ...['init', '--market', 'us', '--origin', 'us.portcullis.example/log-2', '--name', 'us'],
      ...['--url', `http://127.0.0.1:${ports[1]}`, '--dir', at('us-2'), '--insecure-http'],
    )
    const { frozen } = await ok('charter', 'frozen', 'us', '--dir', at('us'), '--size', '4')
    expect(frozen).toMatch(/^4:/)
    await propose(6, '--successor-log', `us:${at('us-2/member.json')}`, '--frozen', frozen)
    await signAndAdopt(6, founders().concat(rootKey('kr')))
    for (let n = 1; n <= 6; n++) await ok('charter', 'adopt', file(n), '--dir', at('us-2'))
  })

  it('a root key is replaced, and a market leaves', async () => {
    const { publicFile } = await ok('key', 'new', 'root', '--dir', at('jp'))
    const terms = (await ok('charter', 'show', file(6))).terms
    const kidOf = async (path: string) => (await readKeyFile(path)).kid
    expect(terms.rootKeys).toHaveLength(3)
    await propose(7, '--replace-root', `${await kidOf(rootKey('jp'))}:${publicFile}`)
    await signAndAdopt(7, [...founders(), rootKey('kr'), at('jp/keys/root-next.jwk.json')])
    await ok('key', 'use', 'root', '--dir', at('jp'))
    const { frozen } = await ok('charter', 'frozen', 'kr', '--dir', at('kr'))
    await propose(
      8,
      ...['--leave', 'kr', '--frozen', frozen, '--drop-root', await kidOf(rootKey('kr'))],
      ...['--set', 'policy.defaultEffect=examine'],
    )
    await signAndAdopt(8, [...founders(), rootKey('kr')])
    const { said } = await portcullis('status', '--dir', at('jp'))
    expect(said.charter.n).toBe(8)
  })

  it('some acts shall need two keys: the second shows what it stands by, then signs', async () => {
    const { publicFile } = await ok('key', 'new', 'agency', '--dir', at('jp'))
    const rule = ['--two-keys', 'jp:issue,rescind', '--add-agency-key', `jp:${publicFile}`]
    const blind = await portcullis(
      'charter',
      ...['propose', '--from', file(8), '--out', file(9), ...rule],
    )
    expect([blind.exit, blind.said.error.code]).toEqual([2, 'ERR_USAGE'])
    const { changes, undone } = await propose(9, ...rule, '--dir', at('jp'))
    expect(changes.join('\n')).toMatch(/two keys: issue from entry \d+, rescind from entry \d+/)
    expect(undone).toEqual([])
    await signAndAdopt(9, founders())
    writeFileSync(at('order.yaml'), issueDraft('jp/drills'))
    const { published } = await ok('publish', at('order.yaml'), '--dir', at('jp'))
    expect(published[0].acts[0]).toMatchObject({ act: 'issue', waits: 'second key' })
    const second = ['--dir', at('jp'), '--key', at('jp/keys/agency-next.jwk.json')]
    const shown = await ok('endorse', 'jp/drills', ...second)
    expect(shown).toMatchObject({
      signed: false,
      acts: [{ kind: 'issue', content: { header: { title: 'Cordless drills' } } }],
    })
    expect((await ok('status', '--dir', at('jp'))).waiting).toHaveLength(1)
    const own = ['--dir', at('jp'), '--key', at('jp/keys/agency.jwk.json'), '--yes']
    const refused = await portcullis('endorse', 'jp/drills', ...own)
    expect([refused.exit, refused.said.error.code]).toEqual([1, 'ERR_ENDORSE_TARGET'])
    expect(await ok('endorse', 'jp/drills', ...second, '--yes')).toMatchObject({ signed: true })
    expect((await ok('status', '--dir', at('jp'))).waiting).toEqual([])
  })

  it('a key is cut back: only with --retroactive, and every later act is listed', async () => {
    const { kid } = await readKeyFile(at('jp/keys/agency.jwk.json'))
    const cut = ['--end-agency-key', kid, '--at', '1', '--dir', at('jp')]
    const early = await portcullis(
      'charter',
      ...['propose', '--from', file(9), '--out', file(10), ...cut],
    )
    expect([early.exit, early.said.error.code]).toEqual([1, 'ERR_CHARTER_RETROACTIVE'])
    expect(existsSync(file(10))).toBe(false)
    const { undone } = await propose(10, ...cut, '--retroactive')
    // The endorse falls with the act it names.
    expect(undone).toMatchObject([
      { kind: 'issue', decision: 'jp/drills', kid, becomes: 'gone' },
      { kind: 'endorse', becomes: 'gone' },
    ])
  })
})
