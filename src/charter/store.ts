// Keeps the adopted charters: charter 1 by the hash in the settings, later ones by the thresholds of both (design: protocol 1.9).
import { type Db, type Statement, sql } from '../db.ts'
import { Failure, ok, type Result, refusal } from '../errors.ts'
import { type Charter, countSigners, isSelfSigned, parseCharter } from './charter.ts'
import { brokenHistory } from './history.ts'
import type { Adopted } from './members.ts'

const CHARTERS = 'SELECT n, hash, file FROM charter ORDER BY n'
const CONFLICT = 'SELECT n, hash FROM charter_conflict ORDER BY n, hash LIMIT 1'
const NEWEST = `SELECT max(n) AS n, (SELECT count(*) FROM charter_conflict) AS conflicts
  FROM charter`

/** The newest adopted charter with the chain of hashes behind it, or null before charter 1. */
export async function readAdopted(db: Db): Promise<Adopted | null> {
  type Row = { n: number; hash: string; file: string }
  const rows = await db.query<Row>(sql(CHARTERS))
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return null
  const [conflict] = await db.query<{ n: number; hash: string }>(sql(CONFLICT))
  return {
    charter: storedCharter(last.file),
    alliance: first.hash,
    charters: new Map(rows.map(({ n, hash }) => [n, hash])),
    files: rows.map(({ file }) => file),
    conflict: conflict ?? null,
  }
}

/** The file of charter n, newest when n is null. */
export async function readCharterFile(db: Db, n: number | null): Promise<string | null> {
  const query =
    n === null
      ? sql('SELECT file FROM charter ORDER BY n DESC LIMIT 1')
      : sql('SELECT file FROM charter WHERE n = ? ORDER BY n', n)
  const rows = await db.query<{ file: string }>(query)
  return rows[0]?.file ?? null
}

/**
 * Plans the adoption of a charter. Charter 1 must have the hash that the settings pin; n + 1 must follow the adopted one, carry the
 * thresholds of both and keep what earlier ones fixed. A copy of an adopted charter plans nothing. Codes: ERR_CHARTER_FORMAT,
 * ERR_CHARTER_RULE, ERR_CHARTER_THRESHOLD, ERR_CHARTER_ORDER, ERR_CHARTER_PIN, and ERR_CHARTER_CONFLICT for a second valid payload (then
 * `planConflict` records it) and for everything after it.
 */
export async function planAdoption(
  adopted: Adopted | null,
  text: string,
  pin: string | null,
  nowS: number,
): Promise<Result<{ charter: Charter; statements: Statement[] }>> {
  const parsed = parseCharter(text)
  if (!parsed.ok) return refusal(parsed.code, parsed.detail)
  const { charter } = parsed
  const { n } = charter.terms
  if (adopted?.charters.get(n) === charter.hash) return ok({ charter, statements: [] })
  const checked =
    adopted === null ? await checkFirst(charter, pin) : await checkNext(adopted, charter)
  if (!checked.ok) return checked
  const statement = sql(
    'INSERT INTO charter (n, hash, file, adopted_at) VALUES (?, ?, ?, ?)',
    n,
    charter.hash,
    text,
    nowS,
  )
  return ok({ charter, statements: [statement] })
}

/** The adopted charters as they would be with one more. */
export function adoptedWith(adopted: Adopted | null, charter: Charter, file: string): Adopted {
  return {
    charter,
    alliance: adopted?.alliance ?? charter.hash,
    charters: new Map([...(adopted?.charters ?? []), [charter.terms.n, charter.hash]]),
    files: [...(adopted?.files ?? []), file],
    conflict: adopted?.conflict ?? null,
  }
}

/** Plans the record of a second valid payload for an adopted number; nothing where the file is not one. */
export async function planConflict(adopted: Adopted, text: string): Promise<Statement[]> {
  const parsed = parseCharter(text)
  if (!parsed.ok || !(await isRival(adopted, parsed.charter))) return []
  const { terms, hash } = parsed.charter
  const statement = 'INSERT OR IGNORE INTO charter_conflict (n, hash, file) VALUES (?, ?, ?)'
  return [sql(statement, terms.n, hash, text)]
}

/**
 * A statement that makes a commit fail with ERR_COMMIT_CONFLICT once a later charter than `n` is adopted: what was judged by the older one
 * must be judged again.
 */
export function planStillNewest(n: number): Statement {
  return sql(
    `INSERT INTO charter (n, hash, file, adopted_at)
      SELECT n, hash, file, adopted_at FROM charter WHERE n = ?`,
    n + 1,
  )
}

