// A scene for lies about single entries: jp appends what no rule allows, us reads it beside the honest log of de.
import { expect } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { type TestAlliance, type TestNode, testAlliance } from './alliance.ts'
import { actOf, appendRaw, entriesOf, issueOf, rawEntry } from './entries.ts'
import { of } from './scene.ts'

export type EntryScene = {
  alliance: TestAlliance
  reader: TestNode
  liar: TestNode
  honest: TestNode
  /** An order of jp that nobody has issued yet. */
  freshIssue(): UnsignedAct
  /** The payload of an act of jp that is right in everything but `more`, as text. */
  payload(act?: UnsignedAct, more?: object): string
  /** Entry bytes of any payload, signed by jp's agency key. */
  signed(payload: string | Uint8Array): Promise<Uint8Array>
  /** One bad entry and a good one after it: refused with the code, and nothing else changes for anyone. */
  expectRefused(bad: Uint8Array, code: ErrorCode): Promise<void>
}

/** Founds us, jp and de; `jp/known` is in effect everywhere. */
export async function makeEntryScene(): Promise<EntryScene> {
  const alliance = await testAlliance(['us', 'jp', 'de'])
  const [reader, liar, honest] = ['us', 'jp', 'de'].map((market) => alliance.node(market))
  if (!reader || !liar || !honest) throw new TypeError('a node is missing')
  await liar.publish([issueOf('jp/known')])
  await alliance.syncAll()
  let names = 0
  const scene: EntryScene = {
    alliance,
    reader,
    liar,
    honest,
    freshIssue() {
      names += 1
      return issueOf(`jp/case-${names}`)
    },
    payload(act = scene.freshIssue(), more = {}) {
      return JSON.stringify({ ...actOf(alliance, liar, act), ...more })
    },
    signed: (text) => rawEntry(text, liar.keys.agency),
    async expectRefused(bad, code) {
      await reader.pull()
      const [index, de] = [entriesOf(liar).length, entriesOf(honest).length]
      const before = termsOf(reader)
      await appendRaw(liar, [bad, await scene.signed(scene.payload())])
      await honest.publish([issueOf(`de/case-${names}`)])
      const report = of((await reader.pull()).peers, 'jp')
      expect(report).toMatchObject({ outcome: 'merged', merged: 2, refused: 1 })
      expect(codesOf(reader, index)).toEqual([code, null])
      expect(termsOf(reader)).toHaveLength(before.length + 1)
      expect(termsOf(reader)).toEqual(expect.arrayContaining(before))
      const { digest, feeds, refused } = await reader.status()
      expect(refused.find(({ market, idx }) => market === 'jp' && idx === index)?.code).toBe(code)
      expect(of(feeds, 'jp')).toMatchObject({ state: 'fresh', position: index + 2 })
      expect(of(feeds, 'de')).toMatchObject({ state: 'fresh', position: de + 1 })
      // The liar's own node judges the same.
      await liar.pull()
      expect((await liar.status()).digest).toBe(digest)
    },
  }
  return scene
}

/** What jp's log has in effect at a node: decisions with the leaf that set their terms. */
export function termsOf(node: TestNode): unknown[] {
  return node.db.raw
    .prepare("SELECT decision, leaf FROM terms WHERE market = 'jp' ORDER BY decision")
    .all()
}

/** Outcomes of jp's entries from an index on: null where accepted. */
export function codesOf(node: TestNode, from: number): unknown[] {
  return node.db.raw
    .prepare("SELECT code FROM act WHERE market = 'jp' AND idx >= ? ORDER BY idx")
    .pluck()
    .all(from)
}
