// THE STORY of carrying an alliance by hand: its charters and logs as one file, taken in by the same pull as over a network
// (design: protocol 1.11).
import { adopt } from './adoption.ts'
import { originHash } from './alongside.ts'
import {
  type Archive,
  type ArchiveFile,
  charterPath,
  checkpointPath,
  filePath,
} from './archive/layout.ts'
import { archiveSource } from './archive/source.ts'
import { type ArchivedLog, archiveFiles } from './archive/write.ts'
import { settleAll } from './braking.ts'
import { parseCharter } from './charter/charter.ts'
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import { readAdopted, requireAdopted } from './charter/store.ts'
import type { Db } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import { decodeUtf8 } from './encoding/utf8.ts'
import { type ErrorCode, Failure } from './errors.ts'
import { isConflict, type Progress, pullFeed } from './inbound.ts'
import { headNote } from './mirroring.ts'
import { readFeed } from './pull/feed.ts'
import { readMirrorTile } from './pull/mirror.ts'
import { type Checkpoint, parseCheckpoint } from './tlog/checkpoint.ts'
import { parseNote } from './tlog/note.ts'
import { rootFromTiles } from './tlog/reader.ts'
import { entriesPath, TILE_WIDTH } from './tlog/tile.ts'
import { keepCosignatures } from './witnessing.ts'

export type ExportedLog = { market: string; origin: string; size: number; from: number }
export type Export = {
  logs: ExportedLog[]
  /** Markets of which no head is merged whole at this moment: they are not in it. */
  left_out: string[]
  files: AsyncIterable<ArchiveFile>
}

/**
 * What goes into an alliance bundle: every charter, and every log that this node holds whole up to a signed head. `from` gives by market
 * the entries that the receiver has. The same database gives the same files. Code ERR_USAGE for a market the charter does not name.
 */
export async function exportAlliance(
  deps: { db: Db; adopted: Adopted; appliedName: string },
  from: ReadonlyMap<string, number>,
): Promise<Export> {
  const { terms } = deps.adopted.charter
  const feeds = feedsOf(terms)
  const unknown = [...from.keys()].find(
    (market) => !feeds.some(({ member }) => member.market === market),
  )
  if (unknown !== undefined)
    throw new Failure('ERR_USAGE', `the charter names no market ${unknown}`)
  const logs: (ArchivedLog & ExportedLog)[] = []
  const leftOut: string[] = []
  for (const feed of feeds) {
    const { market } = feed.member
    const head = await wholeHead(deps, feed)
    if (head === null) {
      leftOut.push(market)
      continue
    }
    const { origin } = feed.log
    const start = feed.live ? Math.min(head.size, from.get(market) ?? 0) : 0
    logs.push({ market, origin, hash: originHash(origin), ...head, from: start })
  }
  return {
    logs: logs.map(({ market, origin, size, from }) => ({ market, origin, size, from })),
    left_out: leftOut,
    files: archiveFiles(deps.db, terms.n, logs),
  }
}

/** The head under which a log is carried: its own, or the one the charter froze it at, which needs no note. */
async function wholeHead(
  deps: { db: Db; adopted: Adopted; appliedName: string },
  feed: FeedTerms,
): Promise<{ size: number; note: Uint8Array | null } | null> {
  const { frozen, origin } = feed.log
  const head = await headNote(deps, feed)
  if (frozen === null) {
    return head?.isMerged === true ? { size: sizeOf(head.note), note: head.note } : null
  }
  const { merged } = await readFeed(deps.db, origin, feed.member.market)
  if (merged < frozen.size) return null
  const isOfHead = head !== null && sizeOf(head.note) === frozen.size
  return { size: frozen.size, note: isOfHead ? head.note : null }
}

export type ImportDeps = {
  db: Db
  /** This node's own log, which does not come in by this door; null: there is none. */
  origin: string | null
  /** Hash of charter 1, for a node that has adopted none yet. */
  pin: string | null
  nowMs: () => number
}
export type ImportedFeed = {
  market: string
  origin: string
  /** `older`: the node has a larger head already; `absent`: the bundle does not have this log. */
  outcome: 'merged' | 'unchanged' | 'older' | 'absent' | 'failed'
  merged: number
  refused: number
  code?: ErrorCode
  detail?: string
}
/** `held`: markets of which a mass change is held back now. */
export type Import = {
  adopted: Adopted
  charters_adopted: number
  feeds: ImportedFeed[]
  held: string[]
}

/** A round that meets another process's commits starts over this often. */
const MAX_RETRIES = 5

/**
 * Adopts the charters of a bundle that follow the node's own, then pulls every member's log from it. A log that is refused changes nothing
 * of the others; what was proven of it before stays, as with any peer. Throws ERR_CHARTER_* and ERR_ARCHIVE_MISSING when the charters are
 * not this alliance's, or one does not follow: then no log was touched.
 */
