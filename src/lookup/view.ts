// The moment from which a request is answered: positions, ages, rules, standings, and what was read of the decisions so far.
import type { KeyFilter } from '../catalog/filter.ts'
import {
  type DecisionRow,
  type Positions,
  readDecisions,
  readEffectRules,
} from '../catalog/read.ts'
import type { Db } from '../db.ts'
import { isReleased, type LookupContext, type Standings } from './context.ts'
import { readSnapshot, type Snapshot } from './coverage.ts'
import type { EffectRules } from './result.ts'

/** Where findings come from: a catalogue at given positions. */
export type Source = {
  db: Db
  positions: Positions
  /** Whether the charter released a decision of a member that left. */
  isReleased: (decision: string) => boolean
  readDecisions: (ids: readonly string[]) => Promise<Map<string, DecisionRow>>
  /** What the catalogue may hold, where many questions are asked of one view. */
  filter?: KeyFilter
}

/** What every answer of one request is given from. */
export type View = {
  ctx: LookupContext
  snapshot: Snapshot
  rules: EffectRules
  standings: Standings
  effective: Source
  /** What is merged but held back; null where nothing is. */
  merged: Source | null
}

/** Decisions kept of one view; beyond, all are forgotten and read anew. */
const MAX_DECISIONS = 2_000

type Kept = { stamp: string; key: string; view: View }
const KEPT = new WeakMap<Db, Kept>()

/**
 * Reads positions, ages and rules once, for one request of one or many questions; or takes positions and ages as they were. Where the
 * database can say that nothing was committed since (`Db.stamp`), the view of the same second serves again.
 */
export async function openView(ctx: LookupContext, pinned?: Snapshot): Promise<View> {
  const { db, known } = ctx
  if (pinned !== undefined || known !== undefined || db.stamp === undefined) {
    return readView(ctx, pinned)
  }
  const key = `${ctx.charter.n} ${ctx.charter.hash} ${ctx.here} ${Math.floor(ctx.now() / 1000)}`
  const stamp = db.stamp()
  const kept = KEPT.get(db)
  if (kept?.stamp === stamp && kept.key === key) return kept.view
  const view = await readView(ctx, pinned)
  // What was read across a commit may be half of before and half of after: good for one request, as ever, and not kept.
  if (db.stamp() === stamp) KEPT.set(db, { stamp, key, view })
  return view
}

async function readView(ctx: LookupContext, pinned: Snapshot | undefined): Promise<View> {
  const snapshot = pinned ?? (await readSnapshot(ctx))
  const rules = await readEffectRules(ctx.db, snapshot.effective)
  const source = (positions: Positions): Source => ({
    db: ctx.db,
    positions,
    isReleased: (decision) => isReleased(ctx.charter, decision),
    readDecisions: decisionReader(ctx.db, positions),
  })
  return {
    ctx,
    snapshot,
    rules,
    standings: await ctx.readStandings(),
    effective: source(snapshot.effective),
    merged: snapshot.merged === null ? null : source(snapshot.merged),
  }
}

/** Reads each decision once for all questions of a view. */
function decisionReader(db: Db, positions: Positions): Source['readDecisions'] {
  const known = new Map<string, DecisionRow | null>()
  return async (ids) => {
    const asked = [...new Set(ids)]
    if (known.size + asked.length > MAX_DECISIONS) known.clear()
    const missing = asked.filter((id) => !known.has(id))
    if (missing.length > 0) {
      const rows = await readDecisions(db, positions, missing)
      for (const id of missing) known.set(id, rows.get(id) ?? null)
    }
    const found = new Map<string, DecisionRow>()
    for (const id of asked.sort()) {
      const row = known.get(id)
      if (row !== undefined && row !== null) found.set(id, row)
    }
    return found
  }
}
