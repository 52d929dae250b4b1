// `portcullis verify` of a fork proof: two heads of one log that cannot both be true, against the log's keys in a charter.

import type { Charter } from '../charter/charter.ts'
import { feedsOf } from '../charter/members.ts'
import { encodeHex } from '../encoding/hex.ts'
import { sha256 } from '../encoding/sha256.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { parseForkProof, verifyForkProof } from '../tlog/fork-proof.ts'
import { parseVkey } from '../tlog/key.ts'

/** Code ERR_PROOF_MISMATCH when it does not hold under the charter. */
export async function verifyFork(
  text: string,
  charter: Charter,
): Promise<{ json: unknown; lines: string[] }> {
  const fork = parseForkProof(text)
  const feed = feedsOf(charter.terms).find(({ log }) => log.origin === fork?.origin)
  if (fork === null || feed === undefined) {
    throw new Failure('ERR_PROOF_MISMATCH', `charter ${charter.terms.n} names no log of this proof`)
  }
  const keys = feed.log.logKeys.map(parseVkey).filter((vkey) => vkey !== null)
  const verdict = await verifyForkProof(text, keys)
  if (!verdict.ok)
    throw new Failure('ERR_PROOF_MISMATCH', `the proof does not hold: ${verdict.why}`)
  const { origin, sizes } = verdict
  const hash = encodeHex(sha256(encodeUtf8(text)))
  return {
    json: { kind: 'fork', verified: true, origin, sizes, sha256: hash },
    lines: [
      `Verified: ${origin} signed two histories, at sizes ${sizes[0]} and ${sizes[1]}.`,
      `  market ${feed.member.market}, proof ${hash}`,
      'Its log key signed both: it is stolen, or its operator lies. The alliance needs a charter with a new log.',
    ],
  }
}
