// Whether two charters judge the same entries alike (design: protocol 1.9 "re-judges").
import type { Member, MemberLog } from './schema.ts'

/**
 * True when everything that judging looks at is the same in both charters for the first entries of each log, whose number `sizes` gives by
 * origin: the order of the logs, the ranges of keys, two-key rules and a freeze, as far as they reach into those entries.
 */
export function judgesAlike(a: Member, b: Member, sizes: ReadonlyMap<string, number>): boolean {
  const rules = (member: Member) =>
    JSON.stringify(
      member.logs
        .filter(({ origin }) => (sizes.get(origin) ?? 0) > 0)
        .map((log) => rulesOf(log, sizes.get(log.origin) ?? 0)),
    )
  return rules(a) === rules(b)
}

function rulesOf(log: MemberLog, size: number): unknown {
  const { origin, nodeKeys, agencyKeys, twoKeys, frozen } = log
  const within = <Key extends { fromIndex: number; toIndex: number | null }>(
    keys: readonly Key[],
  ) =>
    keys
      .filter(({ fromIndex }) => fromIndex < size)
      .map(({ toIndex, ...key }) => ({ ...key, toIndex: Math.min(toIndex ?? size, size) }))
  return {
    origin,
    nodeKeys: within(nodeKeys),
    agencyKeys: within(agencyKeys),
    twoKeys: twoKeys.filter(({ fromIndex }) => fromIndex < size),
    // A log that another follows counts to its end, wherever the entries asked for stop.
    frozen: frozen !== null && frozen.size < size ? frozen.size : null,
  }
}
