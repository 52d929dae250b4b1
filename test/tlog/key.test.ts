// Verifier keys, key names, origins, checkpoints and cosignature bytes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import points from '../../fixtures/tlog/ed25519.json' with { type: 'json' }
import vectors from '../../fixtures/tlog/note.json' with { type: 'json' }
import own from '../../fixtures/tlog/own-note.json' with { type: 'json' }
import { decodeHex } from '../../src/encoding/hex.ts'
import { formatCheckpoint, parseCheckpoint } from '../../src/tlog/checkpoint.ts'
import { decodeCosignature } from '../../src/tlog/cosignature.ts'
import { EMPTY_ROOT } from '../../src/tlog/hash.ts'
import { formatVkey, isKeyName, isOrigin, parseVkey } from '../../src/tlog/key.ts'

const GOOD = [
  ...vectors.notes.map(({ vkey }) => vkey),
  ...vectors.goodVkeys,
  own.logVkey,
  own.witnessVkey,
]

describe('vkeys', () => {
  it.each(GOOD)('reads and writes %s', (text) => {
    const vkey = parseVkey(text)
    expect(vkey && formatVkey(vkey)).toBe(text)
  })

  it.each(vectors.badVkeys)('refuses a key with $why', ({ vkey }) => {
    expect(parseVkey(vkey)).toBeNull()
  })

  it('tells the two kinds apart, and reads an id with its top bit set as a positive number', () => {
    expect(parseVkey(own.logVkey)).toMatchObject({ name: 'blocklist.example/de', type: 1 })
    expect(parseVkey(own.witnessVkey)).toMatchObject({ keyId: 0xb346bd1c, type: 4 })
  })

  it.each([
    ['another id', own.logVkey.replace('1c961a0d', '1c961a0e')],
    ['an id in capitals', own.logVkey.replace('1c961a0d', '1C961A0D')],
    ['an id of seven digits', own.logVkey.replace('1c961a0d', '1c961a0')],
    ['another name', own.logVkey.replace('/de', '/fr')],
    ['no name', own.logVkey.replace('blocklist.example/de', '')],
    ['a space in the name', own.logVkey.replace('/de', '/ de')],
    ['a newline at the end', `${own.logVkey}\n`],
    ['a cut key', own.logVkey.slice(0, -4)],
    ['no plus sign', 'blocklist.example/de'],
    ['one plus sign', 'blocklist.example/de+1c961a0d'],
    ['a private key', vectors.privateKey.skey],
    ['too many characters', `${'a'.repeat(600)}+00000000+AA==`],
  ])('refuses %s', (_, text) => {
    expect(parseVkey(text)).toBeNull()
  })

  it('refuses every small-order or non-canonical point, with either sign bit', () => {
    for (const hex of points.refusedPointsHex) {
      const publicKey = decodeHex(hex)
      if (publicKey === null) throw new Error('the fixture is broken')
      const signed = publicKey.map((byte, i) => (i === 31 ? byte | 0x80 : byte))
      for (const point of [publicKey, signed]) {
        const vkey = formatVkey({ name: 'evil.example/x', type: 1, publicKey: point })
        expect(parseVkey(vkey)).toBeNull()
      }
    }
  })
})

describe('names', () => {
  it.each(['us.example', 'us.example/customs', 'a-b.example/x_y.z/1', 'localhost/us', 'a'])(
    'takes %s as an origin',
    (name) => {
      expect(isOrigin(name)).toBe(true)
    },
  )

  it.each([
    '',
    'us.example/',
    '/us',
    'us.example//x',
    'US.example',
    'https://us.example',
    'us.example:443',
    'us.example/witness',
    'us.example/x/applied',
    'us.example/a+b',
    'us_x.example',
    'us.example/x\n',
    'us.example/é',
    `a/${'b'.repeat(254)}`,
  ])('refuses %j as an origin', (name) => {
    expect(isOrigin(name)).toBe(false)
  })

  it('takes witness as the host or inside the path of an origin', () => {
    expect(isOrigin('witness/us') && isOrigin('us.example/witness/2')).toBe(true)
    expect(isOrigin('us.example/mywitness')).toBe(true)
  })

  it('takes foreign key names without spaces, controls and plus signs only', () => {
    expect(isKeyName('PeterNeumann') && isKeyName('us.example/witness') && isKeyName('日本')).toBe(
      true,
    )
    for (const name of [
      '',
      'a b',
      'a+b',
      'a\tb',
      'a\u0085b',
      'a\u2003b',
      'a\ud800',
      'x'.repeat(256),
    ]) {
      expect(isKeyName(name)).toBe(false)
    }
  })
})

describe('checkpoints', () => {
  const text = formatCheckpoint({ origin: 'us.example/log', size: 0, root: EMPTY_ROOT })
  const [, , root = ''] = text.split('\n')

  it('reads what it writes for any size, also beyond 2^32', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (size, hash) => {
          const checkpoint = { origin: 'us.example/log', size, root: hash }
          expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint)
        },
      ),
    )
  })

  it.each([
    ['an extension line', `${text}extension\n`],
    ['an empty extension line', `${text}\n`],
    ['no last LF', text.slice(0, -1)],
    ['a leading zero', `us.example/log\n01\n${root}\n`],
    ['a sign', `us.example/log\n-1\n${root}\n`],
    ['a size beyond 2^53 − 1', `us.example/log\n9007199254740992\n${root}\n`],
    ['a short root', `us.example/log\n0\n${root.slice(4)}\n`],
    ['a root without padding', `us.example/log\n0\n${root.slice(0, -1)}\n`],
    ['a name that is no origin', `us.example/witness\n0\n${root}\n`],
    ['two lines', `us.example/log\n0\n`],
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['nothing', ''],
  ])('refuses %s', (_, changed) => {
    expect(parseCheckpoint(changed)).toBeNull()
  })

  it('never writes one that it would refuse', () => {
    const good = { origin: 'us.example/log', size: 1, root: EMPTY_ROOT }
    expect(() => formatCheckpoint({ ...good, origin: 'a\nb' })).toThrow()
    expect(() => formatCheckpoint({ ...good, size: -1 })).toThrow()
    expect(() => formatCheckpoint({ ...good, root: new Uint8Array(31) })).toThrow()
  })
})

describe('cosignature bytes', () => {
  it('have the published shape: id, eight bytes of time, signature', () => {
    const { payloadStart, keyId, timeS } = vectors.cosignatureShape
    const start = Buffer.from(payloadStart, 'base64')
    expect(start.subarray(0, 4).toString('hex')).toBe(keyId)
    const body = new Uint8Array(72)
    body.set(start.subarray(4, 12))
    expect(decodeCosignature(body)?.timeS).toBe(timeS)
  })

  it('are refused with a time beyond 2^53 − 1 or another length', () => {
    expect(decodeCosignature(new Uint8Array(72).fill(255))).toBeNull()
    expect(decodeCosignature(new Uint8Array(71))).toBeNull()
    expect(decodeCosignature(new Uint8Array(73))).toBeNull()
  })
})
