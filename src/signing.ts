// THE STORY of an act before it is appended: filled in, signed, and judged by the rules that every peer will judge by (protocol 1.4).
import { type Adopted, type FeedTerms, signersOf } from './charter/members.ts'
import type { Db } from './db.ts'
import { type Entry, parseEntry, type VerifiedEntry } from './decision/entry.ts'
import { advance, type JudgeState, judge } from './decision/judge.ts'
import type { Act } from './decision/schema.ts'
import { encodeBase64url } from './encoding/base64.ts'
import type { Signer } from './encoding/ed25519.ts'
import { uuidv7 } from './encoding/uuid.ts'
import { Failure, meaningOf } from './errors.ts'
import type { SigningGate } from './gate.ts'
import { judgeContext } from './judging.ts'
import type { LogSigner } from './log/append.ts'
import { readJudgeState } from './merge/read.ts'
import { fillAct, signAct, type UnsignedAct } from './publish/sign.ts'
import { leafHash } from './tlog/hash.ts'
import { verifyEntries } from './verify/entries.ts'

export type ActKey = { kid: string; sign: Signer }
export type SigningDeps = {
  db: Db
  gate: SigningGate
  adopted: Adopted
  market: string
  signer: LogSigner
  nowMs: () => number
  /** So many random bytes. */
  random: (bytes: number) => Uint8Array
}
export type SignedAct = {
  index: number
  leaf: string
  act: Act
  bytes: Uint8Array
  /** It counts only once another agency key has endorsed it. */
  needsTwo: boolean
}

/** Fills in, signs and judges acts for the places from `firstIndex` on. Throws `Failure` with the code of the first that peers would refuse. */
export async function signAll(
  deps: SigningDeps,
  terms: FeedTerms,
  firstIndex: number,
  acts: readonly UnsignedAct[],
  key: ActKey,
): Promise<SignedAct[]> {
  const { adopted, signer, nowMs, random } = deps
  const drafts = acts.map((act) => {
    const id = uuidv7(nowMs(), random(16))
    const iat = Math.floor(nowMs() / 1000)
    return fillAct(act, { alliance: adopted.alliance, log: signer.origin, id, prev: null, iat })
  })
  const state = await readJudgeState(deps.db, deps.market, drafts.map(asEntry))
  const signed: SignedAct[] = []
  for (const [at, draft] of drafts.entries()) {
    const bytes = await signAct({ ...draft, prev: tipOf(state, draft) } as Act, key)
    const entry = {
      idx: firstIndex + at,
      leaf: leafHash(bytes),
      bytes,
      parsed: parseEntry(bytes),
      signed: true,
    }
    signed.push(admitToLog(deps, terms, state, entry, at))
  }
  return signed
}

/** Judges acts that were signed elsewhere, for the places from `firstIndex` on. Codes as `signAll`, and ERR_ACT_SIGNATURE. */
export async function checkAll(
  deps: SigningDeps,
  terms: FeedTerms,
  firstIndex: number,
  entries: readonly Uint8Array[],
): Promise<SignedAct[]> {
  const proven = entries.map((bytes, at) => ({
    idx: firstIndex + at,
    leaf: leafHash(bytes),
    bytes,
  }))
  const verified = await verifyEntries(proven, signersOf(terms.log))
  const acts = verified.flatMap(({ parsed }) => (parsed.read === 'act' ? [parsed.entry] : []))
  const state = await readJudgeState(deps.db, deps.market, acts)
  return verified.map((entry, at) => admitToLog(deps, terms, state, entry, at))
}

/** The same rules that every peer will judge by, before anything is appended. */
function admitToLog(
  deps: SigningDeps,
  terms: FeedTerms,
  state: JudgeState,
  { idx, leaf, bytes, parsed, signed }: VerifiedEntry,
  at: number,
): SignedAct {
  const place = { at: `/acts/${at}` }
  if (parsed.read !== 'act')
    throw new Failure(parsed.code, `act ${at + 1}: ${parsed.detail}`, place)
  const { entry } = parsed
  const context = judgeContext(deps.adopted, terms)
  const judgement = judge(context, state, { index: idx }, entry, signed)
  const name = `act ${at + 1}, ${entry.kind} ${entry.act.decision ?? ''}`.trim()
  if (judgement.outcome !== 'accepted') {
    throw new Failure(judgement.code, `${name}: ${meaningOf(judgement.code)}`, place)
  }
  const needsTwo = context.needsTwoKeys(entry.kind, idx)
  const leafText = encodeBase64url(leaf)
  advance(state, entry, { leaf: leafText, pos: terms.offset + idx, needsTwo })
  return { index: idx, leaf: leafText, act: entry.act, bytes, needsTwo }
}

function tipOf(state: JudgeState, act: Act): string | null {
  if (act.decision === null) return null
  const tip =
    act.act === 'respond' ? state.responds.get(act.decision) : state.chains.get(act.decision)?.tip
  return tip ?? null
}

function asEntry(act: Act): Entry {
  const nothing = new Uint8Array()
  return { act, kind: act.act, kid: '', signature: nothing, signingInput: nothing }
}
