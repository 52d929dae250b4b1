// The next charter: small changes make its terms, words say what they are, and what earlier charters fixed stays fixed (protocol 1.2, 1.9).
import { beforeAll, describe, expect, it } from 'vitest'
import { parseChanges } from '../../src/charter/changes.ts'
import type { Charter } from '../../src/charter/charter.ts'
import { charterDiff } from '../../src/charter/diff.ts'
import { foundingTerms } from '../../src/charter/found.ts'
import { brokenHistory } from '../../src/charter/history.ts'
import { type Change, proposeTerms } from '../../src/charter/propose.ts'
import type { CharterPayload, PublicJwk } from '../../src/charter/schema.ts'
import { encodeBase64 } from '../../src/encoding/base64.ts'
import { formatVkey } from '../../src/tlog/key.ts'
import {
  memberFile,
  originOf,
  signedCharter,
  type TestKey,
  type TestKeys,
  testKey,
  testKeys,
} from '../support/alliance.ts'
import { changed, charterOf } from '../support/charters.ts'

const ROOT = encodeBase64(new Uint8Array(32).fill(7))
const keys = new Map<string, TestKeys>()
let first: Charter
let spare: TestKey

beforeAll(async () => {
  for (const market of ['de', 'jp', 'us', 'kr']) keys.set(market, await testKeys())
  spare = await testKey()
  const files = ['de', 'jp', 'us'].map((market) => memberFile(market, keysOf(market)))
  const terms = foundingTerms(files, { defaultEffect: 'detain', nowS: 1 })
  first = charterOf(await signedCharter(terms, []))
})

function keysOf(market: string): TestKeys {
  const own = keys.get(market)
  if (own === undefined) throw new TypeError(`no keys of ${market}`)
  return own
}
const jwk = ({ jwk: { x } }: TestKey): PublicJwk => ({ kty: 'OKP', crv: 'Ed25519', x })
const memberOf = (terms: CharterPayload, market: string) => {
  const member = terms.members.find((one) => one.market === market)
  const live = member?.logs.at(-1)
  if (member === undefined || live === undefined) throw new TypeError(`no member ${market}`)
  return { member, live }
}
const logKey = (market: string, key: TestKey) =>
  formatVkey({ name: originOf(market), type: 1, publicKey: key.publicKey })

describe('a proposal', () => {
  it('follows the charter it changes, by number and hash, and may be read as one', async () => {
    const terms = changed(first, [{ do: 'set', path: 'policy.republish', value: '300' }], 5000)
    expect(terms).toMatchObject({ n: 2, prev: first.hash, issued: 5, policy: { republish: 300 } })
    expect(charterOf(await signedCharter(terms, [])).terms).toEqual(terms)
  })

  it('lets a market join with its root key, counted as a witness from the charter after', () => {
    const member = memberFile('kr', keysOf('kr'))
    const terms = changed(first, [{ do: 'add', member }])
    expect(terms.members.map(({ market }) => market)).toEqual(['de', 'jp', 'kr', 'us'])
    expect(memberOf(terms, 'kr').member.witnessFrom).toBe(3)
    expect(terms.rootKeys).toHaveLength(4)
    expect(terms.threshold).toBe(3)
  })

  it('holds several changes at once', () => {
    const { kid } = keysOf('us').agency
    const terms = changed(first, [
      { do: 'add', member: memberFile('kr', keysOf('kr')) },
      { do: 'leave', market: 'de', frozen: { size: 9, root: ROOT } },
      { do: 'drop_root', kid: keysOf('de').root.kid },
      { do: 'add_log_key', vkey: logKey('jp', spare) },
      { do: 'end_agency_key', kid, atIndex: 12 },
      { do: 'set', path: 'policy.defaultEffect', value: 'examine' },
    ])
    expect(memberOf(terms, 'de').member.status).toBe('left')
    expect(memberOf(terms, 'de').live.frozen).toEqual({ size: 9, root: ROOT })
    expect(memberOf(terms, 'jp').live.logKeys).toHaveLength(2)
    expect(memberOf(terms, 'us').live.agencyKeys[0]?.toIndex).toBe(12)
    expect(terms.rootKeys).toHaveLength(3)
    expect(terms.policy.defaultEffect).toBe('examine')
  })

  it('gives the next log the keys of its member file and the agency keys that were open', async () => {
    const next = await testKeys()
    const member = memberFile('us', next, 'us.test/log-2')
    const frozen = { size: 4, root: ROOT }
    const terms = changed(first, [{ do: 'successor_log', market: 'us', member, frozen }])
    const { member: us, live } = memberOf(terms, 'us')
    expect(us.logs.map((log) => [log.origin, log.frozen?.size])).toEqual([
      ['us.test/log', 4],
      ['us.test/log-2', undefined],
    ])
    expect(live.agencyKeys.map((key) => key.jwk.x)).toEqual([
      next.agency.jwk.x,
      keysOf('us').agency.jwk.x,
    ])
    expect(us.witness).toBe(member.witness)
  })

  it.each<[string, Change]>([
    ['an unknown market', { do: 'leave', market: 'xx', frozen: { size: 1, root: ROOT } }],
    ['a release of a market that is still there', { do: 'release', market: 'us', decisions: true }],
    ['an unknown root key', { do: 'drop_root', kid: 'nobody' }],
    ['an agency key that no live log has', { do: 'end_agency_key', kid: 'nobody', atIndex: 1 }],
    ['a log key of no log', { do: 'add_log_key', vkey: 'other.test/log+00000000+AA==' }],
    ['a path that nothing has', { do: 'set', path: 'policy.colour', value: 'red' }],
    ['a value that is not of its form', { do: 'set', path: 'policy.defaultEffect', value: 'burn' }],
  ])('refuses %s', (_, change) => {
    expect(proposeTerms(first, [change], 1)).toMatchObject({
      ok: false,
      code: 'ERR_CHARTER_CHANGE',
    })
  })

  it('does not drop the last key of a log', () => {
    const vkey = logKey('us', keysOf('us').log)
    const refused = proposeTerms(first, [{ do: 'drop_log_key', vkey }], 1)
    expect(refused).toMatchObject({ ok: false, detail: expect.stringContaining('the last key') })
  })

  it('is read from flags, and takes the public half of a private key only', () => {
    const files: Record<string, unknown> = {
      'kr.json': memberFile('kr', keysOf('kr')),
      'key.json': spare.jwk,
    }
    const flags = {
      add: ['kr.json'],
      leave: ['de'],
      frozen: [`9:${ROOT}`],
      addAgencyKey: ['us:key.json@7'],
      set: ['policy.defaultEffect=inform'],
    }
    const parsed = parseChanges(flags, (file) => files[file])
    expect(parsed).toMatchObject({
      ok: true,
      value: expect.arrayContaining([
        { do: 'leave', market: 'de', frozen: { size: 9, root: ROOT } },
        { do: 'add_agency_key', market: 'us', jwk: jwk(spare), fromIndex: 7 },
      ]),
    })
    expect(parseChanges({ leave: ['de'] }, () => null)).toMatchObject({ code: 'ERR_USAGE' })
    expect(parseChanges({}, () => null)).toMatchObject({ code: 'ERR_USAGE' })
  })
})

