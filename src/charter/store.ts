// Keeps the adopted charters: charter 1 by the hash in the settings, later ones by the thresholds of both (design: protocol 1.9).
import { type Db, type Statement, sql } from '../db.ts'
import { Failure, ok, type Result, refusal } from '../errors.ts'
import { type Charter, countSigners, isSelfSigned, parseCharter } from './charter.ts'
import type { Adopted } from './members.ts'

/** The newest adopted charter with the chain of hashes behind it, or null before charter 1. */
export async function readAdopted(db: Db): Promise<Adopted | null> {
  type Row = { n: number; hash: string; file: string }
  const rows = await db.query<Row>(sql('SELECT n, hash, file FROM charter ORDER BY n'))
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return null
  const parsed = parseCharter(last.file)
  if (!parsed.ok)
    throw new TypeError(`the stored charter ${last.n} does not parse: ${parsed.detail}`)
  return {
    charter: parsed.charter,
    alliance: first.hash,
    charters: new Map(rows.map(({ n, hash }) => [n, hash])),
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
 * Plans the adoption of a charter. Charter 1 must have the hash that the settings pin; n + 1 must follow the adopted one and carry
 * the thresholds of both. Codes: ERR_CHARTER_FORMAT, ERR_CHARTER_RULE, ERR_CHARTER_THRESHOLD, ERR_CHARTER_ORDER, ERR_CHARTER_PIN.
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
  const { n, prev } = charter.terms
  if (!(await isSelfSigned(charter))) {
    return refusal('ERR_CHARTER_THRESHOLD', `charter ${n} lacks signatures of its own root keys`)
  }
  if (adopted === null) {
    if (n !== 1) return refusal('ERR_CHARTER_ORDER', `the first charter to adopt is 1, not ${n}`)
    if (pin !== null && pin !== charter.hash) {
      return refusal(
        'ERR_CHARTER_PIN',
        `charter 1 has hash ${charter.hash}, the settings pin ${pin}`,
      )
    }
  } else {
    const before = adopted.charter
    if (n === before.terms.n && charter.hash === before.hash) return ok({ charter, statements: [] })
    if (n !== before.terms.n + 1 || prev !== before.hash) {
      return refusal('ERR_CHARTER_ORDER', `charter ${n} does not follow charter ${before.terms.n}`)
    }
    if ((await countSigners(charter, before.terms.rootKeys)) < before.terms.threshold) {
      return refusal(
        'ERR_CHARTER_THRESHOLD',
        `charter ${n} lacks signatures of charter ${n - 1}'s root keys`,
      )
    }
  }
  const statement = sql(
    'INSERT INTO charter (n, hash, file, adopted_at) VALUES (?, ?, ?, ?)',
    n,
    charter.hash,
    text,
    nowS,
  )
  return ok({ charter, statements: [statement] })
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
  return async () => {
    const [row] = await db.query<{ n: number }>(
      sql('SELECT n FROM charter ORDER BY n DESC LIMIT 1'),
    )
    if (known === null || row?.n !== known.charter.terms.n) known = await requireAdopted(db)
    return known
  }
}
