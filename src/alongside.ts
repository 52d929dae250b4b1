// THE STORY of what a round does beside pulling: cosign what is merged, keep what others have cosigned, bridge an origin that is cut off
// (design: protocol 1.5, 1.6, 1.8).
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import { encodeHex } from './encoding/hex.ts'
import { sha256 } from './encoding/sha256.ts'
import { encodeUtf8 } from './encoding/utf8.ts'
import { exchangeHeads } from './gossip.ts'
import { isConflict, pullFeed } from './inbound.ts'
import { afterMerge, type MirrorDeps } from './mirroring.ts'
import type { OutboundDeps } from './outbound.ts'
import { BUDGETS, type Budgets, type Fetch, httpSource } from './pull/source.ts'
import type { FeedSource } from './tlog/feed-source.ts'
import { keepCosignatures } from './witnessing.ts'

export type AlongsideDeps = Omit<OutboundDeps, 'adopted'> & {
  fetch: Fetch
  budgets?: Budgets
  headsEtags: Map<string, string>
}

/** Lower-case hex SHA-256 of an origin: how mirror and witness paths name a log. */
export const originHash = (origin: string): string => encodeHex(sha256(encodeUtf8(origin)))

/** The witness and applied keys of this node with their names. */
export function cosigner(deps: AlongsideDeps, adopted: Adopted): MirrorDeps {
  const { origin, witness, applied } = deps.signer
  return {
    db: deps.db,
    adopted,
    nowMs: deps.nowMs,
    witness: { name: `${origin}/witness`, ...witness },
    applied: { name: `${origin}/applied`, ...applied },
  }
}

/** Witnesses and applies every feed that is merged whole; the own log is stamped already and only applied. */
export async function cosignMerged(
  deps: AlongsideDeps,
  adopted: Adopted,
  feeds: readonly FeedTerms[],
): Promise<void> {
  for (const terms of feeds) await afterMerge(cosigner(deps, adopted), terms)
}

/** Asks every member how far it has come; a larger head of a third log is pulled from that member's mirror. */
export async function gossip(
  deps: AlongsideDeps,
  adopted: Adopted,
  peers: readonly FeedTerms[],
): Promise<void> {
  const budgets = deps.budgets ?? BUDGETS
  for (const { member } of peers) {
    const larger = await exchangeHeads({ ...deps, adopted, budgets }, member)
    for (const terms of larger) {
      if (terms.member.market === deps.market) continue
      const base = `${member.url}/mirror/${originHash(terms.log.origin)}`
      await pullQuietly(deps, adopted, terms, httpSource(deps.fetch, base, budgets))
    }
  }
}

/** A mirror that fails or lies costs nothing: nothing of it is adopted, and the next member is asked. */
async function pullQuietly(
  deps: AlongsideDeps,
  adopted: Adopted,
  terms: FeedTerms,
  source: FeedSource,
): Promise<void> {
  try {
    await pullFeed({ db: deps.db, adopted, nowMs: deps.nowMs }, terms, source, null)
  } catch (error) {
    // Another process merged the same bundle; the next round goes on from there.
    if (!isConflict(error)) throw error
  }
}

/** A source that also keeps the cosignatures on each checkpoint it gives. */
export function keepingSource(
  deps: AlongsideDeps,
  adopted: Adopted,
  terms: FeedTerms,
  source: FeedSource,
): FeedSource {
  return {
    ...source,
    async checkpoint(etag) {
      const answer = await source.checkpoint(etag)
      if (answer.ok && answer.value.changed) {
        await keepCosignatures({ db: deps.db, adopted }, terms, answer.value.bytes)
      }
      return answer
    },
  }
}

/** The logs the charter names by the hash of their origin. */
export function originByHash(adopted: Adopted, hash: string): FeedTerms | undefined {
  return feedsOf(adopted.charter.terms).find(({ log }) => originHash(log.origin) === hash)
}
