// UUID version 7 (RFC 9562 §5.7), lowercase.
import { decodeHex, encodeHex } from './hex.ts'

const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** A UUIDv7 of the time (Unix milliseconds) and 16 random bytes, of which 74 bits are used. */
export function uuidv7(nowMs: number, random: Uint8Array): string {
  const time = decodeHex(Math.floor(nowMs).toString(16).padStart(12, '0'))
  if (time === null || time.length !== 6) throw new RangeError(`not a time for a UUID: ${nowMs}`)
  if (random.length !== 16) throw new RangeError('a UUID takes 16 random bytes')
  const bytes = Uint8Array.from(random)
  bytes.set(time)
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f)
  const hex = encodeHex(bytes)
  const at = (from: number, to: number) => hex.slice(from, to)
  return `${at(0, 8)}-${at(8, 12)}-${at(12, 16)}-${at(16, 20)}-${at(20, 32)}`
}

/** True for a version 7 UUID in lowercase. */
export function isUuidv7(text: string): boolean {
  return UUIDV7.test(text)
}
