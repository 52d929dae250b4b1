// Checks a proof file with nothing but the file and a charter or policy: no node, no network (design: protocol 1.11).
import type { Charter } from '../charter/charter.ts'
import { authority, type FeedTerms, feedsOf, signersOf } from '../charter/members.ts'
import { policyOf } from '../charter/policy.ts'
import { parseEntry } from '../decision/entry.ts'
import { encodeBase64, encodeBase64url } from '../encoding/base64.ts'
import { verifyEd25519 } from '../encoding/ed25519.ts'
import { ok, type Result, refusal } from '../errors.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { leafHash } from '../tlog/hash.ts'
import { parseVkey } from '../tlog/key.ts'
import { parseNote, verifyNote } from '../tlog/note.ts'
import type { Policy, Tally } from '../tlog/policy.ts'
import { parseTlogProof, verifyTlogProof } from '../tlog/tlog-proof.ts'

/** Whose word is taken: a charter's, which names agency keys too, or a policy's, which names logs and witnesses only. */
export type Trust = { by: 'charter'; charter: Charter } | { by: 'policy'; policy: Policy }

export type ProofReport = {
  origin: string
  index: number
  size: number
  /** base64 */
  root: string
  /** Leaf hash of the entry, base64url. */
  leaf: string
  act: { kind: string; decision: string | null; id: string; iat: number; kid: string }
  /** True when an agency key of the charter signed the act; a policy names none, so then false. */
  act_signed: boolean
  /** The log's own stamp on the head, POSIX seconds; null where nothing says whose key that is, or there is none. */
  stamp: number | null
  cosigned: { name: string; timeS: number }[]
  quorum: Tally
}

/**
 * Verifies a proof whose extra data is the entry itself. It proves that the act is on record, not that no later one followed. Codes:
 * ERR_PROOF_FORMAT, ERR_PROOF_MISMATCH, ERR_HEAD_FORMAT, ERR_HEAD_ORIGIN, ERR_HEAD_SIGNATURE, ERR_ACT_* of what the entry is.
 */
export async function verifyProofFile(
  bytes: Uint8Array,
  trust: Trust,
): Promise<Result<ProofReport>> {
  const proof = parseTlogProof(bytes)
  if (proof === null) return refusal('ERR_PROOF_FORMAT', 'not a tlog-proof in its one form')
  const { extra } = proof
  if (extra === null) {
    return refusal('ERR_PROOF_FORMAT', 'the proof carries no entry as extra data')
  }
  const note = parseNote(proof.note)
  const origin = note === null ? undefined : parseCheckpoint(note.text)?.origin
  const feed = trust.by === 'charter' ? feedOf(trust.charter, origin) : undefined
  if (trust.by === 'charter' && feed === undefined) {
    return origin === undefined
      ? refusal('ERR_HEAD_FORMAT', 'what the proof carries is no signed checkpoint')
      : refusal('ERR_HEAD_ORIGIN', `${origin} is no log of the charter`)
  }
  const policy =
    trust.by === 'policy' ? trust.policy : policyOf(trust.charter.terms, required(feed))
  const leaf = leafHash(extra)
  const proven = await verifyTlogProof(proof, leaf, policy)
  if (!proven.ok) return proven
  const { checkpoint, cosigned, quorum } = proven.value
  const act = await verifyAct(extra, proof.index, checkpoint.origin, feed)
  if (!act.ok) return act
  const stamp = feed === undefined ? ok(null) : await stampOf(proof.note, feed)
  if (!stamp.ok) return stamp
  return ok({
    origin: checkpoint.origin,
    index: proof.index,
    size: checkpoint.size,
    root: encodeBase64(checkpoint.root),
    leaf: encodeBase64url(leaf),
    act: act.value,
    act_signed: feed !== undefined,
    stamp: stamp.value,
    cosigned,
    quorum,
  })
}

function feedOf({ terms }: Charter, origin: string | undefined): FeedTerms | undefined {
  return feedsOf(terms).find(({ log }) => log.origin === origin)
}

/** The entry read as an act for this log and, where the log's keys are known, signed by one that may. */
async function verifyAct(
  bytes: Uint8Array,
  index: number,
  origin: string,
  feed: FeedTerms | undefined,
): Promise<Result<ProofReport['act']>> {
  const parsed = parseEntry(bytes)
  if (parsed.read !== 'act') return refusal(parsed.code, parsed.detail)
  const { act, kind, kid, signature, signingInput } = parsed.entry
  if (act.log !== origin) return refusal('ERR_ACT_LOG', `the act was signed for ${act.log}`)
  if (feed !== undefined) {
    const key = signersOf(feed.log).get(kid)
    if (key === undefined || !authority(feed.log)(kid, kind, index)) {
      return refusal('ERR_ACT_KEY', `key ${kid} may not sign ${kind} at ${index} of ${origin}`)
    }
    if (!(await verifyEd25519(key, signingInput, signature))) {
      return refusal('ERR_ACT_SIGNATURE', `the signature of key ${kid} does not match`)
    }
  }
  return ok({ kind, decision: act.decision, id: act.id, iat: act.iat, kid })
}

async function stampOf(bytes: Uint8Array, { member }: FeedTerms): Promise<Result<number | null>> {
  const note = parseNote(bytes)
  const vkey = parseVkey(member.witness)
  if (note === null || vkey === null) throw new TypeError('what was verified does not parse')
  const verdict = await verifyNote(note, [vkey])
  if (verdict.ok) return ok(verdict.verified[0]?.timeS ?? null)
  if (verdict.code === 'no_known_signature') return ok(null)
  return refusal('ERR_HEAD_SIGNATURE', `the stamp of ${member.market} does not match`)
}

function required(feed: FeedTerms | undefined): FeedTerms {
  if (feed === undefined) throw new TypeError('a feed of the charter was found before')
  return feed
}
