// A log whose operator signs entries that no rule allows: each is kept, recorded with its code and changes nothing (protocol 1.3).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatHeader } from '../../src/decision/entry.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { leafHash } from '../../src/tlog/hash.ts'
import { testKey } from '../support/alliance.ts'
import { actOf, appendRaw, entriesOf, issueOf, rawEntry } from '../support/entries.ts'
import { type EntryScene, makeEntryScene } from '../support/entry-scene.ts'
import { of } from '../support/scene.ts'

let scene: EntryScene
beforeAll(async () => {
  scene = await makeEntryScene()
})
afterAll(() => scene.alliance.close())

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe('spelling', () => {
  it('fifteen of the sixteen last letters that lenient readers take for the same are refused', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const entry = text(await scene.signed(scene.payload()))
    const last = alphabet.indexOf(entry.slice(-1))
    const lenient = Array.from({ length: 16 }, (_, at) => {
      const other = `${entry.slice(0, -1)}${alphabet[(last & 0b110000) + at]}`
      return Buffer.from(other.slice(-86), 'base64url')
    })
    expect(new Set(lenient.map((bytes) => bytes.toString('hex'))).size).toBe(1)
    const variants = [...alphabet.slice(last & 0b110000, (last & 0b110000) + 16)]
      .map((letter) => `${entry.slice(0, -1)}${letter}`)
      .filter((variant) => variant !== entry)
    expect(variants).toHaveLength(15)
    for (const variant of variants)
      await scene.expectRefused(encodeUtf8(variant), 'ERR_ACT_SPELLING')
    // None of them used the id up.
    await appendRaw(scene.liar, [encodeUtf8(entry)])
    expect(of((await scene.reader.pull()).peers, 'jp')).toMatchObject({ merged: 1, refused: 0 })
  })

  it.each([
    ['padding', (entry: string) => `${entry}==`],
    ['a line feed at the end', (entry: string) => `${entry}\n`],
    ['a blank at the end', (entry: string) => `${entry} `],
    ['a blank at the front', (entry: string) => ` ${entry}`],
    ['a blank inside', (entry: string) => entry.replace('.', ' .')],
    ['a byte order mark', (entry: string) => `\u00ef\u00bb\u00bf${entry}`],
    ['letters of the other alphabet', (entry: string) => `${entry.slice(0, -2)}+/`],
    ['four parts', (entry: string) => `${entry}.`],
    ['an empty payload', (entry: string) => entry.replace(/\..*\./, '..')],
    ['no signature', (entry: string) => entry.slice(0, entry.lastIndexOf('.') + 1)],
    ['a signature one letter short', (entry: string) => entry.slice(0, -1)],
    ['the JSON serialisation', () => '{"payload":"e30","signatures":[]}'],
    ['nothing', () => ''],
  ])('%s is refused', async (_, spell) => {
    const entry = spell(text(await scene.signed(scene.payload())))
    await scene.expectRefused(new Uint8Array(Buffer.from(entry, 'latin1')), 'ERR_ACT_SPELLING')
  })

  it('a payload that is not UTF-8 is refused', async () => {
    const bytes = encodeUtf8(scene.payload())
    await scene.expectRefused(
      await scene.signed(bytes.with(bytes.indexOf(0x6a), 0xff)),
      'ERR_ACT_SPELLING',
    )
  })
})

describe('header', () => {
  const kid = () => scene.liar.keys.agency.kid
  it.each([
    ['alg none', () => formatHeader(kid()).replace('Ed25519', 'none')],
    ['alg HS256', () => formatHeader(kid()).replace('Ed25519', 'HS256')],
    ['alg EdDSA', () => formatHeader(kid()).replace('Ed25519', 'EdDSA')],
    ['an embedded key', () => formatHeader(kid()).replace('}', ',"jwk":{"kty":"OKP"}}')],
    ['an address of keys', () => formatHeader(kid()).replace('}', ',"jku":"https://x.test/k"}')],
    ['a certificate', () => formatHeader(kid()).replace('}', ',"x5u":"https://x.test/c"}')],
    ['critical members', () => formatHeader(kid()).replace('}', ',"crit":["b64"],"b64":false}')],
    ['another order', () => `{"typ":"exclusion-act+jws","alg":"Ed25519","kid":"${kid()}"}`],
    ['a name twice', () => formatHeader(kid()).replace('{', '{"alg":"none",')],
    ['a blank', () => formatHeader(kid()).replace(',', ', ')],
    ['an escape', () => formatHeader(kid()).replace('alg', '\\u0061lg')],
    ['another typ', () => formatHeader(kid()).replace('exclusion-act', 'charter')],
    ['no typ', () => `{"alg":"Ed25519","kid":"${kid()}"}`],
    ['no kid', () => '{"alg":"Ed25519","typ":"exclusion-act+jws"}'],
    ['a kid that is no thumbprint', () => formatHeader('agency')],
  ])('%s is refused', async (_, header) => {
    await scene.expectRefused(
      await rawEntry(scene.payload(), scene.liar.keys.agency, header()),
      'ERR_ACT_HEADER',
    )
  })

  it('alg none without a signature is refused', async () => {
    const header = '{"alg":"none"}'
    const entry = `${encodeBase64url(encodeUtf8(header))}.${encodeBase64url(encodeUtf8(scene.payload()))}.`
    await scene.expectRefused(encodeUtf8(entry), 'ERR_ACT_SPELLING')
  })
})

