// Remembers the last signed head in a file beside the database: lines of size and root, appended and flushed, the largest counts.
import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { parseDecimal } from '../encoding/decimal.ts'
import { decodeHex, encodeHex } from '../encoding/hex.ts'
import type { HeadMemory, RememberedHead } from '../log/memory.ts'

/** Sizes grow from line to line but for a few that two processes swap, so the end of the file says it all. */
const TAIL_BYTES = 65_536

/**
 * Appending is one small write, so two processes on one directory never tear each other's lines; nothing is ever rewritten, because
 * between reading and renaming the other's line would be lost.
 */
export function headFile(path: string): HeadMemory {
  return {
    async read() {
      return existsSync(path) ? largest(tailOf(path)) : null
    },
    async isBlank() {
      return existsSync(path) && largest(tailOf(path)) === null
    },
    async keep({ size, root }) {
      // On a line of its own, also after one that a crash has cut.
      appendDurably(path, `\n${size} ${encodeHex(root)}\n`)
    },
  }
}

function tailOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const tail = new Uint8Array(Math.min(size, TAIL_BYTES))
    readSync(file, tail, 0, tail.length, size - tail.length)
    return new TextDecoder().decode(tail)
  } finally {
    closeSync(file)
  }
}

function largest(text: string): RememberedHead | null {
  let most: RememberedHead | null = null
  for (const line of text.split('\n')) {
    const [sizeText = '', rootText = ''] = line.split(' ')
    const size = parseDecimal(sizeText)
    const root = decodeHex(rootText)
    // The last line may have been cut by a crash; its head had not left the process then.
    if (size === null || root === null || root.length !== 32) continue
    if (most === null || size > most.size) most = { size, root }
  }
  return most
}

function appendDurably(path: string, text: string): void {
  const file = openSync(path, 'a', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
