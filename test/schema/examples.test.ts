// Holds schema/README.md and fixtures/protocol/example.json to the code: src/ makes the same bytes again from seeds and drafts, and
// verifies them; what the document quotes is what the example holds; its lists and tables say what src/ says.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { isSelfSigned, parseCharter } from '../../src/charter/charter.ts'
import { authority, signersOf } from '../../src/charter/members.ts'
import { charterSchema, SIGNABLE } from '../../src/charter/schema.ts'
import { formatHeader, parseEntry } from '../../src/decision/entry.ts'
import { advance, type JudgeState, judge } from '../../src/decision/judge.ts'
import { actSchemas, noticeSchemas } from '../../src/decision/schema.ts'
import * as words from '../../src/decision/vocabulary.ts'
import { decodeBase64url, encodeBase64, encodeBase64url } from '../../src/encoding/base64.ts'
import { verifyEd25519 } from '../../src/encoding/ed25519.ts'
import { encodeHex } from '../../src/encoding/hex.ts'
import { parseStrictJson } from '../../src/encoding/json.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { ERRORS, type ErrorCode, statusOf } from '../../src/errors.ts'
import { encodeBundle } from '../../src/tlog/bundle.ts'
import { leafHash } from '../../src/tlog/hash.ts'
import { rootFromLeaves } from '../../src/tlog/tree.ts'
import { verifyHead } from '../../src/verify/head.ts'
import { buildExample, EXAMPLE_PATH, type Example, inputs } from './build-example.ts'

