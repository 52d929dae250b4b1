// Headers of plain tar files (POSIX.1-1988 ustar) in one spelling: regular files without owner, time or link, so that a tar is a
// function of its files.
import { concatBytes, equalBytes } from './bytes.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

export const USTAR_BLOCK = 512
/** Longer paths are not written: the prefix field stays empty. */
export const MAX_USTAR_NAME = 100
/** Eleven octal digits. */
export const MAX_USTAR_SIZE: number = 8 ** 11 - 1

const NAME = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/
const CHECKSUM_AT = 148
const CHECKSUM_END = 156

/** The header block of a file of `size` bytes. Throws for a name or size that the one form cannot carry. */
export function encodeUstarHeader(name: string, size: number): Uint8Array {
  if (!isUstarName(name)) throw new RangeError(`not a name for a tar: ${name}`)
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_USTAR_SIZE) {
    throw new RangeError(`not a size for a tar: ${size}`)
  }
  const block = new Uint8Array(USTAR_BLOCK)
  const put = (at: number, text: string): void => block.set(encodeUtf8(text), at)
  put(0, name)
  put(100, '0000644\0')
  put(108, '0000000\0')
  put(116, '0000000\0')
  put(124, `${size.toString(8).padStart(11, '0')}\0`)
  put(136, '00000000000\0')
  put(CHECKSUM_AT, ' '.repeat(CHECKSUM_END - CHECKSUM_AT))
  put(156, '0')
  put(257, 'ustar\x0000')
  put(329, '0000000\0')
  put(337, '0000000\0')
  const sum = block.reduce((total, byte) => total + byte, 0)
  put(CHECKSUM_AT, `${sum.toString(8).padStart(6, '0')}\0 `)
  return block
}

/**
 * Name and size of a header block, or null unless it is byte for byte what `encodeUstarHeader` gives for them: so directories, links,
 * owners, times and every damaged byte are refused alike.
 */
export function decodeUstarHeader(block: Uint8Array): { name: string; size: number } | null {
  if (block.length !== USTAR_BLOCK) return null
  const end = block.indexOf(0)
  const name = decodeUtf8(block.subarray(0, Math.min(end < 0 ? USTAR_BLOCK : end, MAX_USTAR_NAME)))
  const octal = decodeUtf8(block.subarray(124, 135))
  if (name === null || octal === null || !isUstarName(name) || !/^[0-7]{11}$/.test(octal))
    return null
  const size = Number.parseInt(octal, 8)
  return equalBytes(block, encodeUstarHeader(name, size)) ? { name, size } : null
}

/** Header, bytes and padding of one file. */
export function encodeUstarFile(name: string, bytes: Uint8Array): Uint8Array {
  const header = encodeUstarHeader(name, bytes.length)
  return concatBytes([header, bytes, new Uint8Array(ustarPadding(bytes.length))])
}

/** What ends a tar: two blocks of zeros. */
export const USTAR_END: Uint8Array = new Uint8Array(2 * USTAR_BLOCK)

/** Zero bytes that follow a file of `size` bytes. */
export function ustarPadding(size: number): number {
  return (USTAR_BLOCK - (size % USTAR_BLOCK)) % USTAR_BLOCK
}

function isUstarName(name: string): boolean {
  if (name.length > MAX_USTAR_NAME || !NAME.test(name)) return false
  return !name.split('/').some((part) => part === '.' || part === '..')
}
