// Signed notes: published and own vectors, which lines count, and what is no note.
import { describe, expect, it } from 'vitest'
import vectors from '../../fixtures/tlog/note.json' with { type: 'json' }
import own from '../../fixtures/tlog/own-note.json' with { type: 'json' }
import { decodeBase64, encodeBase64, encodeBase64url } from '../../src/encoding/base64.ts'
import { ed25519Signer, generateEd25519Jwk, jwkThumbprint } from '../../src/encoding/ed25519.ts'
import { decodeHex, encodeHex } from '../../src/encoding/hex.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { cosign } from '../../src/tlog/cosignature.ts'
import { leafHash } from '../../src/tlog/hash.ts'
import { parseVkey, type Vkey } from '../../src/tlog/key.ts'
import { formatNote, type Note, parseNote, signNote, verifyNote } from '../../src/tlog/note.ts'
import { formatNoteLine } from '../../src/tlog/note-line.ts'

function vkeyOf(text: string): Vkey {
  const vkey = parseVkey(text)
  if (vkey === null) throw new Error(`refused: ${text}`)
  return vkey
}

function noteOf(text: string | Uint8Array): Note {
  const note = parseNote(typeof text === 'string' ? encodeUtf8(text) : text)
  if (note === null) throw new Error('refused')
  return note
}

async function signerOf(seedHex: string, { publicKey }: Vkey) {
  const seed = decodeHex(seedHex)
  if (seed === null) throw new Error('not a seed')
  const d = encodeBase64url(seed)
  return ed25519Signer({ kty: 'OKP', crv: 'Ed25519', d, x: encodeBase64url(publicKey) })
}

const LOG = vkeyOf(own.logVkey)
const WITNESS = vkeyOf(own.witnessVkey)
const [TEXT = '', LINES = ''] = own.note.split('\n\n')
const [LOG_LINE = '', WITNESS_LINE = ''] = LINES.split('\n')

describe('published notes', () => {
  it.each(vectors.notes)('verify: $vkey', async ({ vkey, text, line }) => {
    const note = noteOf(`${text}\n${line}\n`)
    const verified = [{ vkey: vkeyOf(vkey), timeS: null, line }]
    expect(await verifyNote(note, [vkeyOf(vkey)])).toEqual({ ok: true, verified })
  })

  it('come out the same from the published private key', async () => {
    const { skey, vkey } = vectors.privateKey
    const seed = decodeBase64(skey.split('+').slice(4).join('+'))?.slice(1) ?? new Uint8Array(0)
    const key = vkeyOf(vkey)
    const published = vectors.notes.find((note) => note.vkey === vkey)
    const signer = await signerOf(encodeHex(seed), key)
    const line = await signNote(published?.text ?? '', key.name, key.publicKey, signer)
    expect(line).toBe(published?.line)
  })
})

describe('our note', () => {
  it('is what other implementations checked, to the byte', async () => {
    const text = `${TEXT}\n`
    const log = await signNote(text, LOG.name, LOG.publicKey, await signerOf(own.logSeedHex, LOG))
    const witness = await cosign(
      text,
      WITNESS.name,
      WITNESS.publicKey,
      await signerOf(own.witnessSeedHex, WITNESS),
      own.timeS,
    )
    const bytes = formatNote(text, [log, witness])
    expect(new TextDecoder().decode(bytes)).toBe(own.note)
    expect(encodeHex(sha256(bytes))).toBe(own.noteSha256)
    expect(encodeHex(sha256(encodeUtf8(LOG.name)))).toBe(own.originSha256)
    expect(jwkThumbprint(encodeBase64url(LOG.publicKey))).toBe(own.logKeyThumbprint)
    expect(encodeBase64(leafHash(encodeUtf8(own.entryJws)))).toBe(own.entryLeafHash)
  })

  it('verifies under both keys and tells the time of the cosignature', async () => {
    expect(await verifyNote(noteOf(own.note), [WITNESS, LOG])).toEqual({
      ok: true,
      verified: [
        { vkey: LOG, timeS: null, line: LOG_LINE },
        { vkey: WITNESS, timeS: own.timeS, line: WITNESS_LINE },
      ],
    })
  })
})

