// Bearer tokens: JWTs that this node signs for its own users with a key of its own for that (RFC 7519, RFC 8725; alg of RFC 9864).
import { importJWK, jwtVerify, SignJWT } from 'jose'
import { type Ed25519PrivateJwk, jwkThumbprint } from '../encoding/ed25519.ts'
import { ok, type Result, refusal } from '../errors.ts'
import { isScope, type Scope } from './role.ts'

export type TokenKey = { kid: string; privateKey: CryptoKey; publicKey: CryptoKey }
/** `issuer`: the log's origin, which names the node for ever. `audience`: the base URL where the token is good. */
export type Realm = { issuer: string; audience: string }
export type TokenClaims = {
  subject: string
  /** UUIDv7. */
  jti: string
  scopes: readonly Scope[]
  /** POSIX seconds. */
  issuedAt: number
  expiresAt: number
}

/** No token is longer; a longer one is not looked at. */
export const MAX_TOKEN_CHARS = 2048
/** The longest life of a token, in days. */
export const MAX_TOKEN_DAYS = 366

const TYP = 'portcullis-token+jwt'
const ALG = 'Ed25519'

export async function importTokenKey(jwk: Ed25519PrivateJwk): Promise<TokenKey> {
  const { kty, crv, x, d } = jwk
  const [privateKey, publicKey] = await Promise.all([
    importJWK({ kty, crv, x, d }, ALG),
    importJWK({ kty, crv, x }, ALG),
  ])
  if (!('algorithm' in privateKey) || !('algorithm' in publicKey)) {
    throw new TypeError('an Ed25519 JWK was not imported as a key')
  }
  return { kid: jwkThumbprint(x), privateKey, publicKey }
}

/** A token in compact form. It is shown once; only its jti is kept. */
export function signToken(key: TokenKey, realm: Realm, claims: TokenClaims): Promise<string> {
  return new SignJWT({ scope: claims.scopes.join(' ') })
    .setProtectedHeader({ alg: ALG, kid: key.kid, typ: TYP })
    .setIssuer(realm.issuer)
    .setAudience(realm.audience)
    .setSubject(claims.subject)
    .setJti(claims.jti)
    .setIssuedAt(claims.issuedAt)
    .setExpirationTime(claims.expiresAt)
    .sign(key.privateKey)
}

/**
 * What a token says, once its signature, issuer, audience, type and time hold; whether it was revoked, the database knows. Code ERR_TOKEN;
 * the detail is for the operator's eyes, never for the caller's.
 */
export async function verifyToken(
  key: TokenKey,
  realm: Realm,
  token: string,
  nowMs: number,
): Promise<Result<TokenClaims>> {
  if (token.length > MAX_TOKEN_CHARS) return refusal('ERR_TOKEN', 'too long')
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      algorithms: [ALG],
      typ: TYP,
      issuer: realm.issuer,
      audience: realm.audience,
      requiredClaims: ['sub', 'jti', 'iat', 'exp', 'scope'],
      currentDate: new Date(nowMs),
    })
    const { sub = '', jti = '', iat = 0, exp = 0, scope } = payload
    const scopes = typeof scope === 'string' ? scope.split(' ').filter(isScope) : []
    return ok({ subject: sub, jti, scopes, issuedAt: iat, expiresAt: exp })
  } catch (error) {
    return refusal('ERR_TOKEN', error instanceof Error ? error.message : 'not a token')
  }
}
