// THE STORY of what a round does beside pulling: cosign what is merged, keep what others have cosigned, bridge an origin that is cut off
// (design: protocol 1.5, 1.6, 1.8).
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import type { VerifyMany } from './encoding/ed25519.ts'
import { encodeHex } from './encoding/hex.ts'
import { sha256 } from './encoding/sha256.ts'
import { encodeUtf8 } from './encoding/utf8.ts'
import { type ErrorCode, ok, type Result, refusal } from './errors.ts'
import { investigate, SUSPICIOUS } from './forks.ts'
import { exchangeHeads } from './gossip.ts'
import { type InboundDeps, isConflict, pullFeed } from './inbound.ts'
import { afterMerge, type MirrorDeps } from './mirroring.ts'
import type { OutboundDeps } from './outbound.ts'
import { BUDGETS, type Budgets, type Fetch, httpSource } from './pull/source.ts'
import type { ActKey } from './signing.ts'
import type { FeedSource } from './tlog/feed-source.ts'
import { keepCosignatures } from './witnessing.ts'

export type AlongsideDeps = Omit<OutboundDeps, 'adopted'> & {
  fetch: Fetch
  budgets?: Budgets
  headsEtags: Map<string, string>
  /** Signs notices; a tool that only reads has none. */
  nodeKey?: ActKey
  /** How the edge checks many signatures. */
  verifyMany?: VerifyMany
  /** False once the edge wants the round to end: where one run may do only so much, the next goes on from there. */
  mayGoOn?: () => boolean
}

/** Lower-case hex SHA-256 of an origin: how mirror and witness paths name a log. */
export const originHash = (origin: string): string => encodeHex(sha256(encodeUtf8(origin)))

/** What a pull needs of them. */
export function inboundOf(deps: AlongsideDeps, adopted: Adopted): InboundDeps {
  const { db, nowMs, market, verifyMany } = deps
  return { db, adopted, nowMs, here: market, verifyMany }
}

/** The witness and applied keys of this node with their names. */
export function cosigner(
  deps: Pick<AlongsideDeps, 'db' | 'signer' | 'nowMs' | 'gate'>,
  adopted: Adopted,
): MirrorDeps {
  const { origin, witness, applied } = deps.signer
  return {
    db: deps.db,
    gate: deps.gate,
    adopted,
    nowMs: deps.nowMs,
    witness: { name: `${origin}/witness`, ...witness },
    applied: { name: `${origin}/applied`, ...applied },
  }
}

/** Witnesses and applies every feed that is merged whole; the own log is stamped already and only applied. */
export async function cosignMerged(
  deps: Pick<AlongsideDeps, 'db' | 'signer' | 'nowMs' | 'gate'>,
  adopted: Adopted,
  feeds: readonly FeedTerms[],
): Promise<void> {
  for (const terms of feeds) await afterMerge(cosigner(deps, adopted), terms)
}

/**
 * Asks members, all at once, how far they have come; a larger head of a third log, or one that does not fit, is looked at through that
 * member's mirror.
 */
export async function gossip(
  deps: AlongsideDeps,
  adopted: Adopted,
  peers: readonly FeedTerms[],
): Promise<void> {
  const budgets = deps.budgets ?? BUDGETS
  const answers = await Promise.all(
    peers.map(async ({ member }) => {
      const found = await exchangeHeads({ ...deps, adopted, budgets }, member)
      return found.map((head) => ({ ...head, url: member.url }))
    }),
  )
  // One after another: two mirrors of one log would only meet each other's commits.
  for (const { terms, note, url } of answers.flat()) {
    if (terms.member.market === deps.market) continue
    const mirror = httpSource(deps.fetch, `${url}/mirror/${originHash(terms.log.origin)}`, budgets)
    await pullQuietly(deps, adopted, terms, { ...mirror, last: () => note })
  }
}

/** A mirror that fails or lies costs nothing: nothing of it is adopted, and the next member is asked. */
async function pullQuietly(
  deps: AlongsideDeps,
  adopted: Adopted,
  terms: FeedTerms,
  source: FeedSource & { last(): Uint8Array },
): Promise<void> {
  // The head that was gossiped, not the one the mirror may show now: it is what has to fit.
  const shown: FeedSource = {
    ...source,
    checkpoint: async () => ok({ changed: true, bytes: source.last(), etag: null }),
  }
  try {
    const report = await pullFeed(inboundOf(deps, adopted), terms, shown, null)
    if (!report.ok) await afterRefusal(deps, adopted, terms, source, report.code)
  } catch (error) {
    // Another process merged the same bundle; the next round goes on from there.
    if (!isConflict(error)) throw error
  }
}

/** A source that also keeps the cosignatures on each checkpoint it gives, and remembers the last one for `afterRefusal`. */
export function keepingSource(
  deps: AlongsideDeps,
  adopted: Adopted,
  terms: FeedTerms,
  source: FeedSource,
): FeedSource & { last(): Uint8Array | null } {
  let last: Uint8Array | null = null
  return {
    ...source,
    last: () => last,
    async checkpoint(etag) {
      const answer = await source.checkpoint(etag)
      if (answer.ok && answer.value.changed) {
        last = answer.value.bytes
        await keepCosignatures({ db: deps.db, adopted }, terms, last)
      }
      return answer
    },
  }
}

/** Of one round one member gets this much: a slow one with a long log must not keep the others waiting for hours. */
export const ROUND_SHARE_MS = 300_000

/** A source that gives nothing more once its share of the round is over. What was merged by then stays. */
export function sharedSource(
  source: FeedSource,
  { nowMs, mayGoOn = () => true }: Pick<AlongsideDeps, 'nowMs' | 'mayGoOn'>,
): FeedSource {
  const until = nowMs() + ROUND_SHARE_MS
  const within = async <T>(ask: () => Promise<Result<T>>): Promise<Result<T>> =>
    nowMs() > until || !mayGoOn()
      ? refusal('ERR_ROUND_OVER', 'the next round goes on from here')
      : ask()
  return {
    checkpoint: (etag) => within(() => source.checkpoint(etag)),
    tile: (level, index, width) => within(() => source.tile(level, index, width)),
    bundle: (index, width) => within(() => source.bundle(index, width)),
  }
}

/** Behind some refusals two histories may stand: if that can be proven the log is frozen; the notice follows with `announceEvidence`. */
export async function afterRefusal(
  deps: AlongsideDeps,
  adopted: Adopted,
  terms: FeedTerms,
  source: FeedSource & { last(): Uint8Array | null },
  code: ErrorCode,
): Promise<void> {
  const note = source.last()
  if (note === null || !SUSPICIOUS.includes(code)) return
  await investigate({ db: deps.db, adopted, nowMs: deps.nowMs }, terms, source, note)
}

/** The logs the charter names by the hash of their origin. */
export function originByHash(adopted: Adopted, hash: string): FeedTerms | undefined {
  return feedsOf(adopted.charter.terms).find(({ log }) => originHash(log.origin) === hash)
}
