// A whole alliance on this machine: one directory and one real process a market, talking HTTP over the loopback interface.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { signCharter } from '../charter/found.ts'
import { Failure } from '../errors.ts'
import { readKeyFile } from './directory.ts'
import { adoptCharter, charterOf, initNode, newCharter } from './founding.ts'

export type MarketChoice = { market: string; name: string; timeZone: string; port: number }
export type AllianceChoice = {
  directory: string
  markets: readonly MarketChoice[]
  defaultEffect: string
  /** Cron expression, UTC, of every node's sync job. */
  schedule: string
}
export type Member = { market: string; directory: string; url: string }

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
const START_TIMEOUT_MS = 30_000

export const memberDirectory = (directory: string, market: string): string =>
  join(directory, market)
const charterPath = (directory: string) => join(directory, 'charter-1.json')

export const isFounded = (directory: string): boolean => existsSync(charterPath(directory))

/** Creates every node, founds the alliance with all root keys, adopts charter 1 everywhere. */
export async function foundAlliance(choice: AllianceChoice): Promise<void> {
  const { directory, markets, defaultEffect, schedule } = choice
  const members = []
  for (const { market, name, timeZone, port } of markets) {
    members.push(
      await initNode({
        market,
        name,
        timeZone,
        schedule,
        origin: `${market}.portcullis.example/log`,
        url: `http://127.0.0.1:${port}`,
        port: String(port),
        dir: memberDirectory(directory, market),
        insecureHttp: true,
        // The demo polls for what it measures, from the address of all its members.
        unlimited: true,
      }),
    )
  }
  let text = newCharter(members, { defaultEffect })
  for (const { market } of markets) {
    const key = await readKeyFile(join(memberDirectory(directory, market), 'keys', 'root.jwk.json'))
    text = JSON.stringify(await signCharter(charterOf(text), key))
  }
  for (const { market } of markets) await adoptCharter(text, memberDirectory(directory, market))
  // Last, so that an interrupted founding is seen as none.
  writeFileSync(charterPath(directory), `${text}\n`)
}

export type NodeProcess = {
  child: ChildProcess
  url: string
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Starts `serve` on a node's directory as a process of its own and waits until it listens. `more`: further options of `serve`. */
export async function startProcess(
  directory: string,
  port?: number,
  more: readonly string[] = [],
): Promise<NodeProcess> {
  const args = [
    MAIN,
    'serve',
    '--dir',
    directory,
    '--json',
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...more,
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors.push(text)
    if (errors.length > 50) errors.shift()
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  const url = await listeningUrl(child, ended, errors, directory)
  return { child, url, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

async function listeningUrl(
  child: ChildProcess,
  ended: Promise<void>,
  errors: readonly string[],
  directory: string,
): Promise<string> {
  if (child.stdout === null) throw new TypeError('the child has no standard output')
  const lines = createInterface({ input: child.stdout })
  const first = new Promise<string>((resolve) => lines.once('line', resolve))
  const died = ended.then(() => null)
  const late = new Promise<null>((resolve) => {
    setTimeout(resolve, START_TIMEOUT_MS, null).unref()
  })
  const line = await Promise.race([first, died, late])
  const answer = line === null ? null : parseLine(line)
  if (answer?.listening !== undefined) return answer.listening
  child.kill('SIGKILL')
  if (answer?.error !== undefined) {
    const { code, message, cure } = answer.error
    throw new Failure(code, message, cure === undefined ? {} : { cure })
  }
  throw new Failure(
    'ERR_INTERNAL',
    `the node of ${directory} did not start: ${errors.join('').slice(-600)}`,
  )
}

type FirstLine = {
  listening?: string
  error?: { code: Failure['code']; message: string; cure?: string }
}

function parseLine(line: string): FirstLine | null {
  try {
    return JSON.parse(line) as FirstLine
  } catch {
    return null
  }
}

/** Ports of the loopback interface that nobody uses now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenAnywhere()))
  const ports = servers.map(({ port }) => port)
  await Promise.all(servers.map(({ close }) => close()))
  return ports
}

/** True when this program could listen there. */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    await (await listenAnywhere(port)).close()
    return true
  } catch {
    return false
  }
}

function listenAnywhere(wanted = 0): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') return reject(new TypeError('no port'))
      const close = () => new Promise<void>((done) => server.close(() => done()))
      resolve({ port: address.port, close })
    })
  })
}
