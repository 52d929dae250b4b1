// The shape of an act's body, as schema.ts has it, with zod's findings put into words an agency can act on.
import type * as z from 'zod'
import type { ErrorCode } from '../errors.ts'
import { type FILLED_AT_SIGNING, nearest } from './admission-members.ts'
import { noOrderReason, orderNamed } from './admission-no-order.ts'
import {
  isPlainObject,
  type Path,
  type Problem,
  problem,
  putAt,
  valueAt,
} from './admission-problem.ts'
import { actSchemas, infoSchema, noticeSchemas } from './schema.ts'
import { EFFECTS, GROUNDS, INSTRUMENTS, REASON_CODES } from './vocabulary.ts'

export type Shaped = { problems: Problem[]; rest: unknown }

const LISTING =
  'listed (the authority says so), indicative (named by others) or class (a kind of goods).'

// A literal, because zod checks a mask against the shape by its type.
const NOT_IN_A_BODY = {
  v: true,
  alliance: true,
  log: true,
  id: true,
  prev: true,
  iat: true,
} as const satisfies Record<(typeof FILLED_AT_SIGNING)[number], true>

/** The schema of an act's body (without what signing fills in), or the problem that its `act` or notice `kind` is not known. */
export function bodySchema(body: Record<string, unknown>): z.ZodObject | Problem {
  const { act, kind } = body
  if (typeof act === 'string' && act.startsWith('info/')) return withoutFilled(infoSchema)
  if (act === 'notice') return oneOf(noticeSchemas, kind, 'kind', 'kinds of notice')
  return oneOf(actSchemas, act, 'act', 'acts', ['notice', 'info/…'])
}

/** All findings of the schema, and a copy of the body without what they were found at. */
export function checkShape(schema: z.ZodObject, body: Record<string, unknown>): Shaped {
  const result = schema.safeParse(body, { jitless: true })
  if (result.success) return { problems: [], rest: body }
  const rest = structuredClone(body)
  const problems = result.error.issues.map((issue) => {
    putAt(rest, pathOf(issue), undefined)
    return explain(issue, body)
  })
  return { problems, rest }
}

function oneOf(
  schemas: Readonly<Record<string, z.ZodObject>>,
  word: unknown,
  member: string,
  plural: string,
  others: readonly string[] = [],
): z.ZodObject | Problem {
  const known = [...Object.keys(schemas), ...others]
  const schema =
    typeof word === 'string' && Object.hasOwn(schemas, word) ? schemas[word] : undefined
  if (schema !== undefined) return withoutFilled(schema)
  const hint = `Known ${plural}: ${known.join(', ')}.`
  if (word === undefined || word === null) {
    return problem('ERR_ADMIT_MISSING', [member], `\`${member}\` is missing.`, hint)
  }
  return problem('ERR_ADMIT_SHAPE', [member], notOneOf(word, known), hint)
}

function withoutFilled(schema: z.ZodObject): z.ZodObject {
  return schema.omit(NOT_IN_A_BODY)
}

function explain(issue: z.core.$ZodIssue, body: unknown): Problem {
  const path = pathOf(issue)
  const value = valueAt(body, path)
  const name = String(path.at(-1) ?? '')
  if (issue.code === 'invalid_union' && value !== undefined && value !== null) {
    return explainUnion(issue, body)
  }
  if (value === undefined) {
    return problem(
      'ERR_ADMIT_MISSING',
      path,
      `\`${name}\` is required and missing.`,
      neededAt(path),
    )
  }
  if (value === null || value === '' || (Array.isArray(value) && issue.code === 'too_small')) {
    const message = 'This is empty; fill it in, or leave the whole line out if it is not required.'
    return problem('ERR_ADMIT_MISSING', path, message, neededAt(path))
  }
  if (issue.code === 'invalid_value') return explainWord(path, value, issue.values.map(String))
  const code = codeFor(path)
  if (issue.code === 'invalid_type') return problem(code, path, wrongType(issue.expected, value))
  if (issue.code === 'too_big') return problem(code, path, tooBig(issue))
  const form = formOf(path)
  return problem(code, path, form === null ? issue.message : `${show(value)} does not fit: ${form}`)
}

/** A union is told by what was probably meant: `{open, reason}` where `open` stands, else its first alternative. */
function explainUnion(issue: z.core.$ZodIssue & { code: 'invalid_union' }, body: unknown): Problem {
  const value = valueAt(body, pathOf(issue))
  const meant = isPlainObject(value) && 'open' in value ? issue.errors.at(-1) : issue.errors.at(0)
  const first = meant?.[0]
  if (first === undefined) return problem('ERR_ADMIT_SHAPE', pathOf(issue), issue.message)
  return explain({ ...first, path: [...issue.path, ...first.path] }, body)
}

function explainWord(path: Path, value: unknown, words: readonly string[]): Problem {
  const isInstrument = path.at(-1) === 'instrument' && typeof value === 'string'
  const reason = isInstrument ? noOrderReason(value) : null
  const hint = words.length > 1 ? `Write one of: ${words.join(', ')}.` : `Write ${words[0] ?? ''}.`
  if (reason !== null) return problem('ERR_ADMIT_NO_ORDER', path, reason)
  const named = isInstrument ? orderNamed(value) : null
  const message =
    named === null ? notOneOf(value, words) : `\`${value}\` is not known here; write \`${named}\`.`
  return problem(codeFor(path), path, message, hint)
}

