// The publisher's copies of what it has appended: one line an entry, `index jws`, in a file beside the database that only ever grows.
import { closeSync, createReadStream, existsSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseDecimal } from '../encoding/decimal.ts'
import type { Copies } from '../log/copies.ts'

/** Appending is one write, so two processes on one directory never tear each other's lines. */
export function copiesFile(path: string): Copies {
  return {
    async keep(entries) {
      if (entries.length === 0) return
      const lines = entries.map(
        ({ index, bytes }) => `${index} ${new TextDecoder().decode(bytes)}\n`,
      )
      const file = openSync(path, 'a', 0o600)
      try {
        // On a line of its own, also after one that a crash has cut.
        writeSync(file, `\n${lines.join('')}`)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
    },
    async read(from, most) {
      if (!existsSync(path)) return []
      const found = new Map<number, Uint8Array>()
      const lines = createInterface({ input: createReadStream(path, 'utf8') })
      for await (const line of lines) {
        const [indexText = '', jws = ''] = line.split(' ')
        const index = parseDecimal(indexText)
        // A place that was written twice: after an operator's decision to sign without the members, the later one counts.
        if (index !== null && index >= from && index < from + most && jws !== '')
          found.set(index, new TextEncoder().encode(jws))
      }
      const entries: Uint8Array[] = []
      for (let index = from; index < from + most; index++) {
        const bytes = found.get(index)
        if (bytes === undefined) break
        entries.push(bytes)
      }
      return entries
    },
  }
}
