// Log entries as an attacker or a careless agency would write them: any header, any payload, really signed, really in the tree.
import { formatHeader } from '../../src/decision/entry.ts'
import type { Act } from '../../src/decision/schema.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { uuidv7 } from '../../src/encoding/uuid.ts'
import { MAX_BATCH, planAppend } from '../../src/log/append.ts'
import { readHead } from '../../src/log/read.ts'
import { type NodeDb, openDatabase } from '../../src/node/database.ts'
import { fillAct, signAct, type UnsignedAct } from '../../src/publish/sign.ts'
import type { TestAlliance, TestKey, TestNode } from './alliance.ts'

let count = 0
/** An id that no other act of this process has. */
export function freshId(nowMs: number): string {
  count += 1
  return uuidv7(
    nowMs,
    Uint8Array.from({ length: 16 }, (_, at) => Math.floor(count / 256 ** (at % 6)) % 256),
  )
}

/** An order with nothing but what the fold reads, and one product. */
export function issueOf(decision: string): UnsignedAct {
  const at = (on: string) => ({ on, precision: 'day' as const, at: Date.parse(on) / 1000 })
  return {
    act: 'issue',
    decision,
    header: {
      instrument: 'limited_exclusion',
      case_numbers: [decision.slice(3).toUpperCase()],
      starts_on: at('2026-01-16'),
      expires_on: at('2031-08-31'),
      time_zone: 'UTC',
      breadth: 'named_parties',
      grounds: ['patent'],
    },
    products: [{ pid: 'p-1', listing: 'listed', brand: 'Brambleford', model: 'WX-20' }],
  } as UnsignedAct
}

/** The full payload of an act of this node: right alliance, right log, fresh id. */
export function actOf(
  alliance: TestAlliance,
  node: TestNode,
  act: UnsignedAct,
  prev: string | null = null,
): Act {
  const { nowMs } = alliance.clock
  const moment = { alliance: alliance.alliance, log: node.origin, prev }
  return fillAct(act, { ...moment, id: freshId(nowMs), iat: Math.floor(nowMs / 1000) })
}

/** Entry bytes of any payload under any header, signed by this key whatever they say. */
export async function rawEntry(
  payload: string | Uint8Array,
  key: TestKey,
  header: string = formatHeader(key.kid),
): Promise<Uint8Array> {
  const bytes = typeof payload === 'string' ? encodeUtf8(payload) : payload
  const input = `${encodeBase64url(encodeUtf8(header))}.${encodeBase64url(bytes)}`
  const signature = await key.sign(encodeUtf8(input))
  return encodeUtf8(`${input}.${encodeBase64url(signature)}`)
}

/** So many entries that every node accepts and that change no decision. */
export function fillers(
  alliance: TestAlliance,
  node: TestNode,
  many: number,
): Promise<Uint8Array[]> {
  const filler = { act: 'info/filler', decision: null } as UnsignedAct
  return Promise.all(
    Array.from({ length: many }, () => signAct(actOf(alliance, node, filler), node.keys.agency)),
  )
}

/** Appends entries to a node's log as they are, without asking whether any peer will accept them. */
export async function appendRaw(
  { db, sync }: Pick<TestNode, 'db' | 'sync'>,
  entries: readonly Uint8Array[],
): Promise<void> {
  for (let at = 0; at < entries.length; at += MAX_BATCH) {
    const batch = entries.slice(at, at + MAX_BATCH)
    const nowS = Math.floor(sync.nowMs() / 1000)
    const plan = await planAppend(await readHead(db), batch, sync.signer, nowS)
    await db.commit(plan.statements)
  }
}

/** The entries of a node's log. */
export function entriesOf({ db }: Pick<TestNode, 'db'>): Uint8Array[] {
  return db.raw.prepare('SELECT bytes FROM entry ORDER BY idx').pluck().all() as Uint8Array[]
}

/** Another history under the node's own log key: a log of these entries, in a database of its own. */
export async function forgedLog(node: TestNode, entries: readonly Uint8Array[]): Promise<NodeDb> {
  const db = openDatabase(':memory:')
  await appendRaw({ db, sync: node.sync }, entries)
  return db
}
