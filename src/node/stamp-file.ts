// The stamp that stands outside of the database: a file of one line that is replaced as a whole.
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import type { StampStore } from '../log/pass.ts'

/** Of several processes the last one's stamp stands; a reader that finds another than its database's asks the members again. */
export function stampFile(path: string): StampStore {
  return {
    async read() {
      return existsSync(path) ? readFileSync(path, 'utf8').trim() : null
    },
    async write(stamp) {
      const part = `${path}.${process.pid}.part`
      const file = openSync(part, 'w', 0o600)
      try {
        writeSync(file, `${stamp}\n`)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(part, path)
    },
  }
}
