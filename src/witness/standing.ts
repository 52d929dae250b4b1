// How far a market's log is confirmed by witnesses and applied by members: a ladder, never a gate (design: protocol 1.8).
import { quorumOf } from '../charter/quorum.ts'
import { encodeHex } from '../encoding/hex.ts'
import type { Cosignature } from './store.ts'

export type WitnessTerms = {
  /** Origin of the log in question. */
  origin: string
  /** Key names that may witness it: other active members' with witnessFrom reached. */
  witnesses: readonly string[]
  /** Applied key names of all active members, the origin's own included. */
  appliers: readonly string[]
}

export type LogStanding = {
  /** Entries below this index are confirmed by k witnesses on one head; 0: none. */
  confirmedSize: number
  /** Size each member has applied, by key name. */
  appliedSizes: ReadonlyMap<string, number>
  quorum: number | null
  members: number
}

/** Reads the standing of a log from the verified cosignatures of it. */
export function standingOf(terms: WitnessTerms, cosignatures: readonly Cosignature[]): LogStanding {
  const quorum = quorumOf(terms.witnesses.length)
  // By size and root: of a log that signed two histories, cosignatures on one do not confirm the other.
  const byHead = new Map<string, { size: number; names: Set<string> }>()
  const appliedSizes = new Map<string, number>()
  for (const { name, size, root } of cosignatures) {
    if (terms.witnesses.includes(name)) {
      const head = `${size} ${encodeHex(root)}`
      const { names } = byHead.get(head) ?? { names: new Set<string>() }
      byHead.set(head, { size, names: names.add(name) })
    }
    if (terms.appliers.includes(name)) {
      appliedSizes.set(name, Math.max(size, appliedSizes.get(name) ?? 0))
    }
  }
  const confirmed = [...byHead.values()].filter(
    ({ names }) => quorum !== null && names.size >= quorum,
  )
  return {
    confirmedSize: Math.max(0, ...confirmed.map(({ size }) => size)),
    appliedSizes,
    quorum,
    members: terms.appliers.length,
  }
}

/** Whether the act at an index is confirmed, and by how many members of all it is applied. */
export function actStanding(
  standing: LogStanding,
  index: number,
): { confirmed: boolean; applied: { m: number; n: number } } {
  const applied = [...standing.appliedSizes.values()].filter((size) => size > index)
  return {
    confirmed: standing.confirmedSize > index,
    applied: { m: applied.length, n: standing.members },
  }
}
