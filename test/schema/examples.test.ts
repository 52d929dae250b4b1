// Holds fixtures/protocol/example.json and what schema/README.md quotes of it to the code: src/ makes the same bytes again from seeds
// and drafts, and verifies them.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { isSelfSigned, parseCharter } from '../../src/charter/charter.ts'
import { authority, signersOf, twoKeyRule } from '../../src/charter/members.ts'
import { parseEntry } from '../../src/decision/entry.ts'
import { advance, type JudgeState, judge } from '../../src/decision/judge.ts'
import { encodeBase64, encodeBase64url } from '../../src/encoding/base64.ts'
import { verifyEd25519 } from '../../src/encoding/ed25519.ts'
import { encodeHex } from '../../src/encoding/hex.ts'
import { parseStrictJson } from '../../src/encoding/json.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { verifyReceipt } from '../../src/receipt/verify.ts'
import { encodeBundle } from '../../src/tlog/bundle.ts'
import { leafHash } from '../../src/tlog/hash.ts'
import { rootFromLeaves } from '../../src/tlog/tree.ts'
import { verifyHead } from '../../src/verify/head.ts'
import { buildExample, EXAMPLE_PATH, type Example, inputs } from './build-example.ts'

const example = JSON.parse(readFileSync(EXAMPLE_PATH, 'utf8')) as Example
const README = readFileSync(new URL('../../schema/README.md', import.meta.url), 'utf8')
/** Without the line breaks of print, for what is quoted within prose. */
const PROSE = README.replace(/\n\s*/g, ' ')

const parsedCharter = parseCharter(example.charter.file)
if (!parsedCharter.ok) throw new Error(parsedCharter.detail)
const { charter } = parsedCharter
const LOGS = charter.terms.members.flatMap((member) =>
  member.logs.map((log) => {
    const files = example.logs[member.market]
    if (files === undefined) throw new Error(`no example of ${member.market}`)
    return { member, log, files }
  }),
)

/** The part of the document under a heading that begins so. */
function section(heading: string): string {
  const from = README.indexOf(`\n## ${heading}`)
  if (from < 0) throw new Error(`no section ${heading}`)
  const to = README.indexOf('\n## ', from + 1)
  return README.slice(from, to < 0 ? undefined : to)
}

describe('fixtures/protocol/example.json', () => {
  it('is what src/ makes from the seeds and drafts', async () => {
    const made = `${JSON.stringify(await buildExample(), null, 2)}\n`
    await expect(made).toMatchFileSnapshot(fileURLToPath(EXAMPLE_PATH))
  })

  it('has a charter that its root keys signed, under the hash of its payload', async () => {
    expect(encodeBase64url(sha256(encodeUtf8(example.charter.payload)))).toBe(example.charter.hash)
    expect(charter.hash).toBe(example.charter.hash)
    expect(await isSelfSigned(charter)).toBe(true)
  })

  it('has logs whose every entry is signed, accepted and hashed into the signed head', async () => {
    for (const { member, log, files } of LOGS) {
      const state: JudgeState = newState()
      for (const [index, { jws, payload, leaf }] of files.entries.entries()) {
        const parsed = parseEntry(encodeUtf8(jws))
        if (parsed.read !== 'act') throw new Error(parsed.detail)
        const { entry } = parsed
        expect(JSON.stringify(entry.act)).toBe(payload)
        const key = signersOf(log).get(entry.kid) ?? new Uint8Array()
        const signed = await verifyEd25519(key, entry.signingInput, entry.signature)
        const rules = { isAuthorised: authority(log), needsTwoKeys: twoKeyRule(log) }
        const context = { ...contextOf(member.market), ...rules }
        expect(judge(context, state, { index }, entry, signed)).toEqual({ outcome: 'accepted' })
        advance(state, entry, { leaf, pos: index, needsTwo: false })
      }
      const entries = files.entries.map(({ jws }) => encodeUtf8(jws))
      const leaves = entries.map(leafHash)
      const bundle = encodeBundle(entries)
      expect(leaves.map(encodeBase64url)).toEqual(files.entries.map(({ leaf }) => leaf))
      expect(leaves.map(encodeHex).join('')).toBe(files.tile.hex)
      expect(bundle.length).toBe(files.bundle.bytes)
      expect(encodeHex(bundle.subarray(0, 32))).toBe(files.bundle.firstBytesHex)
      const { origin, logKeys } = log
      const keys = { origin, logKeys, witness: member.witness }
      const head = await verifyHead(encodeUtf8(files.checkpoint), keys)
      if (!head.ok) throw new Error(head.detail)
      expect(head.value.size).toBe(entries.length)
      expect(encodeBase64(head.value.root)).toBe(encodeBase64(rootFromLeaves(leaves)))
      expect(head.value.stampS).toBeGreaterThan(0)
    }
  })

  it('has a receipt that the node key signed, and that does not contradict itself', async () => {
    const { jws, payload, header } = example.receipt
    const verified = await verifyReceipt(jws, charter)
    if (!verified.ok) throw new Error(verified.detail)
    expect(verified.value).toMatchObject({ kid: example.keys.us?.node.kid, contradictions: [] })
    expect(JSON.stringify(verified.value.receipt)).toBe(payload)
    expect(header).toBe(
      `{"alg":"Ed25519","kid":"${example.keys.us?.node.kid}","typ":"lookup-receipt+jws"}`,
    )
  })

  it('has a digest of src/ that is the hash of lines written out from leaf hashes', () => {
    expect(encodeHex(sha256(encodeUtf8(example.digest.text)))).toBe(example.digest.hex)
  })
})

