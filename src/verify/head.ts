// Believes a head only when the log's current key signed it and it can follow the head known before (design: protocol 1.7 step 1).
import { equalBytes } from '../encoding/bytes.ts'
import { type ErrorCode, ok, type Result, refusal } from '../errors.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { parseVkey, type Vkey } from '../tlog/key.ts'
import { parseNote, verifyNote } from '../tlog/note.ts'

/** A head that the log's own key signed. `stampS` is the origin's own stamp, 0 where it carries none. */
export type VerifiedHead = { size: number; root: Uint8Array; note: string; stampS: number }

/** Whose signatures count on a head. */
export type HeadKeys = { origin: string; logKeys: readonly string[]; witness: string }

/** More than this in one step is refused before anything is fetched: a stranger names the size. */
export const MAX_HEAD_GROWTH = 16_000_000

/** Codes: ERR_HEAD_FORMAT, ERR_HEAD_ORIGIN, ERR_HEAD_SIGNATURE. */
export async function verifyHead(bytes: Uint8Array, keys: HeadKeys): Promise<Result<VerifiedHead>> {
  const note = parseNote(bytes)
  const head = note === null ? null : parseCheckpoint(note.text)
  if (note === null || head === null) return refusal('ERR_HEAD_FORMAT', 'not a signed checkpoint')
  if (head.origin !== keys.origin)
    return refusal('ERR_HEAD_ORIGIN', `${head.origin}, not ${keys.origin}`)
  const logKeys = keys.logKeys.map(trustedVkey)
  const witness = trustedVkey(keys.witness)
  const verdict = await verifyNote(note, [...logKeys, witness])
  if (!verdict.ok) return refusal('ERR_HEAD_SIGNATURE', verdict.code)
  const isBy = (vkey: Vkey) => verdict.verified.find((signature) => signature.vkey === vkey)
  if (!logKeys.some(isBy)) return refusal('ERR_HEAD_SIGNATURE', 'no signature of the log')
  const stampS = isBy(witness)?.timeS ?? 0
  return ok({ size: head.size, root: head.root, note: new TextDecoder().decode(bytes), stampS })
}

/**
 * Compares a verified head with the one known before. Equal size and root is `same`; larger is `grown` and needs a proof. Codes:
 * ERR_HEAD_ROLLBACK (smaller), ERR_HEAD_CONFLICT (same size, other root: both signed, both cannot be true), ERR_HEAD_GROWTH.
 */
export function compareHead(
  known: { size: number; root: Uint8Array },
  head: VerifiedHead,
): Result<'same' | 'grown'> {
  const bad = (code: ErrorCode) => refusal(code, `size ${head.size} after ${known.size}`)
  if (head.size < known.size) return bad('ERR_HEAD_ROLLBACK')
  if (head.size - known.size > MAX_HEAD_GROWTH) return bad('ERR_HEAD_GROWTH')
  if (head.size > known.size) return ok('grown')
  return equalBytes(head.root, known.root) ? ok('same') : bad('ERR_HEAD_CONFLICT')
}

function trustedVkey(text: string): Vkey {
  const vkey = parseVkey(text)
  if (vkey === null) throw new TypeError('a vkey of the adopted charter does not parse')
  return vkey
}
