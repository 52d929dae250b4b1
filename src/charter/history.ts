// What a charter must keep of all charters before it: names and keys mean one thing for ever (design: protocol 1.2, 1.9).
import { encodeBase64url } from '../encoding/base64.ts'
import { keyUses } from './key-roles.ts'
import type { CharterPayload, Member, MemberLog } from './schema.ts'

/**
 * The first rule over several versions that `next` breaks, in words; null when none is. `past` holds the charters before it, oldest first:
 * members stay (they leave, they are never removed), logs stay in their order, a freeze never shrinks, and no origin, URL or key passes to
 * another market or role.
 */
export function brokenHistory(
  past: readonly CharterPayload[],
  next: CharterPayload,
): string | null {
  const last = past.at(-1)
  for (const before of last?.members ?? []) {
    const now = next.members.find(({ market }) => market === before.market)
    if (now === undefined) return `${before.market}: a member leaves, it is never removed`
    const broken = brokenLogs(before, now)
    if (broken !== null) return broken
  }
  return brokenName(past, next) ?? brokenRole(past, next)
}

function brokenLogs(before: Member, now: Member): string | null {
  for (const [at, log] of before.logs.entries()) {
    const kept = now.logs[at]
    if (kept?.origin !== log.origin)
      return `${before.market}: the log ${log.origin} is missing or has moved in its order`
    const broken = brokenFreeze(log, kept, at < before.logs.length - 1)
    if (broken !== null) return `${log.origin}: ${broken}`
  }
  return null
}

function brokenFreeze(before: MemberLog, now: MemberLog, hasNext: boolean): string | null {
  if (before.frozen === null) return null
  if (now.frozen === null) return 'a frozen log stays frozen'
  if (now.frozen.size < before.frozen.size) return 'a freeze never shrinks'
  const isSame = now.frozen.size === before.frozen.size
  if (isSame && now.frozen.root !== before.frozen.root) return 'frozen at the same size, other root'
  // The next log continues where this one was cut: every place after it would move.
  if (!isSame && hasNext) return 'frozen, and followed by a log already'
  return null
}

function brokenName(past: readonly CharterPayload[], next: CharterPayload): string | null {
  const owners = new Map<string, string>()
  for (const { members } of [...past, next]) {
    for (const member of members) {
      const origins = member.logs.map(({ origin }) => `origin ${origin}`)
      for (const name of [`url ${member.url}`, ...origins]) {
        const owner = owners.get(name)
        if (owner !== undefined && owner !== member.market)
          return `${name}: was of ${owner} in an earlier charter, not of ${member.market}`
        owners.set(name, member.market)
      }
    }
  }
  return null
}

function brokenRole(past: readonly CharterPayload[], next: CharterPayload): string | null {
  const roles = new Map<string, string>()
  for (const terms of [...past, next]) {
    for (const { key, role } of keyUses(terms)) {
      if (key === null) continue
      const name = encodeBase64url(key)
      const known = roles.get(name)
      if (known !== undefined && known !== role)
        return `${role}: the key was ${known} in an earlier charter`
      roles.set(name, role)
    }
  }
  return null
}
