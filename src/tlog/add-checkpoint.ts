// The body of a witness request (C2SP tlog-witness): old size, consistency proof, checkpoint.
import { decodeBase64, encodeBase64 } from '../encoding/base64.ts'
import { concatBytes } from '../encoding/bytes.ts'
import { parseDecimal } from '../encoding/decimal.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import { HASH_BYTES } from './hash.ts'
import { MAX_PROOF_HASHES } from './proof.ts'

export const MAX_ADD_CHECKPOINT_BYTES = 65_536
/** Content type of a 409, whose body is the size the witness has. */
export const SIZE_TYPE = 'text/x.tlog.size'

export type AddCheckpoint = {
  old: number
  proof: Uint8Array[]
  /** The signed note as sent. */
  note: Uint8Array
}

/** Null for a body that is not of the one form, or has more than 63 proof lines. Split at the first blank line. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint | null {
  const blank = indexOfBlankLine(body)
  const head = blank < 0 ? null : decodeUtf8(body.subarray(0, blank))
  if (head === null) return null
  const [first = '', ...lines] = head.split('\n')
  const old = first.startsWith('old ') ? parseDecimal(first.slice(4)) : null
  if (old === null || lines.length > MAX_PROOF_HASHES) return null
  const proof = lines.map((line) => decodeBase64(line))
  if (!proof.every((hash) => hash !== null && hash.length === HASH_BYTES)) return null
  return { old, proof: proof.filter((hash) => hash !== null), note: body.subarray(blank + 2) }
}

export function formatAddCheckpoint({ old, proof, note }: AddCheckpoint): Uint8Array {
  const lines = [`old ${old}`, ...proof.map(encodeBase64), '', '']
  return concatBytes([encodeUtf8(lines.join('\n')), note])
}

function indexOfBlankLine(body: Uint8Array): number {
  const LF = 10
  for (let at = 0; at + 1 < body.length; at++) {
    if (body[at] === LF && body[at + 1] === LF) return at
  }
  return -1
}
