// Makes fixtures/protocol/example.json: two nodes on seeded keys and a clock of their own publish the drafts of inputs.json through the
// same doors as every node, and what they then hold is written down.
import { readFileSync } from 'node:fs'
import { lookupContext } from '../../src/asking.ts'
import { parseCharter } from '../../src/charter/charter.ts'
import { foundingTerms, signCharter, unsignedFile } from '../../src/charter/found.ts'
import { feedsOf } from '../../src/charter/members.ts'
import { planAdoption, requireAdopted } from '../../src/charter/store.ts'
import { effectHere } from '../../src/decision/effect.ts'
import { parseEntry } from '../../src/decision/entry.ts'
import type { Act, EffectRule, Header } from '../../src/decision/schema.ts'
import { type DecisionEvent, type Moment, stateAt } from '../../src/decision/state.ts'
import type { Effect, Ground } from '../../src/decision/vocabulary.ts'
import { decodeBase64url, encodeBase64, encodeBase64url } from '../../src/encoding/base64.ts'
import { ed25519Signer, jwkThumbprint, type Signer } from '../../src/encoding/ed25519.ts'
import { encodeHex } from '../../src/encoding/hex.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { decodeUtf8, encodeUtf8 } from '../../src/encoding/utf8.ts'
import { openGate } from '../../src/gate.ts'
import { pullFeed } from '../../src/inbound.ts'
import { readHead, readLogBundle, readLogTile } from '../../src/log/read.ts'
import { ownLogSource } from '../../src/log/source.ts'
import { answer } from '../../src/lookup/answer.ts'
import { parseQuery } from '../../src/lookup/query.ts'
import { openView } from '../../src/lookup/view.ts'
import { type NodeDb, openDatabase } from '../../src/node/database.ts'
import { type OutboundDeps, openLog, publishFile } from '../../src/outbound.ts'
import { signReceipt } from '../../src/receipt/token.ts'
import { receiptOf } from '../../src/receipting.ts'
import { stateDigest } from '../../src/status/digest.ts'
import { leafHash } from '../../src/tlog/hash.ts'
import { formatVkey } from '../../src/tlog/key.ts'
import { headMemory } from '../support/alliance.ts'

export type Inputs = {
  startMs: number
  markets: Record<string, { name: string; timeZone: string }>
  defaultEffect: Effect
  drafts: { market: string; draft: { decision?: string; acts: unknown[] } }[]
  moments: ({ on: string } | { atS: number })[]
  effects: { issuer: string; grounds: Ground[] }[]
  json: { accepted: string[]; refused: string[] }
}
type Key = { seed: string; d: string; x: string; kid: string; vkey?: string }
const ROLES = ['root', 'agency', 'node', 'log', 'witness', 'applied'] as const
type Role = (typeof ROLES)[number]
export type ExampleEntry = { header: string; payload: string; jws: string; leaf: string }
export type ExampleLog = {
  origin: string
  entries: ExampleEntry[]
  root: string
  checkpoint: string
  bundle: { path: string; bytes: number; firstBytesHex: string }
  tile: { path: string; hex: string }
}
export type Example = {
  about: string
  keys: Record<string, Record<Role, Key>>
  charter: { payload: string; hash: string; header: string; file: string }
  logs: Record<string, ExampleLog>
  states: { moment: string; state: string }[]
  effects: { grounds: string; effect: string; by: string }[]
  digest: { text: string; hex: string }
  receipt: { header: string; payload: string; jws: string }
}

const FOLDER = new URL('../../fixtures/protocol/', import.meta.url)
export const EXAMPLE_PATH: URL = new URL('example.json', FOLDER)
export const inputs = JSON.parse(readFileSync(new URL('inputs.json', FOLDER), 'utf8')) as Inputs

const MARKETS = Object.keys(inputs.markets)
const originOf = (market: string): string => `${market}.portcullis.example/log`

