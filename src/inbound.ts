// THE STORY of what comes in: pull a feed, verify it, merge it, catalogue it (design: protocol 1.7). The own log comes by this door too.
import type { Watch } from './brake/watch.ts'
import { settle, watchPull } from './braking.ts'
import { planCatalog } from './catalog/plan.ts'
import { type Adopted, type FeedTerms, feedsOfMarket, signersOf } from './charter/members.ts'
import { planStillNewest } from './charter/store.ts'
import type { Db } from './db.ts'
import type { Entry, ProvenEntry, VerifiedEntry } from './decision/entry.ts'
import { decodeBase64 } from './encoding/base64.ts'
import type { VerifyMany } from './encoding/ed25519.ts'
import { Failure, ok, type Refusal, type Result, refusal } from './errors.ts'
import { judgeContext, readEndorsed } from './judging.ts'
import { planMerge, type Refused } from './merge/plan.ts'
import { readJudgeState } from './merge/read.ts'
import {
  type Feed,
  planHead,
  planMerged,
  planMirror,
  planPosition,
  readFeed,
  readLeaves,
} from './pull/feed.ts'
import { planHeard } from './pull/journal.ts'
import type { FeedSource } from './tlog/feed-source.ts'
import { appendLeaves } from './tlog/tree.ts'
import { checkEntries, parseChecked } from './verify/entries.ts'
import { compareHead, type VerifiedHead, verifyHead } from './verify/head.ts'
import { proveRange, pullBundles } from './verify/walk.ts'

export type InboundDeps = {
  db: Db
  adopted: Adopted
  nowMs: () => number
  /** This node's own market, whose log is never held back here; null: it has none. */
  here: string | null
  /** How the edge checks many signatures; WebCrypto where it gives nothing. */
  verifyMany?: VerifyMany | undefined
}
/** Called after every committed bundle: entries merged so far, and how many there will be. */
export type Progress = (merged: number, size: number) => void

export type PullReport = {
  /** Entries merged by this round. */
  merged: number
  /** Entries the node refused, with codes: kept in the mirror, they change nothing. */
  refused: Refused[]
  etag: string | null
}

/**
 * Brings one feed up to its newest head. What is proven and committed stays, also when a later step fails: an interruption costs at most
 * the bundles in flight. Codes: ERR_PEER_*, ERR_HEAD_*, ERR_TILE_*, ERR_BUNDLE_*, ERR_FEED_REWRITTEN, ERR_UPGRADE_NEEDED, ERR_CHARTER_AHEAD.
 */
export async function pullFeed(
  deps: InboundDeps,
  terms: FeedTerms,
  source: FeedSource,
  etag: string | null,
  progress: Progress = () => {},
): Promise<Result<PullReport>> {
  const pulled = await pullNewest(deps, terms, source, etag, progress)
  const { market } = terms.member
  const { effective, merged } = await readFeed(deps.db, terms.log.origin, market)
  // Also after a refusal: what was merged before it is counted now.
  if (effective < merged) await settle(deps, market)
  return pulled
}

async function pullNewest(
  deps: InboundDeps,
  terms: FeedTerms,
  source: FeedSource,
  etag: string | null,
  progress: Progress,
): Promise<Result<PullReport>> {
  const gap = await lineageGap(deps, terms)
  if (gap !== null) return gap
  const feed = await readFeed(deps.db, terms.log.origin, terms.member.market)
  const report: PullReport = { merged: 0, refused: [], etag }
  if (terms.log.frozen !== null) return pullFrozen(deps, terms, source, feed, report, progress)
  // Nothing more is taken from a log that signed two histories; what was merged stays.
  if (feed.state === 'frozen')
    return refusal('ERR_HEAD_CONFLICT', 'this log is frozen: see the evidence')
  // A head that was proven is merged to its end before a newer one is asked for: then every new head extends what is merged.
  if (feed.merged < feed.seenSize) {
    const done = await mergeUpTo(deps, terms, source, feed, null, report, progress)
    if (!done.ok) return done
  }
  const asked = await readFeed(deps.db, terms.log.origin, terms.member.market)
  const answer = await source.checkpoint(etag)
  if (!answer.ok) return answer
  if (!answer.value.changed) return ok(report)
  const head = await verifyHead(answer.value.bytes, {
    origin: terms.log.origin,
    logKeys: terms.log.logKeys,
    witness: terms.member.witness,
  })
  if (!head.ok) return head
  const current = await readFeed(deps.db, terms.log.origin, terms.member.market)
  // Another process took a larger head meanwhile: this answer is old, not rolled back, and what that process merges may not be in yet.
  const isOvertaken = current.seenSize !== asked.seenSize || current.merged < current.seenSize
  if (isOvertaken) throw overtaken(current, head.value)
  const compared = compareHead({ size: current.seenSize, root: current.seenRoot }, head.value)
  if (!compared.ok) return compared
  report.etag = answer.value.etag
  if (compared.value === 'same') return restamp(deps, current, head.value, report)
  return mergeUpTo(deps, terms, source, current, head.value, report, progress)
}

/** What follows in a later log builds on the whole of the earlier ones: before they are merged to their end, nothing of it is judged. */
export async function lineageGap(
  { db, adopted }: Pick<InboundDeps, 'db' | 'adopted'>,
  terms: FeedTerms,
): Promise<Refusal | null> {
  if (terms.offset === 0) return null
  for (const { log, member } of feedsOfMarket(adopted.charter.terms, terms.member.market)) {
    if (log.origin === terms.log.origin) return null
    const { merged } = await readFeed(db, log.origin, member.market)
    const size = log.frozen?.size ?? 0
    if (merged < size) return refusal('ERR_FEED_GAP', `${merged} of ${size} of ${log.origin}`)
  }
  return null
}

