// The verdict on one match, the table of decisions 2.5. Pure: same rows, same question, same moment, same verdict everywhere.
import type { DecisionRow, ProductRow } from '../catalog/read.ts'
import type { Product, Ruling } from '../decision/schema.ts'
import { isInForce, type Moment, type State, stateAt } from '../decision/state.ts'
import { isBetween } from '../identifier/version.ts'
import { type Evidence, type Match, matchProduct } from './match.ts'
import type { Tier } from './match-name.ts'
import { carveOutStanding, namedParties, type PartyCondition, partyCondition } from './party.ts'
import type { Question } from './question.ts'
import { decidingRuling } from './ruling.ts'
import { listText, type Sentence, say } from './sentences.ts'

export const VERDICTS = ['blocked', 'exception', 'possible', 'cannot_say', 'not_listed'] as const
export type Verdict = (typeof VERDICTS)[number]

/** What was found in one decision, about one product of it or about the order as a whole. */
export type Finding = {
  decision: DecisionRow
  row: ProductRow | null
  verdict: 'blocked' | 'exception' | 'possible'
  state: State
  isActive: boolean
  tier: Tier
  score: number
  explain: Evidence[]
  why: Sentence
  /** A change that is held back would make another thing of it. */
  held?: Sentence
  party: PartyCondition
  questions: Sentence[]
}

/** Only tier A of at least this score may block. */
const MIN_BLOCKING = 0.9
/** Below this a finding is weak: listed apart, and no verdict. */
export const MIN_POSSIBLE = 0.6
/** Below this nothing is returned. */
export const MIN_WEAK = 0.5

/** Judges one product against a question; null where nothing speaks for it. */
export function judgeProduct(
  question: Question,
  decision: DecisionRow,
  row: ProductRow,
  moment: Moment,
): Finding | null {
  const { header, events } = decision
  const party = partyCondition(question, header)
  const match = matchProduct(question, row.product, header, party === 'met')
  if (match === null) return null
  const facts = factEvidence(question, row.product)
  const doubts = doubtsOf({ question, decision, product: row.product, match, party, facts })
  const ruling = decidingRuling(events, row.product, question, match, moment)
  const state = stateAt(header, events, moment)
  const satisfied = (header.carve_outs ?? []).find(
    (carveOut) => carveOutStanding(carveOut, question, moment) === 'satisfied',
  )
  const [doubt] = doubts
  const exception = exceptionOf(ruling, satisfied?.kind)
  return {
    decision,
    row,
    // An exception lifts what would be blocked, never what is only possible.
    verdict: doubt !== undefined ? 'possible' : exception !== null ? 'exception' : 'blocked',
    state,
    isActive: isInForce(state),
    tier: match.tier,
    score: match.score,
    explain: [...match.explain, ...facts, ...partyEvidence(question, party, decision)],
    why: doubt ?? exception ?? identityOf(match),
    party,
    questions: questionsOf({ question, decision, match, facts, party, moment }),
  }
}

/** Judges an order that was named without a product: always possible. `weight` is how sure the naming is. */
export function judgeOrder(
  question: Question,
  decision: DecisionRow,
  found: {
    kind: string
    value: string
    tier: Tier
    weight: number
    query?: string
    candidate?: string
  },
  moment: Moment,
): Finding {
  const { header, events } = decision
  const state = stateAt(header, events, moment)
  const { kind, value, tier, weight, query = value, candidate = value } = found
  const code = kind === 'party_like' ? kind : `${kind}_exact`
  const field = kind === 'party_like' ? 'party' : kind
  return {
    decision,
    row: null,
    verdict: 'possible',
    state,
    isActive: isInForce(state),
    tier,
    score: weight,
    explain: [{ code, field, query, candidate, score: 1 }],
    why: say('names_order'),
    party: partyCondition(question, header),
    questions: [],
  }
}

type Case = {
  question: Question
  decision: DecisionRow
  product: Product
  match: Match
  party: PartyCondition
  facts: Evidence[]
}

