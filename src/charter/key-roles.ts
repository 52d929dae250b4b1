// Every key a charter names, with the one role it may have (design: protocol 1.2).
import { decodeBase64url, encodeBase64url } from '../encoding/base64.ts'
import { isAcceptablePoint } from '../encoding/ed25519.ts'
import { parseVkey } from '../tlog/key.ts'
import type { CharterPayload } from './schema.ts'

/** A use of a key: its raw bytes, null where it does not decode, and its role in words: `root`, `agency of us`, `log feeds.example/us`. */
export type KeyUse = { key: Uint8Array | null; role: string }

/** All uses, root keys first, then member by member. */
export function keyUses(terms: CharterPayload): KeyUse[] {
  const uses: KeyUse[] = terms.rootKeys.map(({ x }) => ({ key: decodeBase64url(x), role: 'root' }))
  for (const member of terms.members) {
    const use = (key: Uint8Array | null, what: string) =>
      uses.push({ key, role: `${what} of ${member.market}` })
    use(vkeyOf(member.witness, 4), 'witness')
    use(vkeyOf(member.applied, 4), 'applied')
    for (const log of member.logs) {
      for (const vkey of log.logKeys)
        uses.push({ key: vkeyOf(vkey, 1, log.origin), role: `log ${log.origin}` })
      for (const { jwk } of log.nodeKeys) use(decodeBase64url(jwk.x), 'node')
      for (const { jwk } of log.agencyKeys) use(decodeBase64url(jwk.x), 'agency')
    }
  }
  return uses
}

/** One key, one role, one member; no point that would verify everything. The first fault in words, or null. */
export function brokenKeyRule(terms: CharterPayload): string | null {
  const seen = new Map<string, string>()
  for (const { key, role } of keyUses(terms)) {
    if (key === null || key.length !== 32 || !isAcceptablePoint(key))
      return `${role}: not an acceptable Ed25519 key`
    const name = encodeBase64url(key)
    const other = seen.get(name)
    if (other === 'root' && role === 'root') return 'root: one key stands twice'
    if (other !== undefined && other !== role) return `${role}: the key is also ${other}`
    seen.set(name, role)
  }
  return null
}

function vkeyOf(text: string, type: number, name?: string): Uint8Array | null {
  const vkey = parseVkey(text)
  if (vkey === null || vkey.type !== type) return null
  return name === undefined || vkey.name === name ? vkey.publicKey : null
}
