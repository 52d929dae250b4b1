// The judging rules: what an entry does, the same at every node for ever (design: protocol 1.3). Few, structural, frozen per `v`; they
// use the adopted charter and earlier entries of the same market's logs and nothing else: no clock, no other feed, no dates.
import type { ErrorCode } from '../errors.ts'
import type { Entry } from './entry.ts'
import type { Act } from './schema.ts'
import { CHAIN_ACTS, type ChainAct, type Instrument } from './vocabulary.ts'

/** What the sequence rules must know of one decision of this market. */
export type Chain = {
  tip: string
  instrument: Instrument
  caseNumbers: readonly string[]
  pause: 'suspend' | 'resume' | null
  ended: 'rescind' | 'annul' | null
  /** Its issue waits for a second key, so nothing of the decision counts yet. */
  isWaiting: boolean
}

/** An accepted act or notice that an `endorse` may name. */
export type Endorsable = {
  pos: number
  /** Who signed it. */
  kid: string
  kind: string
  decision: string | null
  isEndorsed: boolean
  /** It counts only once endorsed. */
  needsTwo: boolean
}

/** What is known of a market's accepted entries before the one to judge. Reads only; `advance` writes. */
export type JudgeState = {
  chains: Map<string, Chain>
  /** Tip of this market's respond chain about a foreign decision. */
  responds: Map<string, string>
  /** Ids of accepted entries. */
  ids: Set<string>
  /** Accepted acts and notices an `endorse` may name, by leaf hash. */
  endorsable: Map<string, Endorsable>
}

export type JudgeContext = {
  market: string
  origin: string
  /** Identity of charter 1: hash in base64url. */
  alliance: string
  /** Charters adopted: number to hash. */
  charters: ReadonlyMap<number, string>
  /** May this key sign this kind of act at this index of this log? */
  isAuthorised(kid: string, kind: string, index: number): boolean
  /** Does this kind of act, at this index of this log, count only once endorsed? */
  needsTwoKeys(kind: string, index: number): boolean
}

export type Judgement =
  | { outcome: 'accepted' }
  | { outcome: 'refused'; code: ErrorCode }
  /** Judging waits here until charter n has been adopted. */
  | { outcome: 'waiting'; code: 'ERR_CHARTER_AHEAD'; n: number }

const ACCEPTED: Judgement = { outcome: 'accepted' }

/**
 * Judges one entry that parsed. `signed` says whether its signature matched the key its kid names. Changes nothing: call `advance`
 * with the same arguments when the outcome is accepted.
 */
export function judge(
  context: JudgeContext,
  state: JudgeState,
  place: { index: number },
  entry: Entry,
  signed: boolean,
): Judgement {
  const { act, kind, kid } = entry
  // On its shape alone and before the key check: the key that signed it may be one that charter n brings.
  if (act.act === 'notice' && 'kind' in act && act.kind === 'charter') {
    const adopted = context.charters.get(act.n)
    if (adopted === undefined) return { outcome: 'waiting', code: 'ERR_CHARTER_AHEAD', n: act.n }
    if (adopted !== act.hash) return refuse('ERR_NOTICE_CHARTER')
  }
  if (act.alliance !== context.alliance) return refuse('ERR_ACT_ALLIANCE')
  if (act.log !== context.origin) return refuse('ERR_ACT_LOG')
  if (!isOfMarket(act, context.market)) return refuse('ERR_ACT_MARKET')
  if (!context.isAuthorised(kid, kind, place.index)) return refuse('ERR_ACT_KEY')
  if (!signed) return refuse('ERR_ACT_SIGNATURE')
  if (state.ids.has(act.id)) return refuse('ERR_ACT_ID_REUSED')
  return judgeSequence(state, entry)
}

/** Own decisions begin with the market's code; a respond is about any other market's; the rest name none. */
function isOfMarket(act: Act, market: string): boolean {
  if (act.decision === null) return true
  const own = act.decision.startsWith(`${market}/`)
  return act.act === 'respond' ? !own : own
}

