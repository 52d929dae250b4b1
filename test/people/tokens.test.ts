// A token counts only while everything about it holds, and nobody learns from a refusal what did not.
import { SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addUser, newToken, revokeToken, setDisabled, setRoles } from '../../src/appointing.ts'
import { generateEd25519Jwk } from '../../src/encoding/ed25519.ts'
import { authenticate, bearerOf, requireScope } from '../../src/people/authenticate.ts'
import { importTokenKey, MAX_TOKEN_DAYS, signToken } from '../../src/people/token.ts'
import { ADMIN, type Office, office, REALM, tokenOf } from '../support/people.ts'

let us: Office
beforeEach(async () => {
  us = await office()
})
afterEach(() => us.close())

const DAY_MS = 86_400_000
const counts = async (token: string) => (await authenticate(us.deps, token)).ok

/** Everything a token of ada says, for tokens that are wrong in one place. */
async function claimsOf(): Promise<Parameters<typeof signToken>[2]> {
  const { jti } = await tokenOf(us.deps, 'ada')
  const issuedAt = us.clock.nowMs / 1000
  return { subject: 'ada', jti, scopes: ['publish'], issuedAt, expiresAt: issuedAt + 600 }
}

describe('a token', () => {
  it('counts for the user it was made for, with the scopes that the roles give', async () => {
    const person = await us.person(await us.hire('ada', 'signer'))
    expect(person).toMatchObject({ subject: 'ada', name: 'Name of ada' })
    expect(person.scopes).toEqual(['lookup', 'publish'])
  })

  it('carries only the scopes it was made with, and never more than the roles give', async () => {
    const person = await us.person(await us.hire('ada', 'signer', ['lookup']))
    expect(person.scopes).toEqual(['lookup'])
    expect(() => requireScope(person, 'publish')).toThrow(
      expect.objectContaining({ code: 'ERR_SCOPE', facts: { scope: 'publish' } }),
    )
    await expect(tokenOf(us.deps, 'ada', ['audit'])).rejects.toMatchObject({ code: 'ERR_SCOPE' })
  })

  it('ends when its time is over', async () => {
    const token = await us.hire('ada', 'signer')
    us.clock.nowMs += 30 * DAY_MS - 1000
    expect(await counts(token)).toBe(true)
    us.clock.nowMs += 1000
    expect(await counts(token)).toBe(false)
  })

  it('ends when it is revoked, alone among the tokens of its user', async () => {
    const token = await us.hire('ada', 'signer')
    const other = await tokenOf(us.deps, 'ada')
    await revokeToken(us.deps, ADMIN, other.jti)
    expect([await counts(token), await counts(other.token)]).toEqual([true, false])
  })

  it('ends with every other of a user who is disabled, and counts again when that is undone', async () => {
    const tokens = [await us.hire('ada', 'signer'), (await tokenOf(us.deps, 'ada')).token]
    const all = () => Promise.all(tokens.map(counts))
    await setDisabled(us.deps, ADMIN, 'ada', true)
    expect(await all()).toEqual([false, false])
    await setDisabled(us.deps, ADMIN, 'ada', false)
    expect(await all()).toEqual([true, true])
  })

  it('loses at once what a role that was taken away gave', async () => {
    const token = await us.hire('ada', 'signer')
    await setRoles(us.deps, ADMIN, 'ada', ['auditor'])
    expect((await us.person(token)).scopes).toEqual(['lookup'])
  })

  it('does not count at another node, or when another node or key made it', async () => {
    await us.hire('ada', 'signer')
    const claims = await claimsOf()
    const elsewhere = { ...REALM, audience: 'http://jp.test' }
    const foreign = { ...REALM, issuer: 'jp.test/log' }
    const key = await importTokenKey(await generateEd25519Jwk())
    expect(await counts(await signToken(us.deps.key, REALM, claims))).toBe(true)
    expect(await counts(await signToken(us.deps.key, elsewhere, claims))).toBe(false)
    expect(await counts(await signToken(us.deps.key, foreign, claims))).toBe(false)
    expect(await counts(await signToken(key, REALM, claims))).toBe(false)
  })

  it('does not count under the name of another user', async () => {
    await us.hire('ada', 'signer')
    await us.hire('bob', 'signer')
    const claims = await claimsOf()
    expect(await counts(await signToken(us.deps.key, REALM, { ...claims, subject: 'bob' }))).toBe(
      false,
    )
  })

  it('does not count without a signature, under another algorithm, as another type, or without all its claims', async () => {
    await us.hire('ada', 'signer')
    const { jti } = await claimsOf()
    const { kid, privateKey } = us.deps.key
    const payload = { scope: 'publish', sub: 'ada', jti, iss: REALM.issuer, aud: REALM.audience }
    const exp = us.clock.nowMs / 1000 + 600
    const signed = (header: object, claims: object) =>
      new SignJWT({ ...payload, ...claims }).setProtectedHeader({
        alg: 'Ed25519',
        kid,
        typ: 'portcullis-token+jwt',
        ...header,
      })
    const times = { iat: exp - 600, exp }
    expect(await counts(await signed({}, times).sign(privateKey))).toBe(true)
    const secret = new Uint8Array(32)
    const wrong = [
      new UnsecuredJWT({ ...payload, ...times }).encode(),
      await signed({ alg: 'HS256' }, times).sign(secret),
      await signed({ alg: 'EdDSA' }, times).sign(privateKey),
      await signed({ typ: 'JWT' }, times).sign(privateKey),
      await signed({}, { iat: exp - 600 }).sign(privateKey),
      await signed({}, { ...times, jti: undefined }).sign(privateKey),
      await signed({}, { ...times, scope: undefined }).sign(privateKey),
    ]
    expect(await Promise.all(wrong.map(counts))).toEqual(wrong.map(() => false))
  })

  it('does not count with one letter changed, cut short, or longer than any token is', async () => {
    const token = await us.hire('ada', 'signer')
    const at = token.length - 20
    const other = token[at] === 'A' ? 'B' : 'A'
    const wrong = [
      `${token.slice(0, at)}${other}${token.slice(at + 1)}`,
      token.slice(0, -1),
      `${token}${'A'.repeat(3000)}`,
      '',
    ]
    expect(await Promise.all(wrong.map(counts))).toEqual([false, false, false, false])
  })

  it('is made for at most a year, and stands nowhere in the database', async () => {
    const token = await us.hire('ada', 'signer')
    const wanted = { subject: 'ada', note: '' }
    for (const days of [0, MAX_TOKEN_DAYS + 1, 1.5, Number.NaN]) {
      await expect(newToken(us.deps, ADMIN, { ...wanted, days })).rejects.toMatchObject({
        code: 'ERR_USAGE',
      })
    }
    const tables = ['user', 'token', 'audit']
    const rows = await Promise.all(
      tables.map((table) => us.deps.db.query({ sql: `SELECT * FROM ${table}`, params: [] })),
    )
    const [, , signature = ''] = token.split('.')
    expect(JSON.stringify(rows)).not.toContain(signature)
  })
})