describe('what changed, in words', () => {
  it('says one sentence per change and nothing where nothing changed', () => {
    const terms = changed(first, [
      { do: 'leave', market: 'de', frozen: { size: 9, root: ROOT } },
      { do: 'replace_root', kid: keysOf('us').root.kid, jwk: jwk(spare) },
      { do: 'add_log_key', vkey: logKey('jp', spare) },
      { do: 'end_agency_key', kid: keysOf('us').agency.kid, atIndex: 12 },
      { do: 'set', path: 'policy.defaultEffect', value: 'examine' },
    ])
    const said = charterDiff(first.terms, terms)
    expect(said).toEqual([
      `Root key ${spare.kid} is added.`,
      `Root key ${keysOf('us').root.kid} is dropped.`,
      'policy.defaultEffect becomes examine; before, detain.',
      'de leaves: it counts for nothing any more, its decisions stay until they expire or are released.',
      'de.test/log ends after 9 entries; what stands in it later has no effect.',
      `jp.test/log: log key ${logKey('jp', spare)} is added.`,
      `us.test/log: agency key ${keysOf('us').agency.kid} signs entries from 0 up to but not 12; before, entries from 0 on.`,
    ])
    expect(charterDiff(first.terms, changed(first, []))).toEqual([])
  })
})

describe('over all charters', () => {
  const nextTerms = (
    changes: readonly Change[],
    edit: (terms: CharterPayload) => void = () => {},
  ) => {
    const terms = structuredClone(changed(first, changes))
    edit(terms)
    return terms
  }

  it('an ordinary change keeps what was fixed', () => {
    expect(
      brokenHistory(
        [first.terms],
        nextTerms([{ do: 'add', member: memberFile('kr', keysOf('kr')) }]),
      ),
    ).toBeNull()
  })

  it('a member is never removed', () => {
    const terms = nextTerms([], (next) => next.members.splice(0, 1))
    expect(brokenHistory([first.terms], terms)).toMatch('never removed')
  })

  it('a log is never removed, and a freeze neither shrinks nor thaws nor changes its root', () => {
    const gone = nextTerms([], (next) => {
      memberOf(next, 'us').live.origin = 'us.test/other'
    })
    expect(brokenHistory([first.terms], gone)).toMatch('us.test/log is missing')
    const frozen = nextTerms([{ do: 'leave', market: 'us', frozen: { size: 9, root: ROOT } }])
    for (const to of [
      null,
      { size: 8, root: ROOT },
      { size: 9, root: encodeBase64(new Uint8Array(32)) },
    ]) {
      const next = structuredClone(frozen)
      memberOf(next, 'us').live.frozen = to
      expect(brokenHistory([first.terms, frozen], next)).not.toBeNull()
    }
    const longer = structuredClone(frozen)
    memberOf(longer, 'us').live.frozen = { size: 10, root: ROOT }
    expect(brokenHistory([first.terms, frozen], longer)).toBeNull()
  })

  it('an address or log name of one market never becomes that of another', () => {
    const moved = nextTerms([{ do: 'set', path: 'us.url', value: 'http://new.test' }])
    const taken = structuredClone(moved)
    memberOf(taken, 'jp').member.url = 'http://us.test'
    expect(brokenHistory([first.terms, moved], taken)).toMatch('was of us')
  })

  it.each(['root', 'agency', 'node'] as const)(
    'a key that was the %s key of us is nothing else later',
    (role) => {
      const old = jwk(keysOf('us')[role])
      const middle = nextTerms([], (next) => {
        const { live } = memberOf(next, 'us')
        live.agencyKeys = live.agencyKeys.map((key) => ({ ...key, jwk: jwk(spare) }))
        live.nodeKeys = live.nodeKeys.map((key) => ({ ...key, jwk: jwk(keysOf('kr').node) }))
        next.rootKeys = next.rootKeys.filter(({ x }) => x !== old.x)
      })
      const late = structuredClone(middle)
      memberOf(late, 'jp').live.agencyKeys.push({
        jwk: old,
        name: 'x',
        acts: [],
        fromIndex: 0,
        toIndex: null,
      })
      expect(brokenHistory([first.terms, middle], late)).toMatch(/the key was/)
    },
  )
})
