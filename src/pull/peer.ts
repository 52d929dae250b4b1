// How each peer has behaved: attempts, failures in a row, when to ask again (design: protocol 1.6; per-peer isolation).
import { type Db, type Statement, sql } from '../db.ts'

export type Peer = {
  market: string
  etag: string | null
  /** POSIX seconds; 0: never. */
  attemptedAt: number
  succeededAt: number
  failures: number
  /** Not asked before this second. */
  nextAt: number
  code: string | null
  detail: string | null
}

/** After the first failure; doubles with each further one. */
export const BACK_OFF_FIRST_S = 5
export const BACK_OFF_MOST_S = 600

const COLUMNS = 'market, etag, attempted_at, succeeded_at, failures, next_at, code, detail'

type Row = {
  market: string
  etag: string | null
  attempted_at: number
  succeeded_at: number
  failures: number
  next_at: number
  code: string | null
  detail: string | null
}

export async function readPeers(db: Db): Promise<Map<string, Peer>> {
  const rows = await db.query<Row>(sql(`SELECT ${COLUMNS} FROM peer ORDER BY market`))
  return new Map(rows.map((row) => [row.market, fromRow(row)]))
}

export function unknownPeer(market: string): Peer {
  return {
    market,
    etag: null,
    attemptedAt: 0,
    succeededAt: 0,
    failures: 0,
    nextAt: 0,
    code: null,
    detail: null,
  }
}

/** The peer after a round that went well. */
export function afterSuccess(peer: Peer, nowS: number, etag: string | null): Peer {
  return {
    ...peer,
    etag,
    attemptedAt: nowS,
    succeededAt: nowS,
    failures: 0,
    nextAt: 0,
    code: null,
    detail: null,
  }
}

/** The peer after a failure: asked again after 5 s, 10 s, 20 s … 10 minutes. */
export function afterFailure(peer: Peer, nowS: number, code: string, detail: string): Peer {
  const failures = peer.failures + 1
  const waitS = Math.min(BACK_OFF_MOST_S, BACK_OFF_FIRST_S * 2 ** Math.min(failures - 1, 20))
  // Without the tag, so that the next head is read in full.
  return { ...peer, etag: null, attemptedAt: nowS, failures, nextAt: nowS + waitS, code, detail }
}

export function planPeer(peer: Peer): Statement {
  return sql(
    `INSERT OR REPLACE INTO peer (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    peer.market,
    peer.etag,
    peer.attemptedAt,
    peer.succeededAt,
    peer.failures,
    peer.nextAt,
    peer.code,
    peer.detail,
  )
}

function fromRow(row: Row): Peer {
  return {
    market: row.market,
    etag: row.etag,
    attemptedAt: row.attempted_at,
    succeededAt: row.succeeded_at,
    failures: row.failures,
    nextAt: row.next_at,
    code: row.code,
    detail: row.detail,
  }
}

/** Plans to ask every peer at the next round, whatever failed before: a new charter may have mended it. */
export function planAskAgain(): Statement {
  return sql('UPDATE peer SET next_at = 0 WHERE next_at > 0')
}
