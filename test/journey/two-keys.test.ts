// Acts that need two keys: a rescission by one key lifts nowhere, by two everywhere; a thief of one key neither lifts nor blocks
// (design: protocol 1.3 `endorse`, 1.9 `twoKeys`; attack 11).
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adopt } from '../../src/adoption.ts'
import { visible } from '../../src/cli/endorse.ts'
import { endorse, findToEndorse } from '../../src/endorsing.ts'
import { foresee } from '../../src/foreseeing.ts'
import { publishActs, publishFile } from '../../src/outbound.ts'
import {
  memberFile,
  signedCharter,
  type TestAlliance,
  type TestKey,
  testAlliance,
  testKey,
  testKeys,
} from '../support/alliance.ts'
import {
  adoptAt,
  changed,
  charterOf,
  digestsOf,
  newNode,
  nextCharter,
  rootsOf,
} from '../support/charters.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { GTIN, running } from '../support/running.ts'

type Running = ReturnType<typeof running>
const RESCIND = 'act: rescind\nfrom: 2026-11-01\nreason: {code: settled}'
const ANNUL = 'act: annul\nreason: {code: error}'
const BLOCKED = ['blocked', 'blocked', 'blocked']
const NOT_LISTED = ['not_listed', 'not_listed', 'not_listed']
const ALL = ['issue', 'amend', 'products', 'rule', 'suspend', 'rescind', 'annul', 'respond']
const jwk = ({ jwk: { x } }: TestKey) => ({ kty: 'OKP' as const, crv: 'Ed25519' as const, x })
let alliance: TestAlliance
let second: TestKey
/** A key that may sign everything but an endorse. */
let desk: TestKey
let node: Running['node']
let verdicts: Running['verdicts']
let settle: Running['settle']

beforeEach(async () => {
  ;[second, desk] = await Promise.all([testKey(), testKey()])
  const range = { fromIndex: 0, toIndex: null }
  alliance = await testAlliance(['de', 'jp', 'us'], {
    terms: (terms) => ({
      ...terms,
      members: terms.members.map((member) => ({
        ...member,
        logs: member.logs.map((log) =>
          member.market !== 'us'
            ? log
            : {
                ...log,
                // The first three entries, the notice and two orders, stand by one key.
                twoKeys: [...ALL, 'notice/effect_rules'].map((act) => ({ act, fromIndex: 2 })),
                agencyKeys: [
                  ...log.agencyKeys,
                  { jwk: jwk(second), name: 'Second', acts: [...ALL, 'endorse'], ...range },
                  { jwk: jwk(desk), name: 'Desk', acts: [...ALL], ...range },
                ],
              },
        ),
      })),
    }),
  })
  ;({ node, verdicts, settle } = running(alliance))
  await node('us').publishText(issueDraft('us/drills'))
  await settle()
})
afterEach(() => alliance.close())

/** On either runtime; that rows are the same is the oracle's and judging again's to show. */
async function expectAlike(): Promise<void> {
  expect((await digestsOf(alliance.nodes.values())).size).toBe(1)
}

async function publishAs(key: TestKey, text: string) {
  return publishFile(
    await node('us').outbound(),
    { text, fileName: 'test.yaml', zoneHere: 'UTC' },
    key,
  )
}
async function endorseAs(key: TestKey, what: string) {
  const deps = await node('us').outbound()
  return endorse(deps, await findToEndorse(deps, what, key.kid), key)
}
const story = async (market: string, decision: string) => {
  const response = await node(market).request(`/v1/decisions/${decision}`)
  return { status: response.status, body: await response.json() }
}
type Told = { kind: string; waits?: true; endorsed?: { kid: string; leaf: string } }

