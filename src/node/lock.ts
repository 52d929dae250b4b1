// Whether a node runs on a directory: it holds a lock of the operating system, by way of a small SQLite file, which ends with the process.
import Database from 'better-sqlite3'

export type RunningLock = {
  /** Takes the lock for as long as this process lives or until `give`. False where another process has it. */
  take(): boolean
  give(): void
  /** True while another process, or another node in this one, has it. */
  isTakenByOther(): boolean
}

const TAKE_TIMEOUT_MS = 1_000

/** Nothing is ever written to the file. */
export function runningLock(path: string): RunningLock {
  let held: Database.Database | null = null
  return {
    take() {
      held ??= lock(path, TAKE_TIMEOUT_MS)
      return held !== null
    },
    give() {
      held?.close()
      held = null
    },
    isTakenByOther() {
      if (held !== null) return false
      const free = lock(path, 0)
      free?.close()
      return free === null
    },
  }
}

function lock(path: string, timeout: number): Database.Database | null {
  const file = new Database(path, { timeout })
  try {
    file.exec('BEGIN EXCLUSIVE')
    return file
  } catch (error) {
    file.close()
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
}
