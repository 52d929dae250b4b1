// Looks at a file while it streams past: its beginning, and lines outside of ASCII from anywhere in it.
import { concatBytes } from '../encoding/bytes.ts'
import { MAX_ENCODING_SAMPLE } from './encodings.ts'

/** Header and first lines stand within this many bytes, or the file is refused. */
export const MAX_FIRST_BYTES = 256 * 1024

const NEWLINE = 0x0a

export type Sample = {
  take(chunk: Uint8Array): void
  /** The first bytes of the file. */
  first(): Uint8Array
  /** Whole lines that are not ASCII; ends of lines are the same byte in every encoding that has no mark. */
  lines(): Uint8Array
}

export function sampler(): Sample {
  const first: Uint8Array[] = []
  const lines: Uint8Array[] = []
  let firstLength = 0
  let linesLength = 0
  let rest: Uint8Array = new Uint8Array(0)
  return {
    take(chunk) {
      if (firstLength < MAX_FIRST_BYTES) {
        const part = chunk.slice(0, MAX_FIRST_BYTES - firstLength)
        first.push(part)
        firstLength += part.length
      }
      if (linesLength >= MAX_ENCODING_SAMPLE) return
      const end = chunk.lastIndexOf(NEWLINE) + 1
      if (end === 0) {
        rest = concatBytes([rest, chunk]).slice(0, MAX_ENCODING_SAMPLE)
        return
      }
      const head = chunk.indexOf(NEWLINE) + 1
      takeLines(concatBytes([rest, chunk.subarray(0, head)]))
      // Most manifests are ASCII from end to end: those are looked through once and never copied.
      const whole = chunk.subarray(head, end)
      if (!isAscii(whole)) takeLines(whole)
      // A line longer than a sample tells nothing more than its beginning.
      rest = chunk.slice(end, end + MAX_ENCODING_SAMPLE)
    },
    first: () => concatBytes(first),
    lines() {
      if (linesLength < MAX_ENCODING_SAMPLE && !isAscii(rest)) takeLines(rest)
      rest = new Uint8Array(0)
      return concatBytes(lines)
    },
  }

  function takeLines(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && linesLength < MAX_ENCODING_SAMPLE) {
      const found = bytes.indexOf(NEWLINE, at)
      const end = found < 0 ? bytes.length : found + 1
      const line = bytes.subarray(at, end)
      at = end
      if (isAscii(line)) continue
      lines.push(line.slice())
      linesLength += line.length
    }
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] as number) >= 0x80) return false
  }
  return true
}
