// An alliance whose logs hold whatever the tests put there: entries go straight under the log's own signature, past every admission.
import { join } from 'node:path'
import { charterPayload } from '../../src/charter/charter.ts'
import { feedsOf } from '../../src/charter/members.ts'
import type { CharterPayload, MemberLog } from '../../src/charter/schema.ts'
import { sql } from '../../src/db.ts'
import { isConflict, pullFeed } from '../../src/inbound.ts'
import { planAppend } from '../../src/log/append.ts'
import { readHead } from '../../src/log/read.ts'
import { openDatabase } from '../../src/node/database.ts'
import { httpSource } from '../../src/pull/source.ts'
import {
  type TestAlliance,
  type TestKey,
  type TestNode,
  testAlliance,
  testKey,
  testNode,
} from './alliance.ts'
import type { Known } from './oracle.ts'

/** Keys of one market: `agency` and `second` sign everything, `clerk` a few kinds, `early` and `late` a part of the log; `stranger` none. */
export type Pens = Record<
  'agency' | 'second' | 'clerk' | 'early' | 'late' | 'node' | 'stranger',
  TestKey
>
export type RawAlliance = {
  alliance: TestAlliance
  markets: readonly string[]
  pens(market: string): Pens
  /** What stands in the logs: whole, or the first so many entries of each market. */
  known(prefix?: ReadonlyMap<string, number>): Known
  append(market: string, entries: readonly Uint8Array[]): Promise<void>
  /** The node stops and starts again over the same file. */
  restart(market: string): void
  /** Two processes on one database pull the same feed at once. */
  twinPull(market: string, peer: string): Promise<void>
}

export type TwoKeys = MemberLog['twoKeys']

/** Founds it; databases are files under `dir`, or in memory. `twoKeys` hold in every log. */
export async function rawAlliance(
  markets: readonly string[],
  options: { dir?: string; twoKeys?: TwoKeys } = {},
): Promise<RawAlliance> {
  const { dir, twoKeys = [] } = options
  const extra = new Map<string, Omit<Pens, 'agency' | 'node'>>()
  for (const market of markets) extra.set(market, await extraPens())
  const path = (market: string) => (dir === undefined ? ':memory:' : join(dir, `${market}.db`))
  const alliance = await testAlliance(markets, {
    path,
    terms: (terms) => withPens(terms, extra, twoKeys),
  })
  const logs: Record<string, Uint8Array[]> = {}
  for (const market of markets) logs[market] = await readEntries(alliance.node(market))
  const charter = Buffer.from(charterPayload(alliance.charter), 'base64url')
  return {
    alliance,
    markets,
    pens(market) {
      const { agency, node } = alliance.node(market).keys
      const others = extra.get(market)
      if (others === undefined) throw new TypeError(`no keys of ${market}`)
      return { ...others, agency, node }
    },
    known(prefix) {
      const parts = Object.entries(logs).map(([market, log]) => [
        market,
        prefix === undefined ? log : log.slice(0, prefix.get(market) ?? 0),
      ])
      return { charter, logs: Object.fromEntries(parts) }
    },
    async append(market, entries) {
      await appendRaw(alliance.node(market), entries, alliance.clock.nowMs)
      logs[market]?.push(...entries)
    },
    restart(market) {
      const { keys, db } = alliance.node(market)
      db.close()
      const again = openDatabase(path(market))
      alliance.nodes.set(market, testNode(market, keys, again, alliance.clock, alliance.net))
    },
    twinPull: (market, peer) => twinPull(alliance, market, peer),
  }
}

async function extraPens(): Promise<Omit<Pens, 'agency' | 'node'>> {
  const [second, clerk, early, late, stranger] = await Promise.all(
    Array.from({ length: 5 }, testKey),
  )
  if (!second || !clerk || !early || !late || !stranger) throw new TypeError('no keys')
  return { second, clerk, early, late, stranger }
}

function withPens(
  terms: CharterPayload,
  extra: ReadonlyMap<string, Omit<Pens, 'agency' | 'node'>>,
  twoKeys: TwoKeys,
): CharterPayload {
  const members = terms.members.map((member) => {
    const pens = extra.get(member.market)
    if (pens === undefined) throw new TypeError(`no keys of ${member.market}`)
    return {
      ...member,
      logs: member.logs.map((log) => ({ ...withAgencyKeys(log, pens), twoKeys })),
    }
  })
  return { ...terms, members }
}

function withAgencyKeys(log: MemberLog, pens: Omit<Pens, 'agency' | 'node'>): MemberLog {
  const all = log.agencyKeys.flatMap(({ acts }) => acts)
  const key = (name: 'second' | 'clerk' | 'early' | 'late') => {
    const jwk = { kty: 'OKP' as const, crv: 'Ed25519' as const, x: pens[name].jwk.x }
    return { jwk, name, acts: all, fromIndex: 0, toIndex: null }
  }
  return {
    ...log,
    agencyKeys: [
      ...log.agencyKeys,
      key('second'),
      { ...key('clerk'), acts: ['products', 'rule', 'info'] },
      { ...key('early'), toIndex: 7 },
      { ...key('late'), fromIndex: 5 },
    ],
  }
}

export async function readEntries(node: TestNode): Promise<Uint8Array[]> {
  const rows = await node.db.query<{ bytes: Uint8Array }>(
    sql('SELECT bytes FROM entry ORDER BY idx'),
  )
  return rows.map(({ bytes }) => new Uint8Array(bytes))
}

export async function appendRaw(node: TestNode, entries: readonly Uint8Array[], nowMs: number) {
  // A node that was started again asks the members before it signs anything.
  await node.sync.gate.pass()
  let head = await readHead(node.db)
  for (let at = 0; at < entries.length; at += 256) {
    const batch = entries.slice(at, at + 256)
    const plan = await planAppend(head, batch, node.sync.signer, Math.floor(nowMs / 1000))
    await node.db.commit(plan.statements)
    head = plan.head
  }
}

async function twinPull(alliance: TestAlliance, market: string, peer: string): Promise<void> {
  const node = alliance.node(market)
  const { adopted } = await node.outbound()
  const terms = feedsOf(adopted.charter.terms).find(({ member }) => member.market === peer)
  if (terms === undefined) throw new TypeError(`no feed of ${peer}`)
  const deps = { db: node.db, adopted, nowMs: node.sync.nowMs, here: market }
  const pull = () =>
    pullFeed(deps, terms, httpSource(node.sync.fetch, `${terms.member.url}/log`), null)
  for (const twin of await Promise.allSettled([pull(), pull()])) {
    // The loser of a race learns it by a conflict and would start again; here the next round does.
    if (twin.status === 'rejected' && !isConflict(twin.reason)) throw twin.reason
  }
}
