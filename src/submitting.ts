// THE STORY of signed acts that are handed in: all or none, and the same bytes again change nothing.
import { parseEntry } from './decision/entry.ts'
import { encodeBase64url } from './encoding/base64.ts'
import { equalBytes } from './encoding/bytes.ts'
import { decodeUtf8 } from './encoding/utf8.ts'
import { Failure } from './errors.ts'
import { findById, findByIndex } from './merge/find.ts'
import { type OutboundDeps, publishSigned } from './outbound.ts'
import { leafHash } from './tlog/hash.ts'

export type Submitted = {
  /** False where all of it stood in the log already. */
  isNew: boolean
  acts: { index: number; leaf: string; act: string; decision: string | null }[]
}

/**
 * Publishes acts that were signed elsewhere. Codes: those of `publishSigned`; ERR_ACT_ID_REUSED where an id is there with other bytes, or
 * where only some of the acts are there already.
 */
export async function submitActs(
  deps: OutboundDeps,
  entries: readonly Uint8Array[],
): Promise<Submitted> {
  const before = await findAll(deps, entries)
  if (before !== null) return before
  try {
    const { entries: published } = await publishSigned(deps, entries)
    const acts = published.map(({ index, leaf, act }) => shown(index, leaf, act))
    return { isNew: true, acts }
  } catch (error) {
    // The same request may have come twice at once.
    const isReused = error instanceof Failure && error.code === 'ERR_ACT_ID_REUSED'
    const known = isReused ? await findAll(deps, entries) : null
    if (known === null) throw error
    return known
  }
}

/** One entry of the own log, by its index or by the id of an accepted act, with its payload and what judging said. */
export async function readAct({ db, market, signer }: OutboundDeps, place: number | string) {
  const own = { market, origin: signer.origin }
  const found =
    typeof place === 'number'
      ? await findByIndex(db, own, place)
      : await findById(db, market, place)
  if (found === null) return null
  const { idx, leaf, bytes, code } = found
  const parsed = parseEntry(bytes)
  return {
    index: idx,
    leaf: encodeBase64url(leaf),
    jws: decodeUtf8(bytes) ?? '',
    act: parsed.read === 'act' ? parsed.entry.act : null,
    outcome: code ?? 'accepted',
  }
}

/** All of them as they stand in the log, byte for byte; null where one does not. */
async function findAll(
  { db, market }: OutboundDeps,
  entries: readonly Uint8Array[],
): Promise<Submitted | null> {
  const acts: Submitted['acts'] = []
  for (const bytes of entries) {
    const parsed = parseEntry(bytes)
    if (parsed.read !== 'act') return null
    const { act } = parsed.entry
    const known = await findById(db, market, act.id)
    if (known === null || !equalBytes(known.leaf, leafHash(bytes))) return null
    acts.push(shown(known.idx, encodeBase64url(known.leaf), act))
  }
  return { isNew: false, acts }
}

function shown(index: number, leaf: string, act: { act: string; decision: string | null }) {
  return { index, leaf, act: act.act, decision: act.decision }
}
