// Sixty members' cosigners and twenty appends a second for thirty seconds: how many lines each served checkpoint has, and how long it
// takes until there is a proof with a quorum for an act. One real node with its real push job; 59 members that cosign with real keys.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quorumOf } from '../../src/charter/quorum.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { openDatabase } from '../../src/node/database.ts'
import { pushJob } from '../../src/node/push.ts'
import { verifyProofFile } from '../../src/proof/verify.ts'
import { readLogStandings } from '../../src/standing.ts'
import { parsePolicy } from '../../src/tlog/policy.ts'
import { type Crowd, crowd } from '../support/crowd.ts'
import { issueDraft } from '../support/decisions.ts'
import { percentile, round } from './limits.ts'

const MEMBERS = 60
const APPENDS_A_SECOND = 20
const SECONDS = Number(process.env.PORTCULLIS_BENCH_SECONDS ?? 30)
/** Never answer; the quorum of 40 of 59 bears 19 of them. */
const SILENT = 6
/** Take longer than a round of pushes. */
const SLOW = 6
const LIMIT_MS = 5_000
const LOOK_MS = 100

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export async function benchWitness(): Promise<Record<string, number>> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-witness-'))
  const db = openDatabase(join(directory, 'portcullis.db'))
  const clock = {
    get nowMs() {
      return Date.now()
    },
  }
  const others: string[] = []
  const scene = await crowd(db, MEMBERS, clock, async (market) => {
    const at = others.indexOf(market)
    if (at < SILENT) await pause(9_000).then(() => Promise.reject(new TypeError('silent')))
    if (at < SILENT + SLOW) await pause(1_500 + 100 * at)
    await pause(5 + 3 * at)
  })
  others.push(...scene.others)
  const job = pushJob({ db, sync: scene.node.sync }, () => {})
  try {
    return await load(scene)
  } finally {
    await job.stop()
    db.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

type Act = { decision: string; index: number; appendedAt: number; confirmedAt: number | null }

async function load(scene: Crowd): Promise<Record<string, number>> {
  const acts: Act[] = []
  const lines: number[] = []
  let isOver = false
  const looking = look(scene, acts, lines, () => isOver)
  const from = performance.now()
  for (let at = 0; at < SECONDS * APPENDS_A_SECOND; at++) {
    const decision = `aa/load-${at}`
    const { entries } = await scene.node.publishText(issueDraft(decision))
    const index = entries[0]?.index ?? 0
    acts.push({ decision, index, appendedAt: performance.now(), confirmedAt: null })
    await pause(Math.max(0, from + ((at + 1) * 1000) / APPENDS_A_SECOND - performance.now()))
  }
  const tookS = (performance.now() - from) / 1000
  const until = performance.now() + LIMIT_MS
  while (acts.some(({ confirmedAt }) => confirmedAt === null) && performance.now() < until) {
    await pause(LOOK_MS)
  }
  isOver = true
  await looking
  const times = acts
    .map(({ appendedAt, confirmedAt }) => (confirmedAt ?? Number.POSITIVE_INFINITY) - appendedAt)
    .sort((a, b) => a - b)
  const quorum = quorumOf(MEMBERS - 1) ?? 0
  const proofs = await proofsWith(scene, acts, quorum)
  return {
    members: MEMBERS,
    acts: acts.length,
    appends_a_second: round(acts.length / tookS, 1),
    quorum,
    checkpoints_looked_at: lines.length,
    most_lines_allowed: Math.max(16, quorum + 3),
    most_lines_served: Math.max(...lines),
    proof_p50_ms: round(percentile(times, 0.5), 0),
    proof_p99_ms: round(percentile(times, 0.99), 0),
    proof_max_ms: round(times.at(-1) ?? Number.NaN, 0),
    acts_over_5_s: times.filter((ms) => ms > LIMIT_MS).length,
    proofs_that_verify: proofs,
  }
}

/** Looks at what is served and at what is confirmed until it is over. */
async function look(
  { node }: Crowd,
  acts: readonly Act[],
  lines: number[],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    for (const path of ['/log/checkpoint', '/v1/heads']) {
      const text = (await (await node.request(path)).text()).replaceAll('\\n', '\n')
      lines.push(text.split('\n— ').length - 1)
    }
    const standings = await readLogStandings(node.db, await requireAdopted(node.db))
    const size = standings.get(node.origin)?.confirmedSize ?? 0
    const now = performance.now()
    for (const act of acts) {
      if (act.confirmedAt === null && act.index < size) act.confirmedAt = now
    }
    await pause(LOOK_MS)
  }
}

/** How many acts have a proof that verifies by the policy with a quorum. */
async function proofsWith({ node }: Crowd, acts: readonly Act[], quorum: number): Promise<number> {
  const bytesAt = async (path: string) =>
    new Uint8Array(await (await node.request(path)).arrayBuffer())
  const policy = parsePolicy(await bytesAt('/policy.txt'))
  if (policy === null) throw new Error('the policy does not parse')
  let count = 0
  for (const { decision } of acts) {
    const proof = await bytesAt(`/v1/proofs/${decision}`)
    const report = await verifyProofFile(proof, { by: 'policy', policy })
    if (report.ok && report.value.quorum.have >= quorum) count += 1
  }
  return count
}
