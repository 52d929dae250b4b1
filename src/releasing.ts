// THE STORY of what is held back: it is shown with what it would change, and two people together let it take effect
// (design: protocol 1.10 "mass change").
import { type Flip, readFlips } from './brake/flips.ts'
import { type Hold, planAsked, planUnhold, readHolds } from './brake/store.ts'
import { type BrakeDeps, type Lineage, planAdvance, readLineage, settleOrLeave } from './braking.ts'
import { type Db, type Insert, type Statement, sql } from './db.ts'
import { encodeBase64url } from './encoding/base64.ts'
import { type ErrorCode, Failure } from './errors.ts'
import { planAudit } from './people/audit.ts'
import type { Person } from './people/authenticate.ts'
import { planConfirmation, readWaiting, type TwoPersonRule } from './people/two-person.ts'

/** The second person may take this long. */
export const RELEASE_WITHIN_S = 86_400
/** Changes on one page. */
export const MAX_CHANGES = 200
const MAX_RETRIES = 5
const AUDITED: readonly ErrorCode[] = ['ERR_SCOPE', 'ERR_TWO_PERSON']

export type Held = Omit<Hold, 'asked'> & {
  /** Entries that answers use, over the market's logs in order; `merged` of them wait with those that follow. */
  effective: number
  /** Who has released it up to which position, and until when a second person may (POSIX seconds). */
  waiting: { position: number; subject: string; until: number } | null
}
export type HeldChange = Held & {
  changes: Flip[]
  /** Give it as `after` for the next page; null at the end. */
  next: string | null
}
export type Release = { market: string; position: number } & (
  | { state: 'waiting'; first: string; until: number }
  | { state: 'released'; first: string; second: string }
)

/** Everything that is held back now. */
export async function readAllHeld(deps: BrakeDeps): Promise<Held[]> {
  const held: Held[] = []
  for (const hold of await readHolds(deps.db)) {
    const one = await heldOf(deps, hold)
    if (one !== null) held.push(one)
  }
  return held
}

/** What is held back of one market, with a page of what it would change. Code ERR_BRAKE_NOT_HELD. */
export async function readHeldChange(
  deps: BrakeDeps,
  market: string,
  { after = '', limit = MAX_CHANGES }: { after?: string; limit?: number } = {},
): Promise<HeldChange> {
  const held = (await readAllHeld(deps)).find((one) => one.market === market)
  if (held === undefined) throw notHeld(market)
  const { base, merged } = held
  const changes: Flip[] = []
  for await (const flip of readFlips(deps.db, { market, base, merged }, nowS(deps), after)) {
    changes.push(flip)
    if (changes.length === limit) break
  }
  const isFull = changes.length === limit
  return { ...held, changes, next: isFull ? (changes.at(-1)?.decision ?? null) : null }
}

/**
 * One person's release of what is held of a market, up to a position: that of the person who waits for a second, or else all that is
 * merged. With the second, distinct person it takes effect. Codes: ERR_BRAKE_NOT_HELD, ERR_BRAKE_POSITION, ERR_SCOPE, ERR_TWO_PERSON.
 */
export async function release(
  deps: BrakeDeps,
  wanted: { market: string; position: number | null },
  person: Person,
  address: string,
): Promise<Release> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryRelease(deps, wanted, person, address)
    } catch (error) {
      // The other of two people at once, or a merge beside it.
      const isConflict = error instanceof Failure && error.code === 'ERR_COMMIT_CONFLICT'
      if (!isConflict || attempt === MAX_RETRIES) throw error
    }
  }
}

async function tryRelease(
  deps: BrakeDeps,
  wanted: { market: string; position: number | null },
  person: Person,
  address: string,
): Promise<Release> {
  const { market } = wanted
  const lineage = await readLineage(deps, market)
  const hold = (await readHolds(deps.db)).find((one) => one.market === market)
  const held = hold === undefined ? null : await heldOf(deps, hold)
  if (held === null) throw notHeld(market)
  const position = wanted.position ?? held.waiting?.position ?? lineage.merged
  if (position <= lineage.effective || position > lineage.merged) {
    const range = `${lineage.effective + 1} to ${lineage.merged}`
    throw new Failure('ERR_BRAKE_POSITION', `of ${market}, ${range} can be released`, {
      at: '/position',
    })
  }
  const rule = await ruleOf(deps.db, market, position)
  const audit = (outcome: 'ok' | ErrorCode) =>
    planAudit({
      subject: person.subject,
      jti: person.jti,
      address,
      at: nowS(deps),
      action: 'brake release',
      target: `${market} up to ${position}`,
      outcome,
    })
  const confirmed = await planConfirmation(deps.db, rule, person, nowS(deps)).catch(
    async (error) => {
      if (error instanceof Failure && AUDITED.includes(error.code))
        await deps.db.commit([audit(error.code)])
      throw error
    },
  )
  const statements: (Statement | Insert)[] = [...confirmed.statements, audit('ok')]
  if (confirmed.state === 'waiting') {
    await deps.db.commit([...statements, planAsked(market, position)])
    const { first, until } = confirmed
    return { market, position, state: 'waiting', first, until }
  }
  const { first, second } = confirmed
  const cause = { cause: 'released', detail: `${first} ${second}` } as const
  await deps.db.commit([
    ...statements,
    ...planAdvance(deps, lineage, position, cause),
    planUnhold(market),
  ])
  // What came after the position is judged against it.
  await settleOrLeave(deps, market)
  return { market, position, state: 'released', first, second }
}

async function heldOf(deps: BrakeDeps, { asked, ...hold }: Hold): Promise<Held | null> {
  const lineage = await readLineage(deps, hold.market)
  const { effective } = lineage
  // It was overtaken: the next round takes the record away.
  if (effective >= lineage.merged) return null
  return { ...hold, effective, waiting: await waitingFor(deps, lineage, asked) }
}

async function waitingFor(
  deps: BrakeDeps,
  { market, effective, merged }: Lineage,
  asked: number | null,
): Promise<Held['waiting']> {
  if (asked === null || asked <= effective || asked > merged) return null
  const waiting = await readWaiting(deps.db, await ruleOf(deps.db, market, asked), nowS(deps))
  if (waiting === null) return null
  return { position: asked, subject: waiting.subject, until: waiting.until }
}

const LEAF = 'SELECT leaf FROM act WHERE market = ? AND pos = ?'

/** Both people mean the same entries: the position and the last entry below it are part of what they confirm. */
async function ruleOf(db: Db, market: string, position: number): Promise<TwoPersonRule> {
  const [row] = await db.query<{ leaf: Uint8Array }>(sql(LEAF, market, position - 1))
  const leaf = row === undefined ? '' : encodeBase64url(row.leaf)
  const target = `${market} ${position} ${leaf}`
  return { purpose: 'brake release', target, scope: 'operate', withinS: RELEASE_WITHIN_S }
}

function notHeld(market: string): Failure {
  return new Failure('ERR_BRAKE_NOT_HELD', `nothing of ${market.slice(0, 40)} is held back here`, {
    cure: 'see `portcullis brake`, or the status page',
  })
}

const nowS = ({ nowMs }: BrakeDeps): number => Math.floor(nowMs() / 1000)
