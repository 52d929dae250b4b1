// Compact JWS in one spelling: one act, one sequence of bytes, one leaf hash.
import { describe, expect, it } from 'vitest'
import own from '../../fixtures/tlog/own-note.json' with { type: 'json' }
import { decodeBase64url, encodeBase64url } from '../../src/encoding/base64.ts'
import { verifyEd25519 } from '../../src/encoding/ed25519.ts'
import { splitCompactJws } from '../../src/encoding/jws.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { parseVkey } from '../../src/tlog/key.ts'

const TOKEN = own.entryJws
const [HEADER = '', PAYLOAD = '', SIGNATURE = ''] = TOKEN.split('.')
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

describe('compact JWS', () => {
  it('comes apart into texts, signature and the bytes the signature covers', async () => {
    const jws = splitCompactJws(TOKEN)
    expect(jws?.headerText).toBe(
      `{"alg":"Ed25519","kid":"${own.logKeyThumbprint}","typ":"bl-act+jws"}`,
    )
    expect(jws?.payloadText).toBe('{"v":1,"id":"01JH0000000000000000000000","act":"exclude"}')
    expect(jws?.signingInput).toEqual(encodeUtf8(`${HEADER}.${PAYLOAD}`))
    const key = parseVkey(own.logVkey)
    if (jws === null || key === null) throw new Error('the fixture is broken')
    expect(await verifyEd25519(key.publicKey, jws.signingInput, jws.signature)).toBe(true)
  })

  it('reads text and bytes alike, also bytes inside a larger array', () => {
    const framed = encodeUtf8(`xx${TOKEN}yy`).subarray(2, 2 + TOKEN.length)
    expect(splitCompactJws(framed)).toEqual(splitCompactJws(TOKEN))
  })

  it('takes one of the 16 last letters that name the same signature', () => {
    const stem = TOKEN.slice(0, -1)
    const same = [...ALPHABET].filter((letter) =>
      Buffer.from(SIGNATURE.slice(0, -1) + letter, 'base64url').equals(
        Buffer.from(SIGNATURE, 'base64url'),
      ),
    )
    expect(same).toHaveLength(16)
    const taken = same.filter((letter) => splitCompactJws(stem + letter) !== null)
    expect(taken).toEqual([TOKEN.at(-1)])
  })

  it.each([
    ['padding', `${TOKEN}==`],
    ['a newline at the end', `${TOKEN}\n`],
    ['a space inside', `${HEADER}. ${PAYLOAD}.${SIGNATURE}`],
    ['a space in front', ` ${TOKEN}`],
    ['a byte order mark', `\ufeff${TOKEN}`],
    ['a short signature', `${HEADER}.${PAYLOAD}.${SIGNATURE.slice(0, -2)}`],
    ['a long signature', `${HEADER}.${PAYLOAD}.${SIGNATURE}AA`],
    ['no payload', `${HEADER}..${SIGNATURE}`],
    ['no header', `.${PAYLOAD}.${SIGNATURE}`],
    ['four parts', `${HEADER}.${PAYLOAD}.${PAYLOAD}.${SIGNATURE}`],
    ['two parts', `${HEADER}.${SIGNATURE}`],
    ['letters of the standard alphabet', TOKEN.replace(/[-_]/g, (c) => (c === '-' ? '+' : '/'))],
    ['nothing at all', ''],
  ])('refuses a token with %s', (_, token) => {
    expect(splitCompactJws(token)).toBeNull()
    expect(splitCompactJws(encodeUtf8(token))).toBeNull()
  })

  it('refuses spare bits in header and payload', () => {
    // 'eyJ9' + 2 letters leaves four spare bits
    const spare = `${encodeBase64url(encodeUtf8('{"a":1}')).slice(0, -1)}R`
    expect(decodeBase64url(spare)).toBeNull()
    expect(splitCompactJws(`${spare}.${PAYLOAD}.${SIGNATURE}`)).toBeNull()
    expect(splitCompactJws(`${HEADER}.${spare}.${SIGNATURE}`)).toBeNull()
  })

  it('refuses a payload that is not UTF-8 and keeps its byte order mark', () => {
    const bad = encodeBase64url(Uint8Array.of(0x22, 0xff, 0x22))
    expect(splitCompactJws(`${HEADER}.${bad}.${SIGNATURE}`)).toBeNull()
    const marked = encodeBase64url(encodeUtf8('\ufeff{}'))
    expect(splitCompactJws(`${HEADER}.${marked}.${SIGNATURE}`)?.payloadText).toBe('\ufeff{}')
  })

  it('refuses a byte beyond ASCII wherever it stands', () => {
    const bytes = encodeUtf8(TOKEN)
    for (const at of [0, HEADER.length + 3, bytes.length - 1]) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (bytes[at] as number) | 0x80
      expect(splitCompactJws(changed)).toBeNull()
    }
  })
})
