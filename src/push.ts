// THE STORY of telling the others: the newest head goes to every member's witness at once; the call is notification, proof and stamp
// (design: protocol 1.6; C2SP tlog-witness).
import { cosignMerged, originHash } from './alongside.ts'
import { type FeedTerms, feedsOf } from './charter/members.ts'
import type { Db } from './db.ts'
import { parseDecimal } from './encoding/decimal.ts'
import { decodeUtf8, encodeUtf8 } from './encoding/utf8.ts'
import { ownLines } from './folding.ts'
import { type LogHead, readHead, readLogTile } from './log/read.ts'
import type { OutboundDeps } from './outbound.ts'
import { requireLiveLog } from './outbound.ts'
import { type Fetch, fetchBytes, MAX_CHECKPOINT_BYTES } from './pull/source.ts'
import { formatAddCheckpoint } from './tlog/add-checkpoint.ts'
import { parseNote } from './tlog/note.ts'
import { buildConsistencyProof } from './tlog/proof.ts'
import { nodesFromTiles } from './tlog/reader.ts'
import { type Cosignature, readCosignatures } from './witness/store.ts'
import { keepAnswer, keepCosignatures } from './witnessing.ts'

export type PushDeps = OutboundDeps & { fetch: Fetch }
export type PushReport = {
  market: string
  outcome: 'cosigned' | 'refused' | 'failed'
  detail: string
}[]

/** The next head does not wait longer for slow members; their late answers are still taken. */
export const PUSH_WAIT_MS = 1000
const PUSH_BUDGETS = { headersMs: 5_000, idleMs: 5_000, totalMs: 10_000 }
const ANSWER_BYTES = 8192

/** Cosigns the newest head as applied and sends it to all other active members; each failure is that member's row. Resolves when all have answered or failed. */
export async function pushHead(deps: PushDeps): Promise<PushReport> {
  const head = await readHead(deps.db)
  if (head === null) return []
  const own = requireLiveLog(deps.adopted, deps.market, deps.signer.origin)
  // This node is one of those that have applied it.
  await cosignMerged(deps, deps.adopted, [own])
  const stored = await readCosignatures(deps.db, own.log.origin)
  const round = { deps, own, head, stored, bodyFrom: bodies(deps.db, head) }
  return Promise.all(otherMembers(deps).map((peer) => pushTo(round, peer)))
}

type Round = {
  deps: PushDeps
  own: FeedTerms
  head: LogHead
  stored: readonly Cosignature[]
  bodyFrom: (old: number) => Promise<Uint8Array>
}

/** Most members are at the same size, so the proof from there is built once. */
function bodies(db: Db, head: LogHead): Round['bodyFrom'] {
  const built = new Map<number, Promise<Uint8Array>>()
  return (old) => {
    const body = built.get(old) ?? requestBody(db, head, old)
    built.set(old, body)
    return body
  }
}

/** The live feeds of the other active members. */
export function otherMembers({
  adopted,
  market,
}: Pick<PushDeps, 'adopted' | 'market'>): FeedTerms[] {
  return feedsOf(adopted.charter.terms).filter(
    ({ member, live }) => live && member.status === 'active' && member.market !== market,
  )
}

async function pushTo(
  { deps, own, head, stored, bodyFrom }: Round,
  peer: FeedTerms,
): Promise<PushReport[number]> {
  const { market } = peer.member
  const name = parseName(peer.member.witness)
  let old = Math.min(head.size, stored.find((one) => one.name === name)?.size ?? 0)
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = await post(deps, peer, await bodyFrom(old))
    if (answer === null) return { market, outcome: 'failed', detail: 'no answer' }
    if (answer.status === 200) {
      const note = parseNote(encodeUtf8(head.note))
      const logLine = head.note.slice(head.note.indexOf('\n\n') + 2).split('\n')[0] ?? ''
      const isKept =
        note !== null && (await keepAnswer(deps, own, { text: note.text, logLine }, answer.text))
      return {
        market,
        outcome: isKept ? 'cosigned' : 'refused',
        detail: isKept ? '' : 'a line that does not verify',
      }
    }
    const size = answer.status === 409 ? parseDecimal(answer.text.trim()) : null
    // The size we sent, or one we never had: their word and ours differ, and asking again would go on for ever.
    if (size === null || size === old || size > head.size) {
      return {
        market,
        outcome: 'refused',
        detail: `${answer.status} ${answer.text.slice(0, 100).trim()}`,
      }
    }
    old = size
  }
  return { market, outcome: 'refused', detail: 'the size changed twice' }
}

async function requestBody(db: Db, head: LogHead, old: number): Promise<Uint8Array> {
  const read = nodesFromTiles(head.size, (level, index, width) =>
    readLogTile(db, level, index, width),
  )
  const proof = await buildConsistencyProof(old, head.size, read)
  return formatAddCheckpoint({ old, proof, note: encodeUtf8(ownLines(head.note)) })
}

async function post(
  deps: PushDeps,
  peer: FeedTerms,
  body: Uint8Array,
): Promise<{ status: number; text: string } | null> {
  const url = `${peer.member.url}/witness/add-checkpoint`
  const send: Fetch = (to, init) =>
    deps.fetch(to, {
      ...init,
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-type': 'text/plain' },
    })
  const answer = await fetchBytes(
    send,
    url,
    ANSWER_BYTES,
    {},
    PUSH_BUDGETS,
    [200, 400, 403, 404, 409, 422, 429],
  )
  if (!answer.ok) return null
  const text = decodeUtf8(answer.value.bytes)
  return text === null ? null : { status: answer.value.status, text }
}

/** Rereads what the members' mirrors say of the own log, for their applied lines. True when all have applied the newest head. */
export async function rereadApplied(deps: PushDeps): Promise<boolean> {
  const own = requireLiveLog(deps.adopted, deps.market, deps.signer.origin)
  const head = await readHead(deps.db)
  const others = otherMembers(deps)
  await Promise.all(
    others.map(async ({ member }) => {
      const url = `${member.url}/mirror/${originHash(own.log.origin)}/checkpoint`
      const answer = await fetchBytes(deps.fetch, url, MAX_CHECKPOINT_BYTES, {}, PUSH_BUDGETS)
      if (answer.ok) await keepCosignatures(deps, own, answer.value.bytes)
    }),
  )
  const stored = await readCosignatures(deps.db, own.log.origin)
  return others.every(({ member }) =>
    stored.some(({ name, size }) => name === parseName(member.applied) && size === head?.size),
  )
}

const parseName = (vkey: string): string => vkey.slice(0, vkey.indexOf('+'))
