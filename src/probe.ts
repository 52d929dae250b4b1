// THE STORY of asking the members what this node has signed, before it signs again (design: protocol 1.10; reference 6.8).
import * as z from 'zod'
import { originHash } from './alongside.ts'
import { type Adopted, type FeedTerms, feedsOf } from './charter/members.ts'
import { decodeUtf8, encodeUtf8 } from './encoding/utf8.ts'
import { type Budgets, type Fetch, fetchBytes, MAX_CHECKPOINT_BYTES } from './pull/source.ts'

/** Milliseconds that one member may take: a start waits for the slowest. */
export const PROBE_BUDGETS: Budgets = { headersMs: 3_000, idleMs: 3_000, totalMs: 10_000 }
export const MAX_SIGNED_BYTES = 4 * 1024 * 1024
const MAX_SIGNED_HEADS = 4096

const signedSchema = z.object({
  heads: z
    .array(z.object({ origin: z.string().max(255), checkpoint: z.string().max(65_536) }))
    .max(MAX_SIGNED_HEADS),
})

export type ProbeDeps = { fetch: Fetch; probeBudgets?: Budgets | undefined }
/** Notes as the members gave them, nothing verified. */
export type Shown = { member: FeedTerms; origin: string; note: Uint8Array }
export type Answers = {
  /** Members that answered in full. */
  from: FeedTerms[]
  silent: { market: string; detail: string }[]
  shown: Shown[]
}

/** The live feeds of the other active members: those who have to be asked. */
export function membersToAsk(adopted: Adopted, market: string): FeedTerms[] {
  return feedsOf(adopted.charter.terms).filter(
    ({ member, live }) => live && member.status === 'active' && member.market !== market,
  )
}

/** Asks all of them at once for every head that the keys of the log `origin` signed. Resolves when each has answered or failed. */
export async function askMembers(
  deps: ProbeDeps,
  origin: string,
  members: readonly FeedTerms[],
): Promise<Answers> {
  const answers: Answers = { from: [], silent: [], shown: [] }
  await Promise.all(
    members.map(async (member) => {
      const shown = await askMember(deps, origin, member)
      const { market } = member.member
      if (typeof shown === 'string') {
        answers.silent.push({ market, detail: shown })
        return
      }
      answers.from.push(member)
      answers.shown.push(...shown)
    }),
  )
  return answers
}

/** What one member shows, or why that is no answer. */
async function askMember(
  { fetch, probeBudgets = PROBE_BUDGETS }: ProbeDeps,
  origin: string,
  member: FeedTerms,
): Promise<Shown[] | string> {
  const { url } = member.member
  const hash = originHash(origin)
  const get = (path: string, most: number, statuses: readonly number[]) =>
    fetchBytes(fetch, `${url}${path}`, most, {}, probeBudgets, statuses)
  const [witnessed, signed] = await Promise.all([
    get(`/witness/${hash}/checkpoint`, MAX_CHECKPOINT_BYTES, [200, 404]),
    get(`/v1/signed/${hash}`, MAX_SIGNED_BYTES, [200, 404]),
  ])
  if (!witnessed.ok) return `${witnessed.code} ${witnessed.detail}`
  if (!signed.ok) return `${signed.code} ${signed.detail}`
  // Under a charter that does not name this log yet, a member can hold nothing of it.
  const heads = signed.value.status === 404 ? [] : parseSigned(signed.value.bytes)
  if (heads === null) return 'an answer that cannot be read'
  return [
    ...(witnessed.value.status === 200 ? [{ member, origin, note: witnessed.value.bytes }] : []),
    ...heads.map((head) => ({
      member,
      origin: head.origin,
      note: encodeUtf8(head.checkpoint),
    })),
  ]
}

function parseSigned(bytes: Uint8Array): { origin: string; checkpoint: string }[] | null {
  const text = decodeUtf8(bytes)
  if (text === null) return null
  try {
    const parsed = signedSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.heads : null
  } catch {
    return null
  }
}
