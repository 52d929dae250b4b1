// Sixty members: what is served stays small, and acts are confirmed although some witnesses are slow or silent (design: protocol 1.5, 1.8).
import { afterEach, beforeEach, expect, it } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { quorumOf } from '../../src/charter/quorum.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { foldCosignatures } from '../../src/folding.ts'
import { openDatabase } from '../../src/node/database.ts'
import { verifyProofFile } from '../../src/proof/verify.ts'
import { pushHead, rereadApplied } from '../../src/push.ts'
import { pullNow } from '../../src/sync.ts'
import { parsePolicy } from '../../src/tlog/policy.ts'
import { planCosignature, readCosignatures } from '../../src/witness/store.ts'
import { START_MS, testAlliance } from '../support/alliance.ts'
import { type Crowd, crowd } from '../support/crowd.ts'
import { issueDraft } from '../support/decisions.ts'

const MEMBERS = 60
const SLOW = 12
const SILENT = 7
const QUORUM = quorumOf(MEMBERS - 1) ?? 0
const MOST_LINES = Math.max(16, QUORUM + 3)
let scene: Crowd
/** What slow members wait for. */
let gate: { open(): void; opened: Promise<void> }

beforeEach(async () => {
  gate = newGate()
  const clock = { nowMs: START_MS }
  scene = await crowd(openDatabase(':memory:'), MEMBERS, clock, async (market) => {
    const at = scene.others.indexOf(market)
    if (at < SILENT) throw new TypeError('silent')
    if (at < SILENT + SLOW) await gate.opened
  })
})
afterEach(() => scene.node.db.close())

function newGate(): typeof gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

const deps = async () => ({
  ...scene.node.sync,
  adopted: await requireAdopted(scene.node.db),
})

/** Signature lines of every checkpoint this node serves of its own log. */
async function linesServed(): Promise<number[]> {
  const { node } = scene
  const heads = (await (await node.request('/v1/heads')).json()) as {
    heads: { checkpoint: string }[]
  }
  const notes = [
    await (await node.request('/log/checkpoint')).text(),
    ...heads.heads.map(({ checkpoint }) => checkpoint),
  ]
  return notes.map((note) => note.split('\n\n')[1]?.trim().split('\n').length ?? 0)
}

const bytesAt = async (path: string) =>
  new Uint8Array(await (await scene.node.request(path)).arrayBuffer())

/** Witnesses on the proof of a decision, each line verified by the node's policy. */
async function witnessesOn(decision: string): Promise<{ have: number; lines: number }> {
  const policy = parsePolicy(await bytesAt('/policy.txt'))
  if (policy === null) throw new TypeError('no policy')
  const bytes = await bytesAt(`/v1/proofs/${decision}`)
  const report = await verifyProofFile(bytes, { by: 'policy', policy })
  if (!report.ok) throw new TypeError(`${report.code} ${report.detail}`)
  const lines = new TextDecoder().decode(bytes).split('\n— ').length - 1
  return { have: report.value.quorum.have, lines }
}

it('with 60 members, of whom a fifth is late and some never answer, every act has a proof with a quorum, and no checkpoint grows beyond it', async () => {
  const rounds: Promise<unknown>[] = []
  const decisions: string[] = []
  const lines: number[] = []
  for (let round = 0; round < 8; round++) {
    for (let act = 0; act < 5; act++) {
      const decision = `aa/case-${round}-${act}`
      await scene.node.publishText(issueDraft(decision))
      decisions.push(decision)
    }
    scene.clock.nowMs += 250
    // Late members answer to a head that two others have replaced.
    const late = gate
    if (round % 3 === 0) gate = newGate()
    const push = pushHead(await deps())
    rounds.push(push)
    if (round % 3 === 0) late.open()
    await foldCosignatures(await deps())
    lines.push(...(await linesServed()))
  }
  gate.open()
  await Promise.all(rounds)
  scene.clock.nowMs += 10_000
  await foldCosignatures(await deps())
  await rereadApplied(await deps())
  lines.push(...(await linesServed()))
  expect(Math.max(...lines)).toBeLessThanOrEqual(MOST_LINES)
  expect(lines.at(-2)).toBe(QUORUM + 2)
  for (const decision of decisions) {
    const { have, lines: onProof } = await witnessesOn(decision)
    expect(have).toBeGreaterThanOrEqual(QUORUM)
    expect(onProof).toBeLessThanOrEqual(MOST_LINES)
  }
  // A log that has outgrown its witnesses by many heads still proves what they cosigned.
  for (let act = 0; act < 70; act++) await scene.node.publishText(issueDraft(`aa/more-${act}`))
  expect((await witnessesOn(decisions[0] ?? '')).have).toBeGreaterThanOrEqual(QUORUM)
})

it('a mirror that knows every witness of 20 members serves 16 lines, its own applied line among them', async () => {
  const markets = Array.from({ length: 20 }, (_, at) => `${'abcdefghijklmnopqrst'[at]}x`)
  const alliance = await testAlliance(markets)
  try {
    const [origin, mirror] = [alliance.node('ax'), alliance.node('bx')]
    await origin.publishText(issueDraft('ax/drills'))
    await pushHead({ ...origin.sync, adopted: await requireAdopted(origin.db) })
    await pullNow(mirror.sync, 'ax')
    const known = await readCosignatures(origin.db, origin.origin)
    await mirror.db.commit(known.flatMap(planCosignature))
    expect(known.filter(({ name }) => name.endsWith('/witness'))).toHaveLength(19)
    const path = `/mirror/${originHash(origin.origin)}/checkpoint`
    const lines = (await (await mirror.request(path)).text()).split('\n\n')[1]?.trim().split('\n')
    expect(lines).toHaveLength(16)
    expect(lines?.filter((line) => line.startsWith('— bx.test/log/applied '))).toHaveLength(1)
    expect(lines?.[0]).toMatch(/^— ax\.test\/log /)
  } finally {
    alliance.close()
  }
})
