// Proofs and policies over HTTP: of the own and of mirrored decisions, checked with nothing but the files (protocol 1.5, 1.8, 1.11).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { parseCharter } from '../../src/charter/charter.ts'
import type { CharterPayload, Member } from '../../src/charter/schema.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { type Trust, verifyProofFile } from '../../src/proof/verify.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { parseVkey } from '../../src/tlog/key.ts'
import { formatNoteLine } from '../../src/tlog/note-line.ts'
import { parsePolicy } from '../../src/tlog/policy.ts'
import { formatTlogProof, parseTlogProof } from '../../src/tlog/tlog-proof.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { appendRaw, fillers, issueOf } from '../support/entries.ts'
import { bytesOf } from '../support/liar.ts'

let alliance: TestAlliance
let us: TestNode
let jp: TestNode

beforeAll(async () => {
  alliance = await testAlliance(['us', 'jp', 'de'])
  us = alliance.node('us')
  jp = alliance.node('jp')
  await us.publish([issueOf('us/one') as UnsignedAct])
  await appendRaw(us, await fillers(alliance, us, 300))
  const from = { on: '2026-05-04', precision: 'day', at: Date.UTC(2026, 4, 4) / 1000 }
  await us.publish([{ act: 'suspend', decision: 'us/one', from } as UnsignedAct])
  await us.publish([issueOf('us/two') as UnsignedAct])
  await jp.pull()
  const respond = { act: 'respond', decision: 'us/one', effect: 'enforce', from }
  await jp.publish([respond as UnsignedAct])
  for (let round = 0; round < 3; round++) {
    alliance.clock.nowMs += 60_000
    await alliance.syncAll()
  }
})
afterAll(() => alliance.close())

async function fileAt(node: TestNode, path: string): Promise<Uint8Array> {
  const response = await node.request(path)
  expect(response.status, path).toBe(200)
  return bytesOf(response)
}

async function policyAt(node: TestNode, path: string): Promise<Trust> {
  const policy = parsePolicy(await fileAt(node, path))
  if (policy === null) throw new TypeError('not a policy')
  return { by: 'policy', policy }
}

async function charterAt(node: TestNode): Promise<Trust> {
  const parsed = parseCharter(new TextDecoder().decode(await fileAt(node, '/charter/latest')))
  if (!parsed.ok) throw new TypeError(parsed.detail)
  return { by: 'charter', charter: parsed.charter }
}

async function reportOf(bytes: Uint8Array, trust: Trust) {
  const result = await verifyProofFile(bytes, trust)
  if (!result.ok) throw new TypeError(`${result.code} ${result.detail}`)
  return result.value
}

function memberOf({ members }: CharterPayload, market: string): Member {
  const member = members.find((one) => one.market === market)
  if (member === undefined) throw new TypeError(`no member ${market}`)
  return member
}

const hashOf = (node: TestNode) => originHash(node.origin)

describe('the proof of a decision', () => {
  it('is of the act that changed it last, and holds by the policy of its own node', async () => {
    const bytes = await fileAt(us, '/v1/proofs/us/one')
    const report = await reportOf(bytes, await policyAt(us, '/policy.txt'))
    expect(report).toMatchObject({
      origin: us.origin,
      index: 302,
      act: { kind: 'suspend', decision: 'us/one' },
    })
    expect(report).toMatchObject({ act_signed: false, stamp: null })
  })

  it('holds from a mirror, by the policy and by the charter of a third node', async () => {
    const bytes = await fileAt(jp, '/v1/proofs/us/one')
    const de = alliance.node('de')
    const byPolicy = await reportOf(bytes, await policyAt(de, `/policy/${hashOf(us)}.txt`))
    const byCharter = await reportOf(bytes, await charterAt(de))
    expect(byCharter).toMatchObject({ act_signed: true, index: 302, leaf: byPolicy.leaf })
    expect(byCharter.stamp).toBeGreaterThan(0)
  })

  it('carries the cosignatures of the other members once they have them', async () => {
    for (const node of [us, jp]) {
      const bytes = await fileAt(node, '/v1/proofs/us/two')
      const { quorum, cosigned } = await reportOf(
        bytes,
        await policyAt(jp, `/policy/${hashOf(us)}.txt`),
      )
      expect(quorum).toEqual({ met: true, have: 2, needed: 2, of: 2 })
      expect(cosigned.map(({ name }) => name).sort()).toEqual(['de', 'jp'])
    }
  })

  it('may be asked for by the leaf hash of any act about it, also of another market', async () => {
    const story = (await (await us.request('/v1/decisions/us/one')).json()) as {
      acts: { market: string; kind: string; leaf: string }[]
    }
    expect(story.acts.length).toBe(3)
    for (const { leaf, kind, market } of story.acts) {
      const bytes = await fileAt(us, `/v1/proofs/us/one?entry=${leaf}`)
      const report = await reportOf(bytes, await charterAt(us))
      expect(report).toMatchObject({ leaf, act: { kind }, origin: alliance.node(market).origin })
    }
  })

  it('is refused for what is not known, another decision or a parameter that does not exist', async () => {
    const { leaf } = await reportOf(await fileAt(us, '/v1/proofs/us/one'), await charterAt(us))
    const cases = [
      ['/v1/proofs/us/none', 404, 'ERR_DECISION_UNKNOWN'],
      ['/v1/proofs/%00', 404, 'ERR_DECISION_UNKNOWN'],
      [`/v1/proofs/us/two?entry=${leaf}`, 404, 'ERR_DECISION_UNKNOWN'],
      ['/v1/proofs/us/one?entry=x', 400, 'ERR_QUERY_INVALID'],
      [`/v1/proofs/us/one?entry=${leaf}&entry=${leaf}`, 400, 'ERR_QUERY_INVALID'],
      ['/v1/proofs/us/one?leaf=x', 400, 'ERR_QUERY_UNKNOWN_PARAMETER'],
    ] as const
    for (const [path, status, code] of cases) {
      const response = await us.request(path)
      expect([path, response.status, await response.json()]).toMatchObject([path, status, { code }])
    }
  })

  it('leaves out a line that somebody forged in the name of a member', async () => {
    const vkey = parseVkey(memberOf(alliance.charter, 'de').witness)
    if (vkey === null) throw new TypeError('no witness')
    const line = formatNoteLine(vkey.name, vkey.keyId, new Uint8Array(72).fill(7))
    const forge = jp.db.raw.prepare('UPDATE feed SET seen_note = seen_note || ? WHERE origin = ?')
    forge.run(`${line}\n`, us.origin)
    const bytes = await fileAt(jp, '/v1/proofs/us/two')
    expect(new TextDecoder().decode(bytes)).not.toContain(line)
    expect((await reportOf(bytes, await charterAt(jp))).quorum.met).toBe(true)
  })
})

