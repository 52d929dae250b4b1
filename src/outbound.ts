// THE STORY of what goes out: admit an agency's acts, sign them, append them to the log, take them into the own view (protocol 1.4).

import { readStanding } from './catalog/standing.ts'
import { type Adopted, type FeedTerms, liveLog, signersOf } from './charter/members.ts'
import type { Db } from './db.ts'
import { type Entry, parseEntry, type VerifiedEntry } from './decision/entry.ts'
import { advance, type JudgeState, judge } from './decision/judge.ts'
import type { Act } from './decision/schema.ts'
import { encodeBase64url } from './encoding/base64.ts'
import type { Signer } from './encoding/ed25519.ts'
import { uuidv7 } from './encoding/uuid.ts'
import { Failure, meaningOf } from './errors.ts'
import { isConflict, judgeContext, pullFeed } from './inbound.ts'
import { type LogSigner, MAX_BATCH, planAppend, planRestamp } from './log/append.ts'
import { type HeadMemory, refuseBehind } from './log/memory.ts'
import { type LogHead, readHead } from './log/read.ts'
import { ownLogSource } from './log/source.ts'
import { readJudgeState } from './merge/read.ts'
import { parseDraft } from './publish/draft.ts'
import { admitDraft } from './publish/draft-admission.ts'
import { fillAct, signAct, type UnsignedAct } from './publish/sign.ts'
import { leafHash } from './tlog/hash.ts'
import { verifyEntries } from './verify/entries.ts'

export type ActKey = { kid: string; sign: Signer }
export type OutboundDeps = {
  db: Db
  adopted: Adopted
  market: string
  signer: LogSigner
  /** The last signed head, remembered outside the database. */
  memory: HeadMemory
  nowMs: () => number
  /** So many random bytes. */
  random: (bytes: number) => Uint8Array
}
export type Published = { head: LogHead; entries: PublishedAct[] }
export type PublishedAct = { index: number; leaf: string; act: Act }

/** Another writer may win this often before we give up; each time we plan again from what it wrote. */
const MAX_REPLANS = 20

/**
 * Admits a file of acts, signs and publishes them: all or none, durable when it returns, and in the own catalogue. `zoneHere` is the
 * agency's time zone. Throws `Failure` with the first problem's code and all of them under `facts.problems`; nothing was appended then.
 */
export async function publishFile(
  deps: OutboundDeps,
  file: { text: string; fileName: string; zoneHere: string },
  key: ActKey,
): Promise<Published> {
  return publishActs(deps, await admitFile(deps, file), key)
}

/** The acts of a file, filled in and admitted against what stands now. Codes: ERR_DRAFT_*, ERR_ADMIT_*, ERR_ACT_*. */
export async function admitFile(
  deps: OutboundDeps,
  { text, fileName, zoneHere }: { text: string; fileName: string; zoneHere: string },
): Promise<UnsignedAct[]> {
  const terms = requireLiveLog(deps.adopted, deps.market, deps.signer.origin)
  await mergeOwnLog(deps, terms)
  const parsed = parseDraft(text, { fileName })
  const decision = parsed.ok ? parsed.draft.decision : null
  const standing = decision === null ? null : await readStanding(deps.db, decision)
  const admitted = admitDraft(text, {
    market: deps.market,
    fileName,
    zoneHere,
    previousHeader: standing?.header,
    listedPids: standing?.pids,
  })
  if (admitted.ok) return admitted.acts
  const [first] = admitted.problems
  if (first === undefined) throw new TypeError('a draft was refused without a problem')
  const problems = admitted.problems.map((problem) => ({
    ...problem,
    line: admitted.lineOf(problem.at),
  }))
  throw new Failure(first.code, `${fileName}: ${first.message}`, {
    at: first.at,
    facts: { problems },
  })
}

/**
 * Signs and publishes acts. Throws `Failure` with the judging code (ERR_ACT_*) of the first act that every peer would refuse,
 * ERR_NOT_MEMBER or ERR_COMMIT_CONFLICT; then nothing was appended.
 */
export function publishActs(
  deps: OutboundDeps,
  acts: readonly UnsignedAct[],
  key: ActKey,
): Promise<Published> {
  return append(deps, (terms, size) => signAll(deps, terms, size, acts, key))
}

/** Publishes acts that were signed elsewhere, as compact JWS. Codes as `publishActs`, and ERR_ACT_SIGNATURE. */
export function publishSigned(
  deps: OutboundDeps,
  entries: readonly Uint8Array[],
): Promise<Published> {
  return append(deps, (terms, size) => checkAll(deps, terms, size, entries))
}

/** Signs acts for a later `publishSigned`, without appending anything. */
export async function signActs(
  deps: OutboundDeps,
  acts: readonly UnsignedAct[],
  key: ActKey,
): Promise<SignedAct[]> {
  const terms = requireLiveLog(deps.adopted, deps.market, deps.signer.origin)
  await mergeOwnLog(deps, terms)
  const head = await readHead(deps.db)
  return signAll(deps, terms, head?.size ?? 0, acts, key)
}