describe('a rescission that needs two keys', () => {
  it('lifts nowhere by one key, and everywhere once the second stands by it', async () => {
    const published = await node('us').publishText(actDraft('us/drills', RESCIND))
    expect(published.entries.map(({ needsTwo }) => needsTwo)).toEqual([true])
    await settle()
    expect(await verdicts()).toEqual(BLOCKED)
    await expectAlike()
    const shown = await findToEndorse(await node('us').outbound(), 'us/drills', second.kid)
    expect(shown.map(({ act, isWaiting }) => [act.act, isWaiting])).toEqual([['rescind', true]])
    await endorseAs(second, 'us/drills')
    await settle()
    expect(await verdicts()).toEqual(NOT_LISTED)
    await expectAlike()
  })

  it('is told as waiting in every node’s story and status, then as endorsed, by whom', async () => {
    await node('us').publishText(actDraft('us/drills', RESCIND))
    await settle()
    const told = async () => (await story('jp', 'us/drills')).body.acts as Told[]
    expect((await told()).map(({ kind, waits }) => [kind, waits])).toEqual([
      ['issue', undefined],
      ['rescind', true],
    ])
    expect((await node('jp').status()).waiting).toMatchObject([
      { market: 'us', idx: 2, kind: 'rescind', decision: 'us/drills' },
    ])
    const page = await (await node('jp').request('/decisions/us/drills')).text()
    expect(page).toContain('Signed, not in effect: waits for a second key.')
    expect(await (await node('jp').request('/status')).text()).toContain('Waiting for a second key')
    await endorseAs(second, 'us/drills')
    await settle()
    const [, rescind] = await told()
    expect([rescind?.waits, rescind?.endorsed?.kid]).toEqual([undefined, second.kid])
    expect((await node('jp').status()).waiting).toEqual([])
  })

  it('is no proof of a rescission until it counts', async () => {
    const proof = async () => (await node('jp').request('/v1/proofs/us/drills')).text()
    const before = await proof()
    await node('us').publishText(actDraft('us/drills', RESCIND))
    await settle()
    const indexOf = (text: string) => /^index (\d+)$/m.exec(text)?.[1]
    expect(indexOf(await proof())).toBe(indexOf(before))
    // As a file of acts, like any other.
    const [waiting] = (await node('us').status()).waiting
    await publishAs(second, actDraft('null', `act: endorse\nentry: ${waiting?.leaf}`))
    await settle()
    expect(indexOf(await proof())).toBe('2')
    // Who doubts that it counts is given the proof of the second signature, too.
    const { acts } = (await story('jp', 'us/drills')).body as { acts: Told[] }
    const by = acts.at(-1)?.endorsed?.leaf
    const endorsed = await node('jp').request(`/v1/proofs/us/drills?entry=${by}`)
    expect([endorsed.status, indexOf(await endorsed.text())]).toEqual([200, '3'])
    const elsewhere = await node('jp').request(`/v1/proofs/us/other?entry=${by}`)
    expect(elsewhere.status).toBe(404)
  })
})

