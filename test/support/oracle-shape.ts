// How the oracle reads one entry, from the protocol's text (protocol 1.3, decisions 2.1 and 2.2): spelling, header, JSON, and what each act
// must have; of the members that may stand, those that the tests ever write.
export type Members = Record<string, unknown>
export type Read = { kind: string; kid: string; act: Members; input: Buffer; signature: Buffer }
type Check = (value: unknown) => boolean

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const like =
  (pattern: RegExp): Check =>
  (v) =>
    typeof v === 'string' && pattern.test(v)
const text =
  (most: number): Check =>
  (v) =>
    typeof v === 'string' && v !== '' && v.length <= most
const oneOf =
  (words: string): Check =>
  (v) =>
    typeof v === 'string' && words.split(' ').includes(v)
const list =
  (item: Check, most = 64): Check =>
  (v) =>
    Array.isArray(v) && v.length <= most && v.every(item)
const either =
  (...checks: Check[]): Check =>
  (v) =>
    checks.some((check) => check(v))
const has =
  (must: Record<string, Check>, may: Record<string, Check> = {}): Check =>
  (v) =>
    isObject(v) &&
    Object.entries(must).every(([name, check]) => Object.hasOwn(v, name) && check(v[name])) &&
    Object.entries(may).every(([name, check]) => !Object.hasOwn(v, name) || check(v[name]))

const natural: Check = (v) => Number.isSafeInteger(v) && Number(v) >= 0
const isNull: Check = (v) => v === null
const line = text(300)
/** A SHA-256 in the one spelling of base64url. */
const hash = like(/^[\w-]{42}[AEIMQUYcgkosw048]$/)
const pid = like(/^[a-z0-9][a-z0-9.-]{0,63}$/)
const day = like(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/)
const date = has({ on: day, precision: oneOf('day month year by'), at: natural })
const effect = oneOf('enforce detain examine inform decline')
const ground = oneOf(
  'patent design trademark trade_dress copyright mask_work trade_secret false_designation other',
)
const instrument = oneOf(
  'general_exclusion limited_exclusion temporary_exclusion seizure_forfeiture import_suspension customs_recordation court_injunction',
)
const reason = has({
  code: oneOf('court_stay stay_lifted disapproved settled vacated changed_facts error other'),
})
const dated = [{ from: date }, { reason, citation: line }] as const
const header = has(
  {
    instrument,
    starts_on: date,
    expires_on: either(date, has({ open: (v) => v === true, reason: line })),
    time_zone: line,
    breadth: oneOf('any_source named_parties'),
    grounds: (v) => list(ground, 9)(v) && Array.isArray(v) && v.length > 0,
  },
  {
    case_numbers: list(line),
    title: line,
    review_ends_on: date,
    parties: list(has({ name: line })),
  },
)
const product = has(
  { pid, listing: oneOf('listed indicative class') },
  { brand: line, model: line, model_pattern: line, gtins: list(like(/^[0-9]{8,14}$/), 1000) },
)
const rulingProduct = has({}, { pid, brand: line, model: line })
const ruling = has({ on: date, scope: oneOf('in out'), product: rulingProduct })
const rule = has({ market: like(/^([a-z]{2}|\*)$/), ground: either(ground, oneOf('*')), effect })

const common = {
  v: (v: unknown) => v === 1,
  alliance: hash,
  log: text(255),
  id: like(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  iat: natural,
}
const decision = like(/^[a-z]{2}(\/[a-z0-9][a-z0-9.-]{0,63}){1,2}$/)
const chained = (must: Record<string, Check>, may: Record<string, Check> = {}) =>
  has({ ...common, decision, prev: either(hash, isNull), ...must }, may)
const alone = (must: Record<string, Check>, may: Record<string, Check> = {}) =>
  has({ ...common, decision: isNull, prev: isNull, ...must }, may)

const ACTS = new Map<unknown, Check>([
  ['issue', chained({ header, products: list(product, 1000) })],
  ['amend', chained({ header }, { reason })],
  ['products', chained({}, { add: list(product, 1000), remove: list(pid, 1000), reason })],
  ['rule', chained({ ruling })],
  ['suspend', chained(...dated)],
  ['resume', chained(...dated)],
  ['rescind', chained(...dated)],
  ['annul', chained({}, { reason, citation: line })],
  ['respond', chained({ effect: either(effect, isNull), from: date }, { until: date, reason })],
  ['endorse', alone({ entry: hash })],
])
const NOTICES = new Map<unknown, Check>([
  ['charter', alone({ n: (v) => natural(v) && v !== 0, hash })],
  ['evidence', alone({ sha256: like(/^[0-9a-f]{64}$/) })],
  ['key', alone({ kid: hash, event: oneOf('compromised retired') }, { text: text(6000) })],
  ['without_peers', alone({}, { text: text(6000) })],
  ['effect_rules', alone({ rules: list(rule) })],
  ['bulk', alone({ adds: natural, lifts: natural, until: date }, { reason })],
])
const INFO: Check = alone({ act: like(/^info\/[a-z0-9_-]{1,40}$/) })

/** JSON that means the same everywhere: well-formed text, safe integers, no hostile names, at most 16 deep. */
function isTame(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth === 16) return false
  for (const [name, inner] of Object.entries(value)) {
    const isNamed = name !== '__proto__' && !/^[0-9]+$/.test(name) && name.isWellFormed()
    if (!Array.isArray(value) && !isNamed) return false
    if (!isTame(inner, depth + 1)) return false
  }
  return true
}

const HEADER = /^\{"alg":"Ed25519","kid":"(.{43})","typ":"exclusion-act\+jws"\}$/

/** One entry, or why it is none. */
export function readEntry(entry: Uint8Array): Read | 'refused' | 'stopped' {
  const [a = '', b = '', c = '', ...more] = Buffer.from(entry).toString('latin1').split('.')
  for (const part of [a, b, c]) {
    if (part === '' || Buffer.from(part, 'base64url').toString('base64url') !== part)
      return 'refused'
  }
  if (entry.length > 32_768 || more.length > 0 || c.length !== 86) return 'refused'
  const kid = HEADER.exec(Buffer.from(a, 'base64url').toString())?.[1]
  const json = Buffer.from(b, 'base64url').toString()
  if (!hash(kid) || Buffer.from(json).toString('base64url') !== b) return 'refused'
  let act: unknown
  try {
    act = JSON.parse(json)
  } catch {
    return 'refused'
  }
  if (!isTame(act) || JSON.stringify(act) !== json || !isObject(act)) return 'refused'
  if (typeof act.v === 'number' && act.v !== 1) return 'stopped'
  if (typeof act.act !== 'string') return 'refused'
  if (act.act === 'notice' && typeof act.kind !== 'string') return 'refused'
  const isInfo = act.act.startsWith('info/')
  const shape = isInfo ? INFO : act.act === 'notice' ? NOTICES.get(act.kind) : ACTS.get(act.act)
  if (shape === undefined) return 'stopped'
  if (!shape(act)) return 'refused'
  const kind = isInfo ? 'info' : act.act === 'notice' ? `notice/${act.kind}` : act.act
  const signature = Buffer.from(c, 'base64url')
  return { kind, kid: String(kid), act, input: Buffer.from(`${a}.${b}`), signature }
}
