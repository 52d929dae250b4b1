// THE STORY of heads gossip: one conditional request to a member says how far it has merged every log; what it signs is kept
// (design: protocol 1.5 `/v1/heads`, 1.6).
import * as z from 'zod'
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import type { Db } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import { decodeUtf8, encodeUtf8 } from './encoding/utf8.ts'
import { headNote } from './mirroring.ts'
import { readFeed } from './pull/feed.ts'
import { readMirrorTile } from './pull/mirror.ts'
import { type Budgets, type Fetch, fetchBytes } from './pull/source.ts'
import { parseCheckpoint } from './tlog/checkpoint.ts'
import { parseNote } from './tlog/note.ts'
import { rootFromTiles } from './tlog/reader.ts'
import { keepCosignatures } from './witnessing.ts'

export const MAX_HEADS_BYTES = 4 * 1024 * 1024
const MAX_HEADS = 2048

const headsSchema = z.object({
  charter: z.object({ n: z.int(), hash: z.string().max(43) }),
  heads: z
    .array(z.object({ origin: z.string().max(255), checkpoint: z.string().max(65_536) }))
    .max(MAX_HEADS),
})
export type Heads = z.infer<typeof headsSchema>

/** What `GET /v1/heads` says: the largest verified checkpoint of every log, with this node's applied lines. The wrapper is unsigned. */
export async function readHeads(deps: {
  db: Db
  adopted: Adopted
  appliedName: string
}): Promise<Heads> {
  const { terms, hash } = deps.adopted.charter
  const heads: Heads['heads'] = []
  for (const feed of feedsOf(terms)) {
    const head = await headNote(deps, feed)
    if (head === null) continue
    heads.push({ origin: feed.log.origin, checkpoint: decodeUtf8(head.note) ?? '' })
  }
  return { charter: { n: terms.n, hash }, heads }
}

export type GossipDeps = {
  db: Db
  adopted: Adopted
  fetch: Fetch
  budgets: Budgets
  /** Entity tags by member's URL, kept as long as the process lives. */
  headsEtags: Map<string, string>
}

/** A head that is worth a look: larger than what this node has seen, or of no larger size and perhaps of another history. */
export type Found = { terms: FeedTerms; note: Uint8Array }

/**
 * Asks one member. Keeps every cosignature that verifies, and gives the heads that are larger than this node has seen (an origin that hides or
 * is cut off is bridged by the others) or that differ from it at their size. A member that fails or lies gives none.
 */
export async function exchangeHeads(
  deps: GossipDeps,
  member: FeedTerms['member'],
): Promise<Found[]> {
  const url = `${member.url}/v1/heads`
  const etag = deps.headsEtags.get(url)
  const headers = etag === undefined ? {} : { 'if-none-match': etag }
  const answer = await fetchBytes(deps.fetch, url, MAX_HEADS_BYTES, headers, deps.budgets)
  if (!answer.ok || answer.value.status === 304) return []
  const heads = parseHeads(answer.value.bytes)
  if (heads === null) return []
  if (answer.value.etag !== null) deps.headsEtags.set(url, answer.value.etag)
  const found: Found[] = []
  for (const terms of feedsOf(deps.adopted.charter.terms)) {
    const head = heads.heads.find(({ origin }) => origin === terms.log.origin)
    if (head === undefined) continue
    const note = encodeUtf8(head.checkpoint)
    // Only what the log itself signed is looked at further.
    if (!(await keepCosignatures(deps, terms, note))) continue
    if (await isWorthALook(deps.db, terms, note)) found.push({ terms, note })
  }
  return found
}

async function isWorthALook(db: Db, terms: FeedTerms, bytes: Uint8Array): Promise<boolean> {
  const note = parseNote(bytes)
  const head = note === null ? null : parseCheckpoint(note.text)
  if (head === null || head.size === 0) return false
  const feed = await readFeed(db, terms.log.origin, terms.member.market)
  if (feed.state === 'frozen') return false
  if (head.size > feed.seenSize) return true
  if (head.size > feed.merged) return false
  const root = await rootFromTiles(head.size, (level, index, width) =>
    readMirrorTile(db, terms.log.origin, level, index, width),
  )
  return root !== null && !equalBytes(root, head.root)
}

function parseHeads(bytes: Uint8Array): Heads | null {
  const text = decodeUtf8(bytes)
  if (text === null) return null
  try {
    const parsed = headsSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
