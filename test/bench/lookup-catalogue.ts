// A node whose catalogue holds a million identifiers of five markets: real rows in a file, a real charter, feeds that are fresh.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { planCatalog } from '../../src/catalog/plan.ts'
import { sql } from '../../src/db.ts'
import type { Entry } from '../../src/decision/entry.ts'
import type { Product } from '../../src/decision/schema.ts'
import { gtinCheckDigit } from '../../src/identifier/gtin.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { header } from '../support/catalogue.ts'

export const MARKETS = ['us', 'jp', 'kr', 'tw', 'de'] as const
/** Of each market, in decisions of `PER_DECISION`; each product has five GTINs, a model, a part number and more. */
const PRODUCTS = Number(process.env.PORTCULLIS_BENCH_PRODUCTS ?? 16_000)
const PER_DECISION = 100
const ACTS_PER_COMMIT = 20

const KINDS = [
  ['wireless earphones with charging case', 'ワイヤレスイヤホン', '851830'],
  ['robot vacuum cleaner with mop', 'ロボット掃除機', '850811'],
  ['cordless drill driver 18 V', '充電式ドリル', '846721'],
  ['rice cooker for six', '炊飯器', '851660'],
  ['smart door lock with fingerprint reader', '스마트 도어록', '830140'],
  ['dash cam 4K', '블랙박스', '852589'],
  ['micro-inverter 800 W', '微型逆变器', '850440'],
  ['air purifier with HEPA filter', '空氣清淨機', '842139'],
] as const

export type Bench = {
  alliance: TestAlliance
  node: TestNode
  directory: string
  identifiers: number
  products: number
}

export async function benchCatalogue(): Promise<Bench> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-lookup-'))
  const alliance = await testAlliance(MARKETS, {
    path: (market) => join(directory, `${market}.db`),
  })
  await alliance.syncAll()
  await alliance.syncAll()
  const node = alliance.node('us')
  for (const market of MARKETS) await fill(node, market)
  const [row] = await node.db.query<{ n: number }>(sql('SELECT count(*) AS n FROM identifier'))
  return {
    alliance,
    node,
    directory,
    identifiers: row?.n ?? 0,
    products: PRODUCTS * MARKETS.length,
  }
}

async function fill(node: TestNode, market: string): Promise<void> {
  const acts = Array.from({ length: PRODUCTS / PER_DECISION }, (_, n) => ({
    pos: n + 1,
    leaf: new Uint8Array(32).fill(n % 256),
    entry: { act: issueOf(market, n) } as unknown as Entry,
    ...{ needsTwo: false, isGated: false, endorses: null },
  }))
  for (let at = 0; at < acts.length; at += ACTS_PER_COMMIT) {
    await node.db.commit(planCatalog(market, acts.slice(at, at + ACTS_PER_COMMIT)), 'soon')
  }
  const size = acts.length + 1
  await node.db.commit([
    sql(
      'UPDATE feed SET merged = ?, effective = ?, seen_size = ? WHERE market = ?',
      size,
      size,
      size,
      market,
    ),
  ])
}

function issueOf(market: string, n: number) {
  const products = Array.from({ length: PER_DECISION }, (_, i) =>
    productOf(market, n * PER_DECISION + i),
  )
  const decision = `${market}/bench-${n}/order`
  const parties = [{ name: `${companyOf(n)} ${market.toUpperCase()} Works Co., Ltd.` }]
  return {
    act: 'issue',
    decision,
    header: header({ case_numbers: [`B-${market}-${n}`], breadth: 'named_parties', parties }),
    products,
    reasons: 'Invented for a benchmark.',
  }
}

export function productOf(market: string, n: number): Product {
  const [en, local, hs] = KINDS[n % KINDS.length] ?? KINDS[0]
  const serial = MARKETS.indexOf(market as (typeof MARKETS)[number]) * PRODUCTS + n
  return {
    pid: `p${n}`,
    listing: 'listed',
    brand: brandOf(n),
    model: modelOf(serial),
    mpns: [`${modelOf(serial)}-EU1`],
    gtins: Array.from({ length: 5 }, (_, i) => gtinOf(serial * 5 + i)),
    hs: [{ code: hs, edition: '2022' }],
    description: [
      { text: en, lang: 'en' },
      { text: local, lang: 'ja' },
    ],
    words: [en.split(' ').slice(0, 2).join(' ')],
  }
}

const SYLLABLES = ['ka', 'ro', 'ven', 'til', 'mar', 'dol', 'fen', 'zu', 'pri', 'sol', 'bex', 'nor']

export function brandOf(n: number): string {
  const at = (by: number) => SYLLABLES[Math.floor(n / by) % SYLLABLES.length] ?? ''
  const name = `${at(7)}${at(97)}${at(1009)}x`
  return name.charAt(0).toUpperCase() + name.slice(1)
}

export function modelOf(serial: number): string {
  const letters = [26 * 26, 26, 1].map((by) =>
    String.fromCharCode(65 + (Math.floor(serial / (1000 * by)) % 26)),
  )
  return `${letters.join('')}-${1000 + (serial % 1000)}${String.fromCharCode(65 + (serial % 7))}`
}

export function gtinOf(number: number): string {
  const body = `952${String(number).padStart(9, '0')}`
  return body + gtinCheckDigit(body)
}

function companyOf(n: number): string {
  return `${brandOf(n * 13)} ${['Electric', 'Robotics', 'Optics', 'Tools'][n % 4]}`
}
