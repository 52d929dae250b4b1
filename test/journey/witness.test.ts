// Push, witness, applied, mirrors and gossip end to end (design: protocol 1.5, 1.6, 1.8).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { requireAdopted } from '../../src/charter/store.ts'
import { foldCosignatures } from '../../src/folding.ts'
import { pushHead, rereadApplied } from '../../src/push.ts'
import { pullNow } from '../../src/sync.ts'
import { readCosignatures } from '../../src/witness/store.ts'
import { originOf, type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'

const MARKETS = ['de', 'jp', 'kr', 'us'] as const
let alliance: TestAlliance

beforeEach(async () => {
  alliance = await testAlliance(MARKETS)
})
afterEach(() => alliance.close())

const deps = async (node: TestNode) => ({ ...node.sync, adopted: await requireAdopted(node.db) })
const names = async (at: TestNode, origin: string, kind: string) =>
  (await readCosignatures(at.db, origin))
    .filter(({ name }) => name.endsWith(kind))
    .map(({ name, size }) => `${name.slice(0, 2)} ${size}`)

describe('push', () => {
  it('every member cosigns a pushed head, and the served checkpoint carries a quorum of them', async () => {
    const de = alliance.node('de')
    await de.publishText(issueDraft('de/drills'))
    const report = await pushHead(await deps(de))
    expect(report.map(({ outcome }) => outcome)).toEqual(['cosigned', 'cosigned', 'cosigned'])
    await foldCosignatures(await deps(de))
    const note = await (await de.request('/log/checkpoint')).text()
    expect(note.split('\n\n')[1]?.trim().split('\n')).toHaveLength(5)
    expect(await names(de, de.origin, '/witness')).toEqual(['jp 2', 'kr 2', 'us 2'])
  })

  it('a later head goes on from where each witness is, also from one that missed some', async () => {
    const de = alliance.node('de')
    await pushHead(await deps(de))
    await de.publishText(issueDraft('de/one'))
    const honest = alliance.net.fetch
    alliance.net.fetch = async (url, init) => {
      if (url.includes('kr.test')) throw new TypeError('unplugged')
      return honest(url, init)
    }
    const partial = await pushHead(await deps(de))
    expect(partial.find(({ market }) => market === 'kr')?.outcome).toBe('failed')
    alliance.net.fetch = honest
    await de.publishText(issueDraft('de/two'))
    const all = await pushHead(await deps(de))
    expect(all.map(({ outcome }) => outcome)).toEqual(['cosigned', 'cosigned', 'cosigned'])
  })

  it('after a pull each member cosigns as applied, and the origin learns it from their mirrors', async () => {
    const de = alliance.node('de')
    await de.publishText(issueDraft('de/drills'))
    await pushHead(await deps(de))
    for (const market of ['jp', 'kr', 'us']) await pullNow(alliance.node(market).sync, 'de')
    expect(await rereadApplied(await deps(de))).toBe(true)
    expect((await names(de, de.origin, '/applied')).sort()).toEqual([
      'de 2',
      'jp 2',
      'kr 2',
      'us 2',
    ])
  })

  it('with push off the schedule alone gives the same cosignatures', async () => {
    const de = alliance.node('de')
    await de.publishText(issueDraft('de/drills'))
    await alliance.syncAll()
    await alliance.syncAll()
    for (const market of MARKETS) {
      const at = alliance.node(market)
      expect((await names(at, de.origin, '/applied')).sort()).toEqual([
        'de 2',
        'jp 2',
        'kr 2',
        'us 2',
      ])
    }
  })
})

describe('mirrors and gossip', () => {
  it('while an origin is off, the others take its log from a mirror', async () => {
    const de = alliance.node('de')
    await de.publishText(issueDraft('de/drills'))
    await alliance.node('jp').pull()
    const honest = alliance.net.fetch
    alliance.net.fetch = async (url, init) => {
      if (url.includes('de.test')) throw new TypeError('off')
      return honest(url, init)
    }
    const report = await alliance.node('us').pull()
    expect(report.peers.find(({ market }) => market === 'de')?.outcome).toBe('failed')
    const answer = await alliance.node('us').request('/v1/lookup?gtin=9521234123453')
    expect(((await answer.json()) as { verdict: string }).verdict).toBe('blocked')
  })

  it('a mirror serves the same bytes as the origin, immutable', async () => {
    const de = alliance.node('de')
    await de.publishText(issueDraft('de/drills'))
    await alliance.syncAll()
    const jp = alliance.node('jp')
    const base = `/mirror/${originHash(de.origin)}`
    for (const path of ['tile/0/000.p/2', 'tile/entries/000.p/2']) {
      const [own, copy] = [await de.request(`/log/${path}`), await jp.request(`${base}/${path}`)]
      expect(copy.status).toBe(200)
      expect(new Uint8Array(await copy.arrayBuffer())).toEqual(
        new Uint8Array(await own.arrayBuffer()),
      )
      expect(copy.headers.get('cache-control')).toContain('immutable')
    }
    const note = await (await jp.request(`${base}/checkpoint`)).text()
    expect(note).toContain(`— ${originOf('jp')}/applied `)
  })

  it('heads are asked for conditionally, and a mirror of an unknown log is not there', async () => {
    const jp = alliance.node('jp')
    const first = await jp.request('/v1/heads')
    const etag = first.headers.get('etag') ?? ''
    const again = await jp.request('/v1/heads', { headers: { 'if-none-match': etag } })
    expect([first.status, again.status]).toEqual([200, 304])
    expect((await jp.request(`/mirror/${'0'.repeat(64)}/checkpoint`)).status).toBe(404)
  })
})
