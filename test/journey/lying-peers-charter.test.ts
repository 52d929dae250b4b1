// Keys under which one signature fits every message enter nowhere (reference: attack 9, §1.13; design: protocol 1.2).
import { beforeAll, describe, expect, it } from 'vitest'
import type { CharterPayload } from '../../src/charter/schema.ts'
import { planAdoption } from '../../src/charter/store.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { concatBytes } from '../../src/encoding/bytes.ts'
import { verifyEd25519 } from '../../src/encoding/ed25519.ts'
import { decodeHex, encodeHex } from '../../src/encoding/hex.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { formatVkey } from '../../src/tlog/key.ts'
import { START_MS, signedCharter, type TestAlliance, testAlliance } from '../support/alliance.ts'

const FF = 'ff'.repeat(30)
const SMALL = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${FF}7f`,
  `ed${FF}7f`,
  `ee${FF}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].flatMap((hex) => {
  const point = decodeHex(hex) ?? new Uint8Array()
  return [point, point.with(31, (point[31] ?? 0) + 128)]
})

let alliance: TestAlliance
beforeAll(async () => {
  alliance = await testAlliance(['us', 'jp', 'de'])
})

const ROLES: Record<string, (terms: CharterPayload, point: Uint8Array) => void> = {
  root: (terms, point) => {
    terms.rootKeys[0] = jwk(point)
  },
  agency: (terms, point) => {
    const key = logOf(terms).agencyKeys[0]
    if (key !== undefined) key.jwk = jwk(point)
  },
  node: (terms, point) => {
    const key = logOf(terms).nodeKeys[0]
    if (key !== undefined) key.jwk = jwk(point)
  },
  log: (terms, point) => {
    const log = logOf(terms)
    log.logKeys = [formatVkey({ name: log.origin, type: 1, publicKey: point })]
  },
  witness: (terms, point) => {
    const name = `${logOf(terms).origin}/witness`
    memberOf(terms).witness = formatVkey({ name, type: 4, publicKey: point })
  },
  applied: (terms, point) => {
    const name = `${logOf(terms).origin}/applied`
    memberOf(terms).applied = formatVkey({ name, type: 4, publicKey: point })
  },
}

describe.each(Object.keys(ROLES))('as %s key', (role) => {
  it.each(SMALL.map((point) => [encodeHex(point), point] as const))(
    'the point %s makes a charter that nobody adopts',
    async (_, point) => {
      const terms = structuredClone(alliance.charter)
      ROLES[role]?.(terms, point)
      const roots = [...alliance.nodes.values()].map(({ keys }) => keys.root)
      const text = await signedCharter(terms, roots)
      const plan = await planAdoption(null, text, null, START_MS / 1000)
      expect(plan).toMatchObject({ ok: false, code: 'ERR_CHARTER_RULE' })
      if (!plan.ok) expect(plan.detail).toMatch(new RegExp(`^${role}`))
    },
  )
})

it('under none of these points does any signature fit', async () => {
  const message = encodeUtf8('exclude everything')
  for (const key of SMALL) {
    for (const point of SMALL) {
      const signature = concatBytes([point, new Uint8Array(32)])
      expect(await verifyEd25519(key, message, signature)).toBe(false)
    }
  }
})

function memberOf(terms: CharterPayload): CharterPayload['members'][number] {
  const member = terms.members.find(({ market }) => market === 'jp')
  if (member === undefined) throw new TypeError('jp is no member')
  return member
}

function logOf(terms: CharterPayload): CharterPayload['members'][number]['logs'][number] {
  const log = memberOf(terms).logs[0]
  if (log === undefined) throw new TypeError('jp has no log')
  return log
}

function jwk(point: Uint8Array): CharterPayload['rootKeys'][number] {
  return { kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(point) }
}
