// Who may do what over HTTP: the table of rights, what a refusal says, what the audit log keeps of it.
import { afterEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/app.ts'
import { revokeToken, setDisabled } from '../../src/appointing.ts'
import type { GuardSettings } from '../../src/guarding.ts'
import { readAudit } from '../../src/people/audit.ts'
import { RULES } from '../../src/people/rules.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'
import { ADMIN, bearer, tokenOf } from '../support/people.ts'

let alliance: TestAlliance | undefined
afterEach(() => {
  alliance?.close()
  alliance = undefined
})

async function node(guard: Partial<GuardSettings> = {}): Promise<TestNode> {
  alliance = await testAlliance(['us'], { guard })
  const us = alliance.node('us')
  await us.publishText(issueDraft('us/one'))
  return us
}
const TOKEN = { lookupAccess: 'token' } as const
const ASKED = '/v1/lookup?q=secret-shipment'
const status = async (us: TestNode, path: string, headers: Record<string, string> = {}) =>
  (await us.request(path, { headers })).status

describe('the table of rights', () => {
  it('has a rule for every route that changes something, and none for a route that is not there', () => {
    const names = ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    const changing = names.filter((name) => !name.startsWith('GET '))
    expect(changing.filter((name) => RULES[name] === undefined)).toEqual([])
    expect(Object.keys(RULES).filter((name) => !names.includes(name))).toEqual([])
  })

  it('asks for the right to look up at every route of the look-up', () => {
    const lookups = ROUTES.filter(({ tag }) => tag === 'look-up')
    expect(lookups.length).toBeGreaterThan(1)
    expect(lookups.filter(({ scope }) => scope === undefined)).toEqual([])
  })

  it('is what the OpenAPI document says', () => {
    const find = (path: string) => ROUTES.find((route) => route.path === path)
    expect(find('/v1/audit')).toMatchObject({ scope: 'audit' })
    expect(find('/v1/audit')?.errors).toEqual(
      expect.arrayContaining(['ERR_TOKEN', 'ERR_SCOPE', 'ERR_RATE_LIMIT']),
    )
    expect(find('/v1/status')).not.toHaveProperty('scope')
  })
})

describe('a route that needs a token', () => {
  it('says the same whatever is wrong with the token, and how to be let in', async () => {
    const us = await node()
    const { authorization } = await bearer(us, 'ada', 'auditor')
    const revoked = await tokenOf(us.people, 'ada')
    await revokeToken(us.people, ADMIN, revoked.jti)
    const bob = await bearer(us, 'bob', 'auditor')
    await setDisabled(us.people, ADMIN, 'bob', true)
    const tokens = [
      `Bearer ${revoked.token}`,
      bob.authorization,
      'Bearer x.y.z',
      `${authorization}x`,
    ]
    const answers = await Promise.all(
      tokens.map((token) => us.request('/v1/audit', { headers: { authorization: token } })),
    )
    const bodies = await Promise.all(answers.map((answer) => answer.json()))
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
    expect(bodies[0]).toMatchObject({ status: 401, code: 'ERR_TOKEN' })
    for (const { headers } of answers) {
      expect(headers.get('www-authenticate')).toBe(
        'Bearer realm="portcullis", error="invalid_token"',
      )
    }
    const none = await us.request('/v1/audit')
    expect(none.status).toBe(401)
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="portcullis"')
  })

  it('names the right that a token lacks, and keeps that somebody tried', async () => {
    const us = await node()
    const answer = await us.request('/v1/audit', { headers: await bearer(us, 'ada', 'signer') })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ code: 'ERR_SCOPE', scope: 'audit' })
    expect(answer.headers.get('www-authenticate')).toContain('scope="audit"')
    const [row] = await readAudit(us.db)
    expect(row).toMatchObject({ subject: 'ada', action: 'GET /v1/audit', outcome: 'ERR_SCOPE' })
  })

  it('is not opened by a token in a cookie or in the address', async () => {
    const us = await node()
    const { authorization } = await bearer(us, 'ada', 'auditor')
    const token = authorization.slice('Bearer '.length)
    expect(await status(us, '/v1/audit', { cookie: `portcullis=${token}` })).toBe(401)
    expect(await status(us, `/v1/audit?access_token=${token}`)).toBe(401)
  })
})

describe('the audit log over HTTP', () => {
  it('is paged by key for auditors, and holds who read it from where', async () => {
    const us = await node()
    const headers = await bearer(us, 'ada', 'auditor')
    const read = async (query: string) => {
      const url = `${us.url}/v1/audit${query}`
      return (await us.app.request(url, { headers }, { address: '192.0.2.7' })).json()
    }
    const first = await read('?limit=1')
    expect(first.audit).toMatchObject([{ action: 'token new', address: 'cli' }])
    const next = await read(`?limit=1&before=${first.next}`)
    expect(next.audit).toMatchObject([{ action: 'user add' }])
    const own = await read('?subject=ada')
    expect(own.audit[0]).toMatchObject({
      action: 'GET /v1/audit',
      target: '/v1/audit',
      outcome: 'ok',
      address: '192.0.2.7',
    })
  })

  it('refuses parameters that it does not have or that are not of their form', async () => {
    const us = await node()
    const headers = await bearer(us, 'ada', 'auditor')
    for (const query of ['?all=1', '?limit=0', '?limit=9999', '?before=x', '?subject=A%20B']) {
      expect([query, await status(us, `/v1/audit${query}`, headers)]).toEqual([query, 400])
    }
  })
})

