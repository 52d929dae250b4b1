// `portcullis demo`: a five-market alliance on this machine, with real decisions, real keys and real HTTP.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { Failure } from '../errors.ts'
import {
  foundAlliance,
  freePorts,
  isFounded,
  isPortFree,
  type MarketChoice,
  memberDirectory,
  type NodeProcess,
  startProcess,
} from '../node/alliance.ts'
import { openNode } from '../node/open.ts'
import { watchLive } from './demo-live.ts'
import {
  demoReport,
  isConverged,
  type Node,
  questionOf,
  waitForApplied,
  waitForConvergence,
  waitUntilVisible,
} from './demo-report.ts'
import { publishOne } from './publish.ts'
import { type Terminal, terminal } from './terminal.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/decisions/', import.meta.url))
const MARKETS: Record<string, { name: string; timeZone: string }> = {
  us: { name: 'Demo Trade Commission, United States', timeZone: 'America/New_York' },
  jp: { name: 'Demo Customs Authority, Japan', timeZone: 'Asia/Tokyo' },
  kr: { name: 'Demo Trade Commission, Korea', timeZone: 'Asia/Seoul' },
  tw: { name: 'Demo Customs Authority, Taiwan', timeZone: 'Asia/Taipei' },
  de: { name: 'Demo Customs Authority, Germany', timeZone: 'Europe/Berlin' },
}
const FIRST_PORT = 4337
const CONVERGE_TIMEOUT_MS = 60_000
const VISIBLE_TIMEOUT_MS = 10_000

type Options = {
  once?: boolean
  json?: boolean
  fresh?: boolean
  open: boolean
  markets: string
  dir: string
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('run a five-market alliance on this machine, with real decisions')
    .option(
      '--once',
      'publish, sync to convergence in a fresh directory on free ports, print, exit',
    )
    .option('--json', 'print one JSON object')
    .option('--fresh', 'start over instead of continuing')
    .option('--no-open', 'do not offer to open a browser')
    .option(
      '--markets <codes>',
      'which markets, the first at port 4337',
      Object.keys(MARKETS).join(','),
    )
    .option('--dir <directory>', 'where the nodes live', join('data', 'demo'))
    .addHelpText('after', '\nExample:\n  npm run demo\n  npm run -s demo -- --once --json\n')
    .action(async (options: Options) => {
      await (options.once === true ? runOnce(options) : runLive(options))
    })
}

async function runOnce(options: Options): Promise<void> {
  const print = terminal(options)
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-demo-'))
  const running: NodeProcess[] = []
  try {
    const names = marketsOf(options)
    const markets = withPorts(names, await freePorts(names.length))
    await found(print, directory, markets)
    const nodes = await startAll(print, directory, markets, running)
    const visibleMs = new Map<string, number>()
    await publishAll(print, directory, nodes, visibleMs)
    const published = performance.now()
    const statuses = await waitForConvergence(nodes, CONVERGE_TIMEOUT_MS)
    const syncMs = Math.round(performance.now() - published)
    await waitForApplied(nodes, CONVERGE_TIMEOUT_MS)
    print.progress('asking every node about every product')
    const report = await demoReport(nodes, statuses, syncMs, visibleMs)
    const everywhere = report.matrix.filter(
      ({ blocked_in: blocked }) => blocked.length === markets.length,
    )
    print.say(report, [
      `${report.decisions} decisions of ${markets.length} markets, ${report.in_force} in force, ${report.products} products.`,
      `${everywhere.length} products are blocked in all ${markets.length} markets.`,
      report.converged ? `Converged in ${syncMs} ms.` : 'Did NOT converge.',
      'Next: npm run demo',
    ])
    if (!report.converged) process.exitCode = 1
  } finally {
    await Promise.all(running.map((node) => node.stop()))
    rmSync(directory, { recursive: true, force: true })
  }
}

async function runLive(options: Options): Promise<void> {
  const print = terminal(options)
  const directory = options.dir
  if (options.fresh === true) rmSync(directory, { recursive: true, force: true })
  const names = marketsOf(options)
  const markets = withPorts(
    names,
    names.map((_, at) => FIRST_PORT + at),
  )
  for (const { port } of markets) await requireFree(port)
  const isContinued = isFounded(directory)
  if (!isContinued) {
    // An unfinished founding has no charter, so nothing of it can have been published.
    rmSync(directory, { recursive: true, force: true })
    await found(print, directory, markets)
  }
  const running: NodeProcess[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((node) => node.stop()))
    process.exit(0)
  }
  process.once('SIGINT', () => void stop())
  process.once('SIGTERM', () => void stop())
  const nodes = await startAll(print, directory, markets, running)
  await publishAll(print, directory, nodes)
  print.progress('syncing')
  const statuses = await waitForConvergence(nodes, CONVERGE_TIMEOUT_MS)
  sayWhereToLook(print, options, nodes, isConverged(statuses), isContinued)
  await watchLive(nodes, statuses)
}

