// A merged view in memory for look-up tests: real database, real catalogue rows, feeds that are fresh until a test says otherwise.
import { planCatalog } from '../../src/catalog/plan.ts'
import { insert, sql } from '../../src/db.ts'
import type { Entry } from '../../src/decision/entry.ts'
import type { DateAt, Header, Product, Ruling } from '../../src/decision/schema.ts'
import type { Effect } from '../../src/decision/vocabulary.ts'
import { type Answer, answer } from '../../src/lookup/answer.ts'
import type { AllianceMember, LookupContext } from '../../src/lookup/context.ts'
import { parseQuery } from '../../src/lookup/query.ts'
import { openView } from '../../src/lookup/view.ts'
import { openDatabase } from '../../src/node/database.ts'

export const NOW_MS = Date.UTC(2026, 10, 23, 12, 0, 0)
export const ORDER = 'us/337-ta-9001/leo'

type ActBody = { act: string } & Record<string, unknown>

export type TestCatalogue = {
  ctx: LookupContext
  /** Adds accepted acts to a market's log and merges them at once. */
  publish(market: string, ...acts: ActBody[]): Promise<void>
  /** Changes columns of a market's feed: `{merged_stamp: …, state: 'frozen'}`. */
  setFeed(market: string, columns: Record<string, string | number | null>): Promise<void>
  ask(query: Record<string, unknown>): Promise<Answer>
  close(): void
}

/** Markets with fresh feeds and one entry each. */
export async function testCatalogue(
  options: {
    markets?: readonly string[]
    left?: readonly string[]
    here?: string
    defaultEffect?: Effect
  } = {},
): Promise<TestCatalogue> {
  const { markets = ['us', 'jp', 'kr'], left = [], here = 'us', defaultEffect = 'detain' } = options
  const db = openDatabase(':memory:')
  const sizes = new Map<string, number>()
  const nowS = NOW_MS / 1000
  const member = (market: string): AllianceMember => ({
    market,
    name: market.toUpperCase(),
    origins: [originOf(market)],
    status: left.includes(market) ? 'left' : 'active',
  })
  const ctx: LookupContext = {
    db,
    now: () => NOW_MS,
    here,
    // No log was pulled here, so nobody has cosigned anything.
    readStandings: async () => () => ({
      confirmed: false,
      applied: { m: 0, n: markets.length },
    }),
    charter: {
      n: 1,
      expires: 1_900_000_000,
      hash: 'A'.repeat(43),
      staleAfterS: 3600,
      defaultEffect,
      members: markets.map(member),
    },
  }
  for (const market of markets) {
    sizes.set(market, 1)
    await db.commit([insert('feed', FEED_COLUMNS, [feedRow(market, nowS)])])
  }
  const setFeed: TestCatalogue['setFeed'] = async (market, columns) => {
    const names = Object.keys(columns)
    const set = names.map((name) => `${name} = ?`).join(', ')
    const values = Object.values(columns)
    await db.commit([sql(`UPDATE feed SET ${set} WHERE market = ?`, ...values, market)])
  }
  return {
    ctx,
    setFeed,
    async publish(market, ...acts) {
      const start = sizes.get(market) ?? 0
      const placed = acts.map((act, i) => {
        const leaf = new Uint8Array(32).fill(start + i)
        const entry = { act: withCommon(act) } as unknown as Entry
        return { pos: start + i, leaf, entry, needsTwo: false, isGated: false, endorses: null }
      })
      const rows = placed.map(({ pos, leaf, entry }) => {
        const { act, decision } = entry.act
        const place = [market, pos, originOf(market), pos, leaf]
        return [...place, null, act, decision, nowS, 'kid']
      })
      await db.commit([insert('act', ACT_COLUMNS, rows), ...planCatalog(market, placed)])
      sizes.set(market, start + acts.length)
      const size = start + acts.length
      await setFeed(market, { merged: size, effective: size, seen_size: size })
    },
    ask: async (query) => answer(await openView(ctx), parseQuery(query)),
    close: () => db.close(),
  }
}

/** The first second of a day in UTC, or for an inclusive end the first after it. */
export function date(on: string, end: 'start' | 'end' = 'start'): DateAt {
  const at = Date.parse(`${on}T00:00:00Z`) / 1000 + (end === 'end' ? 86_400 : 0)
  return { on, precision: 'day', at }
}

export function header(more: Partial<Header> = {}): Header {
  return {
    record: 'illustrative',
    issuing_body: 'Sample Trade Commission',
    instrument: 'limited_exclusion',
    case_numbers: ['337-TA-9001'],
    title: 'Certain Pocket Weather Stations',
    starts_on: date('2026-01-16'),
    expires_on: date('2031-08-31', 'end'),
    time_zone: 'UTC',
    grounds: ['patent'],
    breadth: 'any_source',
    ...more,
  }
}

export function product(more: Partial<Product> = {}): Product {
  return {
    pid: 'wx-20',
    listing: 'listed',
    brand: 'Brambleford',
    model: 'WX-2000',
    gtins: ['9520001000010'],
    ...more,
  }
}

export function issue(
  decision: string = ORDER,
  more: { header?: Partial<Header>; products?: Product[] } = {},
): ActBody {
  return {
    act: 'issue',
    decision,
    header: header(more.header),
    products: more.products ?? [product()],
  }
}

export function rule(ruling: Partial<Ruling> & Pick<Ruling, 'scope' | 'product'>): ActBody {
  return { act: 'rule', decision: ORDER, ruling: { on: date('2026-05-04'), ...ruling } }
}

export function originOf(market: string): string {
  return `log.${market}.example`
}

function withCommon(act: ActBody): ActBody {
  const common = { v: 1, alliance: 'A'.repeat(43), log: 'log', id: 'id', iat: 0, prev: null }
  return { decision: null, ...common, ...act }
}

const ACT_COLUMNS = [
  'market',
  'pos',
  'origin',
  'idx',
  'leaf',
  'id',
  'kind',
  'decision',
  'iat',
  'kid',
]
const FEED_COLUMNS = [
  'origin',
  'market',
  'seen_size',
  'seen_root',
  'seen_note',
  'seen_stamp',
  'seen_since',
  'merged',
  'frontier',
  'merged_root',
  'merged_stamp',
  'effective',
  'state',
  'state_code',
]

function feedRow(market: string, nowS: number) {
  const none = new Uint8Array(0)
  const root = new Uint8Array(32)
  const stamp = nowS - 60
  const origin = originOf(market)
  return [origin, market, 1, root, '', stamp, 0, 1, none, root, stamp, 1, 'open', null]
}
