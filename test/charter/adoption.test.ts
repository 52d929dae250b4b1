// Who must sign a charter: k of n distinct keys of the old and of the new, each key once (reference: attacks 9, 10, 30; protocol 1.9).
import { beforeEach, describe, expect, it } from 'vitest'
import { parseCharter } from '../../src/charter/charter.ts'
import type { Change } from '../../src/charter/propose.ts'
import { planAdoption, requireAdopted } from '../../src/charter/store.ts'
import { decodeBase64url, encodeBase64url } from '../../src/encoding/base64.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import {
  signedCharter,
  type TestAlliance,
  type TestKey,
  testAlliance,
  testKey,
} from '../support/alliance.ts'
import { adoptAt, changed, charterOf, nextCharter, rootsOf } from '../support/charters.ts'

const STRICTER: Change[] = [{ do: 'set', path: 'policy.defaultEffect', value: 'examine' }]
let alliance: TestAlliance
let roots: TestKey[]

beforeEach(async () => {
  alliance = await testAlliance(['de', 'jp', 'us'])
  roots = rootsOf(alliance)
})

async function planned(text: string) {
  const adopted = await requireAdopted(alliance.node('us').db)
  return planAdoption(adopted, text, null, 1)
}
const root = (at: number): TestKey => {
  const key = roots[at]
  if (key === undefined) throw new TypeError(`no root key ${at}`)
  return key
}

describe('the threshold', () => {
  it('is of distinct keys: too few, or one key many times, adopts nothing', async () => {
    for (const signers of [
      [],
      [root(0)],
      [root(0), root(1)],
      [root(0), root(0), root(0), root(1)],
    ]) {
      const text = await nextCharter(alliance, STRICTER, { roots: signers })
      expect(await planned(text)).toMatchObject({ ok: false, code: 'ERR_CHARTER_THRESHOLD' })
    }
    expect(await planned(await nextCharter(alliance, STRICTER))).toMatchObject({ ok: true })
  })

  it('is more than half of the root keys, and no more than there are', async () => {
    for (const threshold of [0, 1, 5, 100]) {
      const file = JSON.parse(await nextCharter(alliance, STRICTER))
      const terms = JSON.parse(Buffer.from(file.payload, 'base64url').toString())
      expect(parseCharter(await signedCharter({ ...terms, threshold }, roots))).toMatchObject({
        ok: false,
      })
    }
  })

  it('is of keys that stand in the charter once', async () => {
    const file = JSON.parse(await nextCharter(alliance, STRICTER))
    const terms = JSON.parse(Buffer.from(file.payload, 'base64url').toString())
    const rootKeys = [...terms.rootKeys, terms.rootKeys[0]]
    expect(parseCharter(await signedCharter({ ...terms, rootKeys }, roots))).toMatchObject({
      ok: false,
      code: 'ERR_CHARTER_RULE',
    })
  })

  it('counts no key under a second name', async () => {
    const file = JSON.parse(await nextCharter(alliance, STRICTER, { roots: [root(0), root(1)] }))
    const [first] = file.signatures
    const header = Buffer.from(first.protected, 'base64url').toString()
    const renamed = header.replace(root(0).kid, root(2).kid)
    const signed = await root(0).sign(
      encodeUtf8(`${encodeBase64url(encodeUtf8(renamed))}.${file.payload}`),
    )
    file.signatures.push({
      protected: encodeBase64url(encodeUtf8(renamed)),
      signature: encodeBase64url(signed),
    })
    expect(await planned(JSON.stringify(file))).toMatchObject({ code: 'ERR_CHARTER_THRESHOLD' })
  })

  it('is that of the old keys too: new ones cannot take over by themselves', async () => {
    const thieves = [await testKey(), await testKey(), await testKey()]
    const changes = thieves.map(
      (key, at): Change => ({
        do: 'replace_root',
        kid: root(at).kid,
        jwk: { kty: 'OKP', crv: 'Ed25519', x: key.jwk.x },
      }),
    )
    const text = await nextCharter(alliance, changes, { roots: thieves })
    expect(await planned(text)).toMatchObject({
      code: 'ERR_CHARTER_THRESHOLD',
      detail: expect.stringContaining("charter 1's"),
    })
    const both = await nextCharter(alliance, changes, { roots: [...thieves, ...roots] })
    expect(await planned(both)).toMatchObject({ ok: true })
  })

  it('is that of the new keys too', async () => {
    const key = await testKey()
    const jwk = { kty: 'OKP' as const, crv: 'Ed25519' as const, x: key.jwk.x }
    const change: Change = { do: 'replace_root', kid: root(0).kid, jwk }
    const text = await nextCharter(alliance, [change])
    expect(await planned(text)).toMatchObject({
      code: 'ERR_CHARTER_THRESHOLD',
      detail: expect.stringContaining('its own'),
    })
  })

  it('a signature whose R is a point of small order counts for nothing', async () => {
    const file = JSON.parse(await nextCharter(alliance, STRICTER))
    const bytes = decodeBase64url(file.signatures[0].signature) ?? new Uint8Array()
    file.signatures[0].signature = encodeBase64url(new Uint8Array(64).fill(0).with(0, 1))
    expect(bytes.length).toBe(64)
    expect(await planned(JSON.stringify(file))).toMatchObject({ code: 'ERR_CHARTER_THRESHOLD' })
  })
})

