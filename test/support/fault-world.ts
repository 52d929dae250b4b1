// Two nodes in directories of their own that this process serves and watches while others write to them and are killed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { createApp } from '../../src/app.ts'
import { liveLog } from '../../src/charter/members.ts'
import { sql } from '../../src/db.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { Failure } from '../../src/errors.ts'
import { planAppend } from '../../src/log/append.ts'
import { readHead } from '../../src/log/read.ts'
import { foundAlliance, freePorts, memberDirectory } from '../../src/node/alliance.ts'
import { type OpenNode, openNode } from '../../src/node/open.ts'
import { openLog, publishFile } from '../../src/outbound.ts'
import { fillAct, signAct, type UnsignedAct } from '../../src/publish/sign.ts'
import { readStatus } from '../../src/status/read.ts'
import { syncRound } from '../../src/sync.ts'
import { freshId } from './entries.ts'
import { faultDraft, type Said } from './fault-process.ts'
import { type LogWitness, logWitness, Violation } from './fault-witness.ts'

export const SIDES = ['us', 'jp'] as const
export type Side = {
  market: string
  directory: string
  /** Stays open over every kill, as a running node would. */
  node: OpenNode
  witness: LogWitness
  served(): Promise<Uint8Array>
  stop(): void
}
export type World = { sides: readonly [Side, Side]; files: string; close(): void }

/** Founds the alliance, opens both logs and serves both nodes at the addresses of the charter. */
export async function makeWorld(): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-faults-'))
  const ports = await freePorts(SIDES.length)
  const markets = SIDES.map((market, at) => ({
    market,
    name: `Agency of ${market}`,
    timeZone: 'UTC',
    port: ports[at] ?? 0,
  }))
  // No round but those that are asked for.
  const schedule = '0 0 1 1 *'
  await foundAlliance({ directory, markets, defaultEffect: 'detain', schedule })
  const [us, jp] = await Promise.all(
    markets.map(({ market, port }) => openSide(market, memberDirectory(directory, market), port)),
  )
  if (us === undefined || jp === undefined) throw new TypeError('a side is missing')
  const close = (): void => {
    for (const side of [us, jp]) side.stop()
    rmSync(directory, { recursive: true, force: true })
  }
  return { sides: [us, jp], files: directory, close }
}

async function openSide(market: string, directory: string, port: number): Promise<Side> {
  const node = await openNode(directory, {})
  const outbound = await node.outbound()
  await openLog(outbound, await node.nodeKey())
  const terms = liveLog(outbound.adopted.charter.terms, market)
  if (terms === undefined) throw new TypeError(`${market} has no log`)
  const { db, sync } = node
  const here = { market, name: market }
  const member = { sync, alliance: null, wake: () => {} }
  const app = createApp({ db, here, nowMs: sync.nowMs, trace: fail, member })
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const { fetch } = app
    const listening = serve({ fetch, hostname: '127.0.0.1', port }, () => resolve(listening))
  })
  return {
    market,
    directory,
    node,
    witness: logWitness({
      origin: terms.log.origin,
      logKeys: terms.log.logKeys,
      witness: terms.member.witness,
    }),
    served: async () => new Uint8Array(await (await app.request('/log/checkpoint')).arrayBuffer()),
    stop() {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      node.close()
    },
  }
}

/** Looks at what both sides serve, every few milliseconds, until the work is done. */
export async function watching<T>({ sides }: World, work: () => Promise<T>): Promise<T> {
  const watch = { on: true }
  const eyes = sides.map(async (side) => {
    while (watch.on) {
      await side.witness.see(await side.served())
      await pause(2)
    }
  })
  try {
    return await work()
  } finally {
    watch.on = false
    await Promise.all(eyes)
  }
}

/** Grows a log by acts that change no decision, so that the other side has something to pull. */
export async function grow({ node }: Side, entries: number): Promise<void> {
  const { adopted } = await node.outbound()
  const key = await node.agencyKey()
  const filler = { act: 'info/filler', decision: null } as UnsignedAct
  const { origin } = node.sync.signer
  const moment = { alliance: adopted.alliance, log: origin, prev: null }
  for (let at = 0; at < entries; at += 256) {
    const nowMs = node.sync.nowMs()
    const iat = Math.floor(nowMs / 1000)
    const batch = await Promise.all(
      Array.from({ length: Math.min(256, entries - at) }, () =>
        signAct(fillAct(filler, { ...moment, id: freshId(nowMs), iat }), key),
      ),
    )
    const plan = await planAppend(await readHead(node.db), batch, node.sync.signer, iat)
    await node.db.commit(plan.statements)
  }
}

