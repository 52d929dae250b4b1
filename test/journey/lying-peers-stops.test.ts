// Entries that this version cannot judge: judging stops there, is seen to stop, and is never skipped (protocol 1.3, 1.9 skew).
import { afterEach, beforeEach, expect, it } from 'vitest'
import { planAdoption, requireAdopted } from '../../src/charter/store.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import type { ErrorCode } from '../../src/errors.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { MAX_ENTRY_BYTES } from '../../src/tlog/bundle.ts'
import { START_MS, signedCharter } from '../support/alliance.ts'
import { appendRaw, entriesOf, issueOf, rawEntry } from '../support/entries.ts'
import { codesOf, type EntryScene, makeEntryScene, termsOf } from '../support/entry-scene.ts'
import { lieAt } from '../support/liar.ts'
import { of } from '../support/scene.ts'

let scene: EntryScene
beforeEach(async () => {
  scene = await makeEntryScene()
})
afterEach(() => scene.alliance.close())

/** Appends a good act, the one that stops, and another good one; two rounds of the reader end before the second. */
async function expectStop(entry: Uint8Array, code: ErrorCode, state: string): Promise<void> {
  const { reader, liar, honest } = scene
  const [good, never] = [scene.freshIssue(), scene.freshIssue()]
  const size = entriesOf(liar).length
  const sign = (act: UnsignedAct) => scene.signed(scene.payload(act))
  await appendRaw(liar, [await sign(good), entry, await sign(never)])
  await honest.publish([issueOf('de/meanwhile')])
  for (const round of [1, 2]) {
    const report = of((await reader.pull()).peers, 'jp')
    expect(report).toMatchObject({ outcome: 'failed', code })
    expect(report.detail).toContain(`entry ${size + 1}`)
    const { peers, feeds } = await reader.status()
    expect(of(peers, 'jp')).toMatchObject({ code, failures: round })
    expect(of(feeds, 'jp')).toMatchObject({
      state: 'waiting',
      code,
      position: size + 1,
      merged: size + 1,
      seen: size + 3,
    })
    expect(of(feeds, 'de').state).toBe('fresh')
  }
  const rows = reader.db.raw.prepare("SELECT state FROM feed WHERE market = 'jp'").pluck().all()
  expect(rows).toEqual([state])
  expect(codesOf(reader, size)).toEqual([null])
  expect(termsOf(reader)).toMatchObject([{ decision: good.decision }, { decision: 'jp/known' }])
  expect(reader.db.raw.prepare("SELECT 1 FROM terms WHERE market = 'de'").all()).toHaveLength(1)
}

const notice = (kind: string): UnsignedAct =>
  ({ act: 'notice', decision: null, kind, text: 'later' }) as unknown as UnsignedAct

it.each([
  ['an unknown v', () => scene.payload(scene.freshIssue(), { v: 2 })],
  ['v 0', () => scene.payload(scene.freshIssue(), { v: 0 })],
  ['an unknown act', () => scene.payload(scene.freshIssue(), { act: 'transfer' })],
  ['an act named like a method', () => scene.payload(scene.freshIssue(), { act: 'constructor' })],
  ['an unknown kind of notice', () => scene.payload(notice('merger'))],
  ['a notice named like a method', () => scene.payload(notice('toString'))],
  ['an unknown act of an unknown v', () => '{"v":3,"verb":"exclude"}'],
])('%s stops judging until this node is upgraded', async (_, payload) => {
  await expectStop(await scene.signed(payload()), 'ERR_UPGRADE_NEEDED', 'stopped')
})

it('a charter that is not adopted yet makes the feed wait, whoever signed the notice', async () => {
  const hash = encodeBase64url(new Uint8Array(32).fill(2))
  const ahead = { act: 'notice', decision: null, kind: 'charter', n: 2, hash } as UnsignedAct
  await expectStop(await scene.signed(scene.payload(ahead)), 'ERR_CHARTER_AHEAD', 'waiting')
})

it('a feed that waits for a charter goes on by itself once this node has adopted it', async () => {
  const { reader, liar, alliance } = scene
  const terms = { ...alliance.charter, n: 2, prev: alliance.alliance }
  const roots = [...alliance.nodes.values()].map(({ keys }) => keys.root)
  const text = await signedCharter(terms, roots)
  const hash = encodeBase64url(sha256(encodeUtf8(JSON.stringify(terms))))
  const ahead = { act: 'notice', decision: null, kind: 'charter', n: 2, hash }
  const entry = await rawEntry(scene.payload(ahead as UnsignedAct), liar.keys.node)
  await appendRaw(liar, [entry, await scene.signed(scene.payload())])
  expect(of((await reader.pull()).peers, 'jp').code).toBe('ERR_CHARTER_AHEAD')
  const plan = await planAdoption(await requireAdopted(reader.db), text, null, START_MS / 1000)
  if (!plan.ok) throw new TypeError(plan.detail)
  await reader.db.commit(plan.value.statements)
  expect(of((await reader.pull()).peers, 'jp')).toMatchObject({ merged: 2, refused: 0 })
  expect(of((await reader.status()).feeds, 'jp')).toMatchObject({ state: 'fresh', code: null })
})

it('unknown information is passed over and stops nothing', async () => {
  const { reader, liar } = scene
  const info = { act: 'info/unheard-of', decision: null, more: { x: [1] } } as unknown
  const size = entriesOf(liar).length
  const bytes = await scene.signed(scene.payload(info as UnsignedAct))
  await appendRaw(liar, [bytes, await scene.signed(scene.payload())])
  expect(of((await reader.pull()).peers, 'jp')).toMatchObject({ merged: 2, refused: 0 })
  expect(codesOf(reader, size)).toEqual([null, null])
})

it('a tree that really holds an entry above the maximum ends there', async () => {
  const { reader, liar, honest, alliance } = scene
  const size = entriesOf(liar).length
  const large = new Uint8Array(MAX_ENTRY_BYTES + 1).fill(65)
  await appendRaw(liar, [large, await scene.signed(scene.payload())])
  await honest.publish([issueOf('de/meanwhile')])
  // The honest program cannot even serve such an entry.
  const bundle = concatBytes(
    entriesOf(liar).flatMap((entry) => [
      Uint8Array.of(Math.floor(entry.length / 256), entry.length % 256),
      entry,
    ]),
  )
  const honestFetch = alliance.net.fetch
  const lie = lieAt(/entries/, async () => new Response(Uint8Array.from(bundle)))
  alliance.net.fetch = (url, init) => {
    const isLie = url.startsWith(liar.url) && url.includes('entries')
    return isLie
      ? lie(new URL(url).pathname, async () => new Response(), init)
      : honestFetch(url, init)
  }
  expect(of((await reader.pull()).peers, 'jp').code).toBe('ERR_BUNDLE_FORMAT')
  const { feeds } = await reader.status()
  expect(of(feeds, 'jp')).toMatchObject({ position: size, state: 'fresh' })
  expect(of(feeds, 'de')).toMatchObject({ position: 2, state: 'fresh' })
  expect(termsOf(reader)).toMatchObject([{ decision: 'jp/known' }])
})
