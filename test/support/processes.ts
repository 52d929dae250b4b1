// An alliance of real processes: `serve` on a directory each, every other command as a child of its own, questions over HTTP. Nothing
// sleeps for a time: what is waited for is asked for until it is there.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  foundAlliance,
  freePorts,
  memberDirectory,
  type NodeProcess,
  startProcess,
} from '../../src/node/alliance.ts'
import { issueDraft } from './decisions.ts'

export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** A schedule that never fires while a test runs: what comes, comes by push. */
export const NEVER = '0 0 1 1 *'
export const EVERY_SECOND = '* * * * * *'
// Every child would compile the same sources again.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/portcullis-compiled', import.meta.url),
)
/** For tests with many processes, on a machine that has other work. */
export const LONG_MS = 180_000
const UNTIL_MS = 60_000
const LOOK_MS = 25

export type Ran = { exit: number; out: string; errors: string }
export type RealAlliance = {
  directory: string
  path(name: string): string
  dir(market: string): string
  url(market: string): string
  /** Starts `serve` at each, all at once. */
  start(...markets: string[]): Promise<void>
  /** Starts one with further options of `serve`. */
  startWith(market: string, ...options: string[]): Promise<void>
  /** SIGKILL. */
  kill(market: string): Promise<void>
  stop(...markets: string[]): Promise<void>
  /** Changes settings of a stopped node. */
  set(market: string, settings: Record<string, string | boolean>): void
  /** A command with --json; throws unless it exits 0. */
  run<T = Record<string, unknown>>(...args: string[]): Promise<T>
  get<T>(market: string, path: string): Promise<T>
  text(market: string, path: string): Promise<string>
  /** Publishes an issue act of a product of its own, or another file, by the command. */
  publish(market: string, name: string, text?: string): Promise<void>
  /** Writes a file of the alliance's directory and gives its path. */
  write(name: string, text: string): string
  close(): Promise<void>
}

/** Founds an alliance in a fresh directory; nothing is started. */
export async function realAlliance(
  markets: readonly string[],
  schedule: string,
): Promise<RealAlliance> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-real-'))
  const ports = await freePorts(markets.length)
  const choices = markets.map((market, at) => ({
    market,
    name: `Agency of ${market}`,
    timeZone: 'UTC',
    port: ports[at] ?? 0,
  }))
  await foundAlliance({ directory, markets: choices, defaultEffect: 'detain', schedule })
  return realNodes(directory)
}

/** Nodes in a directory, founded or about to be. */
export function realNodes(directory: string): RealAlliance {
  const running = new Map<string, NodeProcess>()
  const path = (name: string) => join(directory, name)
  const dir = (market: string) => memberDirectory(directory, market)
  const url = (market: string): string => {
    const node = running.get(market)
    if (node === undefined) throw new TypeError(`${market} is not running`)
    return node.url
  }
  const write = (name: string, text: string) => {
    writeFileSync(path(name), text)
    return path(name)
  }
  const run = async <T>(...args: string[]): Promise<T> => {
    const { exit, out, errors } = await portcullis([...args, '--json'])
    if (exit !== 0) throw new Error(`${args.join(' ')}: exit ${exit}\n${out}${errors}`)
    return JSON.parse(out) as T
  }
  const text = async (market: string, at: string) => (await fetch(`${url(market)}${at}`)).text()
  return {
    directory,
    path,
    dir,
    url,
    write,
    run,
    text,
    get: async <T>(market: string, at: string) => JSON.parse(await text(market, at)) as T,
    async start(...markets) {
      const started = await Promise.all(markets.map((market) => startProcess(dir(market))))
      for (const [at, market] of markets.entries()) {
        const node = started[at]
        if (node !== undefined) running.set(market, node)
      }
    },
    async startWith(market, ...options) {
      running.set(market, await startProcess(dir(market), undefined, options))
    },
    async kill(market) {
      await running.get(market)?.kill()
      running.delete(market)
    },
    async stop(...markets) {
      await Promise.all(markets.map((market) => running.get(market)?.stop()))
      for (const market of markets) running.delete(market)
    },
    set(market, settings) {
      const file = join(dir(market), 'portcullis.yaml')
      const kept = readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => !Object.keys(settings).some((key) => line.startsWith(`${key}:`)))
      const changed = Object.entries(settings).map(
        ([key, value]) => `${key}: ${JSON.stringify(value)}`,
      )
      writeFileSync(file, [...kept.filter(Boolean), ...changed, ''].join('\n'))
    },
    async publish(market, name, draft = issueDraft(`${market}/${name}`)) {
      await run('publish', write(`${market}-${name}.yaml`, draft), '--dir', dir(market))
    },
    async close() {
      await Promise.all([...running.values()].map((node) => node.stop()))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The program as a process of its own. */
export function portcullis(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, out, errors) => {
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ exit, out, errors })
    })
  })
}

/** Asks until the answer is what is wanted and gives it; fails with the last answer when it does not come. */
export async function until<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  mostMs = UNTIL_MS,
): Promise<T> {
  const end = performance.now() + mostMs
  for (;;) {
    const answer = await ask().catch((error: unknown) => error as Error)
    if (!(answer instanceof Error) && isWanted(answer)) return answer
    if (performance.now() > end) {
      throw new Error(`still ${answer instanceof Error ? answer : JSON.stringify(answer)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
