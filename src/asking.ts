// THE STORY of what a look-up rests on: the adopted charter and the feeds as they are, or as they were known (design: protocol 1.11).
import { type Adopted, feedsOf } from './charter/members.ts'
import { adoptedReader } from './charter/store.ts'
import type { Db } from './db.ts'
import { openThen } from './known.ts'
import type { LookupContext } from './lookup/context.ts'
import { parseKnown } from './lookup/known.ts'
import type { Scratch } from './replay.ts'
import { readStandings } from './standing.ts'

export type AskDeps = {
  db: Db
  here: { market: string }
  nowMs: () => number
  /** Where the past is judged again, when a later charter judges it otherwise; without it that is refused. */
  scratch?: Scratch
}

/** As of now, or as known at a moment or vector of a form that was checked. Codes as `openThen`. */
export async function contextAt(
  deps: AskDeps,
  adopted: Adopted,
  text: string | undefined,
): Promise<LookupContext> {
  const asked = text === undefined ? null : parseKnown(text)
  if (asked === null) return lookupContext(deps, adopted)
  const { db, nowMs, scratch = null } = deps
  const then = await openThen({ db, nowMs, adopted, scratch }, asked)
  return {
    ...lookupContext(deps, then.adopted),
    db: then.db,
    known: then.known,
    newest: adopted.charter.terms.n,
  }
}

/** Under a charter, with the rows in `deps.db`, as of now. */
export function lookupContext({ db, here, nowMs }: AskDeps, adopted: Adopted): LookupContext {
  const { terms, hash } = adopted.charter
  const feeds = feedsOf(terms)
  return {
    db,
    now: nowMs,
    here: here.market,
    readStandings: () => readStandings(db, adopted),
    charter: {
      n: terms.n,
      hash,
      expires: terms.expires,
      staleAfterS: terms.policy.staleAfter,
      defaultEffect: terms.policy.defaultEffect,
      members: terms.members.map(({ market, name, status, released }) => ({
        market,
        name,
        status,
        ...(released === undefined ? {} : { released }),
        origins: feeds
          .filter(({ member }) => member.market === market)
          .map(({ log }) => log.origin),
      })),
    },
  }
}

/** As of now, the charter read anew each time: for work that goes on behind the requests. */
export function contextReader(deps: AskDeps): () => Promise<LookupContext> {
  const readAdopted = adoptedReader(deps.db)
  return async () => lookupContext(deps, await readAdopted())
}
