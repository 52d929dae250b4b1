// A log that signed two histories: proven, frozen, told to everyone, its earlier decisions still blocked (design: protocol 1.10).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { parseCharter } from '../../src/charter/charter.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { verifyFork } from '../../src/cli/verify-fork.ts'
import { openDatabase } from '../../src/node/database.ts'
import type { Fetch } from '../../src/pull/source.ts'
import { pushHead } from '../../src/push.ts'
import { verifyForkProof } from '../../src/tlog/fork-proof.ts'
import { parseVkey } from '../../src/tlog/key.ts'
import { type TestAlliance, type TestNode, testAlliance, testTwin } from '../support/alliance.ts'
import { provesFork } from '../support/apart.ts'
import { adoptAt, newNode } from '../support/charters.ts'
import { issueDraft } from '../support/decisions.ts'

const GTIN = '9521234123453'
let alliance: TestAlliance
let de: TestNode
let twin: TestNode & { fetch: Fetch }
let directory: string

beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'kr', 'us'])
  de = alliance.node('de')
  await de.publishText(issueDraft('de/drills'))
  await alliance.syncAll()
  // The same log behind a second port: the database was copied, and both go on signing.
  twin = await testTwin(alliance, de, openDatabase(copyOf(de)))
})
afterEach(() => {
  twin.db.close()
  alliance.close()
  rmSync(directory, { recursive: true, force: true })
})

function copyOf(node: TestNode): string {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-twin-'))
  const path = join(directory, 'twin.db')
  writeFileSync(path, node.db.raw.serialize())
  return path
}

/** From now on these nodes reach the twin where they ask for de. */
function split(victims: readonly string[]): void {
  const honest = alliance.net.fetch
  for (const market of victims) {
    const node = alliance.node(market)
    node.sync.fetch = async (url, init) =>
      url.startsWith(de.url) ? twin.fetch(url, init) : honest(url, init)
  }
}

async function evidenceAt(node: TestNode): Promise<{ sha256: string; origin: string }[]> {
  const response = await node.request('/v1/evidence')
  return ((await response.json()) as { evidence: { sha256: string; origin: string }[] }).evidence
}

/** Through the command's own function, against the charter file. */
async function verifiedByCommand(body: string): Promise<unknown> {
  const file = await (await alliance.node('jp').request('/charter/1.json')).text()
  const parsed = parseCharter(file)
  if (!parsed.ok) throw new TypeError(parsed.detail)
  return (await verifyFork(body, parsed.charter)).json
}

/** The second head in the place of the first too: two equal heads prove nothing. */
const evidenceTwice = (body: string) => () =>
  `"first":${JSON.stringify((JSON.parse(body) as { second: string }).second)}`

