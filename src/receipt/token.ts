// A receipt as a compact JWS by the node key, in one spelling like an act (design: protocol 1.2, 1.11).

import { HASH_PATTERN } from '../decision/vocabulary.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import type { Signer } from '../encoding/ed25519.ts'
import { parseStrictJson } from '../encoding/json.ts'
import { splitCompactJws } from '../encoding/jws.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { ok, type Result, refusal } from '../errors.ts'
import { MAX_RECEIPT_CHARS, type Receipt, receiptSchema } from './schema.ts'

export const RECEIPT_TYPE = 'lookup-receipt+jws'

/** Signs a receipt with the node key. */
export async function signReceipt(
  receipt: Receipt,
  key: { kid: string; sign: Signer },
): Promise<string> {
  const part = (text: string) => encodeBase64url(encodeUtf8(text))
  const input = `${part(formatHeader(key.kid))}.${part(JSON.stringify(receipt))}`
  return `${input}.${encodeBase64url(await key.sign(encodeUtf8(input)))}`
}

export type ReadReceipt = {
  receipt: Receipt
  /** Thumbprint of the key that is said to have signed. */
  kid: string
  signature: Uint8Array
  signingInput: Uint8Array
}

/** Reads a receipt; blanks and line breaks around it are left out, as paper and mail add them. Nothing is verified. Code ERR_RECEIPT_FORMAT. */
export function readReceipt(text: string): Result<ReadReceipt> {
  const bad = (detail: string) => refusal('ERR_RECEIPT_FORMAT', detail)
  const token = text.trim()
  if (token.length > MAX_RECEIPT_CHARS) return bad(`more than ${MAX_RECEIPT_CHARS} characters`)
  const jws = splitCompactJws(token)
  if (jws === null) return bad('not one compact JWS')
  const kid = jws.headerText.slice(KID_AT, KID_AT + 43)
  if (!HASH_PATTERN.test(kid) || jws.headerText !== formatHeader(kid)) {
    return bad('the header is not that of a look-up receipt')
  }
  const json = parseStrictJson(jws.payloadText)
  if (!json.ok) return bad(`the payload is not JSON in its one spelling: ${json.reason}`)
  const parsed = receiptSchema.safeParse(json.value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return bad(`/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'wrong'}`)
  }
  const { signature, signingInput } = jws
  return ok({ receipt: parsed.data, kid, signature, signingInput })
}

const KID_AT = '{"alg":"Ed25519","kid":"'.length

function formatHeader(kid: string): string {
  return `{"alg":"Ed25519","kid":"${kid}","typ":"${RECEIPT_TYPE}"}`
}
