// Endorsed announcements of mass changes (design: protocol 1.3 `notice{bulk}`, `endorse`; 1.10 "mass change").
import { type Db, sql } from '../db.ts'
import { parseEntry } from '../decision/entry.ts'
import type { NoticeAct } from '../decision/schema.ts'
import { hasEnded } from '../decision/state.ts'
import { encodeBase64url } from '../encoding/base64.ts'

export type Announcement = {
  /** Over the market's logs in order. */
  pos: number
  /** base64url leaf hash. */
  leaf: string
  adds: number
  lifts: number
}

/** Newest announcements of a market that are looked at, and acts of endorsement after them. */
export const MAX_ANNOUNCEMENTS = 32
export const MAX_ENDORSEMENTS = 10_000

const ENTRIES = (kind: string, order: string) => `SELECT a.pos, a.leaf, e.bytes FROM act AS a
  CROSS JOIN feed_entry AS e ON e.origin = a.origin AND e.idx = a.idx
  WHERE a.market = ? AND a.pos >= ? AND a.pos < ? AND a.kind = '${kind}' AND a.code IS NULL
  ORDER BY a.pos ${order} LIMIT ?`

type Row = { pos: number; leaf: Uint8Array; bytes: Uint8Array }

/** The announcements below a position that a second key has endorsed and whose `until` is still to come, newest first. */
export async function readAnnouncements(
  db: Db,
  market: string,
  merged: number,
  nowS: number,
): Promise<Announcement[]> {
  const notices = await db.query<Row>(
    sql(ENTRIES('notice/bulk', 'DESC'), market, 0, merged, MAX_ANNOUNCEMENTS),
  )
  const open = notices.flatMap(({ pos, leaf, bytes }) => {
    const notice = bulkOf(bytes)
    const isOver = notice === null || hasEnded(notice.until, { kind: 'now', atS: nowS })
    const { adds, lifts } = notice ?? { adds: 0, lifts: 0 }
    return isOver ? [] : [{ pos, leaf: encodeBase64url(leaf), adds, lifts }]
  })
  const first = open.at(-1)
  if (first === undefined) return []
  const endorsed = await readEndorsed(db, market, first.pos, merged)
  return open.filter(({ leaf }) => endorsed.has(leaf))
}

/** Leaf hashes that accepted acts of endorsement name. That another key of the market made them was judged. */
async function readEndorsed(
  db: Db,
  market: string,
  from: number,
  to: number,
): Promise<Set<string>> {
  const rows = await db.query<Row>(
    sql(ENTRIES('endorse', 'DESC'), market, from, to, MAX_ENDORSEMENTS),
  )
  return new Set(rows.flatMap(({ bytes }) => targetOf(bytes) ?? []))
}

function targetOf(bytes: Uint8Array): string | null {
  const parsed = parseEntry(bytes)
  if (parsed.read !== 'act') return null
  const { act } = parsed.entry
  return act.act === 'endorse' && 'entry' in act && typeof act.entry === 'string' ? act.entry : null
}

function bulkOf(bytes: Uint8Array): Extract<NoticeAct, { kind: 'bulk' }> | null {
  const parsed = parseEntry(bytes)
  if (parsed.read !== 'act') return null
  const { act } = parsed.entry
  return act.act === 'notice' && 'kind' in act && act.kind === 'bulk' ? act : null
}
