// Screenings as people meet them, through API, pages and terminal: whose they are, how they stand, what they found, the file back.
import type { Db } from './db.ts'
import { encodeUtf8 } from './encoding/utf8.ts'
import { Failure } from './errors.ts'
import { changeMapping, type Mapping } from './screening/mapping.ts'
import { requireDone, resultName, resultText, wantsMark } from './screening/result.ts'
import { resultSheet } from './screening/result-sheet.ts'
import { listScreenings, requireScreening, type Screening } from './screening/store.ts'
import { type Hit, readHits, type Summary, summaryOf } from './screening/summary.ts'
import {
  beginScreening,
  forgetScreening,
  screenAgain,
  type TakeIn,
  type TakeInDeps,
  takeIn,
} from './screenings.ts'

/** Who is at the desk: nobody known, or a person; an operator sees everybody's screenings. */
export type Visitor = { subject: string | null; seesAll: boolean }
export type DeskDeps = TakeInDeps & {
  /** Tells a runner that something waits. */
  wake: () => void
}
export type ResultFile = { name: string; type: string; body: AsyncIterable<Uint8Array> }
export type Desk = {
  hand(
    visitor: Visitor,
    body: AsyncIterable<Uint8Array>,
    asked: Omit<TakeIn, 'madeBy'>,
  ): Promise<Summary>
  /** The newest first, a page before an id. */
  list(visitor: Visitor, before: string): Promise<{ screenings: Summary[]; next: string | null }>
  show(visitor: Visitor, id: string): Promise<Summary>
  /** First lines of the file, for whoever maps its columns. */
  sample(visitor: Visitor, id: string): Promise<string[][]>
  hits(visitor: Visitor, id: string, after: { rank: number; line: number }): Promise<Hit[]>
  begin(
    visitor: Visitor,
    id: string,
    change: { map: readonly string[] } | { mapping: Mapping },
  ): Promise<Summary>
  again(visitor: Visitor, id: string): Promise<Summary>
  forget(visitor: Visitor, id: string): Promise<void>
  /** `bom` true or false: with the mark of UTF-8 or without; null: as suits the file that came. */
  result(visitor: Visitor, id: string, bom: boolean | null): Promise<ResultFile>
}

export const SCREENINGS_AT_ONCE = 20
export const HITS_AT_ONCE = 100

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const

/** Codes: ERR_SCREENING_*; what is not the visitor's is unknown to them. */
export function screeningDesk(deps: DeskDeps): Desk {
  const { db, wake } = deps
  const find = (visitor: Visitor, id: string) => requireVisible(db, visitor, id)
  const show: Desk['show'] = async (visitor, id) => summaryOf(db, await find(visitor, id))
  return {
    show,
    async hand({ subject }, body, asked) {
      const screening = await takeIn(deps, body, { ...asked, madeBy: subject })
      wake()
      return summaryOf(db, screening)
    },
    async list({ subject, seesAll }, before) {
      const page = { before, limit: SCREENINGS_AT_ONCE + 1 }
      const whose = seesAll ? 'all' : subject === null ? 'nobody' : { subject }
      const found = await listScreenings(db, whose, page)
      const shown = found.slice(0, SCREENINGS_AT_ONCE)
      const screenings: Summary[] = []
      for (const screening of shown) screenings.push(await summaryOf(db, screening))
      return { screenings, next: found.length > shown.length ? (shown.at(-1)?.id ?? null) : null }
    },
    sample: async (visitor, id) => (await find(visitor, id)).file.sample,
    hits: async (visitor, id, after) =>
      readHits(db, await find(visitor, id), { after, limit: HITS_AT_ONCE }),
    async begin(visitor, id, change) {
      const { mapping, file } = await find(visitor, id)
      const changed =
        'mapping' in change ? change.mapping : changeMapping(mapping, change.map, file.header)
      await beginScreening(deps, id, changed)
      wake()
      return show(visitor, id)
    },
    async again(visitor, id) {
      await find(visitor, id)
      await screenAgain(deps, id)
      wake()
      return show(visitor, id)
    },
    async forget(visitor, id) {
      await find(visitor, id)
      await forgetScreening(deps, id)
    },
    async result(visitor, id, bom) {
      const done = requireDone(await find(visitor, id))
      const type = TYPES[done.file.format]
      const name = resultName(done)
      if (done.file.format === 'xlsx') return { name, type, body: one(await resultSheet(db, done)) }
      return { name, type, body: bytesOf(resultText(db, done, bom ?? wantsMark(done))) }
    },
  }
}

async function requireVisible(
  db: Db,
  { subject, seesAll }: Visitor,
  id: string,
): Promise<Screening> {
  const screening = await requireScreening(db, id)
  if (seesAll || screening.madeBy === null || screening.madeBy === subject) return screening
  throw new Failure('ERR_SCREENING_UNKNOWN', 'no screening has this name', {
    cure: 'it may have been deleted: screenings are kept for a few days only',
  })
}

async function* bytesOf(parts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) yield encodeUtf8(part)
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
