// Limits taken in the same run as what is compared with them.

import { decodeBase64url } from '../../src/encoding/base64.ts'
import { ed25519Signer, generateEd25519Jwk, verifyEd25519 } from '../../src/encoding/ed25519.ts'

const CHECKS = 20_000
const MESSAGE_BYTES = 1200

/** Bare Ed25519 checks a second by the runtime, all cores, over messages of an act's size. */
export async function signatureChecksPerSecond(): Promise<number> {
  const jwk = await generateEd25519Jwk()
  const key = decodeBase64url(jwk.x)
  if (key === null) throw new TypeError('a fresh key does not decode')
  const sign = await ed25519Signer(jwk)
  const messages = Array.from({ length: CHECKS }, (_, at) => new Uint8Array(MESSAGE_BYTES).fill(at))
  const signature = await Promise.all(messages.map(sign))
  const check = async (count: number) => {
    const checks = messages
      .slice(0, count)
      .map((message, at) => verifyEd25519(key, message, signature[at] ?? message))
    if ((await Promise.all(checks)).includes(false)) throw new Error('a good signature failed')
  }
  await check(2_000)
  const from = performance.now()
  await check(CHECKS)
  return (CHECKS / (performance.now() - from)) * 1000
}

export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits))
