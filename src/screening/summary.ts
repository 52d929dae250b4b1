// How a screening stands and what it found, as API, page and terminal show it.
import type { Db } from '../db.ts'
import { type Counts, countFound, type Found, readFoundByRank } from './found.ts'
import { type Shown, shownOutcome } from './outcome.ts'
import type { Pin, Screening } from './store.ts'

export type Summary = {
  id: string
  name: string
  state: Screening['state']
  /** POSIX seconds. */
  made_at: number
  ended_at: number | null
  format: string
  encoding: string
  /** How the encoding was found: by a mark, because only it fits, by likelihood, or chosen. */
  encoding_found: string
  delimiter: string
  columns: { name: string; feeds: string | null }[]
  /** True where the mapping is the one used for the last file with this header. */
  mapping_remembered: boolean
  receipts: boolean
  progress: { lines: number; bytes: number; of_bytes: number; percent: number }
  counts: (Counts & Record<'not_listed' | 'cannot_say' | 'unasked' | 'lines', number>) | null
  /** What the answers stand on; null before it began. */
  as_of:
    | (Pick<Pin, 'charter' | 'coverage' | 'vector' | 'matcher'> & {
        at: number
        not_fresh: string[]
      })
    | null
  code: string | null
  detail: string | null
}

/** A screening for people and machines. */
export async function summaryOf(db: Db, screening: Screening): Promise<Summary> {
  const { id, file, mapping, progress, pin, state } = screening
  const isDone = state === 'done'
  return {
    id,
    name: file.name,
    state,
    made_at: screening.madeAt,
    ended_at: screening.endedAt,
    format: file.format,
    encoding: file.encoding,
    encoding_found: file.how,
    delimiter: file.delimiter,
    columns: file.header.map((name, at) => ({ name, feeds: mapping[at] ?? null })),
    mapping_remembered: file.isRemembered,
    receipts: screening.receipts,
    progress: {
      lines: progress.line,
      bytes: progress.bytes,
      of_bytes: file.bytes,
      percent: isDone ? 100 : percentOf(progress.bytes, file.bytes),
    },
    counts: isDone && pin !== null ? allCounts(await countFound(db, id), screening, pin) : null,
    as_of: pin === null ? null : asOf(pin),
    code: screening.code,
    detail: screening.detail,
  }
}

function percentOf(bytes: number, of: number): number {
  return of === 0 ? 0 : Math.min(99, Math.floor((bytes * 100) / of))
}

function asOf(pin: Pin): NonNullable<Summary['as_of']> {
  const { charter, coverage, vector, matcher, atS } = pin
  const late = coverage.filter(({ state }) => state !== 'fresh').map(({ market }) => market)
  return { at: atS, charter, coverage, vector, matcher, not_fresh: late }
}

function allCounts(
  counts: Counts,
  { progress }: Screening,
  { nothing }: Pin,
): NonNullable<Summary['counts']> {
  const lines = progress.lines ?? progress.line
  const { unasked } = progress
  const silent = lines - unasked - counts.blocked - counts.exception - counts.possible
  const isKnown = nothing.verdict === 'not_listed'
  return {
    ...counts,
    lines,
    unasked,
    not_listed: isKnown ? silent : 0,
    cannot_say: unasked + (isKnown ? 0 : silent),
  }
}

export type Hit = Shown & { line: number; rank: number; effect: string | null; asked: string }

/** The lines to look at first, a page after one of them. */
export async function readHits(
  db: Db,
  { id, pin }: Screening,
  page: { after: { rank: number; line: number }; limit: number },
): Promise<Hit[]> {
  if (pin === null) return []
  const found = await readFoundByRank(db, id, page)
  return found.map((one) => ({
    ...shownOutcome(one, true, pin.nothing),
    line: one.line,
    rank: one.rank,
    effect: one.effect,
    asked: askedText(one),
  }))
}

/** What stood in the line, in short. */
function askedText({ asked }: Found): string {
  const [first] = asked
  if (first === undefined) return ''
  const { limit: _limit, ...fields } = first
  return Object.values(fields).join(' · ').replace(/\s+/g, ' ').slice(0, 200)
}
