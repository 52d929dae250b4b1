// `portcullis screen` as a process that a test kills half-way: what it has committed is read from its directory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import Database from 'better-sqlite3'
import { databasePath } from '../../src/node/directory.ts'
import type { Progress } from '../../src/screening/store.ts'
import { MAIN, until } from './processes.ts'

type Seen = { state: string; lines: number }

/** Starts it, and kills it once it has committed some lines and before it is done. Gives how many it had. */
export async function killHalfWay(dir: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [MAIN, 'screen', ...args, '--dir', dir, '--json'], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  const reader = new Database(databasePath(dir), { readonly: true })
  const look = async (): Promise<Seen> => {
    const [row] = reader
      .prepare(
        "SELECT state, progress FROM screening WHERE state <> 'done' ORDER BY id DESC LIMIT 1",
      )
      .all() as { state: string; progress: string }[]
    if (row === undefined) return { state: 'none', lines: 0 }
    return { state: row.state, lines: (JSON.parse(row.progress) as Progress).line }
  }
  try {
    await until(look, ({ state, lines }) => state === 'running' && lines > 0)
  } finally {
    child.kill('SIGKILL')
    await ended
  }
  const { state, lines } = await look()
  reader.close()
  if (state !== 'running') throw new Error(`it was ${state} when it was killed`)
  return lines
}
