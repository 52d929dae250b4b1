// Checks a receipt with nothing but a charter: who signed it, and whether it agrees with itself (design: protocol 1.11).
import type { Charter } from '../charter/charter.ts'
import { type FeedTerms, liveLog } from '../charter/members.ts'
import { decodeBase64url } from '../encoding/base64.ts'
import { jwkThumbprint, verifyEd25519 } from '../encoding/ed25519.ts'
import { ok, type Result, refusal } from '../errors.ts'
import type { Receipt } from './schema.ts'
import { type ReadReceipt, readReceipt } from './token.ts'

export type ReceiptReport = {
  receipt: Receipt
  kid: string
  /** The member as the charter names it. */
  name: string
  /** Number of the charter whose word was taken. */
  under: number
  /** Why it cannot be true as it stands, whatever the feeds say; empty: nothing speaks against it. */
  contradictions: string[]
}

/**
 * Verifies the signature under a node key of the charter, and looks for what a receipt must not say by its own words. The charter may be
 * another than the receipt's, of the same alliance. Codes: ERR_RECEIPT_FORMAT, ERR_RECEIPT_CHARTER, ERR_RECEIPT_KEY, ERR_RECEIPT_SIGNATURE.
 */
export async function verifyReceipt(
  text: string,
  charter: Charter,
): Promise<Result<ReceiptReport>> {
  const read = readReceipt(text)
  if (!read.ok) return read
  const { receipt, kid } = read.value
  const { n } = charter.terms
  if (n === 1 && receipt.alliance !== charter.hash) {
    return refusal('ERR_RECEIPT_CHARTER', `the receipt is of the alliance ${receipt.alliance}`)
  }
  if (receipt.charter.n === n && receipt.charter.hash !== charter.hash) {
    const detail = `the receipt names a charter ${n} of hash ${receipt.charter.hash}, this one has ${charter.hash}`
    return refusal('ERR_RECEIPT_CHARTER', detail)
  }
  const feed = liveLog(charter.terms, receipt.market)
  if (feed === undefined) {
    return refusal('ERR_RECEIPT_KEY', `charter ${n} names no member ${receipt.market}`)
  }
  const signed = await checkSignature(read.value, feed, n)
  if (!signed.ok) return signed
  const contradictions = contradictionsOf(receipt, charter)
  return ok({ receipt, kid, name: feed.member.name, under: n, contradictions })
}

async function checkSignature(
  { receipt, kid, signature, signingInput }: ReadReceipt,
  { member, log }: FeedTerms,
  n: number,
): Promise<Result<null>> {
  // Ranges are of the log: the key must be one that could sign the next entry there.
  const index = receipt.vector[log.origin]?.size ?? 0
  const key = log.nodeKeys.find(
    ({ jwk, fromIndex, toIndex }) =>
      jwkThumbprint(jwk.x) === kid && fromIndex <= index && (toIndex === null || index < toIndex),
  )
  const raw = key === undefined ? null : decodeBase64url(key.jwk.x)
  if (raw === null) {
    const detail = `${kid} is no node key of ${member.market} in charter ${n}`
    return refusal('ERR_RECEIPT_KEY', detail)
  }
  if (await verifyEd25519(raw, signingInput, signature)) return ok(null)
  return refusal('ERR_RECEIPT_SIGNATURE', `the signature of key ${kid} does not match`)
}

const FOUND = ['blocked', 'exception', 'possible']

/** What no honest answer says, by the receipt's own words and the rules of its charter. */
function contradictionsOf(receipt: Receipt, { terms, hash }: Charter): string[] {
  const { verdict, decisions, decided_in: markets, coverage, at, iat } = receipt
  const said: string[] = []
  if (at > iat) said.push('it was signed before the moment it speaks of')
  const isFound = FOUND.includes(verdict)
  if (isFound !== decisions.length > 0 || isFound !== markets.length > 0) {
    said.push(`it says ${verdict} and lists ${decisions.length} decisions`)
  }
  const [strongest] = decisions
  if (strongest !== undefined && strongest.verdict !== verdict) {
    said.push(`it says ${verdict}, and its first decision ${strongest.verdict}`)
  }
  if (verdict !== 'not_listed') return said
  const late = coverage.filter(({ state }) => state !== 'fresh').map(({ market }) => market)
  if (late.length > 0 || coverage.length === 0) {
    said.push(
      `it says not_listed while not every market was fresh: ${late.join(', ') || 'none is named'}`,
    )
  }
  // Members and limits are known only of the charter that it was given under.
  if (receipt.charter.hash !== hash) return said
  const active = terms.members.filter(({ status }) => status === 'active')
  const unnamed = active.filter(({ market }) => !coverage.some((one) => one.market === market))
  if (unnamed.length > 0) {
    said.push(
      `it says not_listed without a word on ${unnamed.map(({ market }) => market).join(', ')}`,
    )
  }
  const old = coverage.filter(({ age_s: age }) => age === null || age > terms.policy.staleAfter)
  if (late.length === 0 && old.length > 0) {
    said.push(`it calls fresh what is too old: ${old.map(({ market }) => market).join(', ')}`)
  }
  return said
}
