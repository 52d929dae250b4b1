// A question as asked: its parameters, their maxima and forms (design: look-up 4.4). Unknown ones are refused, never ignored.
import * as z from 'zod'
import { isRealDay } from '../decision/date.ts'
import { PROCEDURES } from '../decision/vocabulary.ts'
import { nearestName } from '../encoding/nearest.ts'
import { Failure } from '../errors.ts'
import { MAX_KNOWN_CHARS, parseKnown } from './known.ts'

export const MAX_RESULTS = 100
const DEFAULT_RESULTS = 20

const text = (most: number, about: string) =>
  z.string().max(most).transform(plainText).optional().describe(about)

/** The parameters of a look-up: `q`, any of the fields, and the facts that decide a listing. */
export const querySchema = z.object({
  q: text(1000, 'Anything: a scan, brand and model, a party, a case number, words in any script.'),
  gtin: text(64, 'Barcode number or whole GS1 scan.'),
  model: text(120, 'Model name or number.'),
  brand: text(120, 'Brand on the goods.'),
  mpn: text(120, "Maker's part number."),
  serial: text(120, 'Serial number.'),
  firmware: text(120, 'Firmware version.'),
  tac: text(40, 'IMEI or type allocation code.'),
  hs: text(40, 'Tariff code, with its edition as in 2022:8517.13.'),
  maker: text(300, 'Who made the goods.'),
  exporter: text(300, 'Who sends them.'),
  importer: text(300, 'Who brings them in.'),
  party: text(300, 'Any party.'),
  case: text(300, 'Case number of an order.'),
  right: text(120, 'Number of a patent or other right.'),
  text: text(2000, 'Description of the goods.'),
  origin: z
    .string()
    .max(2)
    .transform((value) => value.trim().toLowerCase())
    .pipe(z.literal('').or(z.string().regex(/^[a-z]{2}$/)))
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .describe('Country of origin, two letters.'),
  procedure: z
    .enum(['', ...PROCEDURES])
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .describe('Customs procedure.'),
  on: z
    .string()
    .max(10)
    .refine((value) => value === '' || isRealDay(value))
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .describe('The day the goods are presented, YYYY-MM-DD; today when left out.'),
  known: z
    .string()
    .max(MAX_KNOWN_CHARS)
    .refine((value) => value === '' || parseKnown(value) !== null)
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .describe(
      'As known here at a moment (RFC 3339 or POSIX seconds), or at the positions that an answer gave as `known`.',
    ),
  lang: z
    .string()
    .regex(/^([a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})?$/)
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .describe('Language of the sentences; English is all there is so far.'),
  receipt: z
    .union([z.boolean(), z.enum(['', '0', '1', 'false', 'true'])])
    .transform((value) => (value === true || value === '1' || value === 'true' ? true : undefined))
    .optional()
    .describe('1: with a receipt, signed by the node.'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_RESULTS)
    .default(DEFAULT_RESULTS)
    .describe('Results shown; the verdict rests on all of them.'),
})

export type Query = z.infer<typeof querySchema>
export const QUERY_PARAMETERS = Object.keys(querySchema.shape) as readonly (keyof Query)[]

/** Parameters that only narrow or dress an answer; at least one other must be given. */
const NOT_A_QUESTION: readonly string[] = [
  'on',
  'known',
  'receipt',
  'lang',
  'limit',
  'procedure',
  'origin',
]

/** Checks a question. Throws ERR_QUERY_UNKNOWN_PARAMETER, ERR_QUERY_INVALID or ERR_QUERY_EMPTY, all 400. */
export function parseQuery(input: Readonly<Record<string, unknown>>): Query {
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(querySchema.shape, name)) throw unknownParameter(name)
  }
  // Each given parameter by itself: a question has few of the many.
  const read: [string, unknown][] = []
  for (const name of QUERY_PARAMETERS) {
    if (!Object.hasOwn(input, name)) continue
    const parsed = querySchema.shape[name].safeParse(input[name])
    if (!parsed.success) {
      throw new Failure('ERR_QUERY_INVALID', `${name} is too long or not of its form`, {
        at: `/${name}`,
        facts: { parameter: name },
      })
    }
    read.push([name, parsed.data])
  }
  if (!Object.hasOwn(input, 'limit')) read.push(['limit', DEFAULT_RESULTS])
  // An empty form field is a field left out.
  const given = read.filter(([, value]) => value !== undefined)
  if (given.every(([name]) => NOT_A_QUESTION.includes(name))) {
    throw new Failure('ERR_QUERY_EMPTY', 'give q or at least one field to look up')
  }
  return Object.fromEntries(given) as Query
}

/** The parameters of a URL. A parameter given twice is refused: of two values one would be ignored. */
export function parseSearchParams(params: URLSearchParams): Query {
  const given = new Map<string, string>()
  for (const [name, value] of params) {
    if (given.has(name)) {
      throw new Failure('ERR_QUERY_INVALID', `${name.slice(0, 40)} is given twice`, {
        facts: { parameter: name.slice(0, 40) },
      })
    }
    given.set(name, value)
  }
  return parseQuery(Object.fromEntries(given))
}

function unknownParameter(name: string): Failure {
  const shown = name.slice(0, 40)
  const nearest = nearestName(shown, QUERY_PARAMETERS)
  return new Failure('ERR_QUERY_UNKNOWN_PARAMETER', `there is no parameter ${shown}`, {
    at: `/${shown}`,
    ...(nearest === null ? {} : { cure: `did you mean ${nearest}?` }),
    facts: { parameter: shown },
  })
}

/** Well-formed text without control and direction characters, trimmed; undefined when nothing is left. The GS1 separator stays. */
export function plainText(value: string): string | undefined {
  // Most of what is typed or stands in a manifest is plain already.
  if (/^[\x20-\x7e]*$/.test(value)) return value.trim() || undefined
  const cleaned = value
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: taking control characters out is the point
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001c\u001e\u001f\u007f-\u009f]/g, '')
    .replace(/[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/g, '')
    .trim()
  return cleaned === '' ? undefined : cleaned
}