describe('which lines count', () => {
  const forged = formatNoteLine(LOG.name, LOG.keyId, new Uint8Array(64).fill(7))
  const noteWith = (...lines: string[]) => noteOf(formatNote(`${TEXT}\n`, lines))

  it('passes over lines of unknown names and of unknown ids', async () => {
    const stranger = formatNoteLine('stranger.example/x', LOG.keyId, new Uint8Array(2424).fill(1))
    const otherId = formatNoteLine(LOG.name, (LOG.keyId + 1) >>> 0, new Uint8Array(1))
    const verdict = await verifyNote(noteWith(stranger, otherId, LOG_LINE), [LOG])
    expect(verdict.ok && verdict.verified.map(({ line }) => line)).toEqual([LOG_LINE])
  })

  it('refuses the whole note for one known line that fails', async () => {
    const refused = { ok: false, code: 'known_signature_fails' }
    expect(await verifyNote(noteWith(WITNESS_LINE, forged), [LOG, WITNESS])).toEqual(refused)
    expect(await verifyNote(noteWith(forged, LOG_LINE), [LOG])).toEqual(refused)
    expect((await verifyNote(noteWith(WITNESS_LINE, forged), [WITNESS])).ok).toBe(true)
  })

  it('drops further lines of a key that has verified', async () => {
    const verdict = await verifyNote(noteWith(LOG_LINE, LOG_LINE, forged), [LOG])
    expect(verdict.ok && verdict.verified).toHaveLength(1)
  })

  it('refuses a note without a known line', async () => {
    const refused = { ok: false, code: 'no_known_signature' }
    expect(await verifyNote(noteWith(LOG_LINE), [WITNESS])).toEqual(refused)
    expect(await verifyNote(noteWith(LOG_LINE), [])).toEqual(refused)
  })

  it('checks against the key at hand, not its id', async () => {
    const { x } = await generateEd25519Jwk()
    const other = decodeBase64(Buffer.from(x, 'base64url').toString('base64')) ?? new Uint8Array(0)
    const verdict = await verifyNote(noteWith(LOG_LINE), [{ ...LOG, publicKey: other }])
    expect(verdict).toEqual({ ok: false, code: 'known_signature_fails' })
  })

  it('takes neither kind of signature for the other, nor a changed time', async () => {
    const plain = noteOf(own.note).signatures[0]?.signature ?? new Uint8Array(0)
    const timed = noteOf(own.note).signatures[1]?.signature ?? new Uint8Array(0)
    const later = timed.map((byte, i) => (i === 7 ? byte + 1 : byte))
    for (const bytes of [plain, later, timed.slice(8), timed.subarray(0, 71)]) {
      const note = noteWith(formatNoteLine(WITNESS.name, WITNESS.keyId, bytes))
      expect((await verifyNote(note, [WITNESS])).ok).toBe(false)
    }
    const note = noteWith(formatNoteLine(LOG.name, LOG.keyId, timed))
    expect((await verifyNote(note, [LOG])).ok).toBe(false)
  })

  it('covers every character of the text', async () => {
    for (const text of [`${TEXT} \n`, `${TEXT}\nextension\n`, TEXT.replace('\n3\n', '\n4\n')]) {
      const note = noteOf(`${text.replace(/\n?$/, '\n')}\n${LOG_LINE}\n`)
      expect((await verifyNote(note, [LOG])).ok).toBe(false)
    }
  })
})

describe('the note format', () => {
  it('splits at the last blank line', () => {
    expect(noteOf(`a\n\nb\n\n${LOG_LINE}\n`).text).toBe('a\n\nb\n')
  })

  it('takes 100 lines and not 101', () => {
    const lines = (count: number) => `${LOG_LINE}\n`.repeat(count)
    expect(noteOf(`a\n\n${lines(100)}`).signatures).toHaveLength(100)
    expect(parseNote(encodeUtf8(`a\n\n${lines(101)}`))).toBeNull()
  })

  it('takes 64 KiB and not a byte more', () => {
    const frame = `\n\n${LOG_LINE}\n`
    const fill = 65_536 - encodeUtf8(frame).length
    expect(parseNote(encodeUtf8('a'.repeat(fill) + frame))).not.toBeNull()
    expect(parseNote(encodeUtf8('a'.repeat(fill + 1) + frame))).toBeNull()
  })

  it.each([
    ['nothing', ''],
    ['no blank line', `a\n${LOG_LINE}\n`],
    ['no signature line', 'a\n\n'],
    ['no last LF', `a\n\n${LOG_LINE}`],
    ['a blank line after the signatures', `a\n\n${LOG_LINE}\n\n`],
    ['CRLF', `a\r\n\r\n${LOG_LINE}\r\n`],
    ['a tab', `a\tb\n\n${LOG_LINE}\n`],
    ['a NUL', `a\0\n\n${LOG_LINE}\n`],
    ['a hyphen for the dash', `a\n\n${LOG_LINE.replace('—', '-')}\n`],
    ['an en dash', `a\n\n${LOG_LINE.replace('—', '–')}\n`],
    ['two spaces', `a\n\n${LOG_LINE.replace('— ', '—  ')}\n`],
    ['a space at the end of a line', `a\n\n${LOG_LINE} \n`],
    ['no name', `a\n\n— ${LOG_LINE.split(' ')[2]}\n`],
    ['a plus in the name', `a\n\n${LOG_LINE.replace('blocklist.', 'block+')}\n`],
    ['a no-break space in the name', `a\n\n${LOG_LINE.replace('blocklist', 'block\u00a0list')}\n`],
    ['a next-line character in the name', `a\n\n${LOG_LINE.replace('blocklist', 'a\u0085b')}\n`],
    ['URL-safe base64', `a\n\n${LOG_LINE.replaceAll('/', '_').replace('_de', '/de')}\n`],
    ['base64 without padding', `a\n\n${LOG_LINE.replace(/=+$/, '')}\n`],
    ['an id and no signature', `a\n\n— a.example AAAAAA==\n`],
    ['one malformed line among good ones', `a\n\n${LOG_LINE}\nx\n${LOG_LINE}\n`],
  ])('refuses %s', (_, text) => {
    expect(parseNote(encodeUtf8(text))).toBeNull()
  })

  it('refuses bytes that are not UTF-8, and keeps a byte order mark in the text', () => {
    const good = encodeUtf8(`a\n\n${LOG_LINE}\n`)
    expect(parseNote(Uint8Array.of(0xff, ...good))).toBeNull()
    expect(parseNote(Uint8Array.of(0xef, 0xbb, 0xbf, ...good))?.text).toBe('\ufeffa\n')
  })

  it('is never written without lines or without a last LF', () => {
    expect(() => formatNote('a\n', [])).toThrow()
    expect(() => formatNote('a', [LOG_LINE])).toThrow()
  })
})