describe('a proof that was tampered with', () => {
  it('does not hold: other entry, other place, other key, other log', async () => {
    const bytes = await fileAt(us, '/v1/proofs/us/one')
    const proof = parseTlogProof(bytes)
    if (proof?.extra == null) throw new TypeError('no proof')
    const trust = await charterAt(us)
    const two = parseTlogProof(await fileAt(us, '/v1/proofs/us/two'))
    const stranger = await testAlliance(['us', 'kr'])
    const cases = [
      [formatTlogProof({ ...proof, extra: two?.extra ?? null }), trust, 'ERR_PROOF_MISMATCH'],
      [formatTlogProof({ ...proof, index: proof.index - 1 }), trust, 'ERR_PROOF_MISMATCH'],
      [formatTlogProof({ ...proof, extra: null }), trust, 'ERR_PROOF_FORMAT'],
      [formatTlogProof({ ...proof, extra: encodeUtf8('x') }), trust, 'ERR_PROOF_MISMATCH'],
      [encodeUtf8('c2sp.org/tlog-proof@v1\n'), trust, 'ERR_PROOF_FORMAT'],
      [bytes, await policyAt(us, `/policy/${hashOf(jp)}.txt`), 'ERR_HEAD_ORIGIN'],
      [bytes, await charterAt(stranger.node('kr')), 'ERR_HEAD_SIGNATURE'],
    ] as const
    for (const [file, by, code] of cases) {
      expect(await verifyProofFile(file, by)).toMatchObject({ ok: false, code })
    }
    stranger.close()
  })

  it('does not hold when the charter gives the key other acts or other indexes', async () => {
    const bytes = await fileAt(us, '/v1/proofs/us/one')
    const trust = await charterAt(us)
    if (trust.by !== 'charter') throw new TypeError('not a charter')
    const charter = structuredClone(trust.charter)
    const key = memberOf(charter.terms, 'us').logs[0]?.agencyKeys[0]
    if (key === undefined) throw new TypeError('no key')
    key.toIndex = 302
    const refused = await verifyProofFile(bytes, { by: 'charter', charter })
    expect(refused).toMatchObject({ ok: false, code: 'ERR_ACT_KEY' })
  })
})

describe('policies over HTTP', () => {
  it('ask for more than two thirds of the other members, and come with a strong tag', async () => {
    const response = await us.request('/policy.txt')
    const text = await response.text()
    expect(text).toContain('group members 2 de jp\nquorum members\n')
    const etag = response.headers.get('etag') ?? ''
    const again = await us.request('/policy.txt', { headers: { 'if-none-match': etag } })
    expect([again.status, response.headers.get('cache-control')]).toEqual([304, 'no-cache'])
    expect(text).toBe(await (await jp.request(`/policy/${hashOf(us)}.txt`)).text())
  })

  it('count no member whose turn has not come, and ask for nothing of one who is alone', async () => {
    const later = await testAlliance(['us', 'jp'], {
      terms: (terms) => ({
        ...terms,
        members: terms.members.map((member) => ({
          ...member,
          witnessFrom: member.market === 'jp' ? 2 : 1,
        })),
      }),
    })
    expect(await (await later.node('us').request('/policy.txt')).text()).toMatch(
      /^#.*\nlog \S+\nquorum none\n$/,
    )
    later.close()
  })

  it('are not there for a log the charter does not name, nor under a second name', async () => {
    for (const path of [`/policy/${'0'.repeat(64)}.txt`, '/policy/x.txt', '/policy.txt?x=1']) {
      expect((await us.request(path)).status).toBe(404)
    }
  })
})
