import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { admit, admitAll, estimateEntryBytes } from '../../src/decision/admission.ts'
import { nearest } from '../../src/decision/admission-members.ts'
import { productSchema } from '../../src/decision/schema.ts'
import { ed25519Signer, generateEd25519Jwk, jwkThumbprint } from '../../src/encoding/ed25519.ts'
import { ERRORS } from '../../src/errors.ts'
import { admitDraft } from '../../src/publish/draft-admission.ts'
import { fillAct, signAct } from '../../src/publish/sign.ts'

const DECISIONS = new URL('../../fixtures/decisions/', import.meta.url)
const namesIn = (folder: string) => readdirSync(new URL(folder, DECISIONS)).sort()
const readIn = (folder: string, name: string) =>
  readFileSync(new URL(`${folder}/${name}`, DECISIONS), 'utf8')
const codeOf = (name: string) => name.slice(0, name.indexOf('--'))
/** Only the judge, who knows what was accepted before, can refuse these. */
const isForTheJudge = (name: string) => codeOf(name) === 'ERR_ACT_SEQUENCE'

const HERE = { market: 'us', zoneHere: 'America/New_York' }
const admitted = (folder: string, name: string, more = {}) =>
  admitDraft(readIn(folder, name), { ...HERE, fileName: name, ...more })

function issued() {
  const issue = admitted('valid', 'issue.yaml')
  const act = issue.ok ? issue.acts[0] : undefined
  if (act === undefined || !('header' in act && 'products' in act)) throw new Error('no issue')
  return { act, listedPids: new Set(act.products.map(({ pid }) => pid)) }
}

describe('drafts that must be refused', () => {
  test.each(namesIn('invalid').filter((name) => !isForTheJudge(name)))('%s', (name) => {
    const result = admitted('invalid', name)
    const at = /^# at:(.*)$/m.exec(readIn('invalid', name))?.[1]?.trim()
    const found = result.ok ? [] : result.problems.map((problem) => [problem.code, problem.at])
    expect(found).toEqual([[codeOf(name), at]])
  })

  test.each(namesIn('invalid').filter(isForTheJudge))('%s is left to the judge', (name) => {
    expect(admitted('invalid', name).ok).toBe(true)
  })

  it('provoke every code of drafts and admission', () => {
    const codes = Object.keys(ERRORS).filter((code) => /^ERR_(ADMIT|DRAFT)_/.test(code))
    const provoked = new Set(namesIn('invalid').map(codeOf))
    expect(codes.filter((code) => !provoked.has(code))).toEqual([])
  })
})

describe('drafts that may be signed', () => {
  test.each(namesIn('valid'))('%s', (name) => {
    const { act, listedPids } = issued()
    const known = name === 'issue.yaml' ? {} : { previousHeader: act.header, listedPids }
    const result = admitted('valid', name, known)
    expect(result.ok ? [] : result.problems).toEqual([])
  })
})

