// A manifest of a million lines through the command line: lines a second, peak memory, and the same again after one decision changed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openNode } from '../../src/node/open.ts'
import { syncRound } from '../../src/sync.ts'
import { benchAlliance, benchProduct, fillLog, gtin } from './feed.ts'
import { round } from './limits.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const LINES = Number(process.env.PORTCULLIS_BENCH_LINES ?? 1_000_000)
const PRODUCTS = 20_000
/** One line in so many names a listed product. */
const HIT_EVERY = 500

export async function benchScreen(): Promise<Record<string, number | string>> {
  const alliance = await benchAlliance()
  const manifest = join(alliance.directory, 'manifest.csv')
  const result = join(alliance.directory, 'result.csv')
  try {
    await fillLog(alliance.origin, 100, PRODUCTS, (act) => [benchProduct(act)])
    await mergeOwn(alliance.origin)
    await writeManifest(manifest)
    const args = [manifest, '--dir', alliance.origin, '--out', result, '--json']
    const first = await screen(args)
    const again = await screen(args)
    const { counts } = JSON.parse(first.out) as { counts: { lines: number; blocked: number } }
    if (counts.lines !== LINES || counts.blocked !== Math.floor(LINES / HIT_EVERY)) {
      throw new Error(first.out)
    }
    return {
      lines: counts.lines,
      blocked: counts.blocked,
      manifest_mb: round(statSync(manifest).size / 1e6, 0),
      result_mb: round(statSync(result).size / 1e6, 0),
      seconds: round(first.ms / 1000),
      lines_per_s: round((LINES / first.ms) * 1000, 0),
      peak_mb: round(first.peakMb, 0),
      again_seconds: round(again.ms / 1000),
      again_peak_mb: round(again.peakMb, 0),
    }
  } finally {
    rmSync(alliance.directory, { recursive: true, force: true })
  }
}

async function mergeOwn(directory: string): Promise<void> {
  const node = await openNode(directory, {})
  await syncRound(node.sync, { force: true })
  node.close()
}

/** Barcode, brand, model and quantity, as an invoice has them; most are of goods that nobody lists. */
async function writeManifest(path: string): Promise<void> {
  const stream = createWriteStream(path)
  stream.write('No,EAN,Brand,Model,Qty,Consignee\n')
  for (let at = 0; at < LINES; at += 1000) {
    const lines: string[] = []
    for (let i = at; i < Math.min(at + 1000, LINES); i++) lines.push(lineOf(i))
    if (!stream.write(lines.join(''))) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
}

function lineOf(i: number): string {
  const isHit = i % HIT_EVERY === HIT_EVERY - 1
  const act = i % PRODUCTS
  const { brand, model } = benchProduct(act)
  return isHit
    ? `${i},${gtin(act)},${brand},${model},${i % 50},Consignee ${i % 1000}\n`
    : `${i},${gtin(500_000 + i)},Maker${i % 89},QF-${i}-${(i * 31) % 977},${i % 50},Consignee ${i % 1000}\n`
}

/** The command as a process; its peak memory is the one that Linux keeps of it. */
async function screen(args: string[]): Promise<{ ms: number; peakMb: number; out: string }> {
  const from = performance.now()
  const child = spawn(process.execPath, [MAIN, 'screen', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.on('data', (text) => {
    out += String(text)
  })
  let peakMb = 0
  const look = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid))
  }, 100)
  const [code] = (await once(child, 'exit')) as [number]
  clearInterval(look)
  if (code !== 0) throw new Error(`exit ${code}: ${out}`)
  return { ms: performance.now() - from, peakMb, out }
}

function peakOf(pid: number | undefined): number {
  try {
    const kb = /VmHWM:\s+([0-9]+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kb ?? 0) / 1024
  } catch {
    // It has just ended.
    return 0
  }
}
