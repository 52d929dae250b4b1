// Signed acts handed in over HTTP: all or none, admitted like a file, and the same bytes again change nothing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { readHead } from '../../src/log/read.ts'
import { admitFile, signActs } from '../../src/outbound.ts'
import { readAudit } from '../../src/people/audit.ts'
import { MAX_SUBMIT_BYTES, MAX_SUBMITTED_ACTS } from '../../src/publish/routes.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import {
  type TestAlliance,
  type TestKey,
  type TestNode,
  testAlliance,
} from '../support/alliance.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { bearer } from '../support/people.ts'

let alliance: TestAlliance
let us: TestNode
let signer: Record<string, string>

beforeEach(async () => {
  alliance = await testAlliance(['jp', 'us'])
  us = alliance.node('us')
  signer = await bearer(us, 'ada', 'signer')
})
afterEach(() => alliance.close())

/** What `portcullis sign` writes. */
async function signed(text: string, key: TestKey = us.keys.agency): Promise<string[]> {
  const deps = await us.outbound()
  return sign(await admitFile(deps, { text, fileName: 'a.yaml', zoneHere: 'UTC' }), key)
}
async function sign(acts: readonly UnsignedAct[], key: TestKey): Promise<string[]> {
  const made = await signActs(await us.outbound(), acts, key)
  return made.map(({ bytes }) => new TextDecoder().decode(bytes))
}
const post = (body: string, headers: Record<string, string> = {}) =>
  us.request('/v1/acts', { method: 'POST', body, headers: { ...signer, ...headers } })
const asJson = (acts: readonly string[]) =>
  post(JSON.stringify({ acts }), { 'content-type': 'application/json' })
const size = async () => (await readHead(us.db))?.size

async function expectRefused(answer: Response, code: string, status: number): Promise<void> {
  expect([answer.status, (await answer.json()).code]).toEqual([status, code])
  expect(await size()).toBe(1)
}

describe('signed acts', () => {
  it('are appended, read back by index and by id, and in force', async () => {
    const acts = await signed(issueDraft('us/one'))
    const answer = await asJson(acts)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('location')).toBe('/v1/acts/1')
    const { acts: placed } = await answer.json()
    expect(placed).toMatchObject([{ index: 1, act: 'issue', decision: 'us/one' }])
    const read = await (await us.request('/v1/acts/1')).json()
    expect(read).toMatchObject({
      index: 1,
      leaf: placed[0].leaf,
      jws: acts[0],
      outcome: 'accepted',
    })
    expect(await (await us.request(`/v1/acts/${read.act.id}`)).json()).toEqual(read)
    expect((await us.request('/v1/decisions/us/one')).status).toBe(200)
    expect((await us.request('/v1/acts/2')).status).toBe(404)
  })

  it('are taken one a line as well, as sign writes them', async () => {
    const acts = await signed(issueDraft('us/one'))
    expect((await post(`${acts.join('\n')}\n`)).status).toBe(201)
  })

  it('leave a line in the audit log with who handed them in and where they stand', async () => {
    await asJson(await signed(issueDraft('us/one')))
    const [row] = await readAudit(us.db)
    expect(row).toMatchObject({
      subject: 'ada',
      action: 'POST /v1/acts',
      target: '/v1/acts/1',
      outcome: 'ok',
    })
    await asJson(['x'])
    expect((await readAudit(us.db))[0]).toMatchObject({ outcome: 'ERR_ACT_SPELLING' })
  })

  it('sent again are answered from the log, also when both come at once', async () => {
    const acts = await signed(issueDraft('us/one'))
    const answers = await Promise.all([asJson(acts), asJson(acts)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201])
    const again = await asJson(acts)
    expect(again.status).toBe(200)
    const bodies = await Promise.all([...answers, again].map((answer) => answer.json()))
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
    expect(await size()).toBe(2)
  })

  it('are refused where only some of them are there already', async () => {
    const acts = await signed(issueDraft('us/one'))
    await asJson(acts)
    const lift = actDraft('us/one', 'act: rescind\nfrom: 2026-11-20\nreason: {code: settled}')
    const answer = await asJson([...acts, ...(await signed(lift))])
    expect([answer.status, (await answer.json()).code]).toEqual([409, 'ERR_ACT_ID_REUSED'])
    expect(await size()).toBe(2)
  })

  it('are refused all together for one that is not in order', async () => {
    const acts = await signed(issueDraft('us/one'))
    await expectRefused(await asJson([...acts, ...acts]), 'ERR_ACT_ID_REUSED', 409)
  })

  it('of another key, another market or with a changed letter are refused', async () => {
    const [act = ''] = await signed(issueDraft('us/one'))
    const at = act.length - 30
    const changed = `${act.slice(0, at)}${act[at] === 'A' ? 'B' : 'A'}${act.slice(at + 1)}`
    await expectRefused(await asJson([changed]), 'ERR_ACT_SIGNATURE', 422)
    const jp = alliance.node('jp')
    const deps = { ...(await jp.outbound()) }
    const file = { text: issueDraft('jp/one'), fileName: 'a.yaml', zoneHere: 'UTC' }
    const foreign = await signActs(deps, await admitFile(deps, file), jp.keys.agency)
    const text = foreign.map(({ bytes }) => new TextDecoder().decode(bytes))
    await expectRefused(await asJson(text), 'ERR_ACT_LOG', 422)
  })

  it('that judging would take and admission would not are refused with the place', async () => {
    const deps = await us.outbound()
    const file = { text: issueDraft('us/one'), fileName: 'a.yaml', zoneHere: 'UTC' }
    const [issue] = await admitFile(deps, file)
    const misspelled = { ...issue, prodcts: [] } as unknown as UnsignedAct
    const answer = await asJson(await sign([misspelled], us.keys.agency))
    const problem = await answer.json()
    expect([answer.status, problem.code, problem.at]).toEqual([
      422,
      'ERR_ADMIT_UNKNOWN_MEMBER',
      '/acts/0/prodcts',
    ])
    expect(await size()).toBe(1)
  })
})

describe('a body', () => {
  it('that is none is refused', async () => {
    for (const body of [
      '{',
      '[]',
      '{"acts":"x"}',
      '{"acts":[]}',
      '{"acts":[1]}',
      '{"acts":[],"b":1}',
    ]) {
      const answer = await post(body, { 'content-type': 'application/json' })
      await expectRefused(answer, 'ERR_SUBMIT_BODY', 400)
    }
    await expectRefused(await post(' \n'), 'ERR_SUBMIT_BODY', 400)
  })

  it('with more acts or bytes than one request takes is refused', async () => {
    const many = Array.from({ length: MAX_SUBMITTED_ACTS + 1 }, () => 'x')
    await expectRefused(await asJson(many), 'ERR_SUBMIT_BODY', 400)
    const big = await post('x'.repeat(MAX_SUBMIT_BYTES + 1))
    await expectRefused(big, 'ERR_REQUEST_TOO_LARGE', 413)
    const long = await post('x'.repeat(40_000))
    expect([long.status, encodeUtf8((await long.json()).detail).length < 400]).toEqual([413, true])
  })
})

it('without the right to publish nobody hands in anything', async () => {
  const acts = await signed(issueDraft('us/one'))
  const body = JSON.stringify({ acts })
  const reader = await bearer(us, 'bob', 'reader')
  const none = await us.request('/v1/acts', { method: 'POST', body })
  await expectRefused(none, 'ERR_TOKEN', 401)
  const wrong = await us.request('/v1/acts', { method: 'POST', body, headers: reader })
  await expectRefused(wrong, 'ERR_SCOPE', 403)
})
