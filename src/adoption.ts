// THE STORY of a charter becoming this node's: from a file or from any peer, step by step; what it changes is judged again in the same
// commit, and the node says in its own log that it adopted it (design: protocol 1.9; reference 1.12 "root update").
import { type Charter, parseCharter } from './charter/charter.ts'
import type { Adopted, FeedTerms } from './charter/members.ts'
import { MAX_CHARTER_BYTES } from './charter/schema.ts'
import { formatSplitProof } from './charter/split.ts'
import {
  adoptedWith,
  checkFollows,
  planAdoption,
  planConflict,
  readAdopted,
} from './charter/store.ts'
import { type Db, type Statement, sql } from './db.ts'
import { parseEntry } from './decision/entry.ts'
import { encodeHex } from './encoding/hex.ts'
import { sha256 } from './encoding/sha256.ts'
import { decodeUtf8, encodeUtf8 } from './encoding/utf8.ts'
import { Failure, ok, type Result } from './errors.ts'
import { isConflict } from './inbound.ts'
import { planAskAgain } from './pull/peer.ts'
import { type Budgets, type Fetch, fetchBytes } from './pull/source.ts'
import { marketsToRejudge, rejudge } from './rejudge.ts'
import { planEvidence } from './witness/evidence.ts'

/** At most so many new charters are taken in one round; the next goes on from there. */
export const MAX_CHARTERS = 64
/** Files of notices that named another charter than ours, asked for in one round. */
const MAX_RIVALS = 4
const MAX_RETRIES = 5

const RIVAL_NOTICES = `SELECT e.bytes AS bytes FROM act AS a
  CROSS JOIN feed_entry AS e ON e.origin = a.origin AND e.idx = a.idx
  WHERE a.market = ? AND a.code = 'ERR_NOTICE_CHARTER' ORDER BY a.pos DESC LIMIT ${MAX_RIVALS}`

export type AdoptionDeps = { db: Db; nowMs: () => number }
export type AskDeps = AdoptionDeps & { fetch: Fetch; budgets: Budgets }

/**
 * Adopts a charter file: charter 1 by `pin`, later ones by the thresholds of both. Charter and everything judged anew by it are one commit.
 * A second valid payload is recorded. Codes as `planAdoption`.
 */
