// THE STORY of a witness that lost its database: what it cosigned comes back from the members, before it cosigns again
// (design: protocol 1.10).
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import type { Db, Insert, Statement } from './db.ts'
import { equalBytes } from './encoding/bytes.ts'
import type { Shown } from './probe.ts'
import { parseCheckpoint } from './tlog/checkpoint.ts'
import { parseVkey, type Vkey } from './tlog/key.ts'
import { parseNote, type VerifiedSignature, verifyNote } from './tlog/note.ts'
import { planCosignature, planRestep, planStep, readStep, type Step } from './witness/store.ts'

/**
 * Takes over the largest cosignature of each of this node's own keys on every log: then an old database does not cosign a second root for a
 * size that the keys have cosigned. `me` is this node's live feed. What does not verify is passed over.
 */
export async function retakeCosigned(
  deps: { db: Db; adopted: Adopted },
  me: FeedTerms,
  shown: readonly Shown[],
): Promise<void> {
  for (const feed of feedsOf(deps.adopted.charter.terms)) {
    const notes = largestFirst(shown, feed.log.origin)
    const missing = new Set([nameOf(me.member.witness), nameOf(me.member.applied)])
    for (const { note, names } of notes) {
      // Many members show the same; only what may still bring something is verified.
      if (missing.size === 0 || !names.some((name) => missing.has(name))) continue
      const head = await ownLines(feed, me, note)
      if (head === null) continue
      for (const { vkey } of head.lines) missing.delete(vkey.name)
      await retake(deps.db, me, head)
    }
  }
}

/** The notes on one log, each spelling once, of the largest head first. */
function largestFirst(
  shown: readonly Shown[],
  origin: string,
): { note: Uint8Array; size: number; names: string[] }[] {
  const seen = new Set<string>()
  return shown
    .flatMap(({ origin: of, note: bytes }) => {
      const note = of === origin ? parseNote(bytes) : null
      const head = note === null ? null : parseCheckpoint(note.text)
      if (note === null || head === null) return []
      const spelling = note.signatures.map(({ line }) => line).join()
      if (seen.has(spelling)) return []
      seen.add(spelling)
      return [{ note: bytes, size: head.size, names: note.signatures.map(({ name }) => name) }]
    })
    .sort((a, b) => b.size - a.size)
}

async function retake(db: Db, me: FeedTerms, head: OwnHead): Promise<void> {
  const statements: (Statement | Insert)[] = head.lines.flatMap(({ vkey, line, timeS }) =>
    timeS === null ? [] : planCosignature({ ...head, name: vkey.name, line, timeS }),
  )
  const witnessed = head.lines.find(({ vkey }) => vkey.name === nameOf(me.member.witness))
  // The own log carries this key's stamps; it is not witnessed by itself.
  if (witnessed?.timeS != null && head.origin !== me.log.origin) {
    const { line, timeS } = witnessed
    statements.push(...(await stepTo(db, { ...head, line, timeS })))
  }
  if (statements.length > 0) await db.commit(statements)
}

type OwnHead = Pick<Step, 'origin' | 'size' | 'root' | 'text' | 'logLine'> & {
  lines: VerifiedSignature[]
}

/** A head with the lines of it that this node's cosigning keys made; null where there is none that verifies. */
async function ownLines(
  feed: FeedTerms,
  me: FeedTerms,
  bytes: Uint8Array,
): Promise<OwnHead | null> {
  const note = parseNote(bytes)
  const head = note === null ? null : parseCheckpoint(note.text)
  if (note === null || head === null || head.origin !== feed.log.origin) return null
  const logKeys = feed.log.logKeys.map(trusted)
  const own = [trusted(me.member.witness), trusted(me.member.applied)]
  const verdict = await verifyNote(note, [...logKeys, ...own])
  if (!verdict.ok) return null
  const lines = verdict.verified.filter(({ vkey }) => own.includes(vkey))
  // Its key may have been replaced since; that this node signed it counts all the same.
  const logLine = verdict.verified.find(({ vkey }) => logKeys.includes(vkey))?.line ?? ''
  return lines.length === 0 ? null : { ...head, text: note.text, logLine, lines }
}

async function stepTo(db: Db, step: Step): Promise<(Statement | Insert)[]> {
  const known = await readStep(db, step.origin)
  if (known === null || step.size > known.size) return planStep(known?.size ?? 0, step)
  const isSame = step.size === known.size && equalBytes(step.root, known.root)
  return isSame && step.timeS > known.timeS ? [planRestep(step)] : []
}

const nameOf = (vkey: string): string => vkey.slice(0, vkey.indexOf('+'))

function trusted(text: string): Vkey {
  const vkey = parseVkey(text)
  if (vkey === null) throw new TypeError('a vkey of the adopted charter does not parse')
  return vkey
}
