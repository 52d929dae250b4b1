// Reads what the judging rules need to know before a run of entries, and nothing more.
import { type Db, sql } from '../db.ts'
import type { Entry } from '../decision/entry.ts'
import type { Chain, JudgeState, Endorsable as Known } from '../decision/judge.ts'
import { decodeBase64url, encodeBase64url } from '../encoding/base64.ts'
import { encodeHex } from '../encoding/hex.ts'

const CHAINS = `SELECT decision, tip, body FROM chain
  WHERE market = ? AND decision IN (SELECT value FROM json_each(?)) ORDER BY decision`
const IDS = `SELECT id FROM act
  WHERE market = ? AND code IS NULL AND id IN (SELECT value FROM json_each(?)) ORDER BY id`
const ENDORSABLE = `SELECT leaf, pos, kid, kind, decision, endorsed IS NOT NULL AS isEndorsed, two_keys AS needsTwo
  FROM act WHERE leaf IN (SELECT unhex(value) FROM json_each(?))
  AND market = ? AND code IS NULL AND kind <> 'endorse' ORDER BY pos`

/** The state of one market's judging that these entries can touch. */
export async function readJudgeState(
  db: Db,
  market: string,
  entries: readonly Entry[],
): Promise<JudgeState> {
  const acts = entries.map(({ act }) => act)
  const targets = acts
    .map((act) => (act.act === 'endorse' && 'entry' in act ? decodeBase64url(act.entry) : null))
    .filter((leaf) => leaf !== null)
  const state: JudgeState = {
    chains: new Map(),
    responds: new Map(),
    ids: new Set(),
    endorsable: new Map(),
  }
  if (targets.length > 0) await readEndorsable(db, market, targets, state)
  // Those of what is endorsed too: whether it counts from then on hangs on its decision's issue.
  const named = [...acts, ...state.endorsable.values()].map(({ decision }) => decision)
  await readChains(db, market, distinct(named.filter((id) => id !== null)), state)
  const ids = await db.query<{ id: string }>(
    sql(IDS, market, JSON.stringify(distinct(acts.map((act) => act.id)))),
  )
  for (const { id } of ids) state.ids.add(id)
  return state
}

async function readChains(
  db: Db,
  market: string,
  decisions: readonly string[],
  state: JudgeState,
): Promise<void> {
  if (decisions.length === 0) return
  type Row = { decision: string; tip: string; body: string }
  for (const row of await db.query<Row>(sql(CHAINS, market, JSON.stringify(decisions)))) {
    if (row.decision.startsWith(`${market}/`)) {
      const body = JSON.parse(row.body) as Omit<Chain, 'tip'>
      // Rows from before the two-key rules say nothing of it.
      state.chains.set(row.decision, { ...body, isWaiting: body.isWaiting ?? false, tip: row.tip })
    } else {
      state.responds.set(row.decision, row.tip)
    }
  }
}

async function readEndorsable(
  db: Db,
  market: string,
  leaves: readonly Uint8Array[],
  state: JudgeState,
): Promise<void> {
  type Row = Omit<Known, 'isEndorsed' | 'needsTwo'> & {
    leaf: Uint8Array
    isEndorsed: number
    needsTwo: number
  }
  const wanted = JSON.stringify(leaves.map(encodeHex))
  for (const row of await db.query<Row>(sql(ENDORSABLE, wanted, market))) {
    const { leaf, isEndorsed, needsTwo, ...act } = row
    const known = { ...act, isEndorsed: isEndorsed === 1, needsTwo: needsTwo === 1 }
    state.endorsable.set(encodeBase64url(leaf), known)
  }
}

/** An accepted act or notice that may be endorsed. */
export type Endorsable = {
  pos: number
  origin: string
  /** base64url. */
  leaf: string
  kind: string
  decision: string | null
  kid: string
  /** Signing time as claimed, POSIX seconds. */
  iat: number
  /** It counts only once endorsed, and is not yet. */
  isWaiting: boolean
}

const ENDORSABLES = `SELECT pos, origin, leaf, kind, decision, kid, iat,
    two_keys = 1 AND endorsed IS NULL AS isWaiting
  FROM act WHERE market = ? AND code IS NULL AND kind <> 'endorse'`
const MAX_ENDORSABLES = 256

/** The entry of a market with a leaf hash, or those about a decision that wait for a second key, in log order, at most 256. */
export async function readEndorsables(
  db: Db,
  market: string,
  what: { leaf: string } | { decision: string },
): Promise<Endorsable[]> {
  type Row = Omit<Endorsable, 'leaf' | 'isWaiting'> & { leaf: Uint8Array; isWaiting: number }
  const end = `ORDER BY pos LIMIT ${MAX_ENDORSABLES}`
  const rows = await db.query<Row>(
    'leaf' in what
      ? sql(`${ENDORSABLES} AND leaf = ? ${end}`, market, decodeBase64url(what.leaf))
      : sql(
          `${ENDORSABLES} AND decision = ? AND two_keys = 1 AND endorsed IS NULL ${end}`,
          market,
          what.decision,
        ),
  )
  return rows.map(({ leaf, isWaiting, ...row }) => ({
    ...row,
    leaf: encodeBase64url(leaf),
    isWaiting: isWaiting === 1,
  }))
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)]
}
