// The reading node of the sync bench: one process, one round, its time and peak memory as one JSON line.
import { openNode } from '../../src/node/open.ts'
import { syncRound } from '../../src/sync.ts'

const node = await openNode(process.argv[2] ?? '', {})
const from = performance.now()
const cpu = process.cpuUsage()
const report = await syncRound(node.sync, { force: true })
const ms = performance.now() - from
const used = process.cpuUsage(cpu)
node.close()
const [peer] = report.peers
console.log(
  JSON.stringify({
    ms,
    cpu_ms: (used.user + used.system) / 1000,
    peak_mb: process.resourceUsage().maxRSS / 1024,
    merged: peer?.merged,
    refused: peer?.refused,
    outcome: peer?.outcome,
    code: peer?.code,
    detail: peer?.detail,
  }),
)
