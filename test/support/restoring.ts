// A node whose database is put back to an earlier moment, or lost, while its keys, the other members and what stands outside go on.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { planAdoption } from '../../src/charter/store.ts'
import type { SigningState } from '../../src/gate.ts'
import type { Copies } from '../../src/log/copies.ts'
import { type NodeDb, openDatabase } from '../../src/node/database.ts'
import type { Fetch } from '../../src/pull/source.ts'
import {
  headMemory,
  type OwnOutside,
  type TestAlliance,
  type TestNode,
  testNode,
} from './alliance.ts'

/** A database as it was at a moment; `open` gives it again as often as asked. */
export type Backup = { open(): NodeDb }

const directory = mkdtempSync(join(tmpdir(), 'portcullis-restored-'))
process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
let opened = 0

export function backupOf(node: TestNode): Backup {
  const bytes = node.db.raw.serialize()
  return {
    open() {
      opened += 1
      const path = join(directory, `${opened}.db`)
      writeFileSync(path, bytes)
      return openDatabase(path)
    },
  }
}

/** A database with nothing but the adopted charter. */
export async function emptyDatabase(alliance: TestAlliance, charter: string): Promise<NodeDb> {
  const db = openDatabase(':memory:')
  const plan = await planAdoption(null, charter, null, Math.floor(alliance.clock.nowMs / 1000))
  if (!plan.ok) throw new TypeError(`${plan.code} ${plan.detail}`)
  await db.commit(plan.value.statements)
  return db
}

/** Starts the node of a market anew over a database; the others reach it from now on. */
export function restart(
  alliance: TestAlliance,
  market: string,
  db: NodeDb,
  own: OwnOutside = {},
): TestNode {
  const { keys } = alliance.node(market)
  const outside = { memory: headMemory(), ...own }
  const node = testNode(market, keys, db, alliance.clock, alliance.net, {}, null, outside)
  alliance.nodes.set(market, node)
  return node
}

export const passOf = (node: TestNode): Promise<SigningState> => node.sync.gate.pass()

/** Copies as a file keeps them, in memory. */
export function copiesMemory(): Copies {
  const kept = new Map<number, Uint8Array>()
  return {
    async keep(entries) {
      for (const { index, bytes } of entries) kept.set(index, bytes)
    },
    async read(from, most) {
      const found: Uint8Array[] = []
      for (let index = from; index < from + most; index++) {
        const bytes = kept.get(index)
        if (bytes === undefined) break
        found.push(bytes)
      }
      return found
    },
  }
}

/** From now on requests to these markets end as at a machine that is off. */
export function switchOff(alliance: TestAlliance, markets: readonly string[]): void {
  const honest = alliance.net.fetch
  alliance.net.fetch = (async (url, init) => {
    const market = new URL(url).hostname.split('.')[0] ?? ''
    if (markets.includes(market)) throw new TypeError('fetch failed')
    return honest(url, init)
  }) as Fetch
}

/** Every entry of a log as its node has it, in base64. */
export function entriesOf({ db }: TestNode): string[] {
  const rows = db.raw.prepare('SELECT bytes FROM entry ORDER BY idx').pluck().all() as Uint8Array[]
  return rows.map((bytes) => Buffer.from(bytes).toString('base64'))
}

/** A database whose process dies after so many commits: none that follows happens. */
export function breakingAfter(db: NodeDb, most: number): NodeDb {
  let commits = 0
  return {
    ...db,
    async commit(statements, durability) {
      if (commits >= most) throw new Error('the process died')
      commits += 1
      return db.commit(statements, durability)
    },
  }
}