/** The example as src/ makes it now. The same for ever, while v is 1. */
export async function buildExample(): Promise<Example> {
  const keys = new Map<string, Record<Role, Key>>()
  for (const market of MARKETS) keys.set(market, await keysOf(market))
  const charter = await buildCharter(keys)
  const clock = { nowMs: inputs.startMs }
  const nodes = new Map<string, OutboundDeps & { db: NodeDb }>()
  for (const [market, own] of keys) {
    nodes.set(market, await openNode(market, own, charter, clock))
  }
  for (const { market, draft } of inputs.drafts) {
    clock.nowMs += 60_000
    const { deps, agency } = { deps: nodeOf(nodes, market), agency: keys.get(market)?.agency }
    if (agency === undefined) throw new TypeError(`no keys of ${market}`)
    const file = { text: JSON.stringify(draft), fileName: 'draft.json', zoneHere: zoneOf(market) }
    await publishFile(deps, file, { kid: agency.kid, sign: await signerOf(agency) })
  }
  const logs: Record<string, ExampleLog> = {}
  for (const [market, { db }] of nodes) logs[market] = await readLog(market, db)
  const digest = await buildDigest(nodes, charter.hash, logs)
  const receipt = await buildReceipt(nodeOf(nodes, 'us'), keys.get('us'))
  for (const { db } of nodes.values()) db.close()
  return {
    about:
      'Made by test/schema/build-example.ts from inputs.json. The keys are for this example only: everybody knows them.',
    keys: Object.fromEntries(keys),
    charter,
    logs,
    ...folds(logs),
    digest,
    receipt,
  }
}

async function keysOf(market: string): Promise<Record<Role, Key>> {
  const entries = await Promise.all(
    ROLES.map(async (role) => {
      const seed = `portcullis example ${market} ${role}`
      const secret = sha256(encodeUtf8(seed))
      const { d, x } = await jwkOf(secret)
      const type = role === 'log' ? 1 : 4
      const name = role === 'log' ? originOf(market) : `${originOf(market)}/${role}`
      const publicKey = bytesOf(x)
      const hasVkey = role === 'log' || role === 'witness' || role === 'applied'
      const vkey = hasVkey ? { vkey: formatVkey({ name, type, publicKey }) } : {}
      return [role, { seed, d, x, kid: jwkThumbprint(x), ...vkey }] as const
    }),
  )
  return Object.fromEntries(entries) as Record<Role, Key>
}

/** RFC 8410: the fixed head of an Ed25519 private key in PKCS #8, then its 32 bytes. */
async function jwkOf(secret: Uint8Array): Promise<{ d: string; x: string }> {
  const head = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32)
  const der = Uint8Array.from([...head, ...secret])
  const key = await crypto.subtle.importKey('pkcs8', der, 'Ed25519', true, ['sign'])
  const { d, x } = await crypto.subtle.exportKey('jwk', key)
  if (d === undefined || x === undefined) throw new TypeError('half a key')
  return { d, x }
}

const signerOf = ({ d, x }: Key): Promise<Signer> =>
  ed25519Signer({ kty: 'OKP', crv: 'Ed25519', d, x })

async function buildCharter(
  keys: ReadonlyMap<string, Record<Role, Key>>,
): Promise<Example['charter']> {
  const files = [...keys].map(([market, own]) => {
    const jwk = ({ x }: Key) => ({ kty: 'OKP' as const, crv: 'Ed25519' as const, x })
    return {
      market,
      name: inputs.markets[market]?.name ?? '',
      url: `https://${market}.portcullis.example`,
      origin: originOf(market),
      rootKey: jwk(own.root),
      agencyKey: jwk(own.agency),
      nodeKey: jwk(own.node),
      logKey: String(own.log.vkey),
      witness: String(own.witness.vkey),
      applied: String(own.applied.vkey),
    }
  })
  const nowS = inputs.startMs / 1000
  const terms = foundingTerms(files, { defaultEffect: inputs.defaultEffect, nowS })
  let file = JSON.stringify(unsignedFile(terms))
  for (const { root } of keys.values()) {
    const signed = await signCharter(charterOf(file), { kid: root.kid, sign: await signerOf(root) })
    file = JSON.stringify(signed)
  }
  const parsed = charterOf(file)
  return {
    payload: textOf(parsed.file.payload),
    hash: parsed.hash,
    header: textOf(parsed.file.signatures[0]?.protected ?? ''),
    file,
  }
}

