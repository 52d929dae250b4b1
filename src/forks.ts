// THE STORY of a log that signed two histories: prove it, keep the proof, freeze that log, keep its decisions in force, tell everyone
// (design: protocol 1.10). Only provable conflict freezes; what cannot be proven is not adopted, and that is all.
import type { Adopted, FeedTerms } from './charter/members.ts'
import type { Db } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import { encodeHex } from './encoding/hex.ts'
import { sha256 } from './encoding/sha256.ts'
import { encodeUtf8 } from './encoding/utf8.ts'
import type { ErrorCode } from './errors.ts'
import { type Feed, planFreeze, readFeed } from './pull/feed.ts'
import { planHeard } from './pull/journal.ts'
import { readMirrorTile } from './pull/mirror.ts'
import type { FeedSource } from './tlog/feed-source.ts'
import { formatForkProof, verifyForkProof } from './tlog/fork-proof.ts'
import { foldHashes } from './tlog/hash.ts'
import { parseVkey } from './tlog/key.ts'
import { buildConsistencyProof, frontierNodes } from './tlog/proof.ts'
import { nodesFromTiles, type ReadTile, rootFromTiles } from './tlog/reader.ts'
import { type VerifiedHead, verifyHead } from './verify/head.ts'
import { planEvidence } from './witness/evidence.ts'
import { readStep } from './witness/store.ts'

export type ForkDeps = { db: Db; adopted: Adopted; nowMs: () => number }

/** Refusals of a pull behind which two histories may stand: a change before the last bundle shows as files that do not fit. */
export const SUSPICIOUS: readonly ErrorCode[] = [
  'ERR_HEAD_CONFLICT',
  'ERR_HEAD_ROLLBACK',
  'ERR_FEED_REWRITTEN',
  'ERR_TILE_MISMATCH',
  'ERR_BUNDLE_MISMATCH',
]

/**
 * Looks whether a head and those held (the feed's, and the last one cosigned) cannot all be true. If that can be proven, keeps the proof,
 * freezes the log and gives the proof's SHA-256; else null. `source` has the tiles of the new head, where somebody offers them.
 */
export async function investigate(
  deps: ForkDeps,
  terms: FeedTerms,
  source: Pick<FeedSource, 'tile'> | null,
  note: Uint8Array,
): Promise<string | null> {
  const { log, member } = terms
  const keys = { origin: log.origin, logKeys: log.logKeys, witness: member.witness }
  const other = await verifyHead(note, keys)
  const feed = await readFeed(deps.db, log.origin, member.market)
  if (!other.ok || feed.state === 'frozen') return null
  for (const held of await heldHeads(deps.db, feed)) {
    const body = await proofOf(deps.db, feed, source, held, other.value)
    if (body === null || !(await verifyForkProof(body, log.logKeys.map(trusted))).ok) continue
    const hash = encodeHex(sha256(encodeUtf8(body)))
    const foundAt = Math.floor(deps.nowMs() / 1000)
    await deps.db.commit([
      planEvidence({ sha256: hash, kind: 'fork', origin: log.origin, body, foundAt }),
      ...planFreeze(log.origin, member.market),
      planHeard(log.origin, deps.nowMs()),
    ])
    return hash
  }
  return null
}

type Head = Pick<VerifiedHead, 'size' | 'root' | 'note'>

/** The empty tree is the beginning of every other: an origin that shows it again has rolled back, and signed nothing that contradicts. */
async function heldHeads(db: Db, feed: Feed): Promise<Head[]> {
  const { seenSize: size, seenRoot: root, seenNote: note } = feed
  const step = await readStep(db, feed.origin)
  const cosigned = step === null ? [] : [{ ...step, note: `${step.text}\n${step.logLine}\n` }]
  return [{ size, root, note }, ...cosigned].filter((head) => head.size > 0 && head.note !== '')
}

async function proofOf(
  db: Db,
  feed: Feed,
  source: Pick<FeedSource, 'tile'> | null,
  held: Head,
  other: Head,
): Promise<string | null> {
  const [first, second] = other.size < held.size ? [other, held] : [held, other]
  if (first.size === 0) return null
  const heads = { origin: feed.origin, first: first.note, second: second.note }
  if (first.size === second.size) {
    return equalBytes(first.root, second.root) ? null : formatForkProof(heads, null)
  }
  const readTile = await tilesOf(db, feed, second, second === other ? source : null)
  const within = readTile === null ? null : await rootWithin(first.size, second.size, readTile)
  return within === null || equalBytes(within.root, first.root)
    ? null
    : formatForkProof(heads, within)
}

/** The larger tree says what the smaller one's root is within it: from the own copy when that is of it, else from whoever showed it. */
async function tilesOf(
  db: Db,
  feed: Feed,
  head: Head,
  source: Pick<FeedSource, 'tile'> | null,
): Promise<ReadTile | null> {
  const own: ReadTile = (level, index, width) =>
    readMirrorTile(db, feed.origin, level, index, width)
  const root = head.size <= feed.merged ? await rootFromTiles(head.size, own) : null
  if (root !== null && equalBytes(root, head.root)) return own
  if (source === null) return null
  return async (level, index, width) => {
    const tile = await source.tile(level, index, width)
    return tile.ok ? tile.value : null
  }
}

/** Null when tiles are not to be had: then there is a suspicion and no proof. */
async function rootWithin(
  size: number,
  of: number,
  readTile: ReadTile,
): Promise<{ root: Uint8Array; proof: readonly Uint8Array[] } | null> {
  let isMissing = false
  const read = nodesFromTiles(of, async (level, index, width) => {
    const tile = await readTile(level, index, width)
    isMissing ||= tile === null || tile.length !== 32 * width
    return tile
  })
  try {
    const nodes: Uint8Array[] = []
    for (const { height, index } of frontierNodes(size)) nodes.push(await read(height, index))
    return { root: foldHashes(nodes), proof: await buildConsistencyProof(size, of, read) }
  } catch (error) {
    if (isMissing) return null
    throw error
  }
}

function trusted(text: string) {
  const vkey = parseVkey(text)
  if (vkey === null) throw new TypeError('a vkey of the adopted charter does not parse')
  return vkey
}
