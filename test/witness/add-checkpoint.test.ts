// The witness door answers as C2SP tlog-witness says, and never cosigns two histories.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { originHash } from '../../src/alongside.ts'
import { quorumOf } from '../../src/charter/quorum.ts'
import { encodeHex } from '../../src/encoding/hex.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { planAppend } from '../../src/log/append.ts'
import { type LogHead, readHead, readLogTile } from '../../src/log/read.ts'
import { formatAddCheckpoint } from '../../src/tlog/add-checkpoint.ts'
import { leafHash } from '../../src/tlog/hash.ts'
import { buildConsistencyProof } from '../../src/tlog/proof.ts'
import { nodesFromTiles } from '../../src/tlog/reader.ts'
import { readStep } from '../../src/witness/store.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'

const FORKED_ENTRY = encodeUtf8('another history')
let alliance: TestAlliance
let de: TestNode
let us: TestNode

beforeEach(async () => {
  alliance = await testAlliance(['de', 'us'])
  de = alliance.node('de')
  us = alliance.node('us')
})
afterEach(() => alliance.close())

const headOf = async (node: TestNode): Promise<LogHead> => {
  const head = await readHead(node.db)
  if (head === null) throw new TypeError('no head')
  return head
}

async function bodyFor(head: LogHead, old: number, note = head.note): Promise<Uint8Array> {
  const read = nodesFromTiles(head.size, (level, index, width) =>
    readLogTile(de.db, level, index, width),
  )
  const proof = await buildConsistencyProof(old, head.size, read)
  return formatAddCheckpoint({ old, proof, note: encodeUtf8(note) })
}

const send = (body: Uint8Array | string) =>
  us.request('/witness/add-checkpoint', {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })

async function grow(name: string): Promise<LogHead> {
  await de.publishText(issueDraft(`de/${name}`))
  return headOf(de)
}

/** Another head of the same size as the next, signed by the same log key: what a forked log shows. */
async function forkedHead(from: LogHead): Promise<LogHead> {
  return (await planAppend(from, [FORKED_ENTRY], de.sync.signer, from.stampedAt)).head
}

describe('the witness', () => {
  it('cosigns a first head, then a larger one with its proof, and serves the largest', async () => {
    const first = await headOf(de)
    const answer = await send(await bodyFor(first, 0))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toMatch(/^— us\.test\/log\/witness \S+\n$/)
    const second = await grow('one')
    expect((await send(await bodyFor(second, first.size))).status).toBe(200)
    const note = await us.request(`/witness/${originHash(de.origin)}/checkpoint`)
    expect(await note.text()).toContain(`\n${second.size}\n`)
  })

  it('says 400 for a body that is none, an old size above the checkpoint, or 64 proof lines', async () => {
    const head = await headOf(de)
    expect((await send('nonsense')).status).toBe(400)
    expect((await send(`old five\n\n${head.note}`)).status).toBe(400)
    expect((await send(`old 9\n\n${head.note}`)).status).toBe(400)
    const line = `${'A'.repeat(43)}=\n`
    expect((await send(`old 0\n${line.repeat(64)}\n${head.note}`)).status).toBe(400)
  })

  it('says 404 for a log the charter does not name', async () => {
    const head = await headOf(de)
    const note = head.note.replaceAll('de.test/log', 'xx.test/log')
    expect((await send(`old 0\n\n${note}`)).status).toBe(404)
  })

  it('says 403 without a signature of the log, and when a line in its name fails', async () => {
    const head = await headOf(de)
    const [text = '', lines = ''] = head.note.split('\n\n')
    const [log = '', stamp = ''] = lines.split('\n')
    expect((await send(`old 0\n\n${text}\n\n${stamp}\n`)).status).toBe(403)
    const broken = `${log.slice(0, -6)}${log.at(-6) === 'A' ? 'B' : 'A'}${log.slice(-5)}`
    expect((await send(`old 0\n\n${text}\n\n${broken}\n`)).status).toBe(403)
  })

  it('says 409 with the size it has when the old size is another', async () => {
    const first = await headOf(de)
    await send(await bodyFor(first, 0))
    const second = await grow('one')
    const answer = await send(await bodyFor(second, 0))
    expect(answer.status).toBe(409)
    expect(answer.headers.get('content-type')).toBe('text/x.tlog.size')
    expect(await answer.text()).toBe(`${first.size}\n`)
  })

  it('says 422 for a proof that does not hold, a superfluous one, and another root of the same size', async () => {
    const first = await headOf(de)
    const line = `${'A'.repeat(43)}=\n`
    expect((await send(`old 0\n${line}\n${first.note}`)).status).toBe(422)
    const fork = await forkedHead(first)
    await send(await bodyFor(first, 0))
    const second = await grow('one')
    const third = await grow('two')
    expect((await send(`old ${first.size}\n${line}\n${third.note}`)).status).toBe(422)
    expect((await send(await bodyFor(second, first.size))).status).toBe(200)
    expect(fork.size).toBe(second.size)
    expect((await send(`old ${second.size}\n\n${fork.note}`)).status).toBe(422)
  })

  it('never cosigns two histories, also when both are sent at once', async () => {
    const first = await headOf(de)
    await send(await bodyFor(first, 0))
    const fork = await forkedHead(first)
    const second = await grow('one')
    const forked = formatAddCheckpoint({
      old: first.size,
      proof: [leafHash(FORKED_ENTRY)],
      note: encodeUtf8(fork.note),
    })
    const answers = await Promise.all([send(await bodyFor(second, first.size)), send(forked)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const step = await readStep(us.db, de.origin)
    expect(step?.size).toBe(second.size)
    const other =
      encodeHex(step?.root ?? new Uint8Array()) === encodeHex(second.root) ? fork : second
    expect((await send(`old ${second.size}\n\n${other.note}`)).status).toBe(422)
  })

  it('is not wedged by a forged line in its own name', async () => {
    const first = await headOf(de)
    const cosigned = await (await send(await bodyFor(first, 0))).text()
    const forged = cosigned.trim().replace(/.{8}$/, 'AAAAAA==')
    const second = await grow('one')
    expect(
      (await send(await bodyFor(second, first.size, `${second.note}${forged}\n`))).status,
    ).toBe(200)
    const third = await grow('two')
    expect((await send(await bodyFor(third, second.size))).status).toBe(200)
  })

  it('refuses a body over 64 KiB before it is read', async () => {
    const answer = await send('x'.repeat(70_000))
    expect(answer.status).toBe(413)
  })

  it('gives the same line again for the same head within ten seconds, and a newer one later', async () => {
    const head = await headOf(de)
    const first = await (await send(await bodyFor(head, 0))).text()
    const again = await (await send(await bodyFor(head, head.size))).text()
    expect(again).toBe(first)
    alliance.clock.nowMs += 11_000
    const later = await (await send(await bodyFor(head, head.size))).text()
    expect(later).not.toBe(first)
  })
})

it('k of w witnesses is more than two thirds; without any nothing is ever confirmed', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 9, 12, 26].map(quorumOf)).toEqual([null, 1, 2, 3, 3, 4, 5, 7, 9, 18])
})
