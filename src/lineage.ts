// THE STORY of a market's logs as one feed: the frozen ones up to where the charter cut them, from whoever has them, then the live one
// (design: protocol 1.9 "lineage").
import {
  type AlongsideDeps,
  afterRefusal,
  inboundOf,
  keepingSource,
  originHash,
  sharedSource,
} from './alongside.ts'
import { type Adopted, type FeedTerms, feedsOfMarket } from './charter/members.ts'
import { decodeBase64 } from './encoding/base64.ts'
import { type ErrorCode, ok, type Result, refusal } from './errors.ts'
import { type InboundDeps, type Progress, type PullReport, pullFeed } from './inbound.ts'
import { readFeed } from './pull/feed.ts'
import { BUDGETS, httpSource } from './pull/source.ts'
import { rejudge } from './rejudge.ts'
import type { FeedSource } from './tlog/feed-source.ts'
import { proveRange } from './verify/walk.ts'

/** Members asked for a frozen log in one round. */
const MAX_MIRRORS = 8
/** What a source gives that has another history than this node: one of the two is not the frozen one. */
const OTHER_HISTORY: readonly ErrorCode[] = [
  'ERR_TILE_MISMATCH',
  'ERR_BUNDLE_MISMATCH',
  'ERR_FEED_REWRITTEN',
]

/**
 * Brings all logs of a market up to date in their order, but for the log of this very node. `etag` is of the live log. Ends at the first
 * refusal; what was committed stays.
 */
export async function pullLineage(
  deps: AlongsideDeps,
  adopted: Adopted,
  market: string,
  etag: string | null,
  progress: Progress,
): Promise<Result<PullReport>> {
  const total: PullReport = { merged: 0, refused: [], etag }
  for (const terms of feedsOfMarket(adopted.charter.terms, market)) {
    if (terms.log.origin === deps.signer.origin) continue
    const isLive = terms.log.frozen === null
    const pulled = isLive
      ? await pullLive(deps, adopted, terms, etag, progress)
      : await pullFromAnybody(deps, adopted, terms, progress)
    if (!pulled.ok) return pulled
    total.merged += pulled.value.merged
    total.refused.push(...pulled.value.refused)
    if (isLive) total.etag = pulled.value.etag
  }
  return ok(total)
}

/** Markets some of whose frozen logs are not merged to their end here: left members' too, which nobody polls otherwise. */
export async function isBehindFreeze(deps: AlongsideDeps, terms: FeedTerms): Promise<boolean> {
  const { frozen, origin } = terms.log
  if (frozen === null) return false
  return (await readFeed(deps.db, origin, terms.member.market)).merged < frozen.size
}

async function pullLive(
  deps: AlongsideDeps,
  adopted: Adopted,
  terms: FeedTerms,
  etag: string | null,
  progress: Progress,
): Promise<Result<PullReport>> {
  const http = httpSource(deps.fetch, `${terms.member.url}/log`, deps.budgets ?? BUDGETS)
  const source = keepingSource(deps, adopted, terms, sharedSource(http, deps))
  const inbound = inboundOf(deps, adopted)
  const pulled = await pullFeed(inbound, terms, source, etag, progress)
  if (!pulled.ok) await afterRefusal(deps, adopted, terms, source, pulled.code)
  return pulled
}

async function pullFromAnybody(
  deps: AlongsideDeps,
  adopted: Adopted,
  terms: FeedTerms,
  progress: Progress,
): Promise<Result<PullReport>> {
  if (!(await isBehindFreeze(deps, terms))) return ok({ merged: 0, refused: [], etag: null })
  const inbound = inboundOf(deps, adopted)
  let pulled: Result<PullReport> = refusal('ERR_FEED_GAP', `nobody to ask for ${terms.log.origin}`)
  for (const source of sourcesOf(deps, adopted, terms)) {
    pulled = await pullFeed(inbound, terms, source, null, progress)
    const isOther = !pulled.ok && OTHER_HISTORY.includes(pulled.code)
    if (isOther && (await dropOtherHistory(inbound, terms, source)))
      pulled = await pullFeed(inbound, terms, source, null, progress)
    if (pulled.ok) return pulled
  }
  return pulled
}

/** The member itself, as mirror and as origin, then the others: the root stands in the charter, so it matters not who gives the bytes. */
function sourcesOf(
  deps: AlongsideDeps,
  adopted: Adopted,
  { member, log }: FeedTerms,
): FeedSource[] {
  const mirror = `mirror/${originHash(log.origin)}`
  const others = adopted.charter.terms.members.filter(
    ({ market, status }) =>
      status === 'active' && market !== member.market && market !== deps.market,
  )
  const bases = [
    `${member.url}/${mirror}`,
    `${member.url}/log`,
    ...others.slice(0, MAX_MIRRORS).map(({ url }) => `${url}/${mirror}`),
  ]
  return bases.map((base) => httpSource(deps.fetch, base, deps.budgets ?? BUDGETS))
}

/** Where a source has the whole frozen history and what is held here is not a part of it, what is held was a fork: it goes. */
async function dropOtherHistory(
  inbound: InboundDeps,
  { log: { origin, frozen }, member }: FeedTerms,
  source: FeedSource,
): Promise<boolean> {
  const root = frozen === null ? null : decodeBase64(frozen.root)
  if (frozen === null || root === null) return false
  const held = { merged: 0, frontier: [] }
  const whole = await proveRange(source, held, { size: frozen.size, root }, [])
  if (!whole.ok) return false
  const { db, adopted, nowMs } = inbound
  await db.commit(await rejudge(db, adopted, member.market, nowMs(), origin))
  return true
}