function charterOf(file: string) {
  const result = parseCharter(file)
  if (!result.ok) throw new TypeError(result.detail)
  return result.charter
}

async function openNode(
  market: string,
  own: Record<Role, Key>,
  charter: Example['charter'],
  clock: { nowMs: number },
): Promise<OutboundDeps & { db: NodeDb }> {
  const db = openDatabase(':memory:')
  const plan = await planAdoption(null, charter.file, charter.hash, clock.nowMs / 1000)
  if (!plan.ok) throw new TypeError(plan.detail)
  await db.commit(plan.value.statements)
  const noteKey = async (key: Key) => ({ publicKey: bytesOf(key.x), sign: await signerOf(key) })
  const log = await noteKey(own.log)
  const witness = await noteKey(own.witness)
  const applied = await noteKey(own.applied)
  let drawn = 0
  const random = (bytes: number) => new Uint8Array(bytes).fill(++drawn)
  const adopted = await requireAdopted(db)
  const signer = { origin: originOf(market), log, witness, applied }
  const memory = headMemory()
  const nowMs = () => clock.nowMs
  // No other node of this alliance is ever reached.
  const deps = { db, gate: openGate, adopted, market, signer, memory, nowMs, random }
  await openLog(deps, { kid: own.node.kid, sign: await signerOf(own.node) })
  return deps
}

async function readLog(market: string, db: NodeDb): Promise<ExampleLog> {
  const head = await readHead(db)
  if (head === null) throw new TypeError('an empty log')
  const bundle = await readLogBundle(db, 0, head.size)
  const tile = await readLogTile(db, 0, 0, head.size)
  if (bundle === null || tile === null) throw new TypeError('a log without its files')
  const rows = db.raw.prepare('SELECT bytes FROM entry ORDER BY idx').all() as {
    bytes: Uint8Array
  }[]
  return {
    origin: originOf(market),
    entries: rows.map(({ bytes }) => {
      const jws = decodeUtf8(bytes) ?? ''
      const [header = '', payload = ''] = jws.split('.')
      const leaf = encodeBase64url(leafHash(bytes))
      return { header: textOf(header), payload: textOf(payload), jws, leaf }
    }),
    root: encodeBase64(head.root),
    checkpoint: head.note,
    bundle: {
      path: `/log/tile/entries/000.p/${head.size}`,
      bytes: bundle.length,
      firstBytesHex: encodeHex(bundle.subarray(0, 32)),
    },
    tile: { path: `/log/tile/0/000.p/${head.size}`, hex: encodeHex(tile) },
  }
}

async function buildDigest(
  nodes: ReadonlyMap<string, OutboundDeps & { db: NodeDb }>,
  charterHash: string,
  logs: Record<string, ExampleLog>,
): Promise<Example['digest']> {
  const { db, adopted, nowMs } = nodeOf(nodes, 'us')
  const jp = feedsOf(adopted.charter.terms).find(({ member }) => member.market === 'jp')
  if (jp === undefined) throw new TypeError('jp is a member')
  const source = ownLogSource(nodeOf(nodes, 'jp').db)
  const pulled = await pullFeed({ db, adopted, nowMs, here: 'us' }, jp, source, null)
  if (!pulled.ok || pulled.value.refused.length > 0) throw new TypeError('jp did not merge')
  const sizes = MARKETS.map((market) => [market, logs[market]?.entries.length ?? 0] as const)
  const us = logs.us?.entries.map(({ leaf }) => leaf) ?? []
  const own = logs.jp?.entries.map(({ leaf }) => leaf) ?? []
  const decision = 'us/337-ta-9001/leo'
  const products = [
    ['wx-20', us[1]],
    ['wx-30', us[2]],
  ]
  // Written out by hand from the leaf hashes, as another implementation would: the digest of src/ must be the same.
  const lines = [
    JSON.stringify(['d', decision, us[4], us[1], products, [us[3], us[4]]]),
    JSON.stringify(['e', 'jp', own[1]]),
    JSON.stringify(['r', 'jp', decision, own[2]]),
  ]
  return {
    text: [charterHash, ...lines].map((line) => `${line}\n`).join(''),
    hex: await stateDigest(db, charterHash, new Map(sizes)),
  }
}

