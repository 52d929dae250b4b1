// Cold sync of 50 000 products acts on 500 decisions between two processes over loopback HTTP, everything verified and indexed.
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startProcess } from '../../src/node/alliance.ts'
import { benchAlliance, benchProduct, fillLog } from './feed.ts'
import { round, signatureChecksPerSecond } from './limits.ts'

const CHILD = fileURLToPath(new URL('sync-child.ts', import.meta.url))
const DECISIONS = 500
const ACTS = Number(process.env.PORTCULLIS_BENCH_ACTS ?? 50_000)

export type ChildReport = {
  ms: number
  cpu_ms: number
  peak_mb: number
  merged: number
  refused: number
  outcome: string
}

export function runSyncChild(directory: string, flags: string[] = []): ChildReport {
  const text = execFileSync(process.execPath, [...flags, CHILD, directory], { encoding: 'utf8' })
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as ChildReport
}

export async function benchSync(): Promise<Record<string, number | string>> {
  const alliance = await benchAlliance()
  try {
    const log = await fillLog(alliance.origin, DECISIONS, ACTS, (act) => [benchProduct(act)])
    const origin = await startProcess(alliance.origin)
    const limit = await signatureChecksPerSecond()
    const report = runSyncChild(
      alliance.reader,
      process.env.PORTCULLIS_BENCH_PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : [],
    )
    const limitAfter = await signatureChecksPerSecond()
    await origin.stop()
    if (report.merged !== log.entries + 1 || report.refused !== 0) {
      throw new Error(`merged ${JSON.stringify(report)} of ${log.entries + 1}`)
    }
    const perSecond = (report.merged / report.ms) * 1000
    const best = Math.max(limit, limitAfter)
    return {
      acts: report.merged,
      bytes_per_act: round(log.bytes / log.entries, 0),
      acts_per_s: round(perSecond, 0),
      signature_checks_per_s: round(best, 0),
      ratio: round(perSecond / best),
      reader_cpu_ms: round(report.cpu_ms, 0),
      wall_ms: round(report.ms, 0),
      peak_mb: round(report.peak_mb, 0),
    }
  } finally {
    rmSync(alliance.directory, { recursive: true, force: true })
  }
}
