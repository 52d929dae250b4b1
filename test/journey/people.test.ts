// People at a running node, over its own socket: the settings reach the guard, and the audit log has the address.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addUser, newToken } from '../../src/appointing.ts'
import { foundAlliance } from '../../src/node/alliance.ts'
import { type OpenNode, openNode } from '../../src/node/open.ts'
import { localActor } from '../../src/node/people.ts'
import { type RunningNode, startNode } from '../../src/node/serve.ts'
import { admitFile, signActs } from '../../src/outbound.ts'
import { readAudit } from '../../src/people/audit.ts'
import { issueDraft } from '../support/decisions.ts'

let directory: string
let node: OpenNode
let running: RunningNode
let token: string
const traced: { event: string; facts: Record<string, unknown> }[] = []

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-people-'))
  await foundAlliance({
    directory,
    markets: [{ market: 'us', name: 'us', timeZone: 'UTC', port: 1 }],
    defaultEffect: 'detain',
    schedule: '0 0 1 1 *',
  })
  node = await openNode(join(directory, 'us'), {
    PORTCULLIS_PORT: '0',
    PORTCULLIS_LOOKUP_ACCESS: 'token',
    PORTCULLIS_TRUSTED_PROXIES: '1',
    PORTCULLIS_LOOKUPS_PER_MINUTE: '3',
  })
  running = await startNode(node, (event, facts) => traced.push({ event, facts }))
  const ada = { subject: 'ada', name: 'Ada', roles: ['signer', 'auditor'] }
  await addUser(node.people, localActor(), ada)
  token = (await newToken(node.people, localActor(), { subject: 'ada', days: 1, note: '' })).token
})
afterAll(async () => {
  await running.stop()
  rmSync(directory, { recursive: true, force: true })
})

const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(`${running.url}${path}`, { ...init, headers })

it('a signer hands in acts, and the audit log has who and from where, as the proxy saw it', async () => {
  const deps = await node.outbound()
  const file = { text: issueDraft('us/one'), fileName: 'a.yaml', zoneHere: 'UTC' }
  const acts = await signActs(deps, await admitFile(deps, file), await node.agencyKey())
  const body = acts.map(({ bytes }) => new TextDecoder().decode(bytes)).join('\n')
  const headers = {
    authorization: `Bearer ${token}`,
    'x-forwarded-for': '10.0.0.1, 198.51.100.7',
  }
  const answer = await ask('/v1/acts', headers, { method: 'POST', body })
  expect(answer.status).toBe(201)
  const location = answer.headers.get('location') ?? ''
  expect(await (await ask(location)).json()).toMatchObject({ outcome: 'accepted' })
  const [row] = await readAudit(node.db)
  expect(row).toMatchObject({
    subject: 'ada',
    action: 'POST /v1/acts',
    target: location,
    outcome: 'ok',
    address: '198.51.100.7',
  })
})

it('look-up needs a token here, the feed does not; a refused one is traced with its reason', async () => {
  expect((await ask('/v1/lookup?q=x')).status).toBe(401)
  expect((await ask('/log/checkpoint')).status).toBe(200)
  const cut = { authorization: `Bearer ${token.slice(0, -1)}`, 'x-forwarded-for': '192.0.2.1' }
  expect((await ask('/v1/lookup?q=x', cut)).status).toBe(401)
  expect(traced).toContainEqual({
    event: 'token_refused',
    facts: { action: 'GET /v1/lookup', address: '192.0.2.1', why: expect.any(String) },
  })
  expect(JSON.stringify(traced)).not.toContain(token.slice(-40, -1))
})

it('each client that the proxy names has a rate of its own', async () => {
  const from = (address: string) => ask('/v1/lookup?q=x', { 'x-forwarded-for': address })
  const answers = await Promise.all([1, 2, 3, 4].map(() => from('192.0.2.8')))
  expect(answers.map(({ status }) => status).sort()).toEqual([401, 401, 401, 429])
  expect((await from('192.0.2.9')).status).toBe(401)
})
