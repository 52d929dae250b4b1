// Decisions by name, a page at a time: of one market, or whose terms hold some words.
import { type Db, sql } from '../db.ts'
import { matchAll, type TextTerm } from './fulltext.ts'
import { productId } from './keys.ts'
import { at, HOLDS, type Positions } from './read.ts'

// The row id of a full-text row, spelled in SQL: keys.ts termsId.
const TERMS_ROWID = `((unicode(t.market) - 97) * 26 + unicode(substr(t.market, 2)) - 97) * ${2 ** 43}
  + t.pos * ${productId('aa', 1, 0)}`

const DECISION_PAGE = `SELECT t.decision FROM terms AS t CROSS JOIN json_each(?) AS v ON v.key = t.market
  WHERE t.decision > ? AND (? = '' OR t.market = ?) AND ${HOLDS('t')}`
const PAGE_END = ' ORDER BY t.decision LIMIT ?'
const PAGE_TEXT = ` AND ${TERMS_ROWID} IN (SELECT rowid FROM terms_text WHERE terms_text MATCH ?)`

/** Ids of decisions after one, by id; of one market, or whose terms hold all the words, where asked. */
export async function readDecisionPage(
  db: Db,
  positions: Positions,
  page: { after: string; limit: number; market?: string; terms?: readonly TextTerm[] },
): Promise<string[]> {
  const market = page.market ?? ''
  const match = page.terms === undefined ? null : matchAll(page.terms)
  if (page.terms !== undefined && match === null) return []
  const first = [at(positions), page.after, market, market] as const
  const statement =
    match === null
      ? sql(DECISION_PAGE + PAGE_END, ...first, page.limit)
      : sql(DECISION_PAGE + PAGE_TEXT + PAGE_END, ...first, match, page.limit)
  return (await db.query<{ decision: string }>(statement)).map(({ decision }) => decision)
}
