// Questions a node asks of the adopted charter: whose log, which keys, for which indexes (design: protocol 1.3, 1.8, 1.9).
import { decodeBase64url } from '../encoding/base64.ts'
import { jwkThumbprint } from '../encoding/ed25519.ts'
import type { Charter } from './charter.ts'
import { type CharterPayload, type Member, type MemberLog, NODE_NOTICES } from './schema.ts'

/** One log of one member. `offset` is where its entries begin in the market's lineage. */
export type FeedTerms = { member: Member; log: MemberLog; offset: number; live: boolean }

/** Every feed the charter names, members in its order, logs in theirs. */
export function feedsOf(terms: CharterPayload): FeedTerms[] {
  return terms.members.flatMap((member) => {
    let offset = 0
    return member.logs.map((log, at) => {
      const feed = { member, log, offset, live: at === member.logs.length - 1 }
      offset += log.frozen?.size ?? 0
      return feed
    })
  })
}

/** The feeds of one market in lineage order. */
export function feedsOfMarket(terms: CharterPayload, market: string): FeedTerms[] {
  return feedsOf(terms).filter(({ member }) => member.market === market)
}

/** True once the day has come by which the members meant to have signed the next charter. Nothing stops; it is said everywhere. */
export function isExpired({ expires }: Pick<CharterPayload, 'expires'>, nowS: number): boolean {
  return nowS >= expires
}

/** The live log of a market. */
export function liveLog(terms: CharterPayload, market: string): FeedTerms | undefined {
  return feedsOf(terms).find((feed) => feed.member.market === market && feed.live)
}

/** Decides whether a key may sign a kind of act at an index: ranges are of the log, never of time. */
export function authority(log: MemberLog): (kid: string, kind: string, index: number) => boolean {
  const nodeKeys = log.nodeKeys.map((key) => ({ ...key, kid: jwkThumbprint(key.jwk.x) }))
  const agencyKeys = log.agencyKeys.map((key) => ({ ...key, kid: jwkThumbprint(key.jwk.x) }))
  return (kid, kind, index) => {
    const byNode = NODE_NOTICES.includes(kind)
    const keys = byNode ? nodeKeys : agencyKeys.filter((key) => key.acts.includes(kind))
    return keys.some(
      (key) =>
        key.kid === kid && key.fromIndex <= index && (key.toIndex === null || index < key.toIndex),
    )
  }
}

/** Decides whether a kind of act at an index counts only once a second agency key has endorsed it. */
export function twoKeyRule({ twoKeys }: MemberLog): (kind: string, index: number) => boolean {
  return (kind, index) => twoKeys.some(({ act, fromIndex }) => act === kind && fromIndex <= index)
}

/** Names of a market's agency keys, of all its logs, by kid. */
export function agencyNames(terms: CharterPayload, market: string): Map<string, string> {
  const keys = feedsOfMarket(terms, market).flatMap(({ log }) => log.agencyKeys)
  return new Map(keys.map(({ jwk, name }) => [jwkThumbprint(jwk.x), name]))
}

/** Public keys of a log's node and agency by kid, whatever their range. */
export function signersOf(log: MemberLog): Map<string, Uint8Array> {
  const keys = [...log.nodeKeys, ...log.agencyKeys].map(({ jwk }) => jwk)
  const entries = keys.map((jwk): [string, Uint8Array] => {
    const key = decodeBase64url(jwk.x)
    if (key === null) throw new TypeError('a charter key that passed parsing does not decode')
    return [jwkThumbprint(jwk.x), key]
  })
  return new Map(entries)
}

/** A charter this node relies on, with what it needs to know beside the terms. */
export type Adopted = {
  charter: Charter
  /** Identity of charter 1: the alliance. */
  alliance: string
  /** All adopted charters, number to hash. */
  charters: ReadonlyMap<number, string>
  /** The files of all adopted charters, oldest first. */
  files: readonly string[]
  /** A second valid payload for a number that is adopted: while there is one, nothing further is adopted. */
  conflict: { n: number; hash: string } | null
}