/** Everything reported as done is in the log at its place, and every file is there whole or not at all. */
export function checkPublished({ node, market }: Side, said: readonly Said[]): void {
  const leafAt = node.db.raw.prepare('SELECT leaf FROM entry WHERE idx = ?').pluck()
  for (const one of said) {
    if (!('done' in one)) continue
    for (const { index, leaf } of one.entries) {
      const held = leafAt.get(index) as Uint8Array | undefined
      if (held === undefined || encodeBase64url(held) !== leaf) {
        throw new Violation(`${one.done} was published at ${index} of ${market} and is not there`)
      }
    }
  }
}

/** Publishes a draft again that may have landed before a kill. True when it had: then it is refused, never doubled. */
export async function publishAgain({ node }: Side, decision: string): Promise<boolean> {
  const file = { text: faultDraft(decision), fileName: 'again.yaml', zoneHere: 'UTC' }
  try {
    await publishFile(await node.outbound(), file, await node.agencyKey())
    return false
  } catch (error) {
    if (error instanceof Failure && /^ERR_(ACT|ADMIT)_/.test(error.code)) return true
    throw error
  }
}

/** Opens both directories afresh, lets time pass for the leases of the dead, syncs both, and holds everything against everything. */
export async function settle({ sides }: World): Promise<void> {
  const nodes = await Promise.all(sides.map(({ directory }) => openNode(directory, {})))
  try {
    const digests: string[] = []
    for (const { db, sync, settings } of nodes) {
      await db.commit([sql('UPDATE lease SET until = 0')])
      const { ran, peers } = await syncRound(sync, { force: true })
      const bad = peers.find(({ outcome }) => outcome === 'failed')
      if (!ran || bad !== undefined) {
        throw new Violation(`${settings.market} does not sync again: ${JSON.stringify(bad)}`)
      }
    }
    for (const node of nodes) digests.push(await checkNode(node))
    if (new Set(digests).size > 1) throw new Violation('the digests differ after a round')
    for (const [at, side] of sides.entries()) {
      for (const node of nodes) await side.witness.see(seenNote(node, side.market))
      side.witness.check(checkMirrors(side, nodes[1 - at]))
    }
  } finally {
    for (const node of nodes) node.close()
  }
}

/** The node's digest, once nothing in it is torn, doubled or refused. */
async function checkNode(node: OpenNode): Promise<string> {
  const { db, settings } = node
  const { market, name } = settings
  const one = (query: string): unknown => db.raw.prepare(query).pluck().get()
  const sound = one('PRAGMA quick_check')
  if (sound !== 'ok') throw new Violation(`the database of ${market} is damaged: ${sound}`)
  const refused = db.raw
    .prepare('SELECT market, idx, kind, decision, code FROM act WHERE code IS NOT NULL')
    .all()
  if (refused.length > 0) throw new Violation(`${market} refused ${JSON.stringify(refused)}`)
  const uneven = one(`SELECT decision FROM act WHERE decision IS NOT NULL
    GROUP BY market, decision HAVING count(*) <> 2 OR count(DISTINCT kind) <> 2`)
  if (uneven !== undefined) throw new Violation(`${uneven} is there in part or twice`)
  const { adopted } = await node.outbound()
  const nowS = Math.floor(node.sync.nowMs() / 1000)
  return (await readStatus(db, { market, name }, adopted, nowS)).digest
}

/** The head of a market's log as a node has taken it. */
function seenNote({ db }: OpenNode, market: string): Uint8Array {
  const note = db.raw.prepare('SELECT seen_note FROM feed WHERE market = ?').pluck().get(market)
  return encodeUtf8(String(note))
}

/** The entries of a log, once its own view and the other side's mirror hold the same. */
function checkMirrors({ node, market }: Side, other: OpenNode | undefined): Uint8Array[] {
  const bytesOf = (db: OpenNode['db'], query: string, ...params: string[]) =>
    db.raw
      .prepare(query)
      .pluck()
      .all(...params) as Uint8Array[]
  const entries = bytesOf(node.db, 'SELECT bytes FROM entry ORDER BY idx')
  const mirror = 'SELECT bytes FROM feed_entry WHERE origin = ? ORDER BY idx'
  for (const db of other === undefined ? [node.db] : [node.db, other.db]) {
    const held = bytesOf(db, mirror, node.sync.signer.origin)
    const isSame =
      held.length === entries.length && held.every((e, at) => sameBytes(e, entries[at]))
    if (!isSame) throw new Violation(`a mirror of ${market} is not its log`)
  }
  return entries
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0
}

function fail(event: string, facts: Record<string, unknown>): never {
  throw new Violation(`${event} ${JSON.stringify(facts)}`)
}
