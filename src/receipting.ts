// THE STORY of a receipt: the answer to a look-up put into words that can be signed, and later held against the feeds by anybody who has
// them (design: protocol 1.11; reference §4 row 38).
import { lookupContext } from './asking.ts'
import type { Adopted } from './charter/members.ts'
import { adoptedAsOf } from './charter/store.ts'
import type { Db } from './db.ts'
import { type ErrorCode, Failure, ok, type Result, refusal } from './errors.ts'
import { requireOpen, type SigningGate } from './gate.ts'
import { openThen } from './known.ts'
import { type Answer, answer } from './lookup/answer.ts'
import type { LookupContext } from './lookup/context.ts'
import type { Snapshot } from './lookup/coverage.ts'
import { MATCHER } from './lookup/match.ts'
import { parseQuery, type Query } from './lookup/query.ts'
import type { GiveReceipt } from './lookup/routes.ts'
import { openView, type View } from './lookup/view.ts'
import type { Receipt } from './receipt/schema.ts'
import { readReceipt, signReceipt } from './receipt/token.ts'
import { type ReceiptReport, verifyReceipt } from './receipt/verify.ts'
import type { Scratch } from './replay.ts'
import type { ActKey } from './signing.ts'

/** What stands beside a question and is no part of it. */
const BESIDE = ['on', 'known', 'lang', 'limit', 'receipt']

/** The receipt of an answer, to be signed. Throws ERR_RECEIPT_UNAVAILABLE where a root is not at hand. */
export function receiptOf(
  view: View,
  query: Query,
  given: Answer,
  issuer: { alliance: string; market: string; iat: number },
): Receipt {
  const asked = Object.entries(query).filter(([name]) => !BESIDE.includes(name))
  return {
    v: 1,
    ...issuer,
    at: given.at,
    charter: given.charter,
    matcher: given.matcher,
    query: Object.fromEntries(asked.map(([name, value]) => [name, String(value)])),
    read_as: given.query.read_as,
    fields: given.query.fields,
    on: given.on,
    limit: query.limit,
    ...findingsOf(given),
    vector: placesOf(view.snapshot),
    coverage: given.coverage.map(({ market, position, age_s, state }) => ({
      market,
      position,
      age_s,
      state,
    })),
  }
}

export type ReceiptKey = { key: ActKey; gate: SigningGate }

/** Signs receipts with the node key, as long as this node may sign. Codes ERR_RECEIPT_UNAVAILABLE, ERR_READ_ONLY. */
export function receiptGiver(
  deps: { market: string; nowMs: () => number; readAdopted: () => Promise<Adopted> },
  { key, gate }: ReceiptKey,
): GiveReceipt {
  return async (view, query, given) => {
    requireOpen(await gate.pass())
    const { alliance } = await deps.readAdopted()
    const iat = Math.floor(deps.nowMs() / 1000)
    const receipt = receiptOf(view, query, given, { alliance, market: deps.market, iat })
    return signReceipt(receipt, key)
  }
}

type Findings = Pick<Receipt, 'verdict' | 'decided_in' | 'effect' | 'decisions' | 'inactive'>

/** What of an answer follows from the feeds, the question and the clock alone. */
function findingsOf({ verdict, decided_in, instruction, results, inactive }: Answer): Findings {
  return {
    verdict,
    decided_in,
    effect: instruction?.effect ?? null,
    decisions: results.map(({ decision, pid, verdict, state, tier }) => ({
      decision,
      pid,
      verdict,
      state,
      tier,
    })),
    inactive: inactive.map(({ decision, pid, state }) => ({ decision, pid, state })),
  }
}

function placesOf({ vector, merged, beyond }: Snapshot): Receipt['vector'] {
  const unavailable = (what: string) => new Failure('ERR_RECEIPT_UNAVAILABLE', what)
  if (merged !== null && beyond === undefined) throw unavailable('what is held is not at hand')
  const places = Object.entries(vector).map(([origin, [size, root]]) => {
    if (root === null) throw unavailable(`the root of ${size} entries of ${origin} is not here`)
    const more = beyond?.[origin]
    const place = { size, root, ...(more ? { merged: { size: more[0], root: more[1] } } : {}) }
    return [origin, place] as const
  })
  return Object.fromEntries(places.filter(([, { size, merged }]) => size > 0 || merged))
}

export type ReplayDeps = {
  db: Db
  adopted: Adopted
  nowMs: () => number
  scratch: Scratch | null
  maxReplayed?: number
}
export type Replay =
  | { outcome: 'confirmed' }
  | { outcome: 'contradicted'; why: string[] }
  | { outcome: 'not_replayable'; code: ErrorCode; why: string }

/** Why a question cannot be asked again here; anything else that fails is our own fault. */
const NOT_HERE: readonly ErrorCode[] = [
  'ERR_KNOWN_CHARTER',
  'ERR_KNOWN_ORIGIN',
  'ERR_KNOWN_BEYOND',
  'ERR_KNOWN_FUTURE',
  'ERR_KNOWN_GONE',
  'ERR_QUERY_INVALID',
  'ERR_QUERY_UNKNOWN_PARAMETER',
  'ERR_QUERY_EMPTY',
]

