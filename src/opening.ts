// THE STORY of the gate: shut when a process starts, it opens once the members have said what this node has signed (design: protocol 1.10).
import type { Adopted } from './charter/members.ts'
import { liveLog } from './charter/members.ts'
import { quorumOf } from './charter/quorum.ts'
import { readAdopted } from './charter/store.ts'
import type { Db } from './db.ts'
import { encodeHex } from './encoding/hex.ts'
import { guarded, maySign, type SigningGate, type SigningState } from './gate.ts'
import { isConflict } from './inbound.ts'
import type { LogSigner } from './log/append.ts'
import { type Pass, planPass, readPass, type StampStore } from './log/pass.ts'
import { readHead } from './log/read.ts'
import { type Answers, askMembers, membersToAsk, type ProbeDeps } from './probe.ts'
import { type RecoveryDeps, recoverLog } from './recovery.ts'
import { retakeCosigned } from './retaking.ts'

export type GateDeps = Omit<RecoveryDeps, 'adopted'> &
  ProbeDeps & {
    market: string
    /** So many random bytes. */
    random: (bytes: number) => Uint8Array
    stamps: StampStore
    /**
     * Whether a pass in the database may be relied on when its stamp stands outside too. A node that starts asks anew; a command beside a
     * running node, and a Worker, which has no start, rely on it.
     */
    reliesOnPass: () => boolean
    /** Whether a look at a shut gate asks the members too: where nothing runs between requests, nobody else would. */
    asksWhenLookedAt?: boolean
    /** An operator's word that this process signs though too few members answer. */
    withoutPeers?: { reason: string } | undefined
    /** So long after its making the gate is `probing` and not yet `read_only`, in milliseconds. */
    waitMs: number
  }

/** The stamp is renewed this often: a database put back to an earlier minute is known by it. */
const RENEW_S = 60
/** A pass that is relied on is looked up this often: in between many signatures may be made. */
const RELY_MS = 5_000
/** A shut gate asks at most this often because somebody looks at it. */
const LOOK_S = 10
/** A gate that an operator opened is asked about at most this often. */
const ASK_AGAIN_S = 60

/** All keys of the log's notes behind a gate. */
export function guardedSigner({ origin, ...keys }: LogSigner, gate: SigningGate): LogSigner {
  const { log, witness, applied, nextLog } = keys
  return {
    origin,
    log: guarded(log, gate),
    witness: guarded(witness, gate),
    applied: guarded(applied, gate),
    ...(nextLog === undefined ? {} : { nextLog: guarded(nextLog, gate) }),
  }
}

export function signingGate(deps: GateDeps): SigningGate {
  const startedMs = deps.nowMs()
  let opened: SigningState | null = null
  let relied: { state: SigningState; untilMs: number } | null = null
  let shut: SigningState = { state: 'probing' }
  let asking: Promise<SigningState> | null = null
  let askedS = 0
  let renewedS = 0

  const state = async (): Promise<SigningState> => {
    if (opened !== null) return opened
    const isRelied = relied !== null && deps.nowMs() < relied.untilMs
    if (relied !== null && isRelied) return relied.state
    const standing = deps.reliesOnPass() ? await standingPass(deps.db, deps.stamps) : null
    relied = standing === null ? null : { state: standing, untilMs: deps.nowMs() + RELY_MS }
    if (standing !== null) return standing
    if (deps.asksWhenLookedAt === true && nowS(deps) >= askedS + LOOK_S) return ask()
    const isWaiting = deps.nowMs() < startedMs + deps.waitMs
    const isSilence = shut.state === 'read_only' && shut.code === 'ERR_READ_ONLY'
    return isSilence && isWaiting ? { state: 'probing' } : shut
  }

  const ask = (): Promise<SigningState> => {
    // In a Worker no request may wait for what another began.
    if (deps.asksWhenLookedAt === true) return attempt()
    asking ??= attempt().finally(() => {
      asking = null
    })
    return asking
  }

  const attempt = async (): Promise<SigningState> => {
    askedS = nowS(deps)
    const found = await askAndRecover(deps)
    if (maySign(found)) {
      await notePass(deps, found)
      // What a Worker knows by the stamp it asks the stamp each time: it outlives the database.
      if (!deps.reliesOnPass()) opened = found
    } else {
      shut = found
      opened = null
      relied = null
    }
    return state()
  }

  /** False where the database is no longer the one that was asked for. */
  const renew = async (): Promise<boolean> => {
    if (nowS(deps) < renewedS + RENEW_S) return true
    const known = await readPass(deps.db)
    if (known === null || (await standingPass(deps.db, deps.stamps)) === null) return false
    if (nowS(deps) >= known.renewed + RENEW_S) await stampPass(deps, known)
    renewedS = nowS(deps)
    return true
  }

  return {
    state,
    async pass() {
      const before = askedS
      const now = await state()
      // Looking at it may have asked just now.
      if (askedS !== before) return now
      const isDecided = now.state === 'signing' || nowS(deps) < askedS + ASK_AGAIN_S
      if (maySign(now) && isDecided && (await renew())) return now
      return ask()
    },
  }
}

