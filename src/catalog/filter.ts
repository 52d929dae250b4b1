// Which keys the catalogue may hold, in memory: what the filter does not know is in no row, so it costs no query (design: look-up 4.3).
import { type Db, sql } from '../db.ts'
import type { IdentifierKind, TermKind } from './keys.ts'

/** Sixteen bits a key keep wrong guesses near one in a thousand; beyond this size they grow, and cost queries, never an answer. */
export const MAX_FILTER_BYTES = 64 * 1024 * 1024
const MIN_FILTER_BYTES = 64 * 1024
const BITS_PER_KEY = 16
const PROBES = 5
const ROWS_AT_ONCE = 20_000

/** What is asked of the filter. A model, part, listing or grantee number is asked for under all these kinds at once: `name`. */
export type FilterKind =
  | Exclude<IdentifierKind, 'model' | 'mpn' | 'asin' | 'fcc'>
  | TermKind
  | 'name'
  | 'word'

/** A Bloom filter: `false` is sure, `true` is likely. Its answers depend on the keys alone, not on the order in which they came. */
export class KeyFilter {
  readonly #bits: Uint32Array
  readonly #mask: number
  /** Lengths of the literal heads of patterns, shortest first. */
  readonly heads = new Set<number>()

  constructor(keys: number) {
    let bytes = MIN_FILTER_BYTES
    while (bytes * 8 < keys * BITS_PER_KEY && bytes < MAX_FILTER_BYTES) bytes *= 2
    this.#bits = new Uint32Array(bytes / 4)
    this.#mask = bytes * 8 - 1
  }

  get bytes(): number {
    return this.#bits.byteLength
  }

  add(kind: FilterKind, value: string): void {
    if (kind === 'pattern') this.heads.add(value.length)
    let [at, step] = places(hash(SEEDS[kind], value, value.length))
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = at & this.#mask
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31))
      at = (at + step) | 0
      step = (step + probe) | 0
    }
  }

  has(kind: FilterKind, value: string): boolean {
    return this.#holds(hash(SEEDS[kind], value, value.length))
  }

  /** True where a pattern may begin as the key does, or with a wildcard. */
  hasHeadOf(key: string): boolean {
    for (const length of this.heads) {
      if (length <= key.length && this.#holds(hash(SEEDS.pattern, key, length))) return true
    }
    return false
  }

  #holds(hashed: number): boolean {
    let [at, step] = places(hashed)
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = at & this.#mask
      if (((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false
      at = (at + step) | 0
      step = (step + probe) | 0
    }
    return true
  }
}

const KINDS: readonly FilterKind[] = [
  'brand',
  'class_word',
  'gtin',
  'hs',
  'model_alike',
  'pattern',
  'tac',
  'case',
  'right',
  'party',
  'party_id',
  'party_word',
  'name',
  'word',
]
const SEEDS = Object.fromEntries(
  KINDS.map((kind, i) => [kind, Math.imul(i + 1, 0x9e3779b1) | 0]),
) as Record<FilterKind, number>
const NAMES: ReadonlySet<string> = new Set(['model', 'mpn', 'asin', 'fcc'])

const COUNT =
  'SELECT (SELECT count(*) FROM identifier) + (SELECT count(*) FROM term_key) + (SELECT count(*) FROM product_vocabulary) AS keys'
const PAGES = {
  identifier: `SELECT DISTINCT kind, value FROM identifier WHERE (kind, value) > (?, ?) ORDER BY kind, value LIMIT ${ROWS_AT_ONCE}`,
  term_key: `SELECT DISTINCT kind, value FROM term_key WHERE (kind, value) > (?, ?) ORDER BY kind, value LIMIT ${ROWS_AT_ONCE}`,
}
const WORDS = `SELECT term FROM product_vocabulary WHERE term > ? ORDER BY term LIMIT ${ROWS_AT_ONCE}`

/** The filter over everything this catalogue holds now, at whatever positions: a superset of what holds at any. */
export async function readKeyFilter(db: Db): Promise<KeyFilter> {
  const [row] = await db.query<{ keys: number }>(sql(COUNT))
  const filter = new KeyFilter(row?.keys ?? 0)
  for (const page of Object.values(PAGES)) {
    let last = { kind: '', value: '' }
    for (;;) {
      const keys = await db.query<{ kind: string; value: string }>(sql(page, last.kind, last.value))
      for (const { kind, value } of keys) {
        // The catalogue writes only these kinds.
        filter.add(NAMES.has(kind) ? 'name' : (kind as FilterKind), value)
      }
      const end = keys.at(-1)
      if (end === undefined || keys.length < ROWS_AT_ONCE) break
      last = end
    }
  }
  for (let after = ''; ; ) {
    const terms = await db.query<{ term: string }>(sql(WORDS, after))
    for (const { term } of terms) filter.add('word', term)
    const end = terms.at(-1)
    if (end === undefined || terms.length < ROWS_AT_ONCE) return filter
    after = end.term
  }
}

/** FNV-1a over the UTF-16 units of the first `length` characters, from the seed of a kind. */
function hash(seed: number, text: string, length: number): number {
  let hashed = seed
  for (let i = 0; i < length; i++) hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193)
  return hashed
}

/** Where to probe: a start and a step, each a mix of the whole hash. */
function places(hashed: number): [number, number] {
  let at = Math.imul(hashed ^ (hashed >>> 16), 0x85ebca6b)
  at = Math.imul(at ^ (at >>> 13), 0xc2b2ae35)
  at ^= at >>> 16
  // From other bits than the start: their low bits alone decide where in a small filter they fall.
  let step = Math.imul(hashed ^ (hashed >>> 15), 0x27d4eb2f)
  step ^= step >>> 13
  return [at, step | 1]
}
