// THE STORY of a second key: what waits for it, shown in full before it signs, and the endorse itself (design: protocol 1.3 `endorse`).
import { feedsOfMarket } from './charter/members.ts'
import { parseEntry } from './decision/entry.ts'
import type { Act } from './decision/schema.ts'
import { HASH_PATTERN } from './decision/vocabulary.ts'
import { Failure } from './errors.ts'
import { type Endorsable, readEndorsables } from './merge/read.ts'
import {
  mergeOwnLog,
  type OutboundDeps,
  type Published,
  publishActs,
  requireLiveLog,
} from './outbound.ts'
import { readEntryBytes } from './pull/feed.ts'
import type { ActKey } from './signing.ts'

export type ToEndorse = Endorsable & { act: Act }

/**
 * The acts that an endorse by `kid` would stand by, in log order: the one with a leaf hash, or those about a decision that wait for a second
 * key. Code ERR_ENDORSE_TARGET where there is none that this key may endorse.
 */
export async function findToEndorse(
  deps: OutboundDeps,
  what: string,
  kid: string,
): Promise<ToEndorse[]> {
  const { db, adopted, market, signer } = deps
  await mergeOwnLog(deps, requireLiveLog(adopted, market, signer.origin))
  const isLeaf = HASH_PATTERN.test(what)
  const found = await readEndorsables(db, market, isLeaf ? { leaf: what } : { decision: what })
  if (found.length === 0)
    throw new Failure('ERR_ENDORSE_TARGET', noneText(what, isLeaf, market), {
      cure: 'see what waits: npm run -s portcullis -- status --dir D',
    })
  const others = found.filter((one) => one.kid !== kid)
  if (others.length === 0)
    throw new Failure('ERR_ENDORSE_TARGET', `this key itself signed what waits: ${what}`, {
      cure: 'name another agency key of this market: --key SECOND.jwk.json',
    })
  return readActs(deps, others)
}

function noneText(what: string, isLeaf: boolean, market: string): string {
  return isLeaf
    ? `${market} has no accepted entry ${what} that may be endorsed`
    : `nothing that ${market} signed about ${what} waits for a second key`
}

/** Signs and publishes one endorse each: all or none. Codes as `publishActs`. */
export function endorse(
  deps: OutboundDeps,
  acts: readonly ToEndorse[],
  key: ActKey,
): Promise<Published> {
  const endorses = acts.map(
    ({ leaf }) => ({ act: 'endorse', decision: null, entry: leaf }) as const,
  )
  return publishActs(deps, endorses, key)
}

async function readActs(
  { db, adopted, market }: OutboundDeps,
  found: readonly Endorsable[],
): Promise<ToEndorse[]> {
  const acts: ToEndorse[] = []
  for (const { log, offset } of feedsOfMarket(adopted.charter.terms, market)) {
    const here = found.filter(({ origin }) => origin === log.origin)
    const places = here.map(({ pos }) => pos - offset)
    const bytes = await readEntryBytes(db, log.origin, places)
    for (const one of here) {
      const parsed = parseEntry(bytes.get(one.pos - offset) ?? new Uint8Array())
      if (parsed.read === 'act') acts.push({ ...one, act: parsed.entry.act })
    }
  }
  return acts
}