/** One attempt. A commit of another process in between leaves it `probing`: the next attempt sees what that one did. */
async function askAndRecover(deps: GateDeps): Promise<SigningState> {
  const adopted = await readAdopted(deps.db)
  if (adopted === null) return { state: 'probing' }
  try {
    return await judge(deps, adopted)
  } catch (error) {
    if (isConflict(error)) return { state: 'probing' }
    throw error
  }
}

async function judge(deps: GateDeps, adopted: Adopted): Promise<SigningState> {
  const { origin } = deps.signer
  const me = liveLog(adopted.charter.terms, deps.market)
  if (me === undefined) return { state: 'probing' }
  const members = membersToAsk(adopted, deps.market)
  const answers = await askMembers(deps, me.log.origin, members)
  await retakeCosigned({ db: deps.db, adopted }, me, answers.shown)
  const isOwn = me.log.origin === origin && me.log.frozen === null
  const forbidden = isOwn ? await recoverLog({ ...deps, adopted }, me, answers) : null
  if (forbidden !== null) return forbidden
  const needed = quorumOf(members.length) ?? 0
  if (answers.from.length >= needed) return { state: 'signing' }
  if (isOwn && (await isFresh(deps, answers, me.log.origin))) return { state: 'signing' }
  if (deps.withoutPeers !== undefined) {
    return { state: 'without_peers', reason: deps.withoutPeers.reason, since: nowS(deps) }
  }
  return silence(answers, needed, members.length)
}

/** A log that never held an entry needs nobody's word; unless somebody shows a head of it that cannot be read under this charter. */
async function isFresh(deps: GateDeps, { shown }: Answers, origin: string): Promise<boolean> {
  if ((await readHead(deps.db)) !== null || (await deps.memory.read()) !== null) return false
  if ((await deps.memory.isBlank?.()) === false) return false
  return !shown.some((one) => one.origin === origin)
}

function silence({ from, silent }: Answers, needed: number, members: number): SigningState {
  const who = silent.map(({ market, detail }) => `${market} (${detail})`).join(', ')
  return {
    state: 'read_only',
    code: 'ERR_READ_ONLY',
    reason: `${from.length} of ${members} members answered, ${needed} are needed; no answer from ${who}`,
    cure: 'get the members reachable: this node asks again by itself; or `portcullis serve --sign-without-peers --reason "…"` if you know that this database is the newest',
  }
}

/** What the pass in the database allows, when its stamp is the one outside of it; null when it is not, or there is none. */
async function standingPass(db: Db, stamps: StampStore): Promise<SigningState | null> {
  const pass = await readPass(db)
  if (pass === null) return null
  const outside = await stamps.read()
  if (outside === null || (outside !== pass.stamp && outside !== pass.before)) return null
  return pass.state === 'signing'
    ? { state: 'signing' }
    : { state: 'without_peers', reason: pass.reason ?? '', since: pass.since }
}

async function notePass(deps: GateDeps, found: SigningState): Promise<void> {
  const known = await readPass(deps.db)
  const isSame = known !== null && known.state === found.state
  await stampPass(deps, {
    state: found.state === 'without_peers' ? found.state : 'signing',
    reason: found.state === 'without_peers' ? found.reason : null,
    since: isSame ? known.since : nowS(deps),
  })
}

/** Inside first, then outside: between the two the stamp before still counts, so that nobody takes it for a database put back. */
async function stampPass(
  deps: GateDeps,
  { state, reason, since }: Pick<Pass, 'state' | 'reason' | 'since'>,
): Promise<void> {
  const stamp = encodeHex(deps.random(16))
  const before = (await deps.stamps.read()) ?? ''
  await deps.db.commit([planPass({ stamp, before, state, reason, since, renewed: nowS(deps) })])
  await deps.stamps.write(stamp)
}

const nowS = (deps: GateDeps): number => Math.floor(deps.nowMs() / 1000)