/** What the node of us answers about the product of entry 1, once it has both logs. */
async function buildReceipt(
  { db, adopted, nowMs }: OutboundDeps,
  keys: Record<Role, Key> | undefined,
): Promise<Example['receipt']> {
  if (keys === undefined) throw new TypeError('no keys of us')
  const view = await openView(lookupContext({ db, nowMs, here: { market: 'us' } }, adopted))
  const query = parseQuery({ brand: 'Brambleford', model: 'WX-20', on: '2026-01-31' })
  const iat = nowMs() / 1000
  const issuer = { alliance: adopted.alliance, market: 'us', iat }
  const receipt = receiptOf(view, query, await answer(view, query), issuer)
  // The matcher goes on; what a receipt looks like does not.
  const fixed = { ...receipt, matcher: 'logic-1' }
  const { kid } = keys.node
  const jws = await signReceipt(fixed, { kid, sign: await signerOf(keys.node) })
  const [header = '', payload = ''] = jws.split('.')
  return { header: textOf(header), payload: textOf(payload), jws }
}

function folds(logs: Record<string, ExampleLog>): Pick<Example, 'states' | 'effects'> {
  const acts = (logs.us?.entries ?? []).map(({ jws }) => actOf(jws))
  const header = acts.flatMap((act): Header[] => ('header' in act ? [act.header] : []))[0]
  if (header === undefined) throw new TypeError('no issue')
  const events = acts.flatMap((act, pos): DecisionEvent[] =>
    act.act === 'suspend' || act.act === 'resume'
      ? [{ pos, leaf: '', kind: act.act, from: (act as { from: Header['starts_on'] }).from }]
      : [],
  )
  const rules = (logs.jp?.entries ?? [])
    .map(({ jws }) => actOf(jws))
    .flatMap((act): EffectRule[] => ('rules' in act ? act.rules : []))
  const states = inputs.moments.map((moment) => {
    const asked: Moment = 'on' in moment ? { kind: 'day', ...moment } : { kind: 'now', ...moment }
    const name = 'on' in moment ? `on ${moment.on}` : `at ${moment.atS}`
    return { moment: name, state: stateAt(header, events, asked) }
  })
  const { defaultEffect } = inputs
  const moment: Moment = { kind: 'day', on: '2026-01-31' }
  const effects = inputs.effects.map(({ issuer, grounds }) => {
    const input = { here: 'jp', issuer, grounds, responses: [], rules, defaultEffect, moment }
    const { value, by } = effectHere(input)
    return { grounds: grounds.join(', '), effect: value, by }
  })
  return { states, effects }
}

function actOf(jws: string): Act {
  const parsed = parseEntry(encodeUtf8(jws))
  if (parsed.read !== 'act') throw new TypeError(parsed.detail)
  return parsed.entry.act
}

function nodeOf<T>(nodes: ReadonlyMap<string, T>, market: string): T {
  const node = nodes.get(market)
  if (node === undefined) throw new TypeError(`no node ${market}`)
  return node
}

const zoneOf = (market: string): string => inputs.markets[market]?.timeZone ?? 'UTC'
const textOf = (encoded: string): string => decodeUtf8(bytesOf(encoded)) ?? ''

function bytesOf(encoded: string): Uint8Array {
  const bytes = decodeBase64url(encoded)
  if (bytes === null) throw new TypeError('not base64url')
  return bytes
}