describe('the order', () => {
  it('is exactly the next number on the very charter before', async () => {
    const { charter } = await requireAdopted(alliance.node('us').db)
    const terms = changed(charter, STRICTER)
    for (const wrong of [
      { ...terms, n: 3 },
      { ...terms, prev: encodeBase64url(new Uint8Array(32).fill(9)) },
    ]) {
      expect(await planned(await signedCharter(wrong, roots))).toMatchObject({
        code: 'ERR_CHARTER_ORDER',
      })
    }
  })

  it('copies with other sets of signatures are one charter, and all take the next', async () => {
    const both = ['de', 'jp'].map((market) => alliance.node(market))
    const terms = changed((await requireAdopted(alliance.node('us').db)).charter, STRICTER)
    const texts = [
      await signedCharter(terms, roots),
      await signedCharter(terms, [...roots].reverse()),
    ]
    expect(new Set(texts.map((text) => charterOf(text).hash)).size).toBe(1)
    for (const [at, node] of both.entries()) expect(await adoptAt(node, texts[at] ?? '')).toBeNull()
    const third = await nextCharter(alliance, STRICTER, { at: 'de' })
    for (const node of both) expect(await adoptAt(node, third)).toBeNull()
    expect(await adoptAt(alliance.node('de'), texts[1] ?? '')).toBeNull()
  })
})

describe('two valid charters of one number', () => {
  it('the first stays, the second is recorded, and nothing further is adopted', async () => {
    const us = alliance.node('us')
    const one = await nextCharter(alliance, STRICTER)
    const two = await nextCharter(alliance, [
      { do: 'set', path: 'policy.defaultEffect', value: 'inform' },
    ])
    expect(await adoptAt(us, one)).toBeNull()
    const third = await nextCharter(
      alliance,
      [{ do: 'set', path: 'policy.republish', value: '60' }],
      { at: 'us' },
    )
    expect(await adoptAt(us, two)).toBe('ERR_CHARTER_CONFLICT')
    expect(await adoptAt(us, third)).toBe('ERR_CHARTER_CONFLICT')
    const { charter } = await us.status()
    expect(charter).toMatchObject({
      n: 2,
      hash: charterOf(one).hash,
      conflict: { code: 'ERR_CHARTER_CONFLICT', n: 2, hash: charterOf(two).hash },
    })
    const shown = (await (await us.request('/v1/status')).json()) as typeof us
    expect(shown).toMatchObject({ charter: { conflict: { n: 2 } } })
    expect(
      await (await us.request('/status', { headers: { accept: 'text/html' } })).text(),
    ).toContain('ERR_CHARTER_CONFLICT')
  })

  it('a payload that too few signed is no rival', async () => {
    const us = alliance.node('us')
    expect(await adoptAt(us, await nextCharter(alliance, STRICTER))).toBeNull()
    const weak = await signedCharter(
      { ...changed(charterOf(await nextCharter(alliance, [], { at: 'us' })), []), n: 2 },
      [root(0)],
    )
    expect(await adoptAt(us, weak)).toBe('ERR_CHARTER_THRESHOLD')
    expect((await us.status()).charter.conflict).toBeUndefined()
  })
})
