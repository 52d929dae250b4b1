// Kills processes at random instants of publishing and syncing, round after round, and holds the alliance to its promises after each.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startProcess } from '../../src/node/alliance.ts'
import { faultDraft, type Said, startFaultProcess, textOf } from './fault-process.ts'
import { Violation } from './fault-witness.ts'
import {
  checkPublished,
  grow,
  makeWorld,
  publishAgain,
  type Side,
  settle,
  type World,
  watching,
} from './fault-world.ts'
import { type Random, seededRandom } from './random.ts'

export const KINDS = ['publish', 'writers', 'sync', 'both', 'command', 'serve'] as const
export type Kind = (typeof KINDS)[number]
export type FaultOptions = { rounds: number; seed: number; say?: (line: string) => void }
export type FaultSummary = {
  seed: number
  rounds: number
  /** Rounds by what was killed. */
  kinds: Record<Kind, number>
  /** Files of acts that were reported as published before a kill. */
  published: number
  /** Files in flight at a kill: the log had them after all, or had nothing of them. */
  in_flight: { landed: number; nothing: number }
  checkpoints: number
  entries: number
  ms: number
  /** What went wrong, in which round; null: nothing. */
  violation: string | null
}

const MOST_MS = 400
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** `command` and `serve` start a whole program each time, so they come up less often. */
const WHEEL: readonly Kind[] = [
  ...(['publish', 'publish', 'writers', 'writers', 'writers'] as const),
  ...(['sync', 'sync', 'both', 'both', 'command', 'serve'] as const),
]

type Round = { world: World; random: Random; label: string; summary: FaultSummary }

/** Runs the rounds; ends with the first violation, which stands in the summary with its round. */
export async function runFaults({ rounds, seed, say }: FaultOptions): Promise<FaultSummary> {
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>
  const summary: FaultSummary = {
    ...{ seed, rounds: 0, kinds, published: 0, in_flight: { landed: 0, nothing: 0 } },
    ...{ checkpoints: 0, entries: 0, ms: 0, violation: null },
  }
  const random = seededRandom(seed)
  const started = performance.now()
  const world = await makeWorld()
  try {
    while (summary.rounds < rounds) {
      const kind = random.pick(WHEEL)
      summary.rounds += 1
      summary.kinds[kind] += 1
      const round = { world, random, label: `r${summary.rounds}`, summary }
      await watching(world, () => PLAY[kind](round))
      await settle(world)
      if (summary.rounds % 20 === 0) say?.(lineOf(summary, started))
    }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    summary.violation = `round ${summary.rounds}: ${error.message}`
  } finally {
    for (const { witness, node } of world.sides) {
      summary.checkpoints += witness.count()
      summary.entries += Number(node.db.raw.prepare('SELECT count(*) FROM entry').pluck().get())
    }
    summary.ms = Math.round(performance.now() - started)
    world.close()
  }
  return summary
}

const PLAY: Record<Kind, (round: Round) => Promise<void>> = {
  publish: (round) => killWriters(round, 1, false),
  writers: (round) => killWriters(round, 2, false),
  both: (round) => killWriters(round, 1, true),
  sync: killSync,
  command: killCommand,
  serve: killServe,
}

/** Kills one or two publishers on one directory at instants of their own, and where asked a reader of theirs. Two may want the same. */
async function killWriters(round: Round, many: number, alsoSync: boolean): Promise<void> {
  const [writer, reader] = shuffled(round)
  const isContest = round.random.below(2) === 0
  const labels = Array.from({ length: many }, (_, at) => `${round.label}-${isContest ? 'x' : at}`)
  const processes = await Promise.all([
    ...labels.map((label) => startFaultProcess('publish', writer.directory, label)),
    ...(alsoSync ? [startFaultProcess('sync', reader.directory)] : []),
  ])
  const instants = processes.map(() => round.random.below(MOST_MS))
  for (const { go } of processes) go()
  const deaths = await Promise.all(
    processes.map(async ({ kill }, at) => {
      await pause(instants[at])
      return kill()
    }),
  )
  const died = deaths.find((errors) => errors !== null)
  if (died !== undefined) throw new Violation(`a process ended before it was killed: ${died}`)
  for (const { said } of processes) await checkWriter(round, writer, said)
}

/** Kills a reader while it pulls several bundles. */
async function killSync(round: Round): Promise<void> {
  const [writer, reader] = shuffled(round)
  const process = await startFaultProcess('sync', reader.directory)
  await grow(writer, 600 + round.random.below(800))
  process.go()
  await pause(round.random.below(MOST_MS))
  const died = await process.kill()
  if (died !== null) throw new Violation(`a process ended before it was killed: ${died}`)
}

/** Kills `portcullis publish` over several files: they land in order, each whole. */
async function killCommand(round: Round): Promise<void> {
  const [writer] = shuffled(round)
  const decisions = Array.from({ length: 6 }, (_, at) => `${writer.market}/${round.label}-${at}`)
  const files = decisions.map((decision, at) => {
    const file = join(round.world.files, `${round.label}-${at}.yaml`)
    writeFileSync(file, faultDraft(decision))
    return file
  })
  const child = spawn(process.execPath, [MAIN, 'publish', ...files, '--dir', writer.directory])
  const errors = textOf(child)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.stdout.resume()
  await Promise.race([ended, pause(300 + round.random.below(3 * MOST_MS))])
  child.kill('SIGKILL')
  if (((await ended) ?? 0) !== 0) throw new Violation(`publish failed: ${errors()}`)
  const landed: boolean[] = []
  for (const decision of decisions) landed.push(await publishAgain(writer, decision))
  if (landed.lastIndexOf(true) > landed.indexOf(false) && landed.includes(false)) {
    throw new Violation(`files landed out of order: ${landed}`)
  }
  countFlights(round, landed)
}

/** Kills a running node soon after it began to listen, while its first round is pulling. */
async function killServe(round: Round): Promise<void> {
  const [writer, reader] = shuffled(round)
  await grow(writer, 300)
  const process = await startProcess(reader.directory, 0)
  const answer = await fetch(`${process.url}/log/checkpoint`)
  await reader.witness.see(new Uint8Array(await answer.arrayBuffer()))
  await pause(round.random.below(MOST_MS))
  await process.kill()
}

/** What a writer called done must be there; what it was trying may be, whole; trying again never doubles it. */
async function checkWriter(round: Round, writer: Side, said: readonly Said[]): Promise<void> {
  checkPublished(writer, said)
  const done = said.filter((one) => 'done' in one)
  round.summary.published += done.length
  const last = said.at(-1)
  if (last === undefined || !('tries' in last)) return
  countFlights(round, [await publishAgain(writer, last.tries)])
}

function countFlights({ summary }: Round, landed: readonly boolean[]): void {
  const there = landed.filter(Boolean).length
  summary.in_flight.landed += there
  summary.in_flight.nothing += landed.length - there
}

function shuffled({ world, random }: Round): readonly [Side, Side] {
  const [us, jp] = world.sides
  return random.below(2) === 0 ? [us, jp] : [jp, us]
}

function lineOf({ rounds, published, in_flight }: FaultSummary, started: number): string {
  const seconds = Math.round((performance.now() - started) / 1000)
  return `${rounds} rounds in ${seconds} s: ${published} files published, ${in_flight.landed} landed and ${in_flight.nothing} did not at a kill`
}
