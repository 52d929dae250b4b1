// What a command prints: people read lines, machines read one JSON object; progress only on a terminal.
import type { ErrorCode, Failure } from '../errors.ts'

/** 0 ok, 1 failed, 2 usage, 3 verification failed. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unverified: 3 } as const

const UNVERIFIED: readonly ErrorCode[] = [
  'ERR_CHARTER_THRESHOLD',
  'ERR_CHARTER_ORDER',
  'ERR_CHARTER_RULE',
  'ERR_CHARTER_CONFLICT',
  'ERR_CHARTER_PIN',
  'ERR_ACT_SIGNATURE',
  'ERR_HEAD_SIGNATURE',
  'ERR_TILE_MISMATCH',
  'ERR_BUNDLE_MISMATCH',
  'ERR_ARCHIVE_FORMAT',
  'ERR_RECEIPT_CONTRADICTED',
  'ERR_RECEIPT_SIGNATURE',
]

export type Terminal = {
  /** One JSON object for machines, or the lines for people. */
  say(json: unknown, lines: readonly string[]): void
  /** A line that replaces itself; nothing in a pipe. */
  progress(line: string): void
  /** Ends the progress line. */
  settle(): void
}

export function terminal(options: { json?: boolean }): Terminal {
  const shows = process.stderr.isTTY === true && options.json !== true
  let isShown = false
  return {
    say(json, lines) {
      this.settle()
      const text = options.json === true ? JSON.stringify(json) : lines.join('\n')
      process.stdout.write(`${text}\n`)
    },
    progress(line) {
      if (!shows) return
      isShown = true
      process.stderr.write(`\r\x1b[K${line}`)
    },
    settle() {
      if (isShown) process.stderr.write('\r\x1b[K')
      isShown = false
    },
  }
}

/** One line with the cause, one with the cure; as JSON where the command was asked for it. */
export function reportFailure(failure: Failure, json: boolean): void {
  const { code, message, at, cure, facts } = failure
  if (json) {
    process.stdout.write(`${JSON.stringify({ error: { code, message, at, cure, ...facts } })}\n`)
    return
  }
  process.stderr.write(`${code}: ${message}${at === undefined || at === '' ? '' : ` (at ${at})`}\n`)
  for (const problem of problemsOf(facts)) process.stderr.write(`  ${problem}\n`)
  if (cure !== undefined) process.stderr.write(`Cure: ${cure}\n`)
}

function problemsOf(facts: Readonly<Record<string, unknown>>): string[] {
  const { problems } = facts
  if (!Array.isArray(problems)) return []
  return problems.map(({ code, at, message }) => `${code} at ${at}: ${message}`)
}

export function exitCodeOf(failure: Failure): number {
  if (failure.code === 'ERR_USAGE') return EXIT.usage
  return UNVERIFIED.includes(failure.code) ? EXIT.unverified : EXIT.failed
}
