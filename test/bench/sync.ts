// Cold sync of 50 000 products acts on 500 decisions between two processes over loopback HTTP, everything verified and indexed.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
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
    await ownLogMerged(origin.url, log.entries)
    const limit = await signatureChecksPerSecond()
    const cpuBefore = cpuMs(origin.child.pid)
    const report = runSyncChild(alliance.reader, profileFlags())
    const originCpu = cpuMs(origin.child.pid) - cpuBefore
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
      origin_cpu_ms: round(originCpu, 0),
      wall_ms: round(report.ms, 0),
      peak_mb: round(report.peak_mb, 0),
    }
  } finally {
    rmSync(alliance.directory, { recursive: true, force: true })
  }
}

/** CPU time a process has used, from /proc in clock ticks of 10 ms. */
export function cpuMs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** The origin takes its own log into its own view when it starts; that is not what is measured. */
export async function ownLogMerged(url: string, entries: number): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/v1/status`)
    const { feeds } = (await response.json()) as { feeds: { position: number }[] }
    if (feeds.some(({ position }) => position > entries)) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** With PORTCULLIS_BENCH_PROF=directory the reader writes its CPU profile there. */
function profileFlags(): string[] {
  const directory = process.env.PORTCULLIS_BENCH_PROF
  return directory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${directory}`]
}
