// What judging a market's entries needs beside the entries: the charter's rules for their log, and the acts that they endorse
// (design: protocol 1.3).
import {
  type Adopted,
  authority,
  type FeedTerms,
  feedsOfMarket,
  twoKeyRule,
} from './charter/members.ts'
import type { Db } from './db.ts'
import { parseEntry } from './decision/entry.ts'
import type { JudgeContext } from './decision/judge.ts'
import type { Act } from './decision/schema.ts'
import type { Accepted } from './merge/plan.ts'
import { readEntryBytes } from './pull/feed.ts'

/** What the judging rules may look at: the adopted charter, and nothing of this node. */
export function judgeContext(adopted: Adopted, terms: FeedTerms): JudgeContext {
  return {
    market: terms.member.market,
    origin: terms.log.origin,
    alliance: adopted.alliance,
    charters: adopted.charters,
    isAuthorised: authority(terms.log),
    needsTwoKeys: twoKeyRule(terms.log),
  }
}

/** The acts before this run that it endorses, by place in the market's lineage: an act counts late, and then in its own place. */
export async function readEndorsed(
  db: Db,
  adopted: Adopted,
  market: string,
  accepted: readonly Accepted[],
): Promise<Map<number, Act>> {
  const first = accepted[0]?.pos ?? 0
  const places = accepted.flatMap(({ endorses }) => endorses ?? []).filter((pos) => pos < first)
  const acts = new Map<number, Act>()
  if (places.length === 0) return acts
  for (const { log, offset } of feedsOfMarket(adopted.charter.terms, market)) {
    const end = offset + (log.frozen?.size ?? Number.POSITIVE_INFINITY)
    const here = places.filter((pos) => pos >= offset && pos < end).map((pos) => pos - offset)
    for (const [idx, bytes] of await readEntryBytes(db, log.origin, here)) {
      const parsed = parseEntry(bytes)
      if (parsed.read === 'act') acts.set(offset + idx, parsed.entry.act)
    }
  }
  return acts
}
