// Evidence as this node keeps it, of forks and of charters signed twice (design: protocol 1.9, 1.10).
import { type Db, type Statement, sql } from '../db.ts'

export type EvidenceKind = 'fork' | 'charter'
export type Evidence = {
  sha256: string
  kind: EvidenceKind
  /** Of the forked log, or `charter <n>`. */
  origin: string
  body: string
  foundAt: number
  /** The own log has the notice of it. */
  isAnnounced: boolean
}

type Row = Omit<Evidence, 'foundAt' | 'isAnnounced'> & { found_at: number; announced: number }

export async function readEvidence(db: Db, sha256: string): Promise<string | null> {
  const rows = await db.query<{ body: string }>(
    sql('SELECT body FROM evidence WHERE sha256 = ? ORDER BY sha256', sha256),
  )
  return rows[0]?.body ?? null
}

/** All evidence, newest first, at most 100. */
export async function readEvidenceList(db: Db): Promise<Evidence[]> {
  const rows = await db.query<Row>(
    sql(
      'SELECT sha256, kind, origin, body, found_at, announced FROM evidence ORDER BY found_at DESC, sha256 LIMIT 100',
    ),
  )
  return rows.map(({ found_at: foundAt, announced, ...row }) => ({
    ...row,
    foundAt,
    isAnnounced: announced === 1,
  }))
}

export function planEvidence({
  sha256,
  kind,
  origin,
  body,
  foundAt,
}: Omit<Evidence, 'isAnnounced'>): Statement {
  return sql(
    'INSERT OR IGNORE INTO evidence (sha256, kind, origin, body, found_at, announced) VALUES (?, ?, ?, ?, ?, 0)',
    sha256,
    kind,
    origin,
    body,
    foundAt,
  )
}

export function planAnnounced(sha256: string): Statement {
  return sql('UPDATE evidence SET announced = 1 WHERE sha256 = ?', sha256)
}
