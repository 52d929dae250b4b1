// Keeps every checkpoint of a log that anyone was shown, and holds the log to all of them: one history, nothing lost, nothing twice.
import { leafHash } from '../../src/tlog/hash.ts'
import { appendLeaves, type Frontier } from '../../src/tlog/tree.ts'
import { type HeadKeys, verifyHead } from '../../src/verify/head.ts'

/** What must never happen, happened. */
export class Violation extends Error {}

export type LogWitness = {
  /** Takes a checkpoint that was served. Throws `Violation` for one that the log's key did not sign or that conflicts with another. */
  see(note: Uint8Array): Promise<void>
  /** Holds the entries against all that was seen: the roots of their prefixes are the roots served. */
  check(entries: readonly Uint8Array[]): void
  /** Sizes seen. */
  count(): number
}

export function logWitness(keys: HeadKeys): LogWitness {
  const roots = new Map<number, string>()
  let last = ''
  return {
    async see(note) {
      const text = Buffer.from(note).toString('latin1')
      if (text === last) return
      last = text
      const head = await verifyHead(note, keys)
      if (!head.ok) throw new Violation(`${keys.origin} served a bad head: ${head.code}`)
      const root = Buffer.from(head.value.root).toString('hex')
      const before = roots.get(head.value.size)
      if (before !== undefined && before !== root) {
        throw new Violation(`${keys.origin} signed two roots of size ${head.value.size}`)
      }
      roots.set(head.value.size, root)
    },
    check(entries) {
      const leaves = entries.map(leafHash)
      if (new Set(leaves.map((leaf) => Buffer.from(leaf).toString('hex'))).size < leaves.length) {
        throw new Violation(`${keys.origin} holds an entry twice`)
      }
      let at: { size: number; frontier: Frontier } = { size: 0, frontier: [] }
      for (const size of [...roots.keys()].sort((a, b) => a - b)) {
        if (size > leaves.length) {
          throw new Violation(`${keys.origin} served size ${size} and holds ${leaves.length}`)
        }
        const grown = appendLeaves(at.size, at.frontier, leaves.slice(at.size, size))
        at = grown
        if (Buffer.from(grown.root).toString('hex') !== roots.get(size)) {
          throw new Violation(`${keys.origin} is no longer what was served at size ${size}`)
        }
      }
    },
    count: () => roots.size,
  }
}
