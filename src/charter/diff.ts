// Says in words what a charter changes, for the people who are asked to sign it (design: protocol 1.9).
import { jwkThumbprint } from '../encoding/ed25519.ts'
import type { CharterPayload, Member, MemberLog } from './schema.ts'

/** One sentence per change, members in their order; empty where only number, dates and signatures differ. */
export function charterDiff(before: CharterPayload, after: CharterPayload): string[] {
  const lines = [...ruleChanges(before, after)]
  for (const member of after.members) {
    const known = before.members.find(({ market }) => market === member.market)
    lines.push(...(known === undefined ? joined(member) : memberChanges(known, member)))
  }
  for (const { market } of before.members) {
    if (after.members.every((member) => member.market !== market))
      lines.push(`${market} is removed, which no node will adopt.`)
  }
  return lines
}

function ruleChanges(before: CharterPayload, after: CharterPayload): string[] {
  const lines: string[] = []
  const roots = (terms: CharterPayload) => terms.rootKeys.map(({ x }) => jwkThumbprint(x))
  const [old, now] = [roots(before), roots(after)]
  for (const kid of now.filter((one) => !old.includes(one))) lines.push(`Root key ${kid} is added.`)
  for (const kid of old.filter((one) => !now.includes(one)))
    lines.push(`Root key ${kid} is dropped.`)
  if (before.threshold !== after.threshold || old.length !== now.length) {
    const [from, to] = [
      `${before.threshold} of ${old.length}`,
      `${after.threshold} of ${now.length}`,
    ]
    lines.push(`${to} root keys must sign the next charter; before, ${from}.`)
  }
  const [was, is] = [flat(before.policy), flat(after.policy)]
  for (const [name, value] of is) {
    const known = was.get(name)
    if (known !== value) lines.push(`policy.${name} becomes ${value}; before, ${known}.`)
  }
  return lines
}

function flat(policy: CharterPayload['policy']): Map<string, string> {
  const { brake, ...rest } = policy
  const inner = Object.entries(brake).map(([name, value]) => [`brake.${name}`, value] as const)
  return new Map([...Object.entries(rest), ...inner].map(([name, value]) => [name, String(value)]))
}

function joined({ market, name, url, logs, witnessFrom }: Member): string[] {
  const origin = logs.at(-1)?.origin
  return [
    `${market} joins: ${name}, ${url}, log ${origin}; counts as a witness from charter ${witnessFrom}.`,
  ]
}

function memberChanges(before: Member, after: Member): string[] {
  const { market } = after
  const lines: string[] = []
  if (before.status !== after.status)
    lines.push(
      after.status === 'left'
        ? `${market} leaves: it counts for nothing any more, its decisions stay until they expire or are released.`
        : `${market} comes back.`,
    )
  if (JSON.stringify(before.released) !== JSON.stringify(after.released)) {
    const which = after.released === true ? 'all its decisions' : after.released?.join(', ')
    lines.push(`${market}: released, and so no longer blocking: ${which ?? 'none'}.`)
  }
  for (const field of ['name', 'url', 'witness', 'applied', 'witnessFrom'] as const) {
    if (before[field] !== after[field])
      lines.push(`${market}: ${field} becomes ${after[field]}; before, ${before[field]}.`)
  }
  for (const [at, log] of after.logs.entries()) {
    const known = before.logs[at]
    if (known?.origin === log.origin) lines.push(...logChanges(known, log))
    else
      lines.push(`${market}: the next log is ${log.origin}; what stands in it follows the earlier.`)
  }
  return lines
}

function logChanges(before: MemberLog, after: MemberLog): string[] {
  const { origin } = after
  const lines: string[] = []
  for (const key of after.logKeys.filter((one) => !before.logKeys.includes(one)))
    lines.push(`${origin}: log key ${key} is added.`)
  for (const key of before.logKeys.filter((one) => !after.logKeys.includes(one)))
    lines.push(`${origin}: log key ${key} is dropped.`)
  lines.push(...keyChanges(origin, 'agency', before.agencyKeys, after.agencyKeys))
  lines.push(...keyChanges(origin, 'node', before.nodeKeys, after.nodeKeys))
  if (JSON.stringify(before.twoKeys) !== JSON.stringify(after.twoKeys)) {
    const acts = after.twoKeys.map(({ act, fromIndex }) => `${act} from entry ${fromIndex}`)
    lines.push(`${origin}: acts that need two keys: ${acts.join(', ') || 'none'}.`)
  }
  const [was, is] = [before.frozen?.size, after.frozen?.size]
  if (was !== is) {
    const end = is === undefined ? 'is no longer frozen' : `ends after ${is} entries`
    lines.push(`${origin} ${end}; what stands in it later has no effect.`)
  }
  return lines
}

type RangedKey = MemberLog['nodeKeys'][number] & { acts?: string[] }

function keyChanges(
  origin: string,
  what: string,
  before: readonly RangedKey[],
  after: readonly RangedKey[],
): string[] {
  const named = (keys: readonly RangedKey[]) =>
    new Map(keys.map((key) => [jwkThumbprint(key.jwk.x), key]))
  const [old, now] = [named(before), named(after)]
  const lines = [...now].flatMap(([kid, key]) => {
    const known = old.get(kid)
    if (known === undefined) return [`${origin}: ${what} key ${kid} signs ${rangeText(key)}.`]
    const acts = String(key.acts) === String(known.acts) ? '' : ' other kinds of acts,'
    return rangeText(key) === rangeText(known) && acts === ''
      ? []
      : [
          `${origin}: ${what} key ${kid} signs${acts} ${rangeText(key)}; before, ${rangeText(known)}.`,
        ]
  })
  for (const kid of old.keys()) {
    if (!now.has(kid))
      lines.push(`${origin}: ${what} key ${kid} is removed with all it ever signed.`)
  }
  return lines
}

function rangeText({ fromIndex, toIndex }: RangedKey): string {
  return toIndex === null
    ? `entries from ${fromIndex} on`
    : `entries from ${fromIndex} up to but not ${toIndex}`
}
