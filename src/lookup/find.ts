// From a question to its findings: which keys to ask the catalogue for, and the verdict on every row that comes back.
import { classHsKey } from '../catalog/keys.ts'
import {
  type DecisionRow,
  type Positions,
  type ProductRow,
  readDecisionsByKey,
  readProductsByBrand,
  readProductsByHs,
  readProductsByKey,
  readProductsByText,
} from '../catalog/read.ts'
import type { Db } from '../db.ts'
import type { Moment } from '../decision/state.ts'
import { hsQueryKeys } from '../identifier/hs.ts'
import { asksForWords, brandKeysAsked, identifierKeysOf, keysHeld, mayHoldWords } from './asked.ts'
import { type Finding, judgeOrder, judgeProduct, VERDICTS } from './judge.ts'
import type { Tier } from './match-name.ts'
import { likeParty } from './party.ts'
import type { Question } from './question.ts'
import { say } from './sentences.ts'
import type { Source } from './view.ts'

/** Every finding of a question, strongest first; weak ones and those not in force among them. */
export async function findAll(
  source: Source,
  question: Question,
  moment: Moment,
): Promise<Finding[]> {
  const { db, positions, filter } = source
  const judge = (rows: readonly ProductRow[]) => judgeRows(source, question, rows, moment)
  const keyed = await readProductsByKey(db, positions, identifierKeysOf(question, filter))
  const exact = [...keyed, ...(await readByHs(db, positions, question, keyed))]
  const named = await judge(exact)
  // A strong hit ends the search: words would only repeat it.
  const isStrong = named.some(({ tier, isActive }) => tier === 'A' && isActive)
  const texts = isStrong ? [] : await readByWords(source, question)
  const known = new Set(exact.map(({ id }) => id))
  const worded = await judge(texts.filter(({ id }) => !known.has(id)))
  const found = [...named, ...worded]
  const orders = (await findOrders(source, question, moment)).map((finding) =>
    unlessReleased(finding, source),
  )
  // Where a product of the order was found as surely, the order itself adds nothing.
  const covers = (order: Finding) => (finding: Finding) =>
    finding.decision.decision === order.decision.decision && finding.tier <= order.tier
  return [...found, ...orders.filter((order) => !found.some(covers(order)))].sort(compareFindings)
}

async function readByWords(source: Source, question: Question): Promise<ProductRow[]> {
  const { db, positions, filter } = source
  const asked = brandKeysAsked(question)
  const brands = filter === undefined ? asked : asked.filter((key) => filter.has('brand', key))
  const branded = await readProductsByBrand(db, positions, brands)
  const hasBrand = branded.length > 0
  const isAsked =
    filter === undefined
      ? asksForWords(question, hasBrand)
      : mayHoldWords(filter, question, hasBrand)
  const texts = isAsked ? await readProductsByText(db, positions, question.terms, hasBrand) : []
  const known = new Set(texts.map(({ id }) => id))
  return [...texts, ...branded.filter(({ id }) => !known.has(id))]
}

/** Verdict, tier, score, evidence, then names: a total order, the same at every node. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) ||
    compareText(a.tier, b.tier) ||
    b.score - a.score ||
    evidenceOf(b) - evidenceOf(a) ||
    compareText(a.decision.decision, b.decision.decision) ||
    compareText(a.row?.pid ?? '', b.row?.pid ?? '')
  )
}

/** How many fields agree. */
export function evidenceOf(finding: Finding): number {
  return finding.explain.filter(({ score }) => score === 1).length
}

// HS alone is for browsing: asked where no goods are named, and beside them only for the classes that orders cover.
async function readByHs(
  db: Db,
  positions: Positions,
  question: Question,
  before: readonly ProductRow[],
): Promise<ProductRow[]> {
  const keys = question.hs === undefined ? [] : hsQueryKeys(question.hs.code)
  const known = new Set(before.map(({ id }) => id))
  const rows: ProductRow[] = []
  for (const key of keys) {
    const asked = question.namesProduct ? classHsKey(key) : key
    for (const row of await readProductsByHs(db, positions, asked)) {
      if (!known.has(row.id)) rows.push(row)
      known.add(row.id)
    }
  }
  return rows
}

async function judgeRows(
  source: Source,
  question: Question,
  rows: readonly ProductRow[],
  moment: Moment,
): Promise<Finding[]> {
  if (rows.length === 0) return []
  const decisions = await source.readDecisions(rows.map(({ decision }) => decision))
  return rows.flatMap((row) => {
    const decision = decisions.get(row.decision)
    const finding = decision === undefined ? null : judgeProduct(question, decision, row, moment)
    return finding === null ? [] : [unlessReleased(finding, source)]
  })
}

function unlessReleased(finding: Finding, { isReleased }: Source): Finding {
  if (!isReleased(finding.decision.decision)) return finding
  return { ...finding, isActive: false, why: say('released') }
}

const ORDER_WEIGHTS: Record<string, { tier: Tier; weight: number }> = {
  decision: { tier: 'A', weight: 1 },
  case: { tier: 'A', weight: 1 },
  right: { tier: 'A', weight: 1 },
  party_id: { tier: 'B', weight: 0.78 },
  party: { tier: 'B', weight: 0.65 },
  party_word: { tier: 'B', weight: 0.65 },
}

async function findOrders(source: Source, question: Question, moment: Moment): Promise<Finding[]> {
  const { db, positions, filter } = source
  const found = new Map<string, { kind: string; value: string; tier: Tier; weight: number }>()
  const take = (decision: string, kind: string, value: string) => {
    const graded = ORDER_WEIGHTS[kind]
    const before = found.get(decision)
    if (graded === undefined || (before !== undefined && before.weight >= graded.weight)) return
    found.set(decision, { kind, value, ...graded })
  }
  const named = question.decision
  if (named !== undefined) take(named, 'decision', named)
  for (const { decision, kind, value } of await readDecisionsByKey(
    db,
    positions,
    keysHeld(filter, question.orders),
  )) {
    take(decision, kind, value)
  }
  if (found.size === 0) return []
  const decisions = await source.readDecisions([...found.keys()])
  return [...decisions.values()].flatMap((decision: DecisionRow) => {
    const naming = found.get(decision.decision)
    if (naming === undefined) return []
    if (naming.kind !== 'party_word') return [judgeOrder(question, decision, naming, moment)]
    // Words only lead to the order: the whole name must be alike.
    const like = likeParty(question.parties, decision.header)
    if (like === null) return []
    return [judgeOrder(question, decision, { ...naming, ...like, kind: 'party_like' }, moment)]
  })
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