async function expectFrozen(markets: readonly string[]): Promise<void> {
  for (const market of markets) {
    const node = alliance.node(market)
    const feed = (await node.status()).feeds.find((one) => one.market === 'de')
    expect([market, feed?.state, feed?.code]).toEqual([market, 'frozen', 'ERR_HEAD_CONFLICT'])
    const [evidence] = await evidenceAt(node)
    const body = await (await node.request(`/v1/evidence/${evidence?.sha256}`)).text()
    const vkey =
      alliance.charter.members.find((one) => one.market === 'de')?.logs[0]?.logKeys[0] ?? ''
    // A program written apart, with node:crypto only, finds the same.
    expect(provesFork(body, vkey)).toBe(true)
    expect(provesFork(body.replace(/"first":"([^"]*)"/, evidenceTwice(body)), vkey)).toBe(false)
    const logKey = parseVkey(vkey)
    expect(await verifiedByCommand(body)).toMatchObject({
      kind: 'fork',
      verified: true,
      sha256: evidence?.sha256,
    })
    expect(await verifyForkProof(body, logKey === null ? [] : [logKey])).toMatchObject({
      ok: true,
      origin: de.origin,
    })
  }
}

describe('two histories of one log', () => {
  it('of the same size are proven by gossip within a round or two, by every node', async () => {
    split(['kr', 'us'])
    await de.publishText(issueDraft('de/left'))
    await twin.publishText(issueDraft('de/right'))
    for (let round = 0; round < 2; round++)
      for (const market of ['jp', 'kr', 'us']) await alliance.node(market).pull()
    await expectFrozen(['jp', 'kr', 'us'])
  })

  it('of different sizes are proven by the tiles of the larger one', async () => {
    split(['us'])
    await de.publishText(issueDraft('de/left'))
    await twin.publishText(issueDraft('de/right'))
    await twin.publishText(issueDraft('de/right-again'))
    for (let round = 0; round < 2; round++)
      for (const market of ['jp', 'kr', 'us']) await alliance.node(market).pull()
    await expectFrozen(['jp', 'kr', 'us'])
  })

  it('one pushed, one polled, are proven by the node that met both, without any gossip', async () => {
    await de.publishText(issueDraft('de/left'))
    await twin.publishText(issueDraft('de/right'))
    await pushHead({ ...twin.sync, adopted: await requireAdopted(twin.db) })
    const jp = alliance.node('jp')
    expect(await evidenceAt(jp)).toEqual([])
    await jp.pull('de')
    await expectFrozen(['jp'])
  })

  it('both pushed are proven at once by every node, with nothing pulled', async () => {
    await de.publishText(issueDraft('de/left'))
    await twin.publishText(issueDraft('de/right'))
    await twin.publishText(issueDraft('de/right-2'))
    for (const node of [de, twin]) {
      await pushHead({ ...node.sync, adopted: await requireAdopted(node.db) })
    }
    // The longer branch is proven by its tiles, so the push only says where to look.
    for (const market of ['jp', 'kr', 'us'])
      expect(await evidenceAt(alliance.node(market))).toEqual([])
    split(['jp', 'kr', 'us'])
    for (const market of ['jp', 'kr', 'us']) await alliance.node(market).pull('de')
    await expectFrozen(['jp', 'kr', 'us'])
  })

  it('pushed to a node that never pulled that log freeze it before anything is merged', async () => {
    const fresh = await newNode(alliance, 'us', { keys: alliance.node('us').keys })
    await adoptAt(fresh, await (await de.request('/charter/1.json')).text())
    await de.publishText(issueDraft('de/left'))
    await twin.publishText(issueDraft('de/right'))
    for (const node of [de, twin]) {
      await pushHead({ ...node.sync, adopted: await requireAdopted(node.db) })
    }
    await fresh.pull('de')
    const feed = (await fresh.status()).feeds.find((one) => one.market === 'de')
    expect([feed?.state, feed?.merged]).toEqual(['frozen', 0])
  })

  it('a frozen log keeps its earlier decisions in force, is not trusted for "not listed", and is cosigned no more', async () => {
    split(['us'])
    await de.publishText(issueDraft('de/left'))
    await twin.publishText(issueDraft('de/right'))
    for (let round = 0; round < 2; round++)
      for (const market of ['jp', 'kr', 'us']) await alliance.node(market).pull()
    const ask = async (gtin: string) => {
      const response = await alliance.node('jp').request(`/v1/lookup?gtin=${gtin}`)
      return ((await response.json()) as { verdict: string }).verdict
    }
    expect(await ask(GTIN)).toBe('blocked')
    expect(await ask('9520001000010')).toBe('cannot_say')
    const body = `old 0\n\n${await (await de.request('/log/checkpoint')).text()}`
    const answer = await alliance
      .node('jp')
      .request('/witness/add-checkpoint', { method: 'POST', body })
    expect(answer.status).toBe(422)
  })

  it('each node that found the proof says so in its own log, where the others read it', async () => {
    split(['us'])
    await de.publishText(issueDraft('de/left'))
    await twin.publishText(issueDraft('de/right'))
    for (let round = 0; round < 2; round++)
      for (const market of ['jp', 'kr', 'us']) await alliance.node(market).pull()
    const jp = alliance.node('jp')
    const rows = jp.db.raw
      .prepare("SELECT market FROM act WHERE kind = 'notice/evidence' AND code IS NULL")
      .all()
    expect(rows).toContainEqual({ market: 'jp' })
  })
})

it('an honest log that grows while heads are gossiped is never suspected', async () => {
  for (let at = 0; at < 5; at++) {
    await de.publishText(issueDraft(`de/more-${at}`))
    await alliance.node(['jp', 'kr', 'us'][at % 3] ?? 'us').pull()
  }
  await alliance.syncAll()
  for (const market of ['jp', 'kr', 'us']) {
    expect(await evidenceAt(alliance.node(market))).toEqual([])
    const mirror = await alliance
      .node(market)
      .request(`/mirror/${originHash(de.origin)}/checkpoint`)
    expect(mirror.status).toBe(200)
  }
})
