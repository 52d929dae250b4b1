// Writes fixtures/lookup/manifest.csv.gz: ten thousand clean lines as forwarders write them, from the word lists beside it.
// `node test/quality/manifest.ts`; the same lists and seed give the same lines (quality.test.ts holds the file to it).
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { gtinCheckDigit } from '../../src/identifier/gtin.ts'
import { type Random, seededRandom } from '../support/random.ts'

const FOLDER = new URL('../../fixtures/lookup/', import.meta.url)
const LINES = 10_000
const SEED = 20_261_125
export const COLUMNS = ['text', 'brand', 'model', 'gtin', 'hs', 'origin', 'exporter'] as const

type Goods = {
  hs: string
  names: Record<string, string[]>
  brands: string[]
  models: string[]
  units: string[]
}
type Words = {
  goods: Goods[]
  makers: Record<'latin' | 'trades' | 'places' | 'others', string[]>
  shipping: string[]
}

const PREFIXES = [
  '690',
  '693',
  '697',
  '490',
  '457',
  '880',
  '471',
  '460',
  '400',
  '426',
  '012',
  '088',
]
const ORIGINS = ['cn', 'cn', 'cn', 'vn', 'jp', 'kr', 'tw', 'de', 'tr', 'in', 'th']

/** The lines, each a row of `COLUMNS`. */
export function writeLines(): string[][] {
  const words = JSON.parse(readFileSync(new URL('manifest-words.json', FOLDER), 'utf8')) as Words
  const random = seededRandom(SEED)
  return Array.from({ length: LINES }, () => writeLine(words, random))
}

function writeLine(words: Words, random: Random): string[] {
  const goods = random.pick(words.goods)
  const lang = random.pick(['en', 'en', 'en', ...Object.keys(goods.names)])
  const name = random.pick(goods.names[lang] ?? [])
  const brand = random.pick(goods.brands)
  const model = numbered(random.pick(goods.models), random)
  const unit = random.pick(goods.units)
  const shipping = numbered(random.pick(words.shipping), random)
  const style = random.below(10)
  const fields = style < 3 ? [brand, model] : ['', '']
  const said =
    style < 3
      ? [name, unit]
      : style < 6
        ? shuffled([name, `${brand} ${model}`.trim(), unit], random)
        : style < 8
          ? [name, unit, shipping]
          : [name, random.pick(goods.names[lang] ?? []), `${1 + random.below(400)} CTNS`]
  const text = said.filter((part) => part !== '').join(random.pick([' ', ' ', ', ', ' / ']))
  const isLoud = random.below(4) === 0
  return [
    isLoud ? text.toUpperCase() : text,
    ...fields.map((field) => (isLoud ? field.toUpperCase() : field)),
    random.below(5) < 2 ? barcode(random) : '',
    random.below(3) > 0 ? goods.hs : '',
    random.pick(ORIGINS),
    random.below(3) > 0 ? maker(words, random) : '',
  ]
}

function maker({ makers }: Words, random: Random): string {
  if (random.below(4) === 0) return random.pick(makers.others)
  const name = `${random.pick(makers.latin)} ${random.pick(makers.trades)}`
  return random.below(2) === 0 ? `${random.pick(makers.places)} ${name} Co., Ltd.` : `${name} Ltd`
}

function barcode(random: Random): string {
  const body = numbered(`${random.pick(PREFIXES)}#########`, random).slice(0, 12)
  return body + gtinCheckDigit(body)
}

function numbered(pattern: string, random: Random): string {
  return pattern.replaceAll('#', () => String(random.below(10)))
}

function shuffled(parts: readonly string[], random: Random): string[] {
  return parts
    .map((part) => ({ part, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ part }) => part)
}

export function readLines(): string[][] {
  const text = gunzipSync(readFileSync(new URL('manifest.csv.gz', FOLDER))).toString('utf8')
  const [, ...lines] = parse(text) as string[][]
  return lines
}

/** A line as a typed question, empty columns left out. */
export function questionOf(line: readonly string[]): Record<string, string> {
  const columns = COLUMNS.map((column, i): [string, string] => [column, line[i] ?? ''])
  return Object.fromEntries(columns.filter(([, value]) => value !== ''))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = stringify([[...COLUMNS], ...writeLines()])
  writeFileSync(new URL('manifest.csv.gz', FOLDER), gzipSync(text, { level: 9 }))
}