export async function importAlliance(
  deps: ImportDeps,
  archive: Archive,
  progress: (market: string, merged: number, size: number) => void = () => {},
): Promise<Import> {
  const before = await readAdopted(deps.db)
  const adopted = await adoptFrom(deps, archive, before)
  const feeds: ImportedFeed[] = []
  for (const feed of feedsOf(adopted.charter.terms)) {
    const { market } = feed.member
    if (feed.log.origin === deps.origin) continue
    const report = await importFeed(deps, adopted, feed, archive, (merged, size) =>
      progress(market, merged, size),
    )
    feeds.push({ market, origin: feed.log.origin, ...report })
  }
  const count = adopted.charter.terms.n - (before?.charter.terms.n ?? 0)
  // With the heads came what others say that they have applied.
  const { db, nowMs, origin } = deps
  const held = await settleAll({ db, adopted, nowMs, here: marketOf(adopted, origin) })
  return { adopted, charters_adopted: count, feeds, held }
}

/** Charter by charter, each by its own signatures. Those adopted already must be the same. */
async function adoptFrom(
  { db, pin, nowMs }: ImportDeps,
  archive: Archive,
  before: Adopted | null,
): Promise<Adopted> {
  if (before === null && pin === null) {
    const message = 'this node has adopted no charter and its settings pin none'
    const cure =
      'compare the hash of charter 1 with the other members, then: npm run -s portcullis -- charter adopt FILE --dir D'
    throw new Failure('ERR_CHARTER_NONE', message, { cure })
  }
  for (let n = 1; n === 1 || archive.has(charterPath(n)); n++) {
    const bytes = await archive.read(charterPath(n))
    if (bytes === null) throw new Failure('ERR_ARCHIVE_MISSING', `no ${charterPath(n)}`)
    const text = decodeUtf8(bytes)
    if (text === null) throw new Failure('ERR_CHARTER_FORMAT', `charter ${n} is not text`)
    if (n === 1 && before !== null) requireSame(text, before.alliance)
    const result = await adopt({ db, nowMs }, text, pin)
    if (!result.ok) throw new Failure(result.code, `charter ${n}: ${result.detail}`)
  }
  return requireAdopted(db)
}

function requireSame(text: string, alliance: string): void {
  const parsed = parseCharter(text)
  if (!parsed.ok) throw new Failure(parsed.code, `charter 1: ${parsed.detail}`)
  const { hash } = parsed.charter
  if (hash === alliance) return
  const message = `the bundle is of another alliance: its charter 1 has hash ${hash}, this node's ${alliance}`
  throw new Failure('ERR_CHARTER_PIN', message)
}

async function importFeed(
  { db, nowMs, origin }: ImportDeps,
  adopted: Adopted,
  feed: FeedTerms,
  archive: Archive,
  progress: Progress,
): Promise<Omit<ImportedFeed, 'market' | 'origin'>> {
  const none = { merged: 0, refused: 0 }
  const hash = originHash(feed.log.origin)
  if (!hasLog(archive, hash, feed)) return { ...none, outcome: 'absent' }
  const source = archiveSource(archive, hash)
  const inbound = { db, adopted, nowMs, here: marketOf(adopted, origin) }
  const report = await pullAgain(() => pullFeed(inbound, feed, source, null, progress))
  if (report.ok) {
    const { merged, refused } = report.value
    const note = await archive.read(checkpointPath(hash))
    if (note !== null) await keepCosignatures({ db, adopted }, feed, note)
    return { outcome: merged > 0 ? 'merged' : 'unchanged', merged, refused: refused.length }
  }
  const { code, detail } = report
  // A signed head smaller than the one held is what every bundle becomes with time, as long as it is of the same history.
  if (code === 'ERR_HEAD_ROLLBACK') {
    if (await isOwnPast(db, feed, await archive.read(checkpointPath(hash)))) {
      return { ...none, outcome: 'older' }
    }
    return { ...none, outcome: 'failed', code: 'ERR_HEAD_CONFLICT', detail }
  }
  return { ...none, outcome: 'failed', code, detail }
}

/** True for a head whose root the entries held here give too; what is not held yet cannot speak against it. */
async function isOwnPast(db: Db, { log }: FeedTerms, bytes: Uint8Array | null): Promise<boolean> {
  const head = bytes === null ? null : headOf(bytes)
  if (head === null) throw new TypeError('a head that was verified does not parse')
  const root = await rootFromTiles(head.size, (level, index, width) =>
    readMirrorTile(db, log.origin, level, index, width),
  )
  return root === null || equalBytes(root, head.root)
}

/** A live log has a checkpoint; a frozen one may stand without, under the head that the charter names. */
function hasLog(archive: Archive, hash: string, { log }: FeedTerms): boolean {
  if (archive.has(checkpointPath(hash))) return true
  const width = Math.min(TILE_WIDTH, log.frozen?.size ?? 0)
  return width > 0 && archive.has(filePath(hash, entriesPath(0, width)))
}

/** The market whose log that is. */
function marketOf({ charter }: Adopted, origin: string | null): string | null {
  return feedsOf(charter.terms).find(({ log }) => log.origin === origin)?.member.market ?? null
}

async function pullAgain(pull: () => ReturnType<typeof pullFeed>): ReturnType<typeof pullFeed> {
  for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
    try {
      return await pull()
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  throw new Failure('ERR_COMMIT_CONFLICT', `${MAX_RETRIES} times another process merged first`)
}

function headOf(bytes: Uint8Array): Checkpoint | null {
  const note = parseNote(bytes)
  return note === null ? null : parseCheckpoint(note.text)
}

function sizeOf(bytes: Uint8Array): number {
  const head = headOf(bytes)
  if (head === null) throw new TypeError('a stored head does not parse')
  return head.size
}
