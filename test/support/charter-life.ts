// The life of an alliance whose charter changes: markets write, charters are proposed and taken up by one node after the other at any
// moment, a log is succeeded by the next; after each step every node is held against the oracle.
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { adopt } from '../../src/adoption.ts'
import { announceCharters } from '../../src/announce.ts'
import type { CharterPayload, MemberLog } from '../../src/charter/schema.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { encodeBase64 } from '../../src/encoding/base64.ts'
import { Failure } from '../../src/errors.ts'
import { readPrefix } from '../../src/pull/cut.ts'
import { readFeeds } from '../../src/pull/feed.ts'
import {
  memberFile,
  originOf,
  signedCharter,
  type TestKey,
  type TestNode,
  testKeys,
} from './alliance.ts'
import { changed, newNode, rootsOf } from './charters.ts'
import { HARMLESS } from './flaws.ts'
import { actStep, twoKeyRules } from './life.ts'
import { digest, judgeLog, type Known, leafOf } from './oracle.ts'
import { appendRaw, type RawAlliance, readEntries, type TwoKeys } from './raw-alliance.ts'
import { type ActStep, type Desk, writeEntry } from './scribe.ts'

/** Markets and nodes by number. `range`: which agency key of the log gets which indexes. */
export type CharterStep =
  | { do: 'write'; market: number; acts: ActStep[] }
  | { do: 'change'; node: number; market: number; range: [number, number, number | null] }
  | { do: 'two_keys'; node: number; market: number; rules: TwoKeys }
  | { do: 'succeed'; node: number; market: number; cutBack: number }
  | { do: 'adopt'; node: number }
  | { do: 'pull'; node: number; from: number | null; hears: boolean }

const who = fc.nat(2)
const range = fc.tuple(fc.nat(4), fc.nat(12), fc.option(fc.nat(16)))
const acts = fc.array(actStep, { minLength: 2, maxLength: 8, size: 'max' })

const stretch: fc.Arbitrary<CharterStep[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), market: who, acts }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('change' as const), node: who, market: who, range }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('two_keys' as const),
        node: who,
        market: who,
        rules: twoKeyRules,
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('adopt' as const), node: who }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('pull' as const),
        node: who,
        from: fc.option(who),
        hears: fc.boolean(),
      }),
    },
  ),
  { minLength: 3, maxLength: 10, size: 'max' },
)
const succeed: fc.Arbitrary<CharterStep> = fc.record({
  do: fc.constant('succeed' as const),
  node: who,
  market: who,
  cutBack: fc.nat(3),
})

/** In three of four lives a log is succeeded by another on the way. */
export const charterLives: fc.Arbitrary<CharterStep[]> = fc
  .tuple(stretch, fc.option(succeed, { freq: 4 }), stretch)
  .map(([before, one, after]) => [...before, ...(one === null ? [] : [one]), ...after])

export class CharterLife {
  readonly raw: RawAlliance
  readonly #roots: TestKey[]
  /** Charter files after the first, in order. */
  readonly texts: string[] = []
  /** Where each log is written. */
  readonly #homes = new Map<string, TestNode>()
  readonly #digests = new Map<string, string>()
  #ids = 0

  constructor(raw: RawAlliance) {
    this.raw = raw
    this.#roots = rootsOf(raw.alliance)
    for (const node of raw.alliance.nodes.values()) this.#homes.set(node.origin, node)
  }

  node(number: number): TestNode {
    return this.raw.alliance.node(String(this.raw.markets[number % this.raw.markets.length]))
  }

