// `portcullis verify` of a split charter: two payloads that enough root keys signed under one number.
import type { Charter } from '../charter/charter.ts'
import { verifySplitProof } from '../charter/split.ts'
import { encodeHex } from '../encoding/hex.ts'
import { sha256 } from '../encoding/sha256.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'

/** Code ERR_PROOF_MISMATCH when it does not hold; the charter is one of its three. */
export async function verifySplit(
  text: string,
  charter: Charter,
): Promise<{ json: unknown; lines: string[] }> {
  const verdict = await verifySplitProof(text, charter)
  if (!verdict.ok)
    throw new Failure('ERR_PROOF_MISMATCH', `the proof does not hold: ${verdict.why}`)
  const { n, hashes } = verdict
  const hash = encodeHex(sha256(encodeUtf8(text)))
  return {
    json: { kind: 'charter_split', verified: true, n, hashes, sha256: hash },
    lines: [
      `Verified: charter ${n} was signed with two payloads, ${hashes[0]} and ${hashes[1]}.`,
      `  proof ${hash}`,
      `Enough root keys of charter ${n - 1} signed both: they are stolen, or their holders lie. No node adopts anything further until the members agree anew.`,
    ],
  }
}
