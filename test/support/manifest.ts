// Manifests for tests: taken in, screened and given back over a real database; encoders for encodings that only have decoders.
import { contextReader } from '../../src/asking.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import type { Db } from '../../src/db.ts'
import type { LookupContext } from '../../src/lookup/context.ts'
import { receiptGiver } from '../../src/receipting.ts'
import type { Chosen } from '../../src/screening/describe.ts'
import type { EncodingName } from '../../src/screening/encodings.ts'
import { requireDone, resultText } from '../../src/screening/result.ts'
import { resultSheet } from '../../src/screening/result-sheet.ts'
import { requireScreening, type Screening } from '../../src/screening/store.ts'
import type { RunDeps } from '../../src/screening-pass.ts'
import { type RunEnd, runScreening } from '../../src/screening-run.ts'
import { type TakeIn, type TakeInDeps, takeIn } from '../../src/screenings.ts'
import type { TestNode } from './alliance.ts'

export type Desk = {
  db: Db
  deps: TakeInDeps & RunDeps
  clock: { nowMs: number }
  hand(file: string | Uint8Array, more?: Partial<TakeIn> & { chosen?: Chosen }): Promise<Screening>
  run(id: string, more?: Partial<RunDeps>): Promise<RunEnd>
  read(id: string): Promise<Screening>
  text(id: string, bom?: boolean): Promise<string>
  sheet(id: string): Promise<Uint8Array>
  /** Hands in, screens, gives the result as text. */
  screen(file: string | Uint8Array, more?: Partial<TakeIn>): Promise<string>
}

/** A desk at which manifests are handed in, over one catalogue. */
export function desk(ctx: LookupContext): Desk {
  const { db } = ctx
  const clock = { nowMs: ctx.now() }
  let drawn = 0
  const deps = {
    db,
    nowMs: () => clock.nowMs,
    random: (bytes: number) => new Uint8Array(bytes).fill(++drawn),
    holder: 'desk',
    readContext: async () => ({ ...ctx, now: () => clock.nowMs }),
    giveReceipt: async (_view: unknown, query: { gtin?: string | undefined }) =>
      `receipt of ${query.gtin}`,
    breathe: async () => undefined,
  }
  const read = (id: string) => requireScreening(db, id)
  const hand: Desk['hand'] = (file, more = {}) =>
    takeIn(deps, parts(file), {
      ...{ name: 'manifest.csv', madeBy: null, chosen: {}, map: [], receipts: false, start: true },
      ...more,
    })
  const run: Desk['run'] = (id, more = {}) => runScreening({ ...deps, ...more }, id)
  const text: Desk['text'] = async (id, bom = false) => {
    let all = ''
    for await (const part of resultText(db, requireDone(await read(id)), bom)) all += part
    return all
  }
  return {
    db,
    deps,
    clock,
    hand,
    run,
    read,
    text,
    sheet: async (id) => resultSheet(db, requireDone(await read(id))),
    async screen(file, more) {
      const { id, state } = await hand(file, more)
      const end = state === 'queued' ? await run(id) : state
      const { code, detail } = await read(id)
      if (end !== 'done') throw new Error(`${end} ${code ?? ''} ${detail ?? ''}`)
      return text(id)
    },
  }
}

/** A body in parts that end anywhere, also within a character. */
export async function* parts(file: string | Uint8Array, size = 1009): AsyncGenerator<Uint8Array> {
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Text in an encoding, by asking its decoder for every one and two bytes what they mean. */
export function encode(text: string, encoding: EncodingName): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text)
  const table = tableOf(encoding)
  return Uint8Array.from(
    [...text].flatMap((char) => {
      const bytes = table.get(char)
      if (bytes === undefined) throw new TypeError(`${encoding} has no ${char}`)
      return bytes
    }),
  )
}

const tables = new Map<EncodingName, Map<string, number[]>>()

function tableOf(encoding: EncodingName): Map<string, number[]> {
  const known = tables.get(encoding)
  if (known !== undefined) return known
  const table = new Map<string, number[]>()
  const decoder = new TextDecoder(encoding, { fatal: true })
  const take = (...bytes: number[]) => {
    try {
      const char = decoder.decode(Uint8Array.from(bytes))
      if ([...char].length === 1 && !table.has(char)) table.set(char, bytes)
    } catch {
      // These bytes are no character of the encoding.
    }
  }
  for (let lead = 0; lead < 256; lead++) take(lead)
  for (let lead = 0x81; lead < 256; lead++) {
    for (let trail = 0x30; trail < 256; trail++) take(lead, trail)
  }
  tables.set(encoding, table)
  return table
}

/** Screens at a node of a test alliance, receipts signed by its own key. */
export function runAt({ db, market, sync, keys }: TestNode, id: string): Promise<RunEnd> {
  const { nowMs } = sync
  const asking = { market, nowMs, readAdopted: () => requireAdopted(db) }
  return runScreening(
    {
      ...{ db, nowMs, holder: 'test' },
      readContext: contextReader({ db, here: { market }, nowMs }),
      giveReceipt: receiptGiver(asking, { key: keys.node, gate: sync.gate }),
      breathe: async () => undefined,
    },
    id,
  )
}
