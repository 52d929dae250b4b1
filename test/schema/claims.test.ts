// Holds the lists and tables of schema/README.md to the code: members, words, maxima, codes, and the order of the judging rules.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { charterSchema, SIGNABLE } from '../../src/charter/schema.ts'
import { formatHeader, parseEntry } from '../../src/decision/entry.ts'
import { type JudgeState, judge } from '../../src/decision/judge.ts'
import { actSchemas, noticeSchemas } from '../../src/decision/schema.ts'
import * as words from '../../src/decision/vocabulary.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { encodeUtf8 } from '../../src/encoding/utf8.ts'
import { ERRORS, type ErrorCode, statusOf } from '../../src/errors.ts'

const text = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const README = text('schema/README.md')

/** The part of the document under a heading that begins so. */
function section(heading: string): string {
  const from = README.indexOf(`\n## ${heading}`)
  if (from < 0) throw new Error(`no section ${heading}`)
  const to = README.indexOf('\n## ', from + 1)
  return README.slice(from, to < 0 ? undefined : to)
}

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
      [...names].filter((name) => !jwk.includes(name) && !README.includes(`\`${name}\``)),
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
const HERE = `${'B'.repeat(42)}A`
const ORIGIN = 'us.example/log'
const CONTEXT = { market: 'us', origin: ORIGIN, alliance: HERE, charters: new Map([[1, HERE]]) }

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
  const right = { alliance: HERE, log: ORIGIN, decision: 'us/x' }
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
      { ...own, prev: HERE },
      { key: true, signed: true, fresh: true, ended: 'annul' },
    ],
    [
      { ...own, prev: HERE },
      { key: true, signed: true, fresh: true },
    ],
  ]
  return [...bytesFaults, ...steps.map(([act, options]) => codeOf(act, options))]
}

type Options = { key: boolean; signed: boolean; fresh: boolean; ended: 'annul' | null }

function codeOf(act: object, options: Partial<Options>): string {
  const { key = false, signed = false, fresh = false, ended = null } = options
  const state: JudgeState = {
    chains: new Map(),
    responds: new Map(),
    ids: new Set(),
    endorsable: new Map(),
  }
  const instrument = 'general_exclusion' as const
  const rest = { caseNumbers: [], pause: null, isWaiting: false }
  state.chains.set('us/x', { tip: HERE, instrument, ended, ...rest })
  if (!fresh) state.ids.add((act as { id: string }).id)
  const nothing = new Uint8Array()
  const entry = { act, kind: 'x', kid: OTHER, signature: nothing, signingInput: nothing }
  const context = { ...CONTEXT, isAuthorised: () => key, needsTwoKeys: () => false }
  const judged = judge(context, state, { index: 0 }, entry as Parameters<typeof judge>[3], signed)
  return judged.outcome === 'accepted' ? 'accepted' : judged.code
}

function jwsOf(header: string, payload: string): string {
  const part = (json: string): string => encodeBase64url(encodeUtf8(json))
  return `${part(header)}.${part(payload)}.${'A'.repeat(86)}`
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