/**
 * Asks the question of a receipt again, at its vector and by its clock, of the feeds held in a database, and compares. How fresh each feed
 * was then is the receipt's own word: nobody else can know it.
 */
export async function replayReceipt(deps: ReplayDeps, receipt: Receipt): Promise<Replay> {
  if (receipt.alliance !== deps.adopted.alliance) {
    return cannot('ERR_RECEIPT_CHARTER', 'the feeds given are of another alliance')
  }
  if (receipt.matcher !== MATCHER) {
    const why = `the answer came from the matcher ${receipt.matcher}, this is ${MATCHER}`
    return cannot('ERR_RECEIPT_REPLAY', why)
  }
  try {
    return await replay(deps, receipt)
  } catch (error) {
    if (!(error instanceof Failure) || !NOT_HERE.includes(error.code)) throw error
    return cannot(error.code, error.message)
  }
}

async function replay(deps: ReplayDeps, receipt: Receipt): Promise<Replay> {
  const places = Object.entries(receipt.vector)
  const vector = Object.fromEntries(
    places.map(([origin, { size, merged }]) => [
      origin,
      [size, merged?.size ?? size] as [number, number],
    ]),
  )
  const { charter, at } = receipt
  const then = await openThen(deps, { as: 'vector', vector: { charter: charter.hash, vector, at } })
  const ctx: LookupContext = {
    ...lookupContext(
      { db: deps.db, nowMs: deps.nowMs, here: { market: receipt.market } },
      then.adopted,
    ),
    db: then.db,
    known: then.known,
  }
  const view = await openView(ctx)
  const foreign = foreignRoots(receipt, view)
  if (foreign.length > 0) return { outcome: 'contradicted', why: foreign }
  const query = parseQuery({
    ...receipt.query,
    limit: receipt.limit,
    ...(receipt.on === null ? {} : { on: receipt.on }),
  })
  const again = await answer(view, query)
  const why = differences(receipt, findingsOf(again))
  return why.length === 0 ? { outcome: 'confirmed' } : { outcome: 'contradicted', why }
}

/** Logs whose first entries, as everybody has them, have another root than the receipt says. */
function foreignRoots(receipt: Receipt, { snapshot }: View): string[] {
  return Object.entries(receipt.vector).flatMap(([origin, { size, root, merged }]) => {
    const isSame =
      snapshot.vector[origin]?.[1] === root && snapshot.beyond?.[origin]?.[1] === merged?.root
    return isSame ? [] : [`the first ${size} entries of ${origin} do not have the root it names`]
  })
}

function differences(receipt: Receipt, again: Findings): string[] {
  const why: string[] = []
  const isNothing = (verdict: string) => verdict === 'not_listed' || verdict === 'cannot_say'
  // Which of the two it is rests on how fresh the feeds were.
  if (
    receipt.verdict !== again.verdict &&
    !(isNothing(receipt.verdict) && isNothing(again.verdict))
  ) {
    why.push(`it says ${receipt.verdict}; the feeds it names say ${again.verdict}`)
  }
  const compare = (name: 'decided_in' | 'effect' | 'decisions' | 'inactive') => {
    const [said, found] = [JSON.stringify(receipt[name]), JSON.stringify(again[name])]
    if (said !== found)
      why.push(`${name}: it says ${said.slice(0, 300)}; the feeds say ${found.slice(0, 300)}`)
  }
  compare('decided_in')
  compare('decisions')
  compare('inactive')
  compare('effect')
  return why
}

function cannot(code: ErrorCode, why: string): Replay {
  return { outcome: 'not_replayable', code, why }
}

export type CheckedReceipt = ReceiptReport & { replay: Replay }

/** Checks who signed a receipt, by the charters that are adopted. Codes as `verifyReceipt`. */
export async function checkSigned(adopted: Adopted, text: string): Promise<Result<ReceiptReport>> {
  const read = readReceipt(text)
  if (!read.ok) return read
  const { receipt } = read.value
  if (receipt.alliance !== adopted.alliance) {
    return refusal('ERR_RECEIPT_CHARTER', `the receipt is of the alliance ${receipt.alliance}`)
  }
  const known = adopted.charters.get(receipt.charter.n)
  if (known !== undefined && known !== receipt.charter.hash) {
    const detail = `the receipt names another charter ${receipt.charter.n} than the one adopted here`
    return refusal('ERR_RECEIPT_CHARTER', detail)
  }
  return verifyReceipt(text, adoptedAsOf(adopted, receipt.charter.n).charter)
}

/** As `checkSigned`, and replays it against the feeds held. What contradicts itself needs no replay. */
export async function checkReceipt(
  deps: ReplayDeps,
  text: string,
): Promise<Result<CheckedReceipt>> {
  const verified = await checkSigned(deps.adopted, text)
  if (!verified.ok) return verified
  const { contradictions: why, receipt } = verified.value
  const replay: Replay =
    why.length > 0 ? { outcome: 'contradicted', why } : await replayReceipt(deps, receipt)
  return ok({ ...verified.value, replay })
}