async function append(
  deps: OutboundDeps,
  prepare: (terms: FeedTerms, size: number) => Promise<SignedAct[]>,
): Promise<Published> {
  const terms = requireLiveLog(deps.adopted, deps.market, deps.signer.origin)
  for (let attempt = 0; attempt < MAX_REPLANS; attempt++) {
    // In this order, beside other writers: the head is at least what was remembered, the view at least what the head holds. A view
    // that is ahead of the head fails at the commit; one behind it would sign what every peer refuses.
    const remembered = await deps.memory.read()
    const before = await readHead(deps.db)
    refuseBehind(before, remembered)
    await mergeOwnLog(deps, terms)
    const signed = await prepare(terms, before?.size ?? 0)
    const head = await appendAll(deps, before, signed)
    if (head === null) continue
    await deps.memory.keep(head)
    await mergeOwnLog(deps, terms)
    return { head, entries: signed.map(({ index, leaf, act }) => ({ index, leaf, act })) }
  }
  throw new Failure('ERR_COMMIT_CONFLICT', `${MAX_REPLANS} times another writer was first`)
}

/** Entry 0 of every log is a notice of the charter; with it the log opens. Does nothing where the log has entries. */
export async function openLog(deps: OutboundDeps, nodeKey: ActKey): Promise<void> {
  if ((await readHead(deps.db)) !== null) return
  const { n } = deps.adopted.charter.terms
  const notice = {
    act: 'notice',
    decision: null,
    kind: 'charter',
    n,
    hash: deps.adopted.charter.hash,
  } as const
  await publishActs(deps, [notice], nodeKey)
}

/** Re-publishes an idle head with a fresh stamp when the last is older than `republishS`. True when it did. */
export async function republishWhenDue(deps: OutboundDeps, republishS: number): Promise<boolean> {
  const remembered = await deps.memory.read()
  const head = await readHead(deps.db)
  const nowS = Math.floor(deps.nowMs() / 1000)
  if (head === null || nowS - head.stampedAt < republishS) return false
  refuseBehind(head, remembered)
  const { statements } = await planRestamp(head, deps.signer, nowS)
  await deps.db.commit(statements)
  await mergeOwnLog(deps, requireLiveLog(deps.adopted, deps.market, deps.signer.origin))
  return true
}

/** Takes the own log into the own view, by the same door as every other feed. */
export async function mergeOwnLog(
  deps: Pick<OutboundDeps, 'db' | 'adopted' | 'nowMs'>,
  terms: FeedTerms,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_REPLANS; attempt++) {
    try {
      const report = await pullFeed(deps, terms, ownLogSource(deps.db), null)
      if (!report.ok) throw new Failure(report.code, `the own log: ${report.detail}`)
      return
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  throw new Failure('ERR_COMMIT_CONFLICT', `${MAX_REPLANS} times another process merged first`)
}

export function requireLiveLog(adopted: Adopted, market: string, origin: string): FeedTerms {
  const terms = liveLog(adopted.charter.terms, market)
  if (terms !== undefined && terms.log.origin === origin) return terms
  throw new Failure(
    'ERR_NOT_MEMBER',
    `the adopted charter names no live log ${origin} of ${market}`,
    {
      cure: 'ask the alliance for a charter that names this node, then: portcullis charter adopt FILE',
    },
  )
}

export type SignedAct = { index: number; leaf: string; act: Act; bytes: Uint8Array }

async function signAll(
  deps: OutboundDeps,
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

async function checkAll(
  deps: OutboundDeps,
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
  deps: OutboundDeps,
  terms: FeedTerms,
  state: JudgeState,
  { idx, leaf, bytes, parsed, signed }: VerifiedEntry,
  at: number,
): SignedAct {
  const place = { at: `/acts/${at}` }
  if (parsed.read !== 'act')
    throw new Failure(parsed.code, `act ${at + 1}: ${parsed.detail}`, place)
  const { entry } = parsed
  const judgement = judge(judgeContext(deps.adopted, terms), state, { index: idx }, entry, signed)
  const name = `act ${at + 1}, ${entry.kind} ${entry.act.decision ?? ''}`.trim()
  if (judgement.outcome !== 'accepted') {
    throw new Failure(judgement.code, `${name}: ${meaningOf(judgement.code)}`, place)
  }
  const leafText = encodeBase64url(leaf)
  advance(state, entry, leafText)
  return { index: idx, leaf: leafText, act: entry.act, bytes }
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

/** More than 256 acts take several batches, each with its own head, in one commit. Null: another writer was first. */
async function appendAll(
  deps: OutboundDeps,
  head: LogHead | null,
  signed: readonly SignedAct[],
): Promise<LogHead | null> {
  const entries = signed.map(({ bytes }) => bytes)
  const statements = []
  let last = head
  for (let at = 0; at < entries.length; at += MAX_BATCH) {
    const nowS = Math.floor(deps.nowMs() / 1000)
    const plan = await planAppend(last, entries.slice(at, at + MAX_BATCH), deps.signer, nowS)
    statements.push(...plan.statements)
    last = plan.head
  }
  if (last === null) throw new RangeError('nothing to publish')
  try {
    await deps.db.commit(statements)
    return last
  } catch (error) {
    if (isConflict(error)) return null
    throw error
  }
}