function judgeSequence(state: JudgeState, { act, kid }: Entry): Judgement {
  if (act.act === 'respond') {
    const tip = state.responds.get(String(act.decision)) ?? null
    return act.prev === tip ? ACCEPTED : refuse('ERR_ACT_PREV')
  }
  if (act.act === 'endorse' && 'entry' in act) {
    const signer = state.endorsable.get(act.entry)?.kid
    return signer !== undefined && signer !== kid ? ACCEPTED : refuse('ERR_ENDORSE_TARGET')
  }
  if (act.decision === null || !isChainAct(act.act)) return ACCEPTED
  const chain = state.chains.get(act.decision)
  if (act.prev !== (chain?.tip ?? null)) return refuse('ERR_ACT_PREV')
  if (!isLegalAfter(act.act, chain)) return refuse('ERR_ACT_SEQUENCE')
  if (act.act === 'amend' && 'header' in act && chain !== undefined) {
    const { instrument, case_numbers: cases = [] } = act.header
    if (instrument !== chain.instrument || !sameList(cases, chain.caseNumbers)) {
      return refuse('ERR_ACT_IMMUTABLE')
    }
  }
  return ACCEPTED
}

/** Issue first and once; nothing after annul; only annul after rescind; suspend and resume alternate, suspend first. */
export function isLegalAfter(act: ChainAct, chain: Chain | undefined): boolean {
  if (chain === undefined) return act === 'issue'
  if (act === 'issue' || chain.ended === 'annul') return false
  if (chain.ended === 'rescind') return act === 'annul'
  if (act === 'suspend') return chain.pause !== 'suspend'
  if (act === 'resume') return chain.pause === 'suspend'
  return true
}

/** Where an accepted entry stands: leaf hash in base64url, place in the market's lineage, whether it counts only once endorsed. */
export type Place = { leaf: string; pos: number; needsTwo: boolean }

/** Takes an accepted entry into the state. */
export function advance(state: JudgeState, entry: Entry, place: Place): void {
  const { act, kid, kind } = entry
  const { leaf, ...where } = place
  state.ids.add(act.id)
  if (act.act === 'endorse') {
    if ('entry' in act) endorse(state, act.entry)
    return
  }
  state.endorsable.set(leaf, { ...where, kid, kind, decision: act.decision, isEndorsed: false })
  if (act.decision === null) return
  if (act.act === 'respond') {
    state.responds.set(act.decision, leaf)
    return
  }
  const before = state.chains.get(act.decision)
  state.chains.set(act.decision, chainAfter(before, act, place))
}

/** The first endorse of an act makes it count, and with an issue all that was only waiting for it. */
function endorse(state: JudgeState, leaf: string): void {
  const target = state.endorsable.get(leaf)
  if (target === undefined || target.isEndorsed) return
  state.endorsable.set(leaf, { ...target, isEndorsed: true })
  const chain = target.decision === null ? undefined : state.chains.get(target.decision)
  if (target.kind === 'issue' && chain !== undefined) chain.isWaiting = false
}

function chainAfter(before: Chain | undefined, act: Act, { leaf, needsTwo }: Place): Chain {
  if (act.act === 'issue' && 'header' in act) {
    const { instrument, case_numbers: caseNumbers = [] } = act.header
    return { tip: leaf, instrument, caseNumbers, pause: null, ended: null, isWaiting: needsTwo }
  }
  if (before === undefined) throw new TypeError('an accepted act without the issue before it')
  const after: Chain = { ...before, tip: leaf }
  if (act.act === 'suspend' || act.act === 'resume') after.pause = act.act
  if (act.act === 'rescind' || act.act === 'annul') after.ended = act.act
  return after
}

function isChainAct(act: string): act is ChainAct {
  return (CHAIN_ACTS as readonly string[]).includes(act)
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

function refuse(code: ErrorCode): Judgement {
  return { outcome: 'refused', code }
}