const text = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const example = JSON.parse(readFileSync(EXAMPLE_PATH, 'utf8')) as Example
const README = text('schema/README.md')
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
    await expect(made).toMatchFileSnapshot(EXAMPLE_PATH.pathname)
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
        const context = { ...contextOf(member.market), isAuthorised: authority(log) }
        expect(judge(context, state, { index }, entry, signed)).toEqual({ outcome: 'accepted' })
        advance(state, entry, leaf)
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

  it('is there: act, entry, leaf, checkpoint, bundle, tile, charter, digest', () => {
    expect(blocks.map(([, , path]) => path)).toEqual([
      'logs.us.entries.1.payload',
      'logs.us.entries.1.jws',
      'logs.us.checkpoint',
      'charter.payload',
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

describe('what the document says of the code', () => {
  it('names every member and word of an act, and every member of a charter', () => {
    const schemas = [...Object.values(actSchemas), ...Object.values(noticeSchemas), charterSchema]
    const sets = Object.values(words).flatMap((set) =>
      Array.isArray(set) ? (set as string[]) : [],
    )
    const acts = Object.keys({ ...actSchemas, ...noticeSchemas })
    const names = new Set([...schemas.flatMap(memberNames), ...sets, ...acts, ...SIGNABLE])
    const jwk = ['kty', 'crv', 'x', 'jwk']
    expect(
      [...names].filter((name) => !jwk.includes(name) && !PROSE.includes(`\`${name}\``)),
    ).toEqual([])
  })

  it('marks what judging requires of an act, and nothing else', () => {
    const rows = [...section('4.').matchAll(/^\| `([a-z_`, ]+)` \| (.*) \| .* \|$/gm)]
    const schemas: Record<string, z.ZodObject> = { ...actSchemas, ...noticeSchemas }
    const isCommon = (name: string) => Object.hasOwn(COMMON, name) || name === 'kind'
    const found = rows.flatMap(([, names = '', members = '']) => {
      const bold = [...members.replace(/\{[^}]*\}/g, '').matchAll(/\*\*`(\w+)`\*\*/g)]
      const marked = bold.map(([, name = '']) => name).sort()
      return names.split('`, `').map((name) => [name, marked] as const)
    })
    const required = Object.entries(schemas).map(([name, { shape }]) => {
      const members = Object.entries(shape).filter(([, member]) => !isOptional(member))
      return [
        name,
        members
          .map(([member]) => member)
          .filter((m) => !isCommon(m))
          .sort(),
      ] as const
    })
    for (const [name, members] of required) expect(found).toContainEqual([name, members])
  })

  it('gives every maximum the value it has in its file', () => {
    const rows = [...section('11.').matchAll(/^\| (.*) \| (src\/\S+) \|$/gm)]
    const pairs = rows.flatMap(([, cell = '', file = '']) =>
      [...cell.matchAll(/`([A-Za-z_]+)` (\d[\d ]*)/g)].map(([, name = '', value = '']) => {
        const written = new RegExp(`\\b${name}(?:: number)? ?[=:] ([\\d_]+)`).exec(text(file))?.[1]
        return [name, value.replaceAll(' ', ''), written?.replaceAll('_', '')]
      }),
    )
    expect(pairs.length).toBeGreaterThan(30)
    expect(pairs.filter(([, said, written]) => said !== written)).toEqual([])
  })

  it('names the codes of judging, charters and reading, none that does not exist, and their statuses', () => {
    const named = new Set(
      [...README.matchAll(/`(ERR_[A-Z_]+[A-Z])`/g)].map(([, code = '']) => code),
    )
    const wire = /^ERR_(ACT|ENDORSE|NOTICE|CHARTER|HEAD|TILE|BUNDLE|FEED|PEER|UPGRADE)_/
    const codes = Object.keys(ERRORS)
    expect(codes.filter((code) => wire.test(code) && !named.has(code))).toEqual([])
    expect([...named].filter((code) => !codes.includes(code))).toEqual([])
    for (const [, code, status] of README.matchAll(/`(ERR_[A-Z_]+)` (\d{3})/g)) {
      expect([code, statusOf(code as ErrorCode)]).toEqual([code, Number(status)])
    }
  })

  it('lists the judging rules in the order in which they are checked', () => {
    const listed = [...section('5.').matchAll(/^\d+\. `(ERR_\w+)`/gm)].map(([, code]) => code)
    expect(foundOneByOne()).toEqual(listed)
  })
})

const COMMON = { v: 1, alliance: '', log: '', id: '', iat: 0, decision: null, prev: null, act: '' }
const OTHER = 'A'.repeat(43)

function newState(): JudgeState {
  return { chains: new Map(), responds: new Map(), ids: new Set(), endorsable: new Map() }
}

function contextOf(market: string) {
  const origin = example.logs[market]?.origin ?? ''
  return { market, origin, alliance: charter.hash, charters: new Map([[1, charter.hash]]) }
}

/** Everything is wrong with an entry; each fault is mended once it was found. Branches that exclude each other are walked in turn. */
function foundOneByOne(): string[] {
  const bytesFaults = [
    `${'A'.repeat(32_768)}!`,
    '!',
    jwsOf('{}', '{ }'),
    jwsOf(formatHeader(OTHER), '{"v":2, "act":"?"}'),
    jwsOf(formatHeader(OTHER), '{"v":2,"act":"?"}'),
    jwsOf(formatHeader(OTHER), '{"v":1,"act":"amend"}'),
  ].map((jws) => {
    const parsed = parseEntry(encodeUtf8(jws))
    return parsed.read === 'act' ? 'accepted' : parsed.code
  })
  const id = '01a20846-fe00-7101-8101-010101010101'
  const common = { v: 1, id, iat: 0, alliance: OTHER, log: 'other.example/log', prev: OTHER }
  const notice = { ...common, prev: null, decision: null, act: 'notice', kind: 'charter' }
  const right = { alliance: charter.hash, log: contextOf('us').origin, decision: 'us/x' }
  const endorse = { ...common, ...right, decision: null, prev: null, act: 'endorse', entry: OTHER }
  const header = { instrument: 'seizure_forfeiture', case_numbers: [] }
  const amend = { ...common, decision: 'jp/x', act: 'amend', header }
  const own = { ...amend, ...right }
  const steps: [act: object, options: Partial<Options>][] = [
    [{ ...notice, n: 2, hash: OTHER }, {}],
    [{ ...notice, n: 1, hash: OTHER }, {}],
    [amend, {}],
    [{ ...amend, alliance: right.alliance }, {}],
    [{ ...own, decision: 'jp/x' }, {}],
    [own, {}],
    [own, { key: true }],
    [own, { key: true, signed: true }],
    [endorse, { key: true, signed: true, fresh: true }],
    [own, { key: true, signed: true, fresh: true, ended: 'annul' }],
    [
      { ...own, prev: charter.hash },
      { key: true, signed: true, fresh: true, ended: 'annul' },
    ],
    [
      { ...own, prev: charter.hash },
      { key: true, signed: true, fresh: true },
    ],
  ]
  return [...bytesFaults, ...steps.map(([act, options]) => codeOf(act, options))]
}

type Options = { key: boolean; signed: boolean; fresh: boolean; ended: 'annul' | null }

function codeOf(act: object, options: Partial<Options>): string {
  const { key = false, signed = false, fresh = false, ended = null } = options
  const state = newState()
  const instrument = 'general_exclusion' as const
  state.chains.set('us/x', { tip: charter.hash, instrument, caseNumbers: [], pause: null, ended })
  if (!fresh) state.ids.add((act as { id: string }).id)
  const nothing = new Uint8Array()
  const entry = { act, kind: 'x', kid: OTHER, signature: nothing, signingInput: nothing }
  const context = { ...contextOf('us'), isAuthorised: () => key }
  const judged = judge(context, state, { index: 0 }, entry as Parameters<typeof judge>[3], signed)
  return judged.outcome === 'accepted' ? 'accepted' : judged.code
}

function jwsOf(header: string, payload: string): string {
  const part = (json: string): string => encodeBase64url(encodeUtf8(json))
  return `${part(header)}.${part(payload)}.${'A'.repeat(86)}`
}

function valueAt(path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], example)
}

function isOptional(schema: z.core.$ZodType): boolean {
  return schema._zod.def.type === 'optional'
}

/** Names of all members in a schema, at any depth. */
function memberNames(schema: z.core.$ZodType): string[] {
  const def = schema._zod.def as unknown as Record<string, unknown>
  const inner = ['innerType', 'element'].flatMap((name) => (name in def ? [def[name]] : []))
  const options = Array.isArray(def.options) ? def.options : []
  const shape = Object.entries((def.shape ?? {}) as Record<string, z.core.$ZodType>)
  return [
    ...shape.flatMap(([name, member]) => [name, ...memberNames(member)]),
    ...[...inner, ...options].flatMap((part) => memberNames(part as z.core.$ZodType)),
  ]
}
