// Starts the processes that a fault run kills, and remembers what they said before they died.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { issueDraft } from './decisions.ts'

export type Said =
  | { ready: true }
  | { tries: string }
  | { refused: string }
  | { done: string; entries: { index: number; leaf: string }[] }
  | { synced: string[] }
export type FaultProcess = {
  /** Lets it begin. */
  go(): void
  /** SIGKILL, and waits until it is gone; gives what it said on stderr when it had died before. */
  kill(): Promise<string | null>
  said: Said[]
}

const CHILD = fileURLToPath(new URL('fault-child.ts', import.meta.url))

/** Two acts, so that half a file would show. */
export function faultDraft(decision: string): string {
  return `${issueDraft(decision)}  - act: suspend
    from: 2026-06-01
    reason: { code: court_stay, text: Stayed while the appeal is heard., lang: en }
    citation: Test court, order of 29 May 2026
`
}

/** A process that publishes or syncs on this directory once told to go; it is ready when this returns. */
export async function startFaultProcess(
  work: 'publish' | 'sync',
  directory: string,
  label = '',
): Promise<FaultProcess> {
  const child = spawn(process.execPath, [CHILD, work, directory, label])
  const said: Said[] = []
  const errors = textOf(child)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const one = JSON.parse(line) as Said
      said.push(one)
      if ('ready' in one) resolve()
    })
  })
  await Promise.race([ready, ended])
  return {
    said,
    go: () => void child.stdin.write('go\n'),
    async kill() {
      const isDead = child.exitCode !== null
      child.kill('SIGKILL')
      await ended
      return isDead ? errors() : null
    },
  }
}

/** Whatever a child writes on stderr, its last 2 000 characters. */
export function textOf(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-2000)
  })
  return () => text
}