describe('admission', () => {
  const body = () => structuredClone(issued().act) as Record<string, unknown>
  const header = () => body().header as Record<string, unknown>
  const product = { pid: 'a-1', listing: 'indicative', brand: 'Quillon', model: 'A-100' }
  const codesAt = (given: Record<string, unknown>, context = {}) =>
    admit(given, { ...HERE, ...context }).map(({ code, at }) => `${code} ${at}`)

  it('says everything that is wrong at once, each place once', () => {
    const { title: _, ...rest } = header()
    const faulty = {
      ...rest,
      time_zone: 'EST',
      grounds: ['patents'],
      colour: 'red',
      action: { kind: 'exclude', bond: { kind: 'flat', amount: '5' } },
    }
    const products = [{ ...product, gtins: ['9520001000011', '2000000000015', 'x'], pid: 'A' }]
    expect(codesAt({ ...body(), header: faulty, products }).sort()).toEqual([
      'ERR_ADMIT_BOND /header/action/bond/currency',
      'ERR_ADMIT_GTIN /products/0/gtins/0',
      'ERR_ADMIT_GTIN /products/0/gtins/1',
      'ERR_ADMIT_GTIN /products/0/gtins/2',
      'ERR_ADMIT_MISSING /header/title',
      'ERR_ADMIT_SHAPE /header/grounds/0',
      'ERR_ADMIT_SHAPE /products/0/pid',
      'ERR_ADMIT_TIME_ZONE /header/time_zone',
      'ERR_ADMIT_UNKNOWN_MEMBER /header/colour',
    ])
  })

  it('does not call missing what is there in a wrong form', () => {
    const given = { ...body(), header: { ...header(), official_text: 'volume 12' } }
    expect(codesAt(given)).toEqual(['ERR_ADMIT_SHAPE /header/official_text'])
  })

  it('survives any part of a body being anything', () => {
    const names = Object.keys(productSchema.shape)
    for (const junk of [null, 7, 'x', [], [null], [[]], [{}], {}, { a: {} }, true]) {
      for (const name of ['header', 'decision', 'act']) {
        expect(codesAt({ ...body(), [name]: junk })).not.toEqual([])
      }
      for (const name of Object.keys(header())) {
        admit({ ...body(), header: { ...header(), [name]: junk } }, HERE)
      }
      for (const name of names) {
        const listed = { ...product, listing: 'listed', [name]: junk }
        admitAll([{ ...body(), products: [listed, junk] }], HERE)
      }
    }
  })

  it('tells the instrument that a usual short form stands for', () => {
    const given = { ...body(), header: { ...header(), instrument: 'LEO' } }
    expect(admit(given, HERE)[0]?.message).toContain('`limited_exclusion`')
  })

  test.each([
    'recommendation',
    'Recommended Determination',
    'final initial determination',
    'press report',
    'petition',
    'Consent order',
    'Cease-and-desist order',
    'CDO',
    'settlement',
    'no violation',
    'advisory opinion',
  ])('knows that %j is no order', (instrument) => {
    const given = { ...body(), header: { ...header(), instrument } }
    expect(codesAt(given)).toEqual(['ERR_ADMIT_NO_ORDER /header/instrument'])
  })

  it('compares dates no finer than they are known', () => {
    const monthly = { on: '2026-01-01', precision: 'month', at: 1767243600 }
    const given = { ...header(), starts_on: monthly, review_ends_on: undefined }
    expect(codesAt({ ...body(), header: given })).toEqual([])
  })

  it('takes sound identifiers of parties and refuses those a digit off', () => {
    const withId = (type: string, value: string) => ({
      ...body(),
      header: { ...header(), parties: [{ name: 'Quillon Ltd.', ids: [{ type, value }] }] },
    })
    for (const [type, good, bad] of [
      ['LEI', '5493001KJTIIGC8Y1R12', '5493001KJTIIGC8Y1R13'],
      ['USCC', '91350100M000100Y43', '91350100M000100Y34'],
      ['EORI', 'DE123456789012345', '123456789'],
      ['MID', 'CNQUILTD123SHE', 'cnquiltd'],
      ['DUNS', '150483782', '15-048-3782'],
      ['other', 'anything', ''],
    ] as const) {
      expect(codesAt(withId(type, good))).toEqual([])
      expect(codesAt(withId(type, bad))).toHaveLength(1)
    }
  })

  it('lets an info act say what it likes, as long as it can be signed', () => {
    expect(codesAt({ act: 'info/sighting', decision: null, port: 'XXX', count: 3 })).toEqual([])
    const unsafe = { act: 'info/sighting', decision: null, seen: { '7': 'by two' } }
    expect(codesAt(unsafe)).toEqual(['ERR_ADMIT_SHAPE '])
    const hidden = { act: 'info/sighting', decision: null, port: 'X\u202eY' }
    expect(codesAt(hidden)).toEqual(['ERR_ADMIT_TEXT /port'])
  })

  it('refuses a second in which no day begins, also in responses and notices', () => {
    const from = { on: '2026-02-01', precision: 'day', at: 1 }
    const respond = { act: 'respond', decision: 'kr/x/y', effect: null, from }
    expect(codesAt(respond)).toEqual(['ERR_ADMIT_DATE /from/at'])
    const bulk = { act: 'notice', kind: 'bulk', decision: null, adds: 1, lifts: 0, until: from }
    expect(codesAt(bulk)).toEqual(['ERR_ADMIT_DATE /until/at'])
  })

  it('estimates the size of the signed entry closely', async () => {
    const { act } = issued()
    const jwk = await generateEd25519Jwk()
    const whole = fillAct(act, {
      alliance: jwkThumbprint(jwk.x),
      log: 'log.us.example/exclusions',
      id: '01890a5d-ac96-774b-bcce-b302099a8057',
      prev: null,
      iat: 1_770_000_000,
    })
    const entry = await signAct(whole, {
      kid: jwkThumbprint(jwk.x),
      sign: await ed25519Signer(jwk),
    })
    const estimate = estimateEntryBytes({ ...act })
    expect(Math.abs(estimate - entry.length)).toBeLessThan(150)
  })
})

describe('the acts of one file', () => {
  it('are admitted against what those before them leave behind', () => {
    const issue: Record<string, unknown> = { ...issued().act }
    const { decision } = issued().act
    const add = { pid: 'new-1', listing: 'indicative', brand: 'Quillon', model: 'N-100' }
    const added = { act: 'products', decision, add: [add] }
    const removed = { act: 'products', decision, remove: ['new-1'] }
    expect(admitAll([issue, added, removed], HERE).ok).toBe(true)
    const result = admitAll([issue, removed, added, removed, removed], HERE)
    expect(result.ok ? [] : result.problems.map(({ at }) => at)).toEqual([
      '/acts/1/remove/0',
      '/acts/4/remove/0',
    ])
  })
})

describe('the nearest known word', () => {
  test.each([
    ['startsOn', 'starts_on'],
    ['start_on', 'starts_on'],
    ['expires', 'expires_on'],
    ['starts_on_or_after', 'starts_on'],
    ['zebra', null],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, ['starts_on', 'expires_on', 'issued_on'])).toBe(expected)
  })
})
