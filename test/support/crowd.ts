// One real node among many simulated members: each has real keys, checks what it is sent, and cosigns it; what it does not have is a
// database, a log and pages.
import { charterHeader, charterPayload, parseCharter } from '../../src/charter/charter.ts'
import { foundingTerms } from '../../src/charter/found.ts'
import type { CharterPayload } from '../../src/charter/schema.ts'
import { planAdoption } from '../../src/charter/store.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import type { NodeDb } from '../../src/node/database.ts'
import { openLog } from '../../src/outbound.ts'
import type { Fetch } from '../../src/pull/source.ts'
import { parseAddCheckpoint } from '../../src/tlog/add-checkpoint.ts'
import { parseCheckpoint } from '../../src/tlog/checkpoint.ts'
import { cosign } from '../../src/tlog/cosignature.ts'
import { EMPTY_ROOT } from '../../src/tlog/hash.ts'
import { parseVkey, type Vkey } from '../../src/tlog/key.ts'
import { formatNote, parseNote, verifyNote } from '../../src/tlog/note.ts'
import { verifyConsistency } from '../../src/tlog/proof.ts'
import { memberFile, type TestKeys, type TestNode, testKeys, testNode } from './alliance.ts'

export type Crowd = {
  node: TestNode
  terms: CharterPayload
  /** Markets of the simulated members. */
  others: readonly string[]
  clock: { nowMs: number }
}
/** When a member's answer comes: at once, or when this is fulfilled. A member that never answers rejects. */
export type Delay = (market: string) => Promise<void>

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** The node of market `aa` over this database, and `count - 1` simulated members behind its fetch. */
export async function crowd(
  db: NodeDb,
  count: number,
  clock: { nowMs: number },
  delay: Delay,
  change: (terms: CharterPayload) => CharterPayload = (terms) => terms,
): Promise<Crowd> {
  const markets = Array.from(
    { length: count },
    (_, at) => `${LETTERS[Math.floor(at / 26)]}${LETTERS[at % 26]}`,
  )
  const keys = new Map<string, TestKeys>()
  for (const market of markets) keys.set(market, await testKeys())
  const files = [...keys].map(([market, own]) => memberFile(market, own))
  const nowS = Math.floor(clock.nowMs / 1000)
  const terms = change(foundingTerms(files, { defaultEffect: 'detain', nowS }))
  await adopt(db, terms, [...keys.values()], nowS)
  const [first = '', ...others] = markets
  const own = keys.get(first)
  const logKey = parseVkey(terms.members[0]?.logs[0]?.logKeys[0] ?? '')
  if (own === undefined || logKey === null) throw new TypeError('a crowd of nobody')
  const members = new Map<string, SimulatedMember>()
  for (const market of others) {
    const mine = keys.get(market)
    if (mine !== undefined) members.set(market, new SimulatedMember(market, mine, logKey, clock))
  }
  const fetch: Fetch = async (url, init) => {
    const { hostname, pathname } = new URL(url)
    const member = members.get(hostname.slice(0, 2))
    if (member === undefined) throw new TypeError(`no host ${url}`)
    await delay(member.market)
    return member.answer(pathname, init)
  }
  const node = testNode(first, own, db, clock, { fetch })
  await openLog(await node.outbound(), own.node)
  return { node, terms, others, clock }
}

async function adopt(
  db: NodeDb,
  terms: CharterPayload,
  keys: readonly TestKeys[],
  nowS: number,
): Promise<void> {
  const payload = charterPayload(terms)
  const signatures = await Promise.all(
    keys.map(async ({ root: { kid, sign } }) => {
      const header = encodeBase64url(encodeUtf8(JSON.stringify(charterHeader(kid))))
      const signature = encodeBase64url(await sign(encodeUtf8(`${header}.${payload}`)))
      return { protected: header, signature }
    }),
  )
  const text = JSON.stringify({ payload, signatures })
  if (!parseCharter(text).ok) throw new TypeError('the charter of the crowd does not parse')
  const plan = await planAdoption(null, text, null, nowS)
  if (!plan.ok) throw new TypeError(`${plan.code} ${plan.detail}`)
  await db.commit(plan.value.statements)
}

/** Witness and mirror of one log: what C2SP tlog-witness asks, in memory. */
class SimulatedMember {
  readonly market: string
  readonly #keys: TestKeys
  readonly #log: Vkey
  readonly #clock: { nowMs: number }
  #head = { size: 0, root: EMPTY_ROOT, text: '', logLine: '' }

  constructor(market: string, keys: TestKeys, log: Vkey, clock: { nowMs: number }) {
    this.market = market
    this.#keys = keys
    this.#log = log
    this.#clock = clock
  }

  async answer(path: string, init: Parameters<Fetch>[1]): Promise<Response> {
    if (path === '/witness/add-checkpoint') {
      const body = new Uint8Array(await new Response(init?.body).arrayBuffer())
      return this.#addCheckpoint(body)
    }
    if (path.startsWith('/mirror/') && this.#head.size > 0) {
      const line = await this.#line('applied')
      return new Response(formatNote(this.#head.text, [this.#head.logLine, line]).slice())
    }
    return new Response('', { status: 404 })
  }

  async #addCheckpoint(body: Uint8Array): Promise<Response> {
    const request = parseAddCheckpoint(body)
    const note = request === null ? null : parseNote(request.note)
    const head = note === null ? null : parseCheckpoint(note.text)
    if (request === null || note === null || head === null) return new Response('', { status: 400 })
    const verdict = await verifyNote(note, [this.#log])
    if (!verdict.ok) return new Response('', { status: 403 })
    const { old, proof } = request
    if (old !== this.#head.size) return new Response(`${this.#head.size}\n`, { status: 409 })
    if (!verifyConsistency(old, head.size, this.#head.root, head.root, proof)) {
      return new Response('', { status: 422 })
    }
    const logLine = verdict.verified[0]?.line ?? ''
    this.#head = { size: head.size, root: head.root, text: note.text, logLine }
    return new Response(`${await this.#line('witness')}\n`)
  }

  #line(role: 'witness' | 'applied'): Promise<string> {
    const { publicKey, sign } = this.#keys[role]
    const name = `${this.market}.test/log/${role}`
    return cosign(this.#head.text, name, publicKey, sign, Math.floor(this.#clock.nowMs / 1000))
  }
}
