// Checks the signatures of entries in bulk, before anything judges them (design: protocol 1.3, stack "Crypto door").
import { type ProvenEntry, parseEntry, type VerifiedEntry } from '../decision/entry.ts'
import { verifyEd25519 } from '../encoding/ed25519.ts'

/**
 * Parses each entry and checks its signature under the key its kid names. `signers` maps kid to raw public key; an entry of a kid
 * that is not among them comes back unsigned, and judging refuses it by its kid.
 */
export function verifyEntries(
  entries: readonly ProvenEntry[],
  signers: ReadonlyMap<string, Uint8Array>,
): Promise<VerifiedEntry[]> {
  // Started together: WebCrypto spreads them over all cores.
  return Promise.all(entries.map((entry) => verifyOne(entry, signers)))
}

async function verifyOne(
  { idx, leaf, bytes }: ProvenEntry,
  signers: ReadonlyMap<string, Uint8Array>,
): Promise<VerifiedEntry> {
  const parsed = parseEntry(bytes)
  if (parsed.read !== 'act') return { idx, leaf, bytes, parsed, signed: false }
  const { kid, signature, signingInput } = parsed.entry
  const key = signers.get(kid)
  const signed = key !== undefined && (await verifyEd25519(key, signingInput, signature))
  return { idx, leaf, bytes, parsed, signed }
}
