// THE STORY of what a charter would undo: before it is signed, every act of the past that would count otherwise under it (design: protocol
// 1.9 "cutting back is possible and lists every later act that must be signed anew").
import type { Charter } from './charter/charter.ts'
import type { Adopted } from './charter/members.ts'
import { adoptedWith } from './charter/store.ts'
import { type Db, type SqlValue, sql } from './db.ts'
import { encodeBase64url } from './encoding/base64.ts'
import { ACT_COLUMNS } from './merge/plan.ts'
import { judgedUnder, marketsToRejudge } from './rejudge.ts'

/** `gone`: accepted now, and refused then or cut off. `waits`: counts now, and waits for a second key then. `counts`: the reverse of both. */
export type Change = {
  market: string
  origin: string
  idx: number
  /** base64url. */
  leaf: string
  kind: string
  decision: string | null
  kid: string
  becomes: 'gone' | 'waits' | 'counts'
}

type Outcome = 'gone' | 'waits' | 'counts'
type Row = Omit<Change, 'becomes' | 'leaf'> & {
  pos: number
  leaf: Uint8Array
  code: string | null
  twoKeys: number
  endorsed: number | null
}

const ACTS = `SELECT market, pos, origin, idx, leaf, kind, decision, kid, code, two_keys AS twoKeys, endorsed
  FROM act WHERE market = ? AND kind IS NOT NULL AND pos > ? ORDER BY pos LIMIT ?`
const PAGE = 4096

/** Acts held here that adopting `charter` after `adopted` would change, in each market in log order. */
export async function foresee(db: Db, adopted: Adopted, charter: Charter): Promise<Change[]> {
  const after = adoptedWith(adopted, charter, JSON.stringify(charter.file))
  const changes: Change[] = []
  for (const market of marketsToRejudge(adopted.charter.terms, charter.terms)) {
    const { acts, endorsed } = await judgedUnder(db, after, market)
    const then = new Map(acts.map((act) => [keyOf(act), act]))
    for await (const row of readActs(db, market)) {
      const act = then.get(`${row.origin} ${row.idx}`)
      const before = outcomeOf(row.code, row.twoKeys, row.endorsed !== null)
      const becomes =
        act === undefined
          ? 'gone'
          : outcomeOf(at(act, 'code'), at(act, 'two_keys'), endorsed.has(Number(at(act, 'pos'))))
      const { pos: _, code, twoKeys, endorsed: by, leaf, ...place } = row
      if (before !== becomes) changes.push({ ...place, leaf: encodeBase64url(leaf), becomes })
    }
  }
  return changes
}

function outcomeOf(code: unknown, twoKeys: unknown, isEndorsed: boolean): Outcome {
  if (code !== null) return 'gone'
  return twoKeys === 1 && !isEndorsed ? 'waits' : 'counts'
}

async function* readActs(db: Db, market: string): AsyncGenerator<Row> {
  for (let after = -1; ; ) {
    const rows = await db.query<Row>(sql(ACTS, market, after, PAGE))
    yield* rows
    if (rows.length < PAGE) return
    after = rows.at(-1)?.pos ?? after
  }
}

function at(act: readonly SqlValue[], column: (typeof ACT_COLUMNS)[number]): SqlValue {
  return act[ACT_COLUMNS.indexOf(column)] ?? null
}

const keyOf = (act: readonly SqlValue[]): string => `${at(act, 'origin')} ${at(act, 'idx')}`
