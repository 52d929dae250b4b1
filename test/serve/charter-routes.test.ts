// A charter handed to a running node by anybody: it is taken when it proves itself, and otherwise nothing changes (protocol 1.9).
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { MAX_CHARTER_BYTES } from '../../src/charter/schema.ts'
import { readAdopted } from '../../src/charter/store.ts'
import { openDatabase } from '../../src/node/database.ts'
import { type TestAlliance, testAlliance } from '../support/alliance.ts'
import { documented } from '../support/api.ts'
import { nextCharter, rootsOf } from '../support/charters.ts'

const STRICTER = [{ do: 'set', path: 'policy.defaultEffect', value: 'examine' }] as const
let alliance: TestAlliance
let first: string

beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  first = await (await alliance.node('us').request('/charter/1.json')).text()
})

const hand = (body: string | Uint8Array<ArrayBuffer>) =>
  alliance.node('us').request('/charter', { method: 'POST', body })
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code
const adoptedNow = async () => (await readAdopted(alliance.node('us').db))?.charter.terms.n

/** A node of the alliance before it has adopted anything. */
function newcomer(pin: string | null) {
  const { sync } = alliance.node('us')
  const db = openDatabase(':memory:')
  const app = createApp({
    db,
    here: { market: 'us', name: 'New' },
    nowMs: sync.nowMs,
    trace: (event, facts) => {
      throw new Error(`${event} ${JSON.stringify(facts)}`)
    },
    member: { sync: { ...sync, db }, alliance: pin, wake: () => {} },
  })
  const { request } = documented(app)
  return { db, hand: (body: string) => request('http://us.test/charter', { method: 'POST', body }) }
}

describe('the first charter', () => {
  it('is taken under the hash that the settings pin', async () => {
    const { db, hand: handFirst } = newcomer(alliance.alliance)
    const answer = await handFirst(`${first}\n`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ n: 1, hash: alliance.alliance })
    expect((await readAdopted(db))?.alliance).toBe(alliance.alliance)
  })

  it('is refused under another hash, and where the settings pin none', async () => {
    for (const pin of ['A'.repeat(43), null]) {
      const { db, hand: handFirst } = newcomer(pin)
      const answer = await handFirst(first)
      expect(answer.status).toBe(409)
      expect(await codeOf(answer)).toBe('ERR_CHARTER_PIN')
      expect(await readAdopted(db)).toBeNull()
    }
  })
})

describe('the next charter', () => {
  it('is adopted at once, and a copy of it changes nothing', async () => {
    const text = await nextCharter(alliance, [...STRICTER])
    for (const _ of [1, 2]) {
      const answer = await hand(text)
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ n: 2 })
      expect(await adoptedNow()).toBe(2)
    }
  })

  it('is refused with too few signatures, out of order, or when it is none; the node goes on under the old one', async () => {
    const [one] = rootsOf(alliance)
    if (one === undefined) throw new TypeError('no root key')
    const few = await nextCharter(alliance, [...STRICTER], { roots: [one] })
    expect(await codeOf(await hand(few))).toBe('ERR_CHARTER_THRESHOLD')
    expect(await codeOf(await hand('{}'))).toBe('ERR_CHARTER_FORMAT')
    expect(await codeOf(await hand(new Uint8Array([0xff, 0xfe])))).toBe('ERR_CHARTER_FORMAT')
    expect(await adoptedNow()).toBe(1)
  })

  it('is not read beyond its largest size', async () => {
    const answer = await hand('x'.repeat(MAX_CHARTER_BYTES + 1))
    expect(answer.status).toBe(413)
    expect(await codeOf(answer)).toBe('ERR_REQUEST_TOO_LARGE')
  })
})