describe('look-up', () => {
  it('is open where the setting says so, and needs a token where it says that', async () => {
    const open = await node()
    expect(await status(open, ASKED)).toBe(200)
    alliance?.close()
    const us = await node(TOKEN)
    for (const path of [ASKED, '/v1/decisions', '/v1/decisions/us/one']) {
      expect([path, await status(us, path)]).toEqual([path, 401])
    }
    const headers = await bearer(us, 'ada', 'reader')
    for (const path of [ASKED, '/v1/decisions', '/v1/decisions/us/one']) {
      expect([path, await status(us, path, headers)]).toEqual([path, 200])
    }
    const asked = { method: 'POST', body: '{"queries":{"a":{"q":"x"}}}' }
    expect((await us.request('/v1/lookup', asked)).status).toBe(401)
    expect((await us.request('/v1/lookup', { ...asked, headers })).status).toBe(200)
  })

  it('needs a token also by HEAD', async () => {
    const us = await node(TOKEN)
    expect((await us.request(ASKED, { method: 'HEAD' })).status).toBe(401)
  })

  it('leaves the feed, status and heads open, which members need', async () => {
    const us = await node(TOKEN)
    for (const path of [
      '/log/checkpoint',
      '/v1/status',
      '/v1/heads',
      '/charter/1.json',
      '/status',
    ]) {
      expect([path, await status(us, path)]).toEqual([path, 200])
    }
  })

  it('is in the audit log only by setting, and never what was asked', async () => {
    const us = await node(TOKEN)
    const headers = await bearer(us, 'ada', 'reader')
    const before = await readAudit(us.db)
    await status(us, ASKED, headers)
    expect(await readAudit(us.db)).toEqual(before)
    alliance?.close()
    const jp = await node({ ...TOKEN, auditLookups: true })
    const bob = await bearer(jp, 'bob', 'reader')
    await status(jp, ASKED, bob)
    await status(jp, '/v1/decisions/us/one', bob)
    const rows = (await readAudit(jp.db)).slice(0, 2)
    expect(rows.map(({ action, target }) => [action, target])).toEqual([
      ['GET /v1/decisions/:decision{.+}', null],
      ['GET /v1/lookup', null],
    ])
    expect(JSON.stringify(rows)).not.toContain('secret')
  })
})

describe('who asks too often', () => {
  const RATES = { lookup: 2, heads: 2, acts: 0 }
  const from = (us: TestNode, address: string, headers: Record<string, string> = {}) =>
    us.app.request(`${us.url}${ASKED}`, { headers }, { address })

  it('is told when to come again, and is let in then', async () => {
    const us = await node({ rates: RATES })
    expect((await from(us, '192.0.2.1')).status).toBe(200)
    expect((await from(us, '192.0.2.1')).status).toBe(200)
    const late = await from(us, '192.0.2.1')
    expect(late.status).toBe(429)
    expect(late.headers.get('retry-after')).toBe('30')
    expect(await late.json()).toMatchObject({ code: 'ERR_RATE_LIMIT', retry_after: 30 })
    expect((await from(us, '192.0.2.2')).status).toBe(200)
    if (alliance !== undefined) alliance.clock.nowMs += 30_000
    expect((await from(us, '192.0.2.1')).status).toBe(200)
  })

  it('is counted by token where there is one, wherever they ask from', async () => {
    const us = await node({ rates: RATES })
    const headers = await bearer(us, 'ada', 'reader')
    for (const address of ['192.0.2.1', '192.0.2.2']) {
      expect((await from(us, address, headers)).status).toBe(200)
    }
    expect((await from(us, '192.0.2.3', headers)).status).toBe(429)
    expect((await from(us, '192.0.2.1')).status).toBe(200)
  })

  it('meets a page that says so', async () => {
    const us = await node({ rates: { ...RATES, lookup: 1 } })
    await us.request('/')
    const page = await us.request('/')
    expect([page.status, page.headers.get('content-type')]).toEqual([
      429,
      'text/html; charset=utf-8',
    ])
    expect(page.headers.get('retry-after')).toBe('60')
  })

  it('cannot keep the witness busy: a head is not even read', async () => {
    const us = await node({ rates: RATES })
    const push = () => us.request('/witness/add-checkpoint', { method: 'POST', body: 'x' })
    expect([(await push()).status, (await push()).status, (await push()).status]).toEqual([
      400, 400, 429,
    ])
  })

  it('pays for tries with tokens that do not count', async () => {
    const us = await node({ rates: RATES })
    const wrong = { authorization: 'Bearer a.b.c' }
    const tries = [0, 1, 2].map(() => status(us, '/v1/audit', wrong))
    expect((await Promise.all(tries)).sort()).toEqual([401, 401, 429])
  })
})
