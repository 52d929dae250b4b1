// Fills the members every act has and signs it as a compact JWS (design: protocol 1.3; RFC 7515, RFC 9864).
import { formatHeader } from '../decision/entry.ts'
import type { Act } from '../decision/schema.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import type { Signer } from '../encoding/ed25519.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'

type Distributive<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
/** An act before the members that only the moment of signing knows. */
export type UnsignedAct = Distributive<Act, 'v' | 'alliance' | 'log' | 'id' | 'iat' | 'prev'>

export type Moment = {
  alliance: string
  log: string
  id: string
  prev: string | null
  /** POSIX seconds. */
  iat: number
}

/** The payload in the order in which people read it. */
export function fillAct(act: UnsignedAct, moment: Moment): Act {
  const { act: kind, decision, ...body } = act
  const { alliance, log, id, prev, iat } = moment
  // Spreading a union loses which member it is; the shape is checked again by whoever parses the entry.
  return { v: 1, alliance, log, id, iat, decision, act: kind, prev, ...body } as unknown as Act
}

/** Entry bytes of an act: ASCII compact JWS in its one spelling. */
export async function signAct(act: Act, key: { kid: string; sign: Signer }): Promise<Uint8Array> {
  const header = encodeBase64url(encodeUtf8(formatHeader(key.kid)))
  const payload = encodeBase64url(encodeUtf8(JSON.stringify(act)))
  const signature = await key.sign(encodeUtf8(`${header}.${payload}`))
  return encodeUtf8(`${header}.${payload}.${encodeBase64url(signature)}`)
}