/** A frozen log is pulled up to the head that the charter names, from whoever has it, and no further. */
async function pullFrozen(
  deps: InboundDeps,
  terms: FeedTerms,
  source: FeedSource,
  feed: Feed,
  report: PullReport,
  progress: Progress,
): Promise<Result<PullReport>> {
  const { frozen } = terms.log
  if (frozen === null || feed.merged >= frozen.size) return ok(report)
  const root = decodeBase64(frozen.root)
  if (root === null) throw new TypeError('a frozen root that passed parsing does not decode')
  // Signed by the charter, so it needs neither the log's signature nor a stamp.
  const head: VerifiedHead = { size: frozen.size, root, note: '', stampS: 0 }
  return mergeUpTo(deps, terms, source, feed, head, report, progress)
}

/** The same head with a newer stamp keeps the feed fresh. */
async function restamp(
  deps: InboundDeps,
  feed: Feed,
  head: VerifiedHead,
  report: PullReport,
): Promise<Result<PullReport>> {
  if (head.stampS > feed.seenStamp) await keepHead(deps, feed, head)
  return ok(report)
}

function keepHead(deps: InboundDeps, feed: Feed, head: VerifiedHead): Promise<void> {
  return deps.db.commit([planHead(feed, head, nowS(deps)), planHeard(feed.origin, deps.nowMs())])
}

async function mergeUpTo(
  deps: InboundDeps,
  terms: FeedTerms,
  source: FeedSource,
  before: Feed,
  head: VerifiedHead | null,
  report: PullReport,
  progress: Progress,
): Promise<Result<PullReport>> {
  const target = head ?? { size: before.seenSize, root: before.seenRoot }
  const held = { merged: before.merged, frontier: before.frontier }
  const known = await readLeaves(
    deps.db,
    before.origin,
    Math.floor(before.merged / 256) * 256,
    before.merged,
  )
  const range = await proveRange(source, held, target, known)
  if (!range.ok) return range
  if (head !== null) await keepHead(deps, before, head)
  let feed = before
  const watch = await watchPull(deps, terms)
  const signers = signersOf(terms.log)
  const bundles = pullBundles(source, target, range.value, (entries: ProvenEntry[]) =>
    checkEntries(entries, signers, deps.verifyMany),
  )
  for await (const bundle of bundles) {
    if (!bundle.ok) return bundle
    const entries = parseChecked(bundle.value)
    const merged = await mergeBundle(deps, terms, feed, watch, entries, report)
    if (!merged.ok) return merged
    feed = merged.value
    progress(feed.merged, target.size)
  }
  return ok(report)
}

/** Judges and commits one bundle: entries, outcomes, catalogue rows and cursor together or not at all. */
async function mergeBundle(
  deps: InboundDeps,
  terms: FeedTerms,
  feed: Feed,
  watch: Watch,
  entries: readonly VerifiedEntry[],
  report: PullReport,
): Promise<Result<Feed>> {
  const context = judgeContext(deps.adopted, terms)
  const acts = entries.flatMap(({ parsed }): Entry[] =>
    parsed.read === 'act' ? [parsed.entry] : [],
  )
  const state = await readJudgeState(deps.db, context.market, acts)
  const plan = planMerge(context, terms.offset, state, entries)
  const judged = entries.slice(0, plan.judged)
  const grown = appendLeaves(
    feed.merged,
    feed.frontier,
    judged.map(({ leaf }) => leaf),
  )
  const endorsed = await readEndorsed(deps.db, deps.adopted, context.market, plan.accepted)
  // What is endorsed begins to count now, wherever it stands.
  const changing = [...plan.accepted.map(({ entry }) => entry.act), ...endorsed.values()]
  const isClear = await watch.take(changing)
  const after = afterBundle(feed, grown, isClear, plan.stop)
  await deps.db.commit(
    [
      ...planMirror(feed.origin, judged, grown.nodes),
      ...plan.statements,
      ...planCatalog(context.market, plan.accepted, endorsed),
      planStillNewest(deps.adopted.charter.terms.n),
      planMerged(feed.merged, after),
      planPosition(feed.origin, deps.nowMs()),
      planHeard(feed.origin, deps.nowMs()),
    ],
    'soon',
  )
  report.merged += plan.judged
  report.refused.push(...plan.refused)
  return plan.stop === null ? ok(after) : stopped(plan.stop)
}

function stopped(stop: { idx: number; code: Refusal['code']; detail: string }): Refusal {
  return refusal(stop.code, `entry ${stop.idx}: ${stop.detail}`)
}

function afterBundle(
  feed: Feed,
  grown: { size: number; frontier: Feed['frontier']; root: Uint8Array },
  isClear: boolean,
  stop: { code: string } | null,
): Feed {
  const { size, frontier, root } = grown
  const state = stop === null ? 'open' : stop.code === 'ERR_CHARTER_AHEAD' ? 'waiting' : 'stopped'
  return {
    ...feed,
    merged: size,
    frontier,
    mergedRoot: root,
    effective: isClear ? size : feed.effective,
    state,
    stateCode: stop?.code ?? null,
  }
}

const nowS = (deps: InboundDeps): number => Math.floor(deps.nowMs() / 1000)

function overtaken({ origin, seenSize }: Feed, { size }: VerifiedHead): Failure {
  const message = `another process saw ${seenSize} entries of ${origin} before ${size} were read`
  return new Failure('ERR_COMMIT_CONFLICT', message)
}

/** True when another process merged the same bundle first: nothing is lost, the round starts again from what is there. */
export function isConflict(error: unknown): boolean {
  return error instanceof Failure && error.code === 'ERR_COMMIT_CONFLICT'
}
