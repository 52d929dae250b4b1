// A transferable proof that one charter number was validly signed with two payloads (design: protocol 1.9; attack 30).
import * as z from 'zod'
import { type Charter, countSigners, isSelfSigned, parseCharter } from './charter.ts'
import { brokenHistory } from './history.ts'
import { MAX_CHARTER_BYTES } from './schema.ts'

/** Three charter files, their quotation marks escaped once more. */
export const MAX_SPLIT_CHARS = 4 * MAX_CHARTER_BYTES

const file = z.string().max(MAX_CHARTER_BYTES)
const splitSchema = z.strictObject({
  v: z.literal(1),
  kind: z.literal('charter'),
  n: z.int().min(2),
  /** The charter before, whose root keys signed both; charter files. */
  previous: file,
  /** By hash, so that it is one proof whichever was adopted. */
  first: file,
  second: file,
})
export type SplitProof = z.infer<typeof splitSchema>

export type SplitVerdict =
  | { ok: true; n: number; hashes: [string, string] }
  | { ok: false; why: string }

/** The one spelling of a proof, whose SHA-256 names it. The texts are charter files that parse. */
export function formatSplitProof(previous: string, one: string, other: string): string {
  const [a, b] = [one, other].map((text) => ({ text, charter: parsed(text) }))
  if (!a?.charter || !b?.charter) throw new TypeError('a proof is made of charters that parse')
  const [first, second] = a.charter.hash < b.charter.hash ? [a, b] : [b, a]
  const { n } = a.charter.terms
  const proof: SplitProof = {
    v: 1,
    kind: 'charter',
    n,
    previous: previous.trim(),
    first: first.text.trim(),
    second: second.text.trim(),
  }
  return JSON.stringify(proof)
}

/**
 * Checks a proof offline. `trusted` is one of its three charters, known to be of the alliance. It holds when both payloads follow the
 * charter before, differ, and carry the thresholds of their own and of its root keys.
 */
export async function verifySplitProof(text: string, trusted: Charter): Promise<SplitVerdict> {
  const proof = parseSplitProof(text)
  const charters = [proof?.previous, proof?.first, proof?.second].map((one) => parsed(one ?? ''))
  const [previous, first, second] = charters
  if (proof === null || !previous || !first || !second)
    return { ok: false, why: 'not a proof of two charters' }
  if (![previous, first, second].some(({ hash }) => hash === trusted.hash))
    return { ok: false, why: `charter ${trusted.terms.n} is none of its three` }
  if (first.hash === second.hash) return { ok: false, why: 'both charters are the same' }
  for (const charter of [first, second]) {
    const why = await whyNotAfter(previous, charter, proof.n)
    if (why !== null) return { ok: false, why }
  }
  return { ok: true, n: proof.n, hashes: [first.hash, second.hash] }
}

export function parseSplitProof(text: string): SplitProof | null {
  if (text.length > MAX_SPLIT_CHARS) return null
  try {
    const shaped = splitSchema.safeParse(JSON.parse(text))
    return shaped.success && JSON.stringify(shaped.data) === text ? shaped.data : null
  } catch {
    return null
  }
}

async function whyNotAfter(before: Charter, charter: Charter, n: number): Promise<string | null> {
  const { terms } = charter
  if (terms.n !== n || before.terms.n !== n - 1 || terms.prev !== before.hash)
    return `a charter does not follow charter ${n - 1}`
  const signers = await countSigners(charter, before.terms.rootKeys)
  if (!(await isSelfSigned(charter)) || signers < before.terms.threshold)
    return 'a charter lacks signatures'
  return brokenHistory([before.terms], terms) === null ? null : 'a charter breaks a rule'
}

function parsed(text: string): Charter | null {
  const result = parseCharter(text.trim())
  return result.ok ? result.charter : null
}