describe('what the document quotes', () => {
  const blocks = [...README.matchAll(/^```(\w+) example=(\S+)( broken)?\n([\s\S]*?)\n```$/gm)]

  it.each(blocks.map(([, kind, path, broken, block]) => ({ kind, path, broken, block })))(
    '$path is that of the example',
    ({ kind, path = '', broken, block = '' }) => {
      const value = String(valueAt(path)).replace(/\n$/, '')
      if (kind === 'json') expect(JSON.stringify(JSON.parse(block))).toBe(value)
      else expect(broken === undefined ? block : block.replaceAll('\n', '')).toBe(value)
    },
  )

  it('is there: act, entry, leaf, checkpoint, bundle, tile, charter, receipt, digest', () => {
    expect(blocks.map(([, , path]) => path)).toEqual([
      'logs.us.entries.1.payload',
      'logs.us.entries.1.jws',
      'logs.us.checkpoint',
      'charter.payload',
      'receipt.payload',
      'receipt.jws',
      'digest.text',
    ])
    const us = LOGS.find(({ member }) => member.market === 'us')?.files
    const inline = [
      us?.entries[1]?.leaf,
      us?.bundle.firstBytesHex,
      us?.tile.hex.slice(64, 128),
      example.charter.hash,
      example.digest.hex,
    ]
    for (const value of inline) expect(PROSE).toContain(`\`${value}\``)
    expect(us?.entries[0]?.jws.length).toBe(586)
  })

  it('folds states and effects as src/ does', () => {
    for (const { moment, state } of example.states) {
      expect(section('9.')).toContain(`| ${moment} | \`${state}\` |`)
    }
    for (const { grounds, effect } of example.effects) {
      expect(section('9.')).toContain(`| ${grounds} | \`${effect}\` |`)
    }
  })

  it('gives JSON texts that the payload rule accepts and refuses', () => {
    const quoted = (word: string): string[] => {
      const paragraph = new RegExp(`\\n${word}: ([\\s\\S]*?)\\.\\n\\n`).exec(README)?.[1] ?? ''
      return [...paragraph.replace(/\n/g, ' ').matchAll(/`([^`]+)`/g)].map(([, json = '']) => json)
    }
    const isAccepted = (json: string): boolean => parseStrictJson(json).ok
    expect(quoted('Accepted').length).toBeGreaterThan(3)
    expect(quoted('Refused').length).toBeGreaterThan(12)
    expect([...quoted('Accepted'), ...inputs.json.accepted].every(isAccepted)).toBe(true)
    expect([...quoted('Refused'), ...inputs.json.refused].filter(isAccepted)).toEqual([])
  })
})

function newState(): JudgeState {
  return { chains: new Map(), responds: new Map(), ids: new Set(), endorsable: new Map() }
}

function contextOf(market: string) {
  const origin = example.logs[market]?.origin ?? ''
  return { market, origin, alliance: charter.hash, charters: new Map([[1, charter.hash]]) }
}

function valueAt(path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], example)
}
