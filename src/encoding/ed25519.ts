// Ed25519 (RFC 8032, plain and cofactorless) by the runtime's WebCrypto, and the keys we refuse.
import { decodeBase64url, encodeBase64url } from './base64.ts'
import { encodeHex } from './hex.ts'
import { sha256 } from './sha256.ts'
import { encodeUtf8 } from './utf8.ts'

/** Signs one message and gives the 64-byte signature. */
export type Signer = (message: Uint8Array) => Promise<Uint8Array>

/** A private key as RFC 8037 spells it, nothing besides. */
export type Ed25519PrivateJwk = { kty: 'OKP'; crv: 'Ed25519'; d: string; x: string }

/** A raw public key of 32 bytes, a message and the 64 bytes that are said to be its signature. */
export type SignatureCheck = { publicKey: Uint8Array; message: Uint8Array; signature: Uint8Array }

/** One answer a check, in order, each as `verifyEd25519` gives it. An edge may know a faster way for many. */
export type VerifyMany = (checks: readonly SignatureCheck[]) => Promise<boolean[]>

export const SIGNATURE_BYTES = 64

const MAX_CACHED_KEYS = 1024

// Keys, not promises of keys: a Worker may not await in one request what another began.
const importedKeys = new Map<string, CryptoKey>()

/**
 * True when `signature` (64 bytes) by `publicKey` (32 bytes) over `message` holds. False for
 * everything else, also for a key or an R (the signature's first half) that `isAcceptablePoint`
 * refuses: there runtimes disagree, Node 24 says invalid and workerd valid, and two nodes may never
 * judge one act differently. Imported keys are kept, at most 1 024, the oldest dropped.
 */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!isCheckable({ publicKey, signature })) return false
  const key = importedKeys.get(encodeHex(publicKey)) ?? (await importPublicKey(publicKey))
  if (key === null) return false
  return crypto.subtle.verify('Ed25519', key, owned(signature), owned(message))
}

/** All started together: WebCrypto spreads them over all cores. */
export const verifyEach: VerifyMany = (checks) =>
  Promise.all(
    checks.map(({ publicKey, message, signature }) => verifyEd25519(publicKey, message, signature)),
  )

/** False where no runtime is asked: a key or an R that `isAcceptablePoint` refuses, or a signature of another length. */
export function isCheckable({ publicKey, signature }: Omit<SignatureCheck, 'message'>): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    isAcceptablePoint(signature.subarray(0, 32)) &&
    isAcceptablePoint(publicKey)
  )
}

async function importPublicKey(publicKey: Uint8Array): Promise<CryptoKey | null> {
  let key: CryptoKey
  try {
    key = await crypto.subtle.importKey('raw', owned(publicKey), 'Ed25519', false, ['verify'])
  } catch {
    return null // a runtime may refuse bytes that are no point of the curve
  }
  const oldest = importedKeys.keys().next()
  if (importedKeys.size >= MAX_CACHED_KEYS && !oldest.done) importedKeys.delete(oldest.value)
  importedKeys.set(encodeHex(publicKey), key)
  return key
}

/** A signer from a private JWK. Rejects when `d` and `x` are not a key pair of the right length. */
export async function ed25519Signer(jwk: Ed25519PrivateJwk): Promise<Signer> {
  const publicKey = decodeBase64url(jwk.x)
  if (publicKey === null || !isAcceptablePoint(publicKey)) {
    throw new Error('the private key has no acceptable public part')
  }
  const pair = { kty: jwk.kty, crv: jwk.crv, d: jwk.d, x: jwk.x }
  const key = await crypto.subtle.importKey('jwk', pair, 'Ed25519', false, ['sign'])
  const sign: Signer = async (message) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', key, owned(message)))
  const probe = encodeUtf8('key pair check')
  if (!(await verifyEd25519(publicKey, probe, await sign(probe)))) {
    throw new Error('the public part does not belong to the private key')
  }
  return sign
}

/** A new private key by the runtime's random source, as JWK with exactly kty, crv, d and x. */
export async function generateEd25519Jwk(): Promise<Ed25519PrivateJwk> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('the runtime generated no Ed25519 key pair')
  const { d, x } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (d === undefined || x === undefined) throw new Error('the runtime exported half a key')
  return { kty: 'OKP', crv: 'Ed25519', d, x }
}

// y of the small-order points with y < p, little-endian, sign bit clear; y = p and p + 1 fall to
// the check on y
const SMALL_ORDER_Y = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])

const SMALL_ORDER_FIRST = new Set(
  [...SMALL_ORDER_Y].map((hex) => Number.parseInt(hex.slice(0, 2), 16)),
)

/**
 * False for what is not 32 bytes, for the points of small order, under which one signature fits
 * every message, and for y ≥ p = 2^255 − 19, a second spelling of a point (design 1.2). Says
 * nothing about lying on the curve: a key that does not, verifies nothing.
 */
export function isAcceptablePoint(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false
  // All that follows refuses only numbers of which one of these bytes is the first: one in ten goes on.
  const [first = 0] = publicKey
  if (first < 0xed && !SMALL_ORDER_FIRST.has(first)) return true
  const y = Uint8Array.from(publicKey)
  y[31] = (y[31] as number) & 0x7f
  const hex = encodeHex(y)
  if (SMALL_ORDER_Y.has(hex)) return false
  const notBelowP = (y[0] as number) >= 0xed && hex.endsWith(`${'ff'.repeat(30)}7f`)
  return !notBelowP
}

/** RFC 7638 thumbprint of the Ed25519 public key whose JWK member `x` is given, base64url. */
export function jwkThumbprint(x: string): string {
  return encodeBase64url(sha256(encodeUtf8(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)))
}

// WebCrypto's types refuse views of shared memory, which nothing here ever makes
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
