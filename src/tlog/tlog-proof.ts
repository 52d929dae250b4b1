// Proofs that an entry is logged (C2SP tlog-proof): index, inclusion path and a signed checkpoint in one file, checked offline.
import { decodeBase64, encodeBase64 } from '../encoding/base64.ts'
import { concatBytes } from '../encoding/bytes.ts'
import { parseDecimal } from '../encoding/decimal.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { ok, type Result, refusal } from '../errors.ts'
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts'
import { HASH_BYTES } from './hash.ts'
import { parseNote, verifyNote } from './note.ts'
import { type Policy, type Tally, tallyQuorum } from './policy.ts'
import { MAX_PROOF_HASHES, verifyInclusion } from './proof.ts'

export const TLOG_PROOF_HEAD = 'c2sp.org/tlog-proof@v1'
/** An entry of 32 768 bytes in base64, 63 hashes and a note of 64 KiB fit. */
export const MAX_TLOG_PROOF_BYTES = 131_072

export type TlogProof = {
  /** Whatever the maker put there, proven by nothing. Null: the line is left out. */
  extra: Uint8Array | null
  index: number
  /** From the leaf's sibling to the root's child. */
  path: readonly Uint8Array[]
  /** The signed checkpoint as it was found. */
  note: Uint8Array
}

/** What a proof that holds proves, and who says so. */
export type ProvenHead = {
  checkpoint: Checkpoint
  /** Witnesses of the policy that cosigned, by their names there, with their times in POSIX seconds. */
  cosigned: { name: string; timeS: number }[]
  quorum: Tally
}

/** The proof in a file, unverified, or null unless it is of the one form. */
export function parseTlogProof(bytes: Uint8Array): TlogProof | null {
  if (bytes.length > MAX_TLOG_PROOF_BYTES) return null
  const text = decodeUtf8(bytes)
  const blank = text?.indexOf('\n\n') ?? -1
  if (text === null || blank < 0) return null
  const [head, ...lines] = text.slice(0, blank).split('\n')
  if (head !== TLOG_PROOF_HEAD) return null
  const hasExtra = lines[0]?.startsWith('extra ') ?? false
  const extra = hasExtra ? decodeBase64(lines.shift()?.slice('extra '.length) ?? '') : null
  if (hasExtra && (extra === null || extra.length === 0)) return null
  const indexLine = lines.shift() ?? ''
  const index = indexLine.startsWith('index ')
    ? parseDecimal(indexLine.slice('index '.length))
    : null
  if (index === null || lines.length > MAX_PROOF_HASHES) return null
  const hashes = lines.map((line) => decodeBase64(line))
  const path = hashes.filter((hash) => hash !== null && hash.length === HASH_BYTES)
  if (path.length !== lines.length) return null
  return {
    extra,
    index,
    path: path.filter((hash) => hash !== null),
    note: encodeUtf8(text.slice(blank + 2)),
  }
}

/** The bytes of a proof file. */
export function formatTlogProof({ extra, index, path, note }: TlogProof): Uint8Array {
  const lines = [
    TLOG_PROOF_HEAD,
    ...(extra === null ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...path.map(encodeBase64),
    '',
  ]
  return concatBytes([encodeUtf8(lines.map((line) => `${line}\n`).join('')), note])
}

/**
 * Proves that the entry with this leaf hash is where the proof says, in a log of the policy. Whether the quorum is met is told, not judged:
 * a young entry has few cosignatures. Codes: ERR_HEAD_FORMAT, ERR_HEAD_ORIGIN, ERR_HEAD_SIGNATURE, ERR_PROOF_MISMATCH.
 */
export async function verifyTlogProof(
  proof: Omit<TlogProof, 'extra'>,
  leaf: Uint8Array,
  policy: Policy,
): Promise<Result<ProvenHead>> {
  const note = parseNote(proof.note)
  const checkpoint = note === null ? null : parseCheckpoint(note.text)
  if (note === null || checkpoint === null) {
    return refusal('ERR_HEAD_FORMAT', 'what the proof carries is no signed checkpoint')
  }
  const { origin, size, root } = checkpoint
  const logs = policy.logs.filter(({ name }) => name === origin)
  if (logs.length === 0) return refusal('ERR_HEAD_ORIGIN', `${origin} is no log of the policy`)
  const verdict = await verifyNote(note, [...logs, ...policy.witnesses.map(({ vkey }) => vkey)])
  if (!verdict.ok) return refusal('ERR_HEAD_SIGNATURE', verdict.code)
  const { verified } = verdict
  if (!verified.some(({ vkey }) => logs.includes(vkey))) {
    return refusal('ERR_HEAD_SIGNATURE', `no signature of ${origin}`)
  }
  if (!verifyInclusion(proof.index, size, leaf, proof.path, root)) {
    const where = `entry ${proof.index} of the ${size} of ${origin}`
    return refusal(
      'ERR_PROOF_MISMATCH',
      `the path does not lead from the entry to the root, as ${where}`,
    )
  }
  const cosigned = policy.witnesses.flatMap(({ name, vkey }) => {
    const timeS = verified.find((signature) => signature.vkey === vkey)?.timeS ?? null
    return timeS === null ? [] : [{ name, timeS }]
  })
  const quorum = tallyQuorum(policy, new Set(cosigned.map(({ name }) => name)))
  return ok({ checkpoint, cosigned, quorum })
}