describe('whose act it is', () => {
  it('an act for another alliance is refused', async () => {
    const alliances = scene.payload(scene.freshIssue(), {
      alliance: encodeBase64url(new Uint8Array(32)),
    })
    await scene.expectRefused(await scene.signed(alliances), 'ERR_ACT_ALLIANCE')
  })

  it("another member's act, replayed in this log, is refused", async () => {
    const theirs = entriesOf(scene.honest).at(-1) ?? new Uint8Array()
    await scene.expectRefused(theirs, 'ERR_ACT_LOG')
  })

  it('an act for another log, by the right key, is refused', async () => {
    await scene.expectRefused(
      await scene.signed(scene.payload(scene.freshIssue(), { log: scene.honest.origin })),
      'ERR_ACT_LOG',
    )
  })

  it("a decision under another market's prefix is refused", async () => {
    await scene.expectRefused(
      await scene.signed(scene.payload(issueOf('de/stolen'))),
      'ERR_ACT_MARKET',
    )
  })

  it('a response to an own decision is refused', async () => {
    const from = { on: '2026-01-16', precision: 'day', at: 1768521600 }
    const own = { act: 'respond', decision: 'jp/known', effect: 'enforce', from } as UnsignedAct
    await scene.expectRefused(await scene.signed(scene.payload(own)), 'ERR_ACT_MARKET')
  })

  it.each([
    ["another member's agency key", () => scene.honest.keys.agency],
    ["the log's own node key", () => scene.liar.keys.node],
    ["the log's own log key", () => scene.liar.keys.log],
    ["the market's root key", () => scene.liar.keys.root],
  ])('an act signed by %s is refused', async (_, key) => {
    await scene.expectRefused(await rawEntry(scene.payload(), key()), 'ERR_ACT_KEY')
  })

  it('an act under the right kid that another key signed is refused', async () => {
    const { sign } = await testKey()
    const forged = await rawEntry(scene.payload(), { ...scene.liar.keys.agency, sign })
    await scene.expectRefused(forged, 'ERR_ACT_SIGNATURE')
  })

  it('a signature moved to another payload is refused', async () => {
    const [one, other] = [
      text(await scene.signed(scene.payload())),
      text(await scene.signed(scene.payload())),
    ]
    const moved = other.slice(0, other.lastIndexOf('.')) + one.slice(one.lastIndexOf('.'))
    await scene.expectRefused(encodeUtf8(moved), 'ERR_ACT_SIGNATURE')
  })

  it('a charter under an adopted number with another hash is refused', async () => {
    const hash = encodeBase64url(new Uint8Array(32).fill(1))
    const notice = { act: 'notice', decision: null, kind: 'charter', n: 1, hash } as UnsignedAct
    await scene.expectRefused(
      await rawEntry(scene.payload(notice), scene.liar.keys.node),
      'ERR_NOTICE_CHARTER',
    )
  })
})

describe('order', () => {
  const suspend = (decision: string): UnsignedAct =>
    ({
      act: 'suspend',
      decision,
      from: { on: '2026-02-01', precision: 'day', at: 1769904000 },
    }) as UnsignedAct

  it('the same entry a second time is refused', async () => {
    const entry = await scene.signed(scene.payload())
    await appendRaw(scene.liar, [entry])
    await scene.expectRefused(entry, 'ERR_ACT_ID_REUSED')
  })

  it('another act under a used id is refused', async () => {
    const first = actOf(scene.alliance, scene.liar, scene.freshIssue())
    await appendRaw(scene.liar, [await scene.signed(JSON.stringify(first))])
    await scene.expectRefused(
      await scene.signed(scene.payload(scene.freshIssue(), { id: first.id })),
      'ERR_ACT_ID_REUSED',
    )
  })

  it('of two acts upon the same last act the second is refused', async () => {
    const issue = scene.freshIssue()
    const entry = await scene.signed(scene.payload(issue))
    const prev = encodeBase64url(leafHash(entry))
    const upon = () => scene.payload(suspend(String(issue.decision)), { prev })
    await appendRaw(scene.liar, [entry, await scene.signed(upon())])
    await scene.expectRefused(await scene.signed(upon()), 'ERR_ACT_PREV')
  })

  it('an act upon a leaf that never was is refused', async () => {
    const prev = encodeBase64url(new Uint8Array(32).fill(9))
    await scene.expectRefused(
      await scene.signed(scene.payload(suspend('jp/known'), { prev })),
      'ERR_ACT_PREV',
    )
  })

  it('an act upon a refused act is refused', async () => {
    const bad = await scene.signed(scene.payload(scene.freshIssue(), { log: scene.honest.origin }))
    await appendRaw(scene.liar, [bad])
    const prev = encodeBase64url(leafHash(bad))
    await scene.expectRefused(
      await scene.signed(scene.payload(suspend('jp/known'), { prev })),
      'ERR_ACT_PREV',
    )
  })

  it('issuing a decision twice is refused', async () => {
    await scene.expectRefused(
      await scene.signed(scene.payload(issueOf('jp/known'))),
      'ERR_ACT_PREV',
    )
  })
})
