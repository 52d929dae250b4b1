// Checks the signatures of entries in bulk, before anything judges them (design: protocol 1.3, stack "Crypto door").
import { type ProvenEntry, parseEntry, readClaim, type VerifiedEntry } from '../decision/entry.ts'
import { type SignatureCheck, type VerifyMany, verifyEach } from '../encoding/ed25519.ts'

/** Proven entries, not parsed yet, each with whether its signature matched the key its kid names. */
export type CheckedEntries = { entries: readonly ProvenEntry[]; signed: readonly boolean[] }

/**
 * Parses each entry and checks its signature under the key its kid names. `signers` maps kid to raw public key; an entry of a kid
 * that is not among them comes back unsigned, and judging refuses it by its kid.
 */
export async function verifyEntries(
  entries: readonly ProvenEntry[],
  signers: ReadonlyMap<string, Uint8Array>,
  verifyMany?: VerifyMany,
): Promise<VerifiedEntry[]> {
  return parseChecked(await checkEntries(entries, signers, verifyMany))
}

/** The first half of `verifyEntries`, for what is fetched ahead: bytes that wait weigh a fifth of what they parse to. */
export async function checkEntries(
  entries: readonly ProvenEntry[],
  signers: ReadonlyMap<string, Uint8Array>,
  verifyMany: VerifyMany = verifyEach,
): Promise<CheckedEntries> {
  const signed: boolean[] = entries.map(() => false)
  const checks: SignatureCheck[] = []
  const places: number[] = []
  for (const [at, { bytes }] of entries.entries()) {
    const claim = readClaim(bytes)
    const publicKey = claim === null ? undefined : signers.get(claim.kid)
    if (claim === null || publicKey === undefined) continue
    checks.push({ publicKey, message: claim.signingInput, signature: claim.signature })
    places.push(at)
  }
  const good = await verifyMany(checks)
  for (const [i, at] of places.entries()) signed[at] = good[i] === true
  return { entries, signed }
}

/** The second half of `verifyEntries`. */
export function parseChecked({ entries, signed }: CheckedEntries): VerifiedEntry[] {
  return entries.map(({ idx, leaf, bytes }, at) => {
    const parsed = parseEntry(bytes)
    return { idx, leaf, bytes, parsed, signed: parsed.read === 'act' && signed[at] === true }
  })
}
