// Remembers the last signed head in a file beside the database: lines of size and root, appended and flushed, the largest counts.
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { parseDecimal } from '../encoding/decimal.ts'
import { decodeHex, encodeHex } from '../encoding/hex.ts'
import type { HeadMemory, RememberedHead } from '../log/memory.ts'

const MAX_FILE_BYTES = 65_536

/** Appending is one small write, so two processes on one directory never tear each other's lines. */
export function headFile(path: string): HeadMemory {
  return {
    async read() {
      return existsSync(path) ? largest(readFileSync(path, 'utf8')) : null
    },
    async keep({ size, root }) {
      const line = `${size} ${encodeHex(root)}\n`
      const isLong = existsSync(path) && readFileSync(path).length > MAX_FILE_BYTES
      if (!isLong) return writeDurably(path, 'a', line)
      // A crash before the rename leaves the long file, which says the same.
      const most = largest(readFileSync(path, 'utf8'))
      const kept = most !== null && most.size > size ? `${most.size} ${encodeHex(most.root)}\n` : ''
      writeDurably(`${path}.new`, 'w', kept + line)
      renameSync(`${path}.new`, path)
    },
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

function writeDurably(path: string, flag: 'a' | 'w', text: string): void {
  const file = openSync(path, flag, 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