describe('users', () => {
  it('are named in one way, once, with roles that exist', async () => {
    const add = (subject: string, roles: string[]) =>
      addUser(us.deps, ADMIN, { subject, name: 'Ada', roles })
    await add('ada', ['signer'])
    await expect(add('ada', ['signer'])).rejects.toMatchObject({ code: 'ERR_USER_EXISTS' })
    for (const subject of ['', 'Ada', 'local:root', 'a b', 'x'.repeat(65)]) {
      await expect(add(subject, ['signer'])).rejects.toMatchObject({ code: 'ERR_USAGE' })
    }
    await expect(add('bob', ['king'])).rejects.toMatchObject({ code: 'ERR_USAGE' })
    await expect(add('bob', [])).rejects.toMatchObject({ code: 'ERR_USAGE' })
    await expect(tokenOf(us.deps, 'nobody')).rejects.toMatchObject({ code: 'ERR_USER_UNKNOWN' })
  })
})

it('a bearer token is read from its header and from nothing like it', () => {
  expect(bearerOf('Bearer a.b-c_d.e')).toBe('a.b-c_d.e')
  expect(bearerOf('bearer a.b.c')).toBe('a.b.c')
  for (const header of [undefined, '', 'Bearer', 'Basic a.b.c', 'Bearer a b', 'xBearer a.b.c']) {
    expect(bearerOf(header)).toBeNull()
  }
})
