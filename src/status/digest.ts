// The state digest: one hash over everything that is in effect, equal at every node with the same charter and heads (protocol 1.11).
import { type Db, sql } from '../db.ts'
import { CHAIN_ACTS } from '../decision/vocabulary.ts'
import { encodeBase64url } from '../encoding/base64.ts'
import { encodeHex } from '../encoding/hex.ts'
import { sha256 } from '../encoding/sha256.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'

/** Entries of a market that are in effect, over its logs in order. */
export type Positions = ReadonlyMap<string, number>

const LIVE = 'valid_from < ? AND (valid_to IS NULL OR valid_to >= ?)'
const TERMS = `SELECT decision, leaf FROM terms WHERE market = ? AND ${LIVE} ORDER BY decision`
const PRODUCTS = `SELECT decision, pid, leaf FROM product WHERE market = ? AND ${LIVE} ORDER BY decision, pid`
const EVENTS =
  'SELECT decision, leaf FROM event WHERE market = ? AND valid_from < ? ORDER BY decision, pos'
const TIPS = `SELECT decision, leaf, max(pos) FROM act
  WHERE market = ? AND pos < ? AND code IS NULL AND decision IS NOT NULL
    AND kind IN (${CHAIN_ACTS.map((act) => `'${act}'`).join(', ')})
  GROUP BY decision ORDER BY decision`
const RESPONSES = `SELECT decision, leaf, max(pos) FROM response WHERE market = ? AND valid_from < ?
  GROUP BY decision ORDER BY decision`
const RULES =
  'SELECT leaf, max(pos) FROM effect_rules WHERE market = ? AND valid_from < ? GROUP BY market ORDER BY market'

/** Lower-case hex SHA-256 of the charter hash and the sorted lines of the state, each ended by a line feed. */
export async function stateDigest(
  db: Db,
  charterHash: string,
  positions: Positions,
): Promise<string> {
  const lines: string[] = []
  for (const [market, position] of positions) {
    lines.push(...(await decisionLines(db, market, position)))
    lines.push(...(await statementLines(db, market, position)))
  }
  lines.sort(byCodeUnits)
  const text = [charterHash, ...lines].map((line) => `${line}\n`).join('')
  return encodeHex(sha256(encodeUtf8(text)))
}

type LeafRow = { decision: string; leaf: Uint8Array }

async function decisionLines(db: Db, market: string, position: number): Promise<string[]> {
  const terms = await db.query<LeafRow>(sql(TERMS, market, position, position))
  const tips = new Map<string, string>()
  for (const row of await db.query<LeafRow>(sql(TIPS, market, position))) {
    tips.set(row.decision, encodeBase64url(row.leaf))
  }
  const products = new Map<string, [string, string][]>()
  type ProductRow = LeafRow & { pid: string }
  for (const row of await db.query<ProductRow>(sql(PRODUCTS, market, position, position))) {
    const line: [string, string] = [row.pid, encodeBase64url(row.leaf)]
    const known = products.get(row.decision)
    if (known === undefined) products.set(row.decision, [line])
    else known.push(line)
  }
  const events = new Map<string, string[]>()
  for (const row of await db.query<LeafRow>(sql(EVENTS, market, position))) {
    const leaf = encodeBase64url(row.leaf)
    const known = events.get(row.decision)
    if (known === undefined) events.set(row.decision, [leaf])
    else known.push(leaf)
  }
  return terms.map(({ decision, leaf }) =>
    JSON.stringify([
      'd',
      decision,
      tips.get(decision) ?? null,
      encodeBase64url(leaf),
      products.get(decision) ?? [],
      events.get(decision) ?? [],
    ]),
  )
}

async function statementLines(db: Db, market: string, position: number): Promise<string[]> {
  const responses = await db.query<LeafRow>(sql(RESPONSES, market, position))
  const rules = await db.query<{ leaf: Uint8Array }>(sql(RULES, market, position))
  return [
    ...responses.map(({ decision, leaf }) =>
      JSON.stringify(['r', market, decision, encodeBase64url(leaf)]),
    ),
    ...rules.map(({ leaf }) => JSON.stringify(['e', market, encodeBase64url(leaf)])),
  ]
}

/** All members are ASCII, so the order of code units is the order of bytes. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