/** Everything that keeps a match from being blocked, the most telling first; empty: nothing does. */
function doubtsOf({ question, decision, product, match, party, facts }: Case): Sentence[] {
  const { header } = decision
  const missing = facts.filter((fact) => fact.code === 'fact_missing').map(({ field }) => field)
  const covered = header.procedures ?? null
  const { procedure } = question
  // An order covers entry for consumption unless it says more: transit and export are not covered.
  const isOutside =
    procedure !== undefined &&
    (covered === null
      ? procedure === 'transit' || procedure === 'export'
      : !covered.includes(procedure))
  return [
    match.disagrees.includes('brand') ? say('brand_differs') : null,
    match.disagrees.includes('model') ? say('model_differs') : null,
    match.code === 'gtin_near' ? say('gtin_near') : null,
    match.code === 'gtin_not_unique' ? say('gtin_not_unique') : null,
    match.compatible ? say('compatible') : null,
    product.listing === 'class' ? say(party === 'any_source' ? 'class' : 'class_named') : null,
    product.listing === 'indicative' ? say('indicative') : null,
    party === 'other'
      ? say('other_maker', { maker: question.maker ?? '', named: namedParties(header) })
      : null,
    missing.length > 0 ? say('fact_missing', { facts: listText(missing) }) : null,
    facts.some(({ code }) => code === 'firmware_outside') ? say('firmware_outside') : null,
    facts.some(({ code }) => code === 'serial_outside') ? say('serial_outside') : null,
    isOutside ? say('procedure_not_covered', { procedure }) : null,
    match.read !== undefined ? say('look_alike', { read: match.read }) : null,
    match.tier !== 'A' || match.score < MIN_BLOCKING ? say('weak_identity') : null,
  ].filter((doubt) => doubt !== null)
}

/** Firmware and serial against their listed ranges, and the facts without which the listing cannot be judged. */
function factEvidence(question: Question, product: Product): Evidence[] {
  const evidence: Evidence[] = []
  const compare = (
    field: 'firmware' | 'serial',
    ranges: readonly { from?: string | undefined; to?: string | undefined }[],
  ) => {
    const query = question[field]
    if (query === undefined || ranges.length === 0) return
    const isInside = ranges.some((range) => isBetween(query, range))
    const candidate = ranges.map(({ from, to }) => `${from ?? ''}–${to ?? ''}`).join(', ')
    const code = `${field}_${isInside ? 'inside' : 'outside'}`
    evidence.push({ code, field, query, candidate, score: isInside ? 1 : -1 })
  }
  compare('firmware', product.firmware === undefined ? [] : [product.firmware])
  compare('serial', product.serials ?? [])
  for (const field of product.decided_by ?? []) {
    if (question[field] !== undefined) continue
    evidence.push({ code: 'fact_missing', field, query: null, candidate: null, score: 0 })
  }
  return evidence
}

function partyEvidence(
  question: Question,
  party: PartyCondition,
  { header }: DecisionRow,
): Evidence[] {
  if (party === 'any_source') return []
  const candidate = namedParties(header)
  const query = question.maker ?? question.party ?? question.importer ?? question.exporter ?? null
  const score = { met: 1, unknown: 0, other: -1 }[party]
  return [{ code: `party_${party}`, field: 'maker', query, candidate, score }]
}

function exceptionOf(ruling: Ruling | undefined, carveOut: string | undefined): Sentence | null {
  if (ruling?.scope === 'out') {
    const number = ruling.number === undefined ? '' : ` (${ruling.number}, ${ruling.on.on})`
    return say('ruling_out', { number })
  }
  return carveOut === undefined ? null : say('carve_out', { kind: carveOut.replaceAll('_', ' ') })
}

function identityOf(match: Match): Sentence {
  if (match.code === 'model_exact') return say('same_model')
  if (match.code === 'model_pattern') return say('same_pattern')
  if (match.code === 'mpn_exact') return say('same_part')
  return say(match.code === 'tac_exact' ? 'same_device' : 'same_gtin')
}

function questionsOf(
  input: Pick<Case, 'question' | 'decision' | 'match' | 'facts' | 'party'> & { moment: Moment },
): Sentence[] {
  const { question, match, facts, party, moment } = input
  const { header } = input.decision
  const missing = facts.filter(({ code }) => code === 'fact_missing')
  const isBrandOpen = match.explain.some(({ code }) => code === 'brand_missing')
  const carveOuts = (header.carve_outs ?? [])
    .filter((carveOut) => carveOutStanding(carveOut, question, moment) === 'open')
    .map(({ question: asked, wording, kind, beneficiary }) => {
      const spelled = `${kind.replaceAll('_', ' ')}${beneficiary === undefined ? '' : `: ${beneficiary}`}?`
      return say('ask_carve_out', { question: asked ?? wording ?? spelled })
    })
  return [
    ...missing.map(({ field }) => say('ask_fact', { fact: field })),
    ...(party === 'unknown' && header.parties !== undefined
      ? [say('ask_maker', { named: namedParties(header) })]
      : []),
    ...(isBrandOpen && match.tier !== 'A' ? [say('ask_brand')] : []),
    ...carveOuts,
  ]
}
