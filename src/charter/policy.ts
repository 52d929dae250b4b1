// The charter's word on a log as a policy that any verifier reads: its keys, and how many of the other members must have cosigned
// (C2SP tlog-policy; design: protocol 1.5, 1.8).
import { parseVkey, type Vkey } from '../tlog/key.ts'
import { formatPolicy, type Policy } from '../tlog/policy.ts'
import type { Charter } from './charter.ts'
import type { FeedTerms } from './members.ts'
import { quorumOf } from './quorum.ts'
import type { CharterPayload, Member } from './schema.ts'

/** No market is called so: markets have two letters. */
const GROUP = 'members'

/** The members whose cosignatures count for a log: all other active ones whose turn has come. */
export function witnessesOf(terms: CharterPayload, { member }: FeedTerms): Member[] {
  return terms.members.filter(
    ({ market, status, witnessFrom }) =>
      market !== member.market && status === 'active' && witnessFrom <= terms.n,
  )
}

/** The policy of one log: witnesses by their market's code, k of them. */
export function policyOf(terms: CharterPayload, feed: FeedTerms): Policy {
  const witnesses = witnessesOf(terms, feed).map(({ market, witness }) => ({
    name: market,
    vkey: trusted(witness),
  }))
  const k = quorumOf(witnesses.length)
  return {
    logs: [...new Set(feed.log.logKeys)].map(trusted),
    witnesses,
    groups: k === null ? [] : [{ name: GROUP, k, members: witnesses.map(({ name }) => name) }],
    quorum: k === null ? null : GROUP,
  }
}

/** The text of that policy. No URLs: a charter does not promise that they are single words. */
export function policyText({ terms, hash }: Charter, feed: FeedTerms): string {
  const from = `# ${feed.log.origin}, as charter ${terms.n} has it (SHA-256 ${hash})\n`
  return from + formatPolicy(policyOf(terms, feed))
}

function trusted(text: string): Vkey {
  const vkey = parseVkey(text)
  if (vkey === null) throw new TypeError('a vkey of a parsed charter does not parse')
  return vkey
}
