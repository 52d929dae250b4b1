// The labelled corpus of fixtures/lookup: its rows, and the decisions they are asked against.
import { readdirSync, readFileSync } from 'node:fs'
import { admitDraft } from '../../src/publish/draft-admission.ts'
import { FILES, type Market, ZONES } from '../fixtures/decision-files.ts'
import { type TestCatalogue, testCatalogue } from '../support/catalogue.ts'

export const SCRIPTS = [
  'latin',
  'japanese',
  'korean',
  'chinese-simplified',
  'chinese-traditional',
  'cyrillic',
] as const
export type Script = (typeof SCRIPTS)[number]

export type Row = {
  id: string
  script: Script | 'unseen'
  truth: 'positive' | 'negative'
  kind: string
  /** Of a positive: the verdict. Of a negative: the strongest verdict that is still right. */
  expect: 'blocked' | 'exception' | 'possible' | 'not_listed'
  /** `decision#pid`, or a decision; any of them is right. */
  targets: string[]
  tier: string
  query: Record<string, string>
}

/** Rows that give an identifier: their recall is held to 100 %. */
export const IDENTIFIER_KINDS: ReadonlySet<string> = new Set(
  'gtin upc_e case_gtin gs1 gs1_link imei layout model pattern mpn fullwidth serial fields nfd case_number decision right'.split(
    ' ',
  ),
)

const FOLDER = new URL('../../fixtures/lookup/', import.meta.url)

export const ROWS: Row[] = SCRIPTS.flatMap(readRows)

/** Rows written after the matcher was tuned, and never tuned on: what it does on goods it has not seen. */
export const UNSEEN: Row[] = readRows('unseen')

function readRows(file: Script | 'unseen'): Row[] {
  const [, ...lines] = readFileSync(new URL(`${file}.tsv`, FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => {
    const [id = '', truth, kind = '', expect, target = '', tier = '', query = ''] = line.split('\t')
    return {
      id,
      script: file,
      truth: truth as Row['truth'],
      kind,
      expect: expect as Row['expect'],
      targets: target.split(' ').filter((name) => name !== ''),
      tier,
      query: queryOf(query),
    }
  })
}

/** `@brand=Sovaro; model=SV-T110` gives fields, anything else is typed into the one box; `{GS}` is the separator of a scan. */
function queryOf(text: string): Record<string, string> {
  const typed = text.replaceAll('{GS}', '\u001d')
  if (!typed.startsWith('@')) return { q: typed }
  const fields = typed.slice(1).split('; ')
  return Object.fromEntries(
    fields.map((field) => [
      field.slice(0, field.indexOf('=')),
      field.slice(field.indexOf('=') + 1),
    ]),
  )
}

/** The five markets' fixtures and the corpus's own decisions, merged into a real database; every feed is fresh. */
export async function corpusCatalogue(): Promise<TestCatalogue> {
  const catalogue = await testCatalogue({ markets: Object.keys(ZONES) })
  const own = readdirSync(new URL('decisions/', FOLDER))
    .sort()
    .map((fileName) => {
      const market = fileName.slice(0, 2) as Market
      const text = readFileSync(new URL(`decisions/${fileName}`, FOLDER), 'utf8')
      return { market, admitted: admitDraft(text, { fileName, market, zoneHere: ZONES[market] }) }
    })
  for (const { market, admitted } of [...FILES, ...own]) {
    if (!admitted.ok) throw new Error(JSON.stringify(admitted.problems))
    await catalogue.publish(market, ...admitted.acts)
  }
  return catalogue
}