function notOneOf(value: unknown, words: readonly string[]): string {
  const near = typeof value === 'string' ? nearest(value, words) : null
  const guess = near === null ? '.' : `; did you mean \`${near}\`?`
  return `${show(value)} is not known here${guess}`
}

function wrongType(expected: string, value: unknown): string {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `This must be text: put it in quotes, '${value}'. Without them leading zeros and long numbers are lost.`
  }
  if (expected === 'array') return 'This must be a list: one line for each, beginning with "- ".'
  if (expected === 'object') return 'This must be a group of named members, not a single value.'
  if (expected === 'int') return `${show(value)} must be a whole number.`
  return `${show(value)} must be ${expected === 'boolean' ? 'true or false' : expected}.`
}

function tooBig(issue: z.core.$ZodIssue & { code: 'too_big' }): string {
  const most = String(issue.maximum)
  if (issue.origin === 'array') return `More than ${most} entries; split them over several acts.`
  if (issue.origin === 'string') return `Longer than ${most} characters; shorten it.`
  return `Larger than ${most}.`
}

/** Where a wrong form has a code of its own, the agency hears that one, whichever check finds it. */
function codeFor(path: Path): ErrorCode {
  const name = path.findLast((step) => typeof step === 'string')
  if (path.includes('bond')) return 'ERR_ADMIT_BOND'
  if (path.includes('hs')) return 'ERR_ADMIT_HS'
  if (name === 'gtins' || name === 'gtin') return 'ERR_ADMIT_GTIN'
  if (name === 'on' || name === 'at' || name === 'precision' || name === 'date') {
    return 'ERR_ADMIT_DATE'
  }
  return 'ERR_ADMIT_SHAPE'
}

/** What to write where a member is missing that the schema itself needs, by the last two names of its path. */
const NEEDED: Readonly<Record<string, string>> = {
  header: 'The terms of the order: record, issuing_body, instrument and so on.',
  products: 'A list of products, or [] where the order names none.',
  effect: `What officers here do: ${EFFECTS.join(', ')}; or null to withdraw an earlier response.`,
  from: 'The first day on which this counts, as 2026-01-31.',
  'header/instrument': `One of: ${INSTRUMENTS.join(', ')}.`,
  'header/starts_on': 'The first day on which goods are barred, as 2026-01-31.',
  'header/expires_on': 'The last day, as 2031-08-31 or 2031-08; or {open: true, reason: …}.',
  'header/time_zone': "The zone of the authority's calendar, such as America/New_York.",
  'header/grounds': `At least one of: ${GROUNDS.join(', ')}.`,
  'header/breadth': 'any_source (goods from anybody) or named_parties (of those under `parties`).',
  'products/listing': LISTING,
  'add/listing': LISTING,
  'source/document': 'The document in which the authority says that this product is covered.',
  'ruling/on': 'The day of the ruling, as 2026-01-31.',
  'ruling/scope': 'in (covered by the order) or out.',
  'reason/code': `One of: ${REASON_CODES.join(', ')}.`,
}

const FORMS: Readonly<Record<string, string>> = {
  decision:
    'a decision is named by its market and one or two parts in small letters, such as us/337-ta-1276/leo.',
  pid: 'small letters, digits, dots and dashes, at most 64, such as watch-9-gps.',
  remove: 'a pid has small letters, digits, dots and dashes, at most 64, such as watch-9-gps.',
  market: 'two small letters, such as us.',
  country: 'two small letters, such as kr.',
  territory: 'two small letters each, such as us.',
  lang: 'a language tag such as en, ja or pt-BR.',
  sha256: '64 digits and letters a to f: the SHA-256 of the file, in small hexadecimal.',
  hash: '43 characters of base64url.',
  entry: 'the leaf hash of the entry, 43 characters of base64url.',
  kid: 'the thumbprint of the key, 43 characters of base64url.',
  on: 'a day as 2026-01-31.',
  date: 'a day as 2026-01-31.',
  at: 'the moment is worked out from the day; leave `at` out.',
  amount: "a decimal in quotes, such as '100' or '9.9'.",
  currency: 'three capital letters, such as USD.',
  gtins: 'a barcode number has 8, 12, 13 or 14 digits and nothing else.',
  gtin: 'a barcode number has 8, 12, 13 or 14 digits and nothing else.',
  asins: 'ten capital letters and digits, such as B0ABCDEFGH.',
  tacs: 'the first eight digits of the IMEI.',
  code: "a tariff code is digits only, without dots, in quotes, such as '851713'.",
  edition: "the year of the HS edition in quotes, such as '2022'.",
  act: 'small letters, digits, - and _ after info/, at most 40.',
}

function neededAt(path: Path): string | undefined {
  const names = path.filter((step) => typeof step === 'string').slice(-2)
  return NEEDED[names.join('/')] ?? formOf(path) ?? undefined
}

function formOf(path: Path): string | null {
  const name = String(path.findLast((step) => typeof step === 'string') ?? '')
  return Object.hasOwn(FORMS, name) ? (FORMS[name] ?? null) : null
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value)
  return `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``
}

function pathOf(issue: z.core.$ZodIssue): (string | number)[] {
  return issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
}