describe('a thief of one agency key', () => {
  it('lifts nothing: neither a rescission nor an annulment, nor by endorsing what it signed itself', async () => {
    const thief = node('us').keys.agency
    const stolen = await publishAs(thief, actDraft('us/drills', RESCIND))
    const entry = stolen.entries[0]?.leaf ?? ''
    await expect(endorseAs(thief, 'us/drills')).rejects.toMatchObject({
      code: 'ERR_ENDORSE_TARGET',
    })
    const act = { act: 'endorse', decision: null, entry } as const
    const deps = await node('us').outbound()
    await expect(publishActs(deps, [act], thief)).rejects.toMatchObject({
      code: 'ERR_ENDORSE_TARGET',
    })
    await publishAs(thief, actDraft('us/drills', ANNUL))
    await settle()
    expect(await verdicts()).toEqual(BLOCKED)
  })

  it('with a second key that may not endorse lifts nothing either', async () => {
    await publishAs(node('us').keys.agency, actDraft('us/drills', RESCIND))
    await expect(endorseAs(desk, 'us/drills')).rejects.toMatchObject({ code: 'ERR_ACT_KEY' })
    await settle()
    expect(await verdicts()).toEqual(BLOCKED)
  })

  it('blocks nothing: not by an order, and not by products, rulings or new terms of one', async () => {
    await endorseAsRescinded()
    expect(await verdicts()).toEqual(NOT_LISTED)
    const thief = node('us').keys.agency
    await publishAs(thief, issueDraft('us/forged'))
    await settle()
    expect(await verdicts()).toEqual(NOT_LISTED)
    const unknown = await story('jp', 'us/forged')
    expect([unknown.status, unknown.body.detail]).toEqual([
      404,
      'us/forged is signed, not in effect: it waits for a second key',
    ])
    const list = await (await node('jp').request('/v1/decisions?market=us')).json()
    expect((list as { decisions: { decision: string }[] }).decisions).toHaveLength(1)
    await endorseAs(second, 'us/forged')
    await settle()
    expect(await verdicts()).toEqual(BLOCKED)
  })

  it('says nothing of what others decided: a response and rules of effect wait as well', async () => {
    await node('de').publishText(issueDraft('de/drills'))
    await settle()
    const thief = node('us').keys.agency
    const respond =
      'act: respond\neffect: decline\nfrom: 2026-01-01\nreason: {code: other, text: no}'
    await publishAs(thief, actDraft('de/drills', respond))
    const rules =
      'act: notice\nkind: effect_rules\nrules: [{market: de, ground: trademark, effect: examine}]'
    await publishAs(thief, actDraft('null', rules))
    await settle()
    const effect = async () => (await story('jp', 'de/drills')).body.effects.us
    expect(await effect()).toMatchObject({ value: 'detain', by: 'alliance_default' })
    const waiting = (await node('us').status()).waiting
    await endorseAs(second, waiting.find(({ kind }) => kind === 'notice/effect_rules')?.leaf ?? '')
    await settle()
    expect(await effect()).toMatchObject({ value: 'examine', by: 'effect_rules' })
    await endorseAs(second, 'de/drills')
    await settle()
    expect(await effect()).toMatchObject({ value: 'decline', by: 'response' })
    await expectAlike()
  })

  async function endorseAsRescinded() {
    await node('us').publishText(actDraft('us/drills', RESCIND))
    await endorseAs(second, 'us/drills')
    await settle()
  }
})

describe('an endorse', () => {
  it('is shown what it stands by with every sign that hides or moves what is seen', () => {
    expect(visible('WX-20\u001b[8m, WX-30\u202e04\u200b')).toBe(
      'WX-20\\u{1b}[8m, WX-30\\u{202e}04\\u{200b}',
    )
    expect(visible('ドリル – Größe 5')).toBe('ドリル – Größe 5')
  })

  it('years later lets an act count in its own place, behind what was signed after it', async () => {
    const us = node('us')
    const product = (gtin: string) => `act: products
add:
  - pid: one
    listing: listed
    source: {document: Test order, date: 2025-01-02}
    brand: Torvane
    model: TX-9000
    gtins: ['${gtin}']`
    await us.publishText(actDraft('us/drills', product('4006381333931')))
    await us.publishText(actDraft('us/drills', product(GTIN)))
    const [older, newer] = (await us.status()).waiting.map(({ leaf }) => leaf).reverse()
    await endorseAs(second, newer ?? '')
    await settle()
    alliance.clock.nowMs += 3 * 365 * 86_400_000
    await settle()
    await endorseAs(second, older ?? '')
    await settle()
    expect(await verdicts()).toEqual(BLOCKED)
    const other = await node('jp').request('/v1/lookup?gtin=4006381333931')
    expect(((await other.json()) as { verdict: string }).verdict).toBe('not_listed')
    await expectAlike()
  })

  it('in the next log counts for an act of the log before it', async () => {
    const us = node('us')
    await us.publishText(actDraft('us/drills', RESCIND))
    await settle()
    const feed = (await node('jp').status()).feeds.find(({ origin }) => origin === us.origin)
    const frozen = { size: feed?.merged ?? 0, root: feed?.root ?? '' }
    const keys = await testKeys()
    const member = memberFile('us', keys, 'us.test/log-2')
    const text = await nextCharter(alliance, [
      { do: 'successor_log', market: 'us', member, frozen },
    ])
    expect(await adoptAt(node('jp'), text)).toBeNull()
    const founding = await (await node('jp').request('/charter/1.json')).text()
    us.db.close()
    const next = await newNode(alliance, 'us', { origin: 'us.test/log-2', keys })
    for (const file of [founding, text])
      await adopt({ db: next.db, nowMs: next.sync.nowMs }, file, alliance.alliance)
    await settle()
    expect(await verdicts()).toEqual(BLOCKED)
    await endorseAs(second, 'us/drills')
    await settle()
    expect(await verdicts()).toEqual(NOT_LISTED)
    await expectAlike()
    // The rule went on to the next log: losing a log key loses nobody the second look.
    const again = await next.publishText(issueDraft('us/later'))
    expect(again.entries[0]?.needsTwo).toBe(true)
  })
})

