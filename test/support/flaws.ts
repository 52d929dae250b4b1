// Every way we know of to get an entry wrong, and a few that only look wrong (protocol 1.3).
import { originOf } from './alliance.ts'
import type { ActStep, Desk } from './scribe.ts'

type Members = Record<string, unknown>
/** A hash that nothing has. */
export const ABSENT = 'A'.repeat(43)

/** One of them, the same for the same number; undefined of none. */
export const pickOf = <T>(list: readonly T[], pick: number): T | undefined =>
  list[pick % Math.max(1, list.length)]
export const plainHeader = (kid: string) =>
  `{"alg":"Ed25519","kid":"${kid}","typ":"exclusion-act+jws"}`
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

/** Names the protocol knows, where it does not know them: they change nothing. */
const hostile = {
  ...{
    kind: 'annul',
    pos: 0,
    leaf: ABSENT,
    rules: [],
    n: 9,
    hash: ABSENT,
    entry: ABSENT,
    open: true,
  },
  ...{
    from: null,
    effect: 'decline',
    header: {},
    products: [{}],
    ruling: {},
    market: 'zz',
    body: {},
  },
  ...{ constructor: 1, toString: null, code: 'ERR_ACT_SHAPE', idx: 0, origin: '', signed: true },
}

export const ACT_FLAWS: Record<string, (act: Members, step: ActStep, desk: Desk) => void> = {
  prev_unknown: (act) => Object.assign(act, { prev: ABSENT }),
  prev_older: (act, { pick }, { accepted }) =>
    Object.assign(act, { prev: pickOf(accepted, pick)?.leaf ?? ABSENT }),
  prev_null: (act) => Object.assign(act, { prev: null }),
  id_reused: (act, { pick }, { accepted }) =>
    Object.assign(act, { id: pickOf(accepted, pick)?.act.id }),
  id_of_any: (act, { pick, about }, { entries, market, markets }) => {
    const log = entries[about === 0 ? String(pickOf(markets, pick)) : market]
    const id = /"id":"([0-9a-f-]{36})"/.exec(payloadOf(pickOf(log ?? [], pick)))?.[1]
    if (id !== undefined) act.id = id
  },
  id_upper: (act) => Object.assign(act, { id: String(act.id).replace('-8', '-C') }),
  prefix: (act, { pick }, { markets }) => {
    if (act.decision !== null) act.decision = `${pickOf([...markets, 'zz'], pick)}/case-1`
  },
  decision_spelling: (act) => Object.assign(act, { decision: 'us/Case' }),
  alliance: (act) => Object.assign(act, { alliance: ABSENT }),
  other_log: (act, { pick }, { markets }) =>
    Object.assign(act, { log: originOf(pickOf(markets, pick) ?? 'zz') }),
  missing: (act, { pick }) => {
    const name = pickOf(Object.keys(act), pick)
    if (name !== undefined) delete act[name]
  },
  missing_term: (act, { pick }) => {
    const terms = act.header as Members | undefined
    const name = pickOf(Object.keys(terms ?? {}), pick)
    if (terms !== undefined && name !== undefined) delete terms[name]
  },
  wrong_type: (act, { pick }) => {
    const name = pickOf(Object.keys(act), pick)
    if (name !== undefined) act[name] = [true, [], {}][pick % 3]
  },
  unknown_members: (act) => {
    for (const [name, value] of Object.entries(hostile))
      if (!Object.hasOwn(act, name)) act[name] = value
  },
  other_instrument: (act) =>
    act.header && Object.assign(act.header, { instrument: 'general_exclusion' }),
  other_case: (act) => act.header && Object.assign(act.header, { case_numbers: ['x'] }),
  negative_iat: (act) => Object.assign(act, { iat: -1 }),
  largest_iat: (act) => Object.assign(act, { iat: Number.MAX_SAFE_INTEGER }),
  unsafe_number: (act) => Object.assign(act, { x: 2 ** 53 }),
  fraction: (act) => Object.assign(act, { x: 0.5 }),
  lone_surrogate: (act) => Object.assign(act, { x: '\ud800' }),
  digits_name: (act) => Object.assign(act, { x: { 7: 1 } }),
  depth_16: (act) => Object.assign(act, { x: nested(15) }),
  depth_17: (act) => Object.assign(act, { x: nested(16) }),
}

export const TEXT_FLAWS: Record<string, (json: string) => string> = {
  blank: (json) => json.replace(':', ': '),
  escape: (json) => json.replace('alliance', '\\u0061lliance'),
  twice: (json) => json.replace('{', '{"v":1,'),
  exponent: (json) => json.replace('"v":1', '"v":1e0'),
  proto: (json) => json.replace('{', '{"__proto__":{},'),
  byte_order_mark: (json) => `\ufeff${json}`,
  no_object: () => '[1]',
  half: (json) => json.slice(0, -1),
}

export const HEADER_FLAWS: Record<string, (kid: string) => string> = {
  header_order: (kid) => `{"kid":"${kid}","alg":"Ed25519","typ":"exclusion-act+jws"}`,
  header_alg: (kid) => plainHeader(kid).replace('Ed25519', 'EdDSA'),
  header_more: (kid) => plainHeader(kid).replace('}', ',"b64":false}'),
}

export const BYTE_FLAWS: Record<string, (entry: string, step: ActStep, desk: Desk) => string> = {
  empty: () => '',
  newline: (entry) => `${entry}\n`,
  padded: (entry) => `${entry}==`,
  spare_bits: (entry) =>
    entry.slice(0, -1) + String.fromCharCode(entry.charCodeAt(entry.length - 1) + 1),
  fourth_part: (entry) => `${entry}.AAAA`,
  not_ascii: (entry) => `\u00e9${entry.slice(1)}`,
  cut: (entry, { pick }) => entry.slice(0, pick),
  replayed: (_, { pick }, { entries, market }) => latin1(pickOf(entries[market] ?? [], pick)),
  foreign: (_, { pick, about }, { entries, markets }) =>
    latin1(pickOf(entries[pickOf(markets, about) ?? ''] ?? [], pick)),
}

const payloadOf = (entry: Uint8Array | undefined) =>
  Buffer.from(latin1(entry).split('.')[1] ?? '', 'base64url').toString()
const latin1 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1')

/** All ways to go wrong, and the odd pens. */
export const FLAWS: readonly string[] = [
  ...[ACT_FLAWS, TEXT_FLAWS, HEADER_FLAWS, BYTE_FLAWS].flatMap((flaws) => Object.keys(flaws)),
  ...['stranger', 'clerk', 'early', 'late', 'node', 'second', 'agency'],
  ...['claimed_kid', 'flipped_bit'],
]
/** Those that no rule minds. */
export const HARMLESS = ['none', 'unknown_members', 'largest_iat', 'depth_16', 'second', 'agency']