async function checkFirst(charter: Charter, pin: string | null): Promise<Result<null>> {
  const { n } = charter.terms
  if (!(await isSelfSigned(charter))) return tooFew(n, n)
  if (n !== 1) return refusal('ERR_CHARTER_ORDER', `the first charter to adopt is 1, not ${n}`)
  if (pin === null || pin === charter.hash) return ok(null)
  const detail = `charter 1 has hash ${charter.hash}, the settings pin ${pin}`
  return refusal('ERR_CHARTER_PIN', detail)
}

async function checkNext(adopted: Adopted, charter: Charter): Promise<Result<null>> {
  const { n } = charter.terms
  if (await isRival(adopted, charter)) {
    return refusal('ERR_CHARTER_CONFLICT', `charter ${n} is signed with two payloads`)
  }
  const followed = await checkFollows(adopted.files, charter)
  if (!followed.ok || adopted.conflict === null) return followed
  const detail = `charter ${adopted.conflict.n} was signed with two payloads; nothing further is adopted`
  return refusal('ERR_CHARTER_CONFLICT', detail)
}

/**
 * Checks that a charter follows the last of the charters in `files`, oldest first, and keeps what all of them fixed. Codes:
 * ERR_CHARTER_ORDER, ERR_CHARTER_THRESHOLD, ERR_CHARTER_RULE.
 */
export async function checkFollows(
  files: readonly string[],
  charter: Charter,
): Promise<Result<null>> {
  const { n, prev } = charter.terms
  if (!(await isSelfSigned(charter))) return tooFew(n, n)
  const past = files.map(storedCharter)
  const before = past.at(-1)
  if (before === undefined || n !== before.terms.n + 1 || prev !== before.hash) {
    const newest = before?.terms.n ?? 0
    return refusal('ERR_CHARTER_ORDER', `charter ${n} does not follow charter ${newest}`)
  }
  if ((await countSigners(charter, before.terms.rootKeys)) < before.terms.threshold) {
    return tooFew(n, n - 1)
  }
  const terms = past.map((one) => one.terms)
  const broken = brokenHistory(terms, charter.terms)
  return broken === null ? ok(null) : refusal('ERR_CHARTER_RULE', broken)
}

/** Another payload for an adopted number, as validly signed as the one adopted. Charter 1 has no rival: it is pinned by its hash. */
async function isRival({ charters, files }: Adopted, charter: Charter): Promise<boolean> {
  const { n } = charter.terms
  const hash = charters.get(n)
  if (n < 2 || hash === undefined || hash === charter.hash) return false
  return (await checkFollows(files.slice(0, n - 1), charter)).ok
}

function tooFew(n: number, of: number): Result<never> {
  const whose = n === of ? 'its own' : `charter ${of}'s`
  return refusal('ERR_CHARTER_THRESHOLD', `charter ${n} lacks signatures of ${whose} root keys`)
}

function storedCharter(file: string): Charter {
  const parsed = parseCharter(file)
  if (!parsed.ok) throw new TypeError(`a stored charter does not parse: ${parsed.detail}`)
  return parsed.charter
}

/** The adopted charters as they were when `n` was the newest. */
export function adoptedAsOf(adopted: Adopted, n: number): Adopted {
  if (n >= adopted.charter.terms.n) return adopted
  const files = adopted.files.slice(0, n)
  const last = files.at(-1)
  if (last === undefined) throw new TypeError(`no charter ${n}`)
  const charters = new Map([...adopted.charters].filter(([number]) => number <= n))
  return { ...adopted, charter: storedCharter(last), charters, files, conflict: null }
}

/** When each charter was adopted here, POSIX seconds, oldest first. */
export async function readAdoptions(db: Db): Promise<{ n: number; adoptedAt: number }[]> {
  return db.query(sql('SELECT n, adopted_at AS adoptedAt FROM charter ORDER BY n'))
}

/** The adopted charter; throws ERR_CHARTER_NONE where there is none yet. */
export async function requireAdopted(db: Db): Promise<Adopted> {
  const adopted = await readAdopted(db)
  if (adopted === null) {
    throw new Failure('ERR_CHARTER_NONE', 'this node has not adopted a charter yet', {
      cure: 'run: npm run -s portcullis -- charter adopt FILE --dir D',
    })
  }
  return adopted
}

/** Reads the adopted charter and parses it again only when another has been adopted. Throws ERR_CHARTER_NONE. */
export function adoptedReader(db: Db): () => Promise<Adopted> {
  let known: Adopted | null = null
  let read = ''
  let stamp: string | undefined
  return async () => {
    const stampNow = db.stamp?.()
    if (known !== null && stampNow !== undefined && stampNow === stamp) return known
    stamp = stampNow
    const [row] = await db.query<{ n: number | null; conflicts: number }>(sql(NEWEST))
    const now = `${row?.n} ${row?.conflicts}`
    if (known === null || now !== read) known = await requireAdopted(db)
    read = now
    return known
  }
}