describe('a charter that changes the two-key rules', () => {
  async function rulesOf(twoKeys: { act: string; fromIndex: number }[]) {
    const { charter } = (await node('us').outbound()).adopted
    const terms = structuredClone(changed(charter, [], alliance.clock.nowMs))
    for (const { market, logs } of terms.members)
      for (const log of market === 'us' ? logs : []) log.twoKeys = twoKeys
    return signedCharter(terms, rootsOf(alliance))
  }

  it('is judged by everywhere at once: what waited counts when the rule goes, and waits again when it comes', async () => {
    await node('us').publishText(actDraft('us/drills', RESCIND))
    await settle()
    expect(await adoptAt(node('jp'), await rulesOf([]))).toBeNull()
    await settle()
    expect(await verdicts()).toEqual(NOT_LISTED)
    await expectAlike()
    expect(await adoptAt(node('de'), await rulesOf([{ act: 'rescind', fromIndex: 0 }]))).toBeNull()
    await settle()
    expect(await verdicts()).toEqual(BLOCKED)
    await expectAlike()
  })

  it('is foreseen before anybody signs it: which acts would begin to count, wait, or go', async () => {
    await node('us').publishText(actDraft('us/drills', RESCIND))
    await settle()
    const { db, outbound } = node('jp')
    const { adopted } = await outbound()
    const foreseen = async (rules: { act: string; fromIndex: number }[]) =>
      (await foresee(db, adopted, charterOf(await rulesOf(rules)))).map(
        ({ kind, idx, becomes }) => [kind, idx, becomes],
      )
    expect(await foreseen([])).toEqual([['rescind', 2, 'counts']])
    expect(await foreseen([{ act: 'issue', fromIndex: 0 }])).toEqual([
      ['issue', 1, 'waits'],
      ['rescind', 2, 'counts'],
    ])
    expect(await foreseen([{ act: 'rescind', fromIndex: 1 }])).toEqual([])
  })

  it('that cuts a key back lists every later act that goes, also of another key that built on it', async () => {
    await publishAs(second, actDraft('us/drills', RESCIND))
    const { db, outbound } = node('us')
    const { adopted } = await outbound()
    const { kid } = node('us').keys.agency
    const cut = { do: 'end_agency_key', kid, atIndex: 1 } as const
    const next = charterOf(await nextCharter(alliance, [cut]))
    const gone = (await foresee(db, adopted, next)).map(({ kind, kid: by, becomes }) => [
      kind,
      by === kid,
      becomes,
    ])
    expect(gone).toEqual([
      ['issue', true, 'gone'],
      ['rescind', false, 'gone'],
    ])
    const end = { do: 'end_agency_key', kid, atIndex: 3 } as const
    expect(await foresee(db, adopted, charterOf(await nextCharter(alliance, [end])))).toEqual([])
  })
})
