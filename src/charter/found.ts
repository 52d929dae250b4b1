// Founding: from the member files that `init` writes to charter 1, signed by k of n root keys (design: protocol 1.9).
import * as z from 'zod'
import { encodeBase64url } from '../encoding/base64.ts'
import type { Signer } from '../encoding/ed25519.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { type Charter, type CharterFile, charterHeader, charterPayload } from './charter.ts'
import { type CharterPayload, publicJwkSchema, SIGNABLE } from './schema.ts'

/** What a market hands to the alliance: public keys only. Written by `init`. */
export const memberFileSchema = z.strictObject({
  market: z.string(),
  name: z.string(),
  url: z.string(),
  origin: z.string(),
  rootKey: publicJwkSchema,
  agencyKey: publicJwkSchema,
  nodeKey: publicJwkSchema,
  logKey: z.string(),
  witness: z.string(),
  applied: z.string(),
})
export type MemberFile = z.infer<typeof memberFileSchema>

/** A charter is meant to be renewed within this time. */
export const CHARTER_YEARS_S = 2 * 365 * 86_400
const DEFAULT_BRAKE = { decisions: 20, percent: 5, products: 1000 }

/** The smallest number of root keys that is more than two thirds of them. */
export function defaultThreshold(rootKeys: number): number {
  return Math.floor((2 * rootKeys) / 3) + 1
}

/** Terms of charter 1. There is no silent default for the effect of foreign decisions: founders choose. */
export function foundingTerms(
  files: readonly MemberFile[],
  choice: {
    defaultEffect: CharterPayload['policy']['defaultEffect']
    threshold?: number
    nowS: number
  },
): CharterPayload {
  const members = [...files].sort((a, b) => (a.market < b.market ? -1 : 1))
  return {
    v: 1,
    n: 1,
    prev: null,
    issued: choice.nowS,
    expires: choice.nowS + CHARTER_YEARS_S,
    threshold: choice.threshold ?? defaultThreshold(members.length),
    rootKeys: members.map(({ rootKey }) => rootKey),
    policy: {
      staleAfter: 3600,
      republish: 600,
      defaultEffect: choice.defaultEffect,
      brake: DEFAULT_BRAKE,
    },
    members: members.map(foundingMember),
  }
}

/** A member as it enters a charter: one log, its keys open from the first entry. */
export function foundingMember(file: MemberFile): CharterPayload['members'][number] {
  const whole = { fromIndex: 0, toIndex: null }
  return {
    market: file.market,
    name: file.name,
    url: file.url,
    status: 'active',
    witness: file.witness,
    applied: file.applied,
    witnessFrom: 1,
    logs: [
      {
        origin: file.origin,
        logKeys: [file.logKey],
        nodeKeys: [{ jwk: file.nodeKey, ...whole }],
        agencyKeys: [{ jwk: file.agencyKey, name: file.name, acts: [...SIGNABLE], ...whole }],
        twoKeys: [],
        frozen: null,
      },
    ],
  }
}

/** A charter file without signatures yet. */
export function unsignedFile(terms: CharterPayload): CharterFile {
  return { payload: charterPayload(terms), signatures: [] }
}

/** The file with one more signature; the same key signs once. */
export async function signCharter(
  charter: Charter,
  key: { kid: string; sign: Signer },
): Promise<CharterFile> {
  const header = encodeBase64url(encodeUtf8(JSON.stringify(charterHeader(key.kid))))
  const { payload, signatures } = charter.file
  if (signatures.some((signature) => signature.protected === header)) return charter.file
  const signature = await key.sign(encodeUtf8(`${header}.${payload}`))
  return {
    payload,
    signatures: [...signatures, { protected: header, signature: encodeBase64url(signature) }],
  }
}
