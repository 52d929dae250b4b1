// Checkpoints (C2SP tlog-checkpoint) in three lines; extension lines are refused (design: no
// cosigner agrees on them).
import { decodeBase64, encodeBase64 } from '../encoding/base64.ts'
import { parseDecimal } from '../encoding/decimal.ts'
import { HASH_BYTES } from './hash.ts'
import { isOrigin } from './key.ts'

export type Checkpoint = {
  origin: string
  size: number
  /** 32 bytes. */
  root: Uint8Array
}

/**
 * What a checkpoint's text says, or null unless it is exactly origin, size and root hash, each on
 * its line.
 */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, sizeText, rootText, end, ...extensions] = text.split('\n')
  if (origin === undefined || sizeText === undefined || rootText === undefined) return null
  if (end !== '' || extensions.length > 0 || !isOrigin(origin)) return null
  const size = parseDecimal(sizeText)
  const root = decodeBase64(rootText)
  return size === null || root?.length !== HASH_BYTES ? null : { origin, size, root }
}

/**
 * The text of a checkpoint, to be signed as a note. Throws for what `parseCheckpoint` would refuse.
 */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${encodeBase64(root)}\n`
  if (parseCheckpoint(text) === null) throw new Error(`not a checkpoint: ${origin} ${size}`)
  return text
}
