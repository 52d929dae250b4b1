// A transferable proof that one log signed two heads that cannot both be true (RFC 6962 consistency; design: protocol 1.10).
import * as z from 'zod'
import { decodeBase64, encodeBase64 } from '../encoding/base64.ts'
import { equalBytes } from '../encoding/bytes.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { ED25519_KEY, type Vkey } from './key.ts'
import { MAX_NOTE_BYTES, parseNote, verifyNote } from './note.ts'
import { MAX_PROOF_HASHES, verifyConsistency } from './proof.ts'

export const MAX_EVIDENCE_BYTES = 3 * MAX_NOTE_BYTES

const forkSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('fork'),
  origin: z.string().min(1).max(255),
  /** The smaller head, or one of two of the same size; signed notes. */
  first: z.string().max(MAX_NOTE_BYTES),
  second: z.string().max(MAX_NOTE_BYTES),
  /** What the smaller tree's root is within the larger tree; null for two heads of one size. */
  root: z.string().max(44).nullable(),
  proof: z.array(z.string().max(44)).max(MAX_PROOF_HASHES),
})
export type ForkProof = z.infer<typeof forkSchema>

export type ForkVerdict =
  | { ok: true; origin: string; sizes: [number, number] }
  | { ok: false; why: string }

/** The one spelling of a proof, whose SHA-256 names it. */
export function formatForkProof(
  heads: { origin: string; first: string; second: string },
  within: { root: Uint8Array; proof: readonly Uint8Array[] } | null,
): string {
  const proof: ForkProof = {
    v: 1,
    kind: 'fork',
    ...heads,
    root: within === null ? null : encodeBase64(within.root),
    proof: (within?.proof ?? []).map(encodeBase64),
  }
  return JSON.stringify(proof)
}

/**
 * Checks a proof offline. `logKeys` are the log's keys (type 1) from a charter. It holds when both heads are signed by the log and either have one
 * size and two roots, or the larger tree provably has another root at the smaller size.
 */
export async function verifyForkProof(
  text: string,
  logKeys: readonly Vkey[],
): Promise<ForkVerdict> {
  const fork = parseForkProof(text)
  if (fork === null) return { ok: false, why: 'not a fork proof' }
  const first = await signedHead(fork.first, fork.origin, logKeys)
  const second = await signedHead(fork.second, fork.origin, logKeys)
  if (first === null || second === null)
    return { ok: false, why: 'a head is not signed by the log' }
  const sizes: [number, number] = [first.size, second.size]
  if (first.size === second.size) {
    const isFork = !equalBytes(first.root, second.root)
    return isFork
      ? { ok: true, origin: fork.origin, sizes }
      : { ok: false, why: 'both heads are the same' }
  }
  const root = fork.root === null ? null : decodeBase64(fork.root)
  const proof = fork.proof.map((hash) => decodeBase64(hash))
  if (root === null || proof.includes(null)) return { ok: false, why: 'not a fork proof' }
  if (equalBytes(root, first.root)) return { ok: false, why: 'the heads are consistent' }
  const hashes = proof.filter((hash) => hash !== null)
  const holds =
    first.size < second.size &&
    verifyConsistency(first.size, second.size, root, second.root, hashes)
  return holds
    ? { ok: true, origin: fork.origin, sizes }
    : { ok: false, why: 'the consistency proof does not hold' }
}

export function parseForkProof(text: string): ForkProof | null {
  if (text.length > MAX_EVIDENCE_BYTES) return null
  try {
    const parsed = forkSchema.safeParse(JSON.parse(text))
    return parsed.success && JSON.stringify(parsed.data) === text ? parsed.data : null
  } catch {
    return null
  }
}

async function signedHead(
  text: string,
  origin: string,
  logKeys: readonly Vkey[],
): Promise<{ size: number; root: Uint8Array } | null> {
  const note = parseNote(encodeUtf8(text))
  const head = note === null ? null : parseCheckpoint(note.text)
  if (note === null || head === null || head.origin !== origin) return null
  const verdict = await verifyNote(
    note,
    logKeys.filter(({ type }) => type === ED25519_KEY),
  )
  return verdict.ok ? head : null
}
