// THE STORY of confirmed and applied: what stored cosignatures say of every log, asked once per request (design: protocol 1.8).
import { type Adopted, feedsOf } from './charter/members.ts'
import type { Db } from './db.ts'
import { actStanding, type LogStanding, standingOf } from './witness/standing.ts'
import { readCosignatures } from './witness/store.ts'

/** The standing of every log by its origin. */
export async function readLogStandings(
  db: Db,
  adopted: Adopted,
): Promise<Map<string, LogStanding>> {
  const { terms } = adopted.charter
  const active = terms.members.filter(({ status }) => status === 'active')
  const appliers = active.map(({ applied }) => nameOf(applied))
  const standings = new Map<string, LogStanding>()
  for (const { member, log } of feedsOf(terms)) {
    const witnesses = active
      .filter(({ market, witnessFrom }) => market !== member.market && witnessFrom <= terms.n)
      .map(({ witness }) => nameOf(witness))
    const cosignatures = await readCosignatures(db, log.origin)
    standings.set(log.origin, standingOf({ origin: log.origin, witnesses, appliers }, cosignatures))
  }
  return standings
}

/** Confirmed and applied of the act at a position of a market's logs in order. */
export async function readStandings(
  db: Db,
  adopted: Adopted,
): Promise<(market: string, pos: number) => ReturnType<typeof actStanding>> {
  const standings = await readLogStandings(db, adopted)
  const feeds = feedsOf(adopted.charter.terms)
  return (market, pos) => {
    const feed = feeds.findLast(({ member, offset }) => member.market === market && offset <= pos)
    const standing = feed === undefined ? undefined : standings.get(feed.log.origin)
    if (feed === undefined || standing === undefined) throw new TypeError(`no log of ${market}`)
    return actStanding(standing, pos - feed.offset)
  }
}

const nameOf = (vkey: string): string => vkey.slice(0, vkey.indexOf('+'))
