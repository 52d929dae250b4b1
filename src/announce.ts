// THE STORY of what a node says in its own log: entry 0, a notice for each later charter it adopted, one for each fork it has proven
// (design: protocol 1.9, 1.10).
import { lastAnnounced } from './adoption.ts'
import { liveLog } from './charter/members.ts'
import { maySign } from './gate.ts'
import { lineageGap } from './inbound.ts'
import { readHead } from './log/read.ts'
import { mergeOwnLog, type OutboundDeps, openLog, publishActs, publishDue } from './outbound.ts'
import type { ActKey } from './signing.ts'
import { planAnnounced, readEvidenceList } from './witness/evidence.ts'

/**
 * Appends the notices that are due, oldest first, signed by the node key, and opens a log that has no entry yet. Does nothing for a log
 * that is frozen, is not this market's live one, or follows a log that is not merged to its end, nor while this node may not sign. Gives
 * how many it appended. Codes as `publishActs`.
 */
export async function announceCharters(deps: OutboundDeps, nodeKey: ActKey): Promise<number> {
  const { db, adopted, market, signer } = deps
  const terms = liveLog(adopted.charter.terms, market)
  if (terms?.log.origin !== signer.origin || terms.log.frozen !== null) return 0
  if ((await lineageGap({ db, adopted }, terms)) !== null) return 0
  if (!maySign(await deps.gate.pass())) return 0
  if ((await readHead(db)) === null) {
    await openLog(deps, nodeKey)
    return 1
  }
  await mergeOwnLog(deps, terms)
  const due = async () => {
    const last = await lastAnnounced(db, market, signer.origin)
    const charters = [...adopted.charters].filter(([n]) => last > 0 && n > last)
    return charters.map(
      ([n, hash]) => ({ act: 'notice', decision: null, kind: 'charter', n, hash }) as const,
    )
  }
  return (await due()).length === 0 ? 0 : publishDue(deps, due, nodeKey)
}

/** Appends a notice for each fork proof that has none yet, and marks it: what fails now is tried in the next round. Codes as `publishActs`. */
export async function announceEvidence(deps: OutboundDeps, nodeKey: ActKey): Promise<number> {
  const due = (await readEvidenceList(deps.db)).filter(({ isAnnounced }) => !isAnnounced)
  if (due.length === 0) return 0
  const notices = due.map(
    ({ sha256 }) => ({ act: 'notice', decision: null, kind: 'evidence', sha256 }) as const,
  )
  await publishActs(deps, notices, nodeKey)
  await deps.db.commit(due.map(({ sha256 }) => planAnnounced(sha256)))
  return due.length
}

/** Says in the own log that an operator let this node sign without the members' word, and why. Codes as `publishActs`. */
export async function announceWithoutPeers(
  deps: OutboundDeps,
  nodeKey: ActKey,
  reason: string,
): Promise<void> {
  const notice = { act: 'notice', decision: null, kind: 'without_peers', text: reason } as const
  await publishActs(deps, [notice], nodeKey)
}