  async step(step: CharterStep): Promise<void> {
    switch (step.do) {
      case 'write':
        await this.#write(this.node(step.market), step.acts)
        break
      case 'change':
        await this.#propose(this.node(step.node), (terms) => {
          const [key, from, to] = step.range
          const live = liveOf(terms, this.node(step.market).market)
          const pen = live?.agencyKeys[key % live.agencyKeys.length]
          if (pen !== undefined) Object.assign(pen, { fromIndex: from, toIndex: to })
        })
        break
      case 'two_keys':
        await this.#propose(this.node(step.node), (terms) => {
          const live = liveOf(terms, this.node(step.market).market)
          if (live !== undefined) live.twoKeys = step.rules
        })
        break
      case 'succeed':
        await this.#succeed(this.node(step.node), this.node(step.market), step.cutBack)
        break
      case 'adopt':
        await this.#adoptNext(this.node(step.node))
        break
      case 'pull':
        await this.#pull(this.node(step.node), step.from, step.hears)
    }
    await this.expectDigest(this.node('node' in step ? step.node : step.market))
  }

  /** All hear of all charters and pull until nothing is new. */
  async settle(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      for (const node of this.raw.alliance.nodes.values()) await node.pull()
    }
  }

  /** The node's digest is the oracle's; whoever has the same charter and the same heads has the same digest. */
  async expectDigest(node: TestNode): Promise<string> {
    const { known, key } = await this.knownAt(node)
    const { digest: here } = await node.status()
    expect(here, `digest of ${node.market} at ${key}`).toBe(digest(known))
    expect(here, key).toBe(this.#digests.get(key) ?? here)
    this.#digests.set(key, here)
    return here
  }

  /** Entry by entry what the oracle says. */
  async expectVerdicts(node: TestNode): Promise<void> {
    const { known } = await this.knownAt(node)
    for (const market of this.raw.markets) {
      const rows = node.db.raw
        .prepare('SELECT code FROM act WHERE market = ? ORDER BY pos')
        .all(market) as { code: string | null }[]
      const said = rows.map(({ code }) => (code === null ? 'accepted' : 'refused'))
      expect(said, `${market} at ${node.market}`).toEqual(judgeLog(known, market).verdicts)
    }
  }

  /** What the oracle is told: the charters this node adopted, and of each log as much as it has merged. */
  async knownAt(node: TestNode): Promise<{ known: Known; key: string }> {
    const { files, charter } = await requireAdopted(node.db)
    const payloads = files.map((file) => Buffer.from(JSON.parse(file).payload, 'base64url'))
    const newest = payloads.pop()
    if (newest === undefined) throw new TypeError('no charter')
    const merged = new Map((await readFeeds(node.db)).map((feed) => [feed.origin, feed.merged]))
    const part = async (origin: string) => {
      const home = this.#homes.get(origin)
      return home === undefined ? [] : (await readEntries(home)).slice(0, merged.get(origin) ?? 0)
    }
    const logs: Record<string, Uint8Array[]> = {}
    const next: Record<string, Uint8Array[]> = {}
    for (const market of this.raw.markets) {
      logs[market] = await part(originOf(market))
      next[market] = await part(nextOrigin(market))
    }
    const sizes = [...merged].sort().map(([origin, size]) => `${origin} ${size}`)
    return {
      known: { charter: newest, older: payloads, logs, next },
      key: `${charter.hash} ${sizes.filter((size) => !size.endsWith(' 0')).join(' ')}`,
    }
  }

  async #write(node: TestNode, acts: readonly ActStep[]): Promise<void> {
    const { market, origin } = node
    const { known } = await this.knownAt(node)
    const entries: Record<string, Uint8Array[]> = {}
    for (const name of this.raw.markets) {
      const home = this.#homes.get(originOf(name))
      if (home !== undefined) entries[name] = await readEntries(home)
    }
    const { accepted } = judgeLog(known, market)
    const { markets, alliance } = this.raw
    const nextId = () => `00000000-0000-7000-8000-${String(this.#ids++).padStart(12, '0')}`
    const own = { market, origin, accepted, entries, nextId, pens: this.raw.pens(market) }
    const desk: Desk = { ...own, markets, alliance: alliance.alliance }
    const batch: Uint8Array[] = []
    for (const act of acts) {
      const entry = await writeEntry(desk, act)
      batch.push(entry)
      if (HARMLESS.includes(act.flaw)) desk.accepted.push(guess(entry, desk.accepted.length))
    }
    await appendRaw(node, batch, alliance.clock.nowMs)
  }

  /** The next charter upon the newest one, if the rules allow it and the proposer has all before it. */
  async #propose(node: TestNode, edit: (terms: CharterPayload) => void): Promise<boolean> {
    await this.#catchUp(node)
    const { charter } = await requireAdopted(node.db)
    const terms = structuredClone(changed(charter, [], this.raw.alliance.clock.nowMs))
    edit(terms)
    const text = await signedCharter(terms, this.#roots)
    const deps = { db: node.db, nowMs: node.sync.nowMs, here: node.market }
    if (!(await adopt(deps, text, null)).ok) return false
    this.texts.push(text)
    await this.#announce(node)
    return true
  }

  /** The market's next log takes over where this node says the first one ends; its node starts from nothing. */
  async #succeed(node: TestNode, old: TestNode, cutBack: number): Promise<void> {
    const { market } = old
    if (old.origin !== originOf(market) || node.market === market) return
    await this.#catchUp(node)
    await node.pull(market)
    const feed = (await readFeeds(node.db)).find(({ origin }) => origin === old.origin)
    const size = Math.max(1, (feed?.merged ?? 0) - cutBack)
    const { root } = await readPrefix(node.db, old.origin, size)
    const keys = await testKeys()
    const origin = nextOrigin(market)
    const { charter } = await requireAdopted(node.db)
    const member = memberFile(market, keys, origin)
    const frozen = { size, root: encodeBase64(root) }
    const terms = changed(charter, [{ do: 'successor_log', market, member, frozen }])
    const isMade = await this.#propose(node, (next) =>
      Object.assign(next, { members: terms.members }),
    )
    if (!isMade) return
    const next = await newNode(this.raw.alliance, market, { origin, keys })
    this.#homes.set(origin, next)
    const deps = { db: next.db, nowMs: next.sync.nowMs, here: market }
    for (const text of [await this.#first(node), ...this.texts]) {
      const adopted = await adopt(deps, text, this.raw.alliance.alliance)
      expect(adopted).toMatchObject({ ok: true })
    }
  }

  async #first(node: TestNode): Promise<string> {
    const [first = ''] = (await requireAdopted(node.db)).files
    return first
  }

  async #catchUp(node: TestNode): Promise<void> {
    for (let isBehind = true; isBehind; ) isBehind = await this.#adoptNext(node)
  }

  async #adoptNext(node: TestNode): Promise<boolean> {
    const { charter } = await requireAdopted(node.db)
    const text = this.texts[charter.terms.n - 1]
    if (text === undefined) return false
    const deps = { db: node.db, nowMs: node.sync.nowMs, here: node.market }
    expect(await adopt(deps, text, null)).toMatchObject({ ok: true })
    await this.#announce(node)
    return true
  }

  /** A log that nobody can judge any further says nothing more either. */
  async #announce(node: TestNode): Promise<void> {
    try {
      await announceCharters(await node.outbound(), node.keys.node)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }

  async #pull(node: TestNode, from: number | null, hears: boolean): Promise<void> {
    const { net } = this.raw.alliance
    const whole = net.fetch
    net.fetch = (url, init) =>
      !hears && url.includes('/charter/') ? Promise.reject(new TypeError('cut')) : whole(url, init)
    try {
      await node.pull(from === null ? undefined : this.node(from).market)
    } finally {
      net.fetch = whole
    }
  }
}

const nextOrigin = (market: string): string => `${market}.test/next`
const liveOf = (terms: CharterPayload, market: string): MemberLog | undefined =>
  terms.members.find((member) => member.market === market)?.logs.at(-1)

function guess(entry: Uint8Array, pos: number): Desk['accepted'][number] {
  const [header = '', payload = ''] = Buffer.from(entry).toString('latin1').split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  return { pos, leaf: leafOf(entry), kid: read(header).kid, act: read(payload) }
}