function sayWhereToLook(
  print: Terminal,
  { dir }: Options,
  nodes: readonly Node[],
  converged: boolean,
  isContinued: boolean,
): void {
  const [first] = nodes
  const url = first?.url ?? ''
  print.say({ listening: url, nodes, converged, directory: dir }, [
    '',
    `Portcullis demo: ${nodes.length} markets, one process each${isContinued ? ', continued' : ''}. Data in ${dir}.`,
    '',
    ...nodes.map(({ market, url: at }) => `  ${market}  ${at}/`),
    '',
    'Three things to try:',
    `  1. Open ${url}/ and look up  Drovolt DB-1850 : decided in Korea and Germany, blocked here too.`,
    `  2. Type  337-TA-1276  : a US order whose reach changed three times, with its whole story.`,
    `  3. Lift one: npm run -s portcullis -- publish fixtures/demo/lift-de.yaml --dir ${relative('.', memberDirectory(dir, 'de'))}`,
    '     and watch below: Germany lifts, Korea still blocks, so it stays blocked everywhere.',
    '',
    converged
      ? 'All nodes have the same heads and the same digest. Stop with Ctrl-C.'
      : 'Still syncing.',
    '',
  ])
}

function marketsOf({ markets }: Options): string[] {
  const names = markets.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !Object.hasOwn(MARKETS, name))
  if (unknown === undefined && new Set(names).size === names.length) return names
  throw new Failure('ERR_USAGE', `--markets: expected some of ${Object.keys(MARKETS).join(',')}`)
}

function withPorts(names: readonly string[], ports: readonly number[]): MarketChoice[] {
  return names.map((market, at) => {
    const known = MARKETS[market]
    const port = ports[at]
    if (known === undefined || port === undefined) throw new TypeError(`no such market ${market}`)
    return { market, port, ...known }
  })
}

async function requireFree(port: number): Promise<void> {
  if (await isPortFree(port)) return
  throw new Failure('ERR_PORT_BUSY', `port ${port} is in use`, {
    cure: `stop what listens there, perhaps another demo, and start again`,
  })
}

async function found(print: Terminal, directory: string, markets: MarketChoice[]): Promise<void> {
  print.progress('founding the alliance')
  // Every two seconds instead of every minute, so that one can watch.
  await foundAlliance({ directory, markets, defaultEffect: 'detain', schedule: '*/2 * * * * *' })
}

async function startAll(
  print: Terminal,
  directory: string,
  markets: readonly MarketChoice[],
  running: NodeProcess[],
): Promise<Node[]> {
  print.progress('starting the nodes')
  return Promise.all(
    markets.map(async ({ market }) => {
      const node = await startProcess(memberDirectory(directory, market))
      running.push(node)
      return { market, url: node.url }
    }),
  )
}

/** Publishes each fixture once; a second start goes on where the first was stopped. */
async function publishAll(
  print: Terminal,
  directory: string,
  nodes: readonly Node[],
  visibleMs?: Map<string, number>,
): Promise<void> {
  const done = publishedIn(directory)
  for (const { market } of nodes) {
    const files = readdirSync(join(FIXTURES, market))
      .filter((name) => name.endsWith('.yaml'))
      .sort()
    const node = await openNode(memberDirectory(directory, market), process.env)
    try {
      for (const [at, file] of files.entries()) {
        const name = `${market}/${file}`
        if (done.has(name)) continue
        print.progress(`${market}: publishing ${at + 1} of ${files.length}`)
        const from = performance.now()
        const { entries } = await publishOne(node, join(FIXTURES, market, file))
        const issue = entries.find(({ act }) => act.act === 'issue')?.act
        const decision = issue?.decision
        if (visibleMs !== undefined && typeof decision === 'string') {
          const asked = { decision, question: questionOf(issue) }
          const ms = await waitUntilVisible(nodes, asked, from, VISIBLE_TIMEOUT_MS)
          visibleMs.set(decision, ms)
        }
        done.add(name)
        writeFileSync(listPath(directory), JSON.stringify([...done]))
      }
    } finally {
      node.close()
    }
  }
}

const listPath = (directory: string): string => join(directory, 'published.json')

function publishedIn(directory: string): Set<string> {
  if (!existsSync(listPath(directory))) return new Set()
  return new Set(JSON.parse(readFileSync(listPath(directory), 'utf8')) as string[])
}