export async function adopt(
  deps: AdoptionDeps,
  text: string,
  pin: string | null,
): Promise<Result<Charter>> {
  for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
    const adopted = await readAdopted(deps.db)
    const plan = await planAdoption(adopted, text, pin, Math.floor(deps.nowMs() / 1000))
    if (!plan.ok) {
      const isRival = plan.code === 'ERR_CHARTER_CONFLICT' && adopted !== null
      if (isRival) await deps.db.commit(await planSplit(deps, adopted, text))
      return plan
    }
    const { charter, statements } = plan.value
    if (statements.length === 0) return ok(charter)
    try {
      const judged = await planJudgedAnew(deps, adopted, charter, text)
      await deps.db.commit([...statements, ...judged, planAskAgain()])
      return ok(charter)
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  throw new Failure('ERR_COMMIT_CONFLICT', `${MAX_RETRIES} times another process merged first`)
}

/** The record of a rival, and with the first one the proof of it, which everybody is given. */
async function planSplit(
  { nowMs }: AdoptionDeps,
  adopted: Adopted,
  text: string,
): Promise<Statement[]> {
  const statements = await planConflict(adopted, text)
  const parsed = parseCharter(text)
  if (statements.length === 0 || !parsed.ok || adopted.conflict !== null) return statements
  const { n } = parsed.charter.terms
  const [previous, ours] = adopted.files.slice(n - 2, n)
  if (previous === undefined || ours === undefined) throw new TypeError(`no charter ${n}`)
  const body = formatSplitProof(previous, ours, text)
  const hash = encodeHex(sha256(encodeUtf8(body)))
  const foundAt = Math.floor(nowMs() / 1000)
  const place = { kind: 'charter', origin: `charter ${n}` } as const
  return [...statements, planEvidence({ sha256: hash, ...place, body, foundAt })]
}

async function planJudgedAnew(
  { db, nowMs }: AdoptionDeps,
  before: Adopted | null,
  charter: Charter,
  text: string,
): Promise<Awaited<ReturnType<typeof rejudge>>> {
  if (before === null) return []
  const after = adoptedWith(before, charter, text)
  const statements: Awaited<ReturnType<typeof rejudge>> = []
  for (const market of marketsToRejudge(before.charter.terms, charter.terms))
    statements.push(...(await rejudge(db, after, market, nowMs())))
  return statements
}

/**
 * Asks a member for the charters after the adopted one, until it has no more; each was checked against the one before it. Then for the
 * charter that its log says it adopted where that is another than ours. A member that fails or lies gives none.
 */
export async function askForCharters(
  deps: AskDeps,
  adopted: Adopted,
  { market, url }: FeedTerms['member'],
): Promise<string[]> {
  const found: string[] = []
  let files = adopted.files
  for (let n = adopted.charter.terms.n + 1; found.length < MAX_CHARTERS; n++) {
    const text = await fetchCharter(deps, url, n)
    const parsed = text === null ? null : parseCharter(text)
    if (text === null || parsed?.ok !== true) break
    if (!(await checkFollows(files, parsed.charter)).ok) break
    found.push(text)
    files = [...files, text]
  }
  for (const n of await rivalNumbers(deps.db, adopted, market)) {
    const text = await fetchCharter(deps, url, n)
    if (text !== null) found.push(text)
  }
  return found
}

async function fetchCharter(deps: AskDeps, url: string, n: number): Promise<string | null> {
  const { fetch, budgets } = deps
  const file = `${url}/charter/${n}.json`
  const answer = await fetchBytes(fetch, file, MAX_CHARTER_BYTES, {}, budgets)
  return answer.ok ? decodeUtf8(answer.value.bytes) : null
}

/** Numbers under which this market's log names another charter than ours, as long as no rival is recorded. */
async function rivalNumbers(db: Db, adopted: Adopted, market: string): Promise<number[]> {
  if (adopted.conflict !== null) return []
  const rows = await db.query<{ bytes: Uint8Array }>(sql(RIVAL_NOTICES, market))
  const numbers = rows.flatMap(({ bytes }) => charterNumber(bytes) ?? [])
  return [...new Set(numbers)].filter((n) => n > 1)
}

/**
 * Adopts what the members gave, in the order given: the first valid one of a number is adopted, a second is recorded as a rival. True where
 * a charter was adopted.
 */
export async function adoptAll(deps: AdoptionDeps, texts: readonly string[]): Promise<boolean> {
  let hasAdopted = false
  for (const text of texts) {
    const before = (await readAdopted(deps.db))?.charter.hash
    const result = await adopt(deps, text, null)
    hasAdopted ||= result.ok && result.value.hash !== before
  }
  return hasAdopted
}

const LAST_NOTICE = `SELECT e.bytes AS bytes FROM act AS a
  CROSS JOIN feed_entry AS e ON e.origin = a.origin AND e.idx = a.idx
  WHERE a.origin = ? AND a.market = ? AND a.kind = 'notice/charter' AND a.code IS NULL
  ORDER BY a.pos DESC LIMIT 1`

/** The number in the last accepted notice of a charter in a log, as merged here; 0 where there is none. */
export async function lastAnnounced(db: Db, market: string, origin: string): Promise<number> {
  const [row] = await db.query<{ bytes: Uint8Array }>(sql(LAST_NOTICE, origin, market))
  return row === undefined ? 0 : (charterNumber(row.bytes) ?? 0)
}

function charterNumber(bytes: Uint8Array): number | null {
  const parsed = parseEntry(bytes)
  if (parsed.read !== 'act') return null
  const { act } = parsed.entry
  return act.act === 'notice' && 'kind' in act && act.kind === 'charter' ? act.n : null
}
