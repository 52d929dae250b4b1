// What was found in a manifest: rows by line, pages by how much they matter, counts. Lines that are not here found nothing.
import { type Db, type Insert, insert, type Statement, sql } from '../db.ts'
import type { Verdict } from '../lookup/judge.ts'
import type { Query } from '../lookup/query.ts'
import { type Outcome, RANK_RECEIPT, type Rank } from './outcome.ts'

type Row = {
  line: number
  rank: number
  verdict: string | null
  tier: string | null
  score: number | null
  decision: string | null
  why: string
  effect: string | null
  asked: string
  receipt: string | null
}
export type Found = Outcome & { receipt: string | null }

const COLUMNS = [
  'line',
  'rank',
  'verdict',
  'tier',
  'score',
  'decision',
  'why',
  'effect',
  'asked',
  'receipt',
]

/** Outcomes of lines; those lines must have none, or `planForget` stands before. */
export function planFound(id: string, found: readonly Found[]): Insert {
  const rows = found.map((one) => [
    ...[id, one.line, one.rank, one.verdict, one.tier, one.score, one.decision, one.why],
    ...[one.effect, JSON.stringify(one.asked), one.receipt],
  ])
  return insert('screening_line', ['screening', ...COLUMNS], rows)
}

/** Lines that are asked again. */
export function planForget(id: string, lines: readonly number[]): Statement {
  return sql(
    'DELETE FROM screening_line WHERE screening = ? AND line IN (SELECT value FROM json_each(?))',
    id,
    JSON.stringify(lines),
  )
}

export function planForgetAll(id: string): Statement {
  return sql('DELETE FROM screening_line WHERE screening = ?', id)
}

/** The outcomes after a line, in the order of the file; only up to a rank, where asked. */
export async function readFound(
  db: Db,
  id: string,
  page: { after: number; limit: number; rank?: Rank },
): Promise<Found[]> {
  const rows = await db.query<Row>(
    sql(
      `SELECT ${COLUMNS.join(', ')} FROM screening_line WHERE screening = ? AND line > ? AND rank <= ?
        ORDER BY line LIMIT ?`,
      id,
      page.after,
      page.rank ?? RANK_RECEIPT,
      page.limit,
    ),
  )
  return rows.map(foundOf)
}

/** The outcomes that matter most first: by rank, then by line, after one of them. */
export async function readFoundByRank(
  db: Db,
  id: string,
  page: { after: { rank: number; line: number }; limit: number },
): Promise<Found[]> {
  const { rank, line } = page.after
  const rows = await db.query<Row>(
    sql(
      `SELECT ${COLUMNS.join(', ')} FROM screening_line
        WHERE screening = ? AND (rank > ? OR (rank = ? AND line > ?)) AND rank < ${RANK_RECEIPT} ORDER BY rank, line LIMIT ?`,
      id,
      rank,
      rank,
      line,
      page.limit,
    ),
  )
  return rows.map(foundOf)
}

export type Counts = {
  blocked: number
  exception: number
  possible: number
  /** Found, but in no decision that is in force. */
  inactive: number
  /** Nothing found, and a note on how the line was read. */
  noted: number
}

/** How many lines have each kind of outcome. */
export async function countFound(db: Db, id: string): Promise<Counts> {
  const rows = await db.query<{ rank: number; lines: number }>(
    sql(
      'SELECT rank, COUNT(*) AS lines FROM screening_line WHERE screening = ? GROUP BY rank ORDER BY rank',
      id,
    ),
  )
  const of = (rank: Rank) => rows.find((row) => row.rank === rank)?.lines ?? 0
  return { blocked: of(0), exception: of(1), possible: of(2), inactive: of(3), noted: of(4) }
}

function foundOf(row: Row): Found {
  return {
    ...row,
    // Our own rows, written by planFound.
    rank: row.rank as Rank,
    verdict: row.verdict as Verdict | null,
    asked: JSON.parse(row.asked) as Query[],
  }
}
