// Which rules each act must satisfy, beyond its shape (design: decisions 2.1 and 2.2).
import {
  checkDates,
  checkHeaderOrder,
  checkSourceDay,
  checkTimeZones,
  inOrder,
  notBeforeIssue,
} from './admission-dates.ts'
import { checkParties } from './admission-party.ts'
import { each, type Loose, type Path, type Problem, problem } from './admission-problem.ts'
import { checkIdentifiers, checkListed, checkPids, checkRuledProduct } from './admission-product.ts'
import {
  requiredOfHeader,
  requiredOfProduct,
  requiredOfRuling,
  requiredReason,
} from './admission-required.ts'
import { checkAmendment, checkBond, checkFilledIn } from './admission-terms.ts'
import type { DateAt, Header, Product, Ruling } from './schema.ts'

export type AdmissionContext = {
  /** The market in whose log the act is to stand. */
  market: string
  /** The header that stands before this act, if the decision is known. */
  previousHeader?: Header | undefined
  /** The pids listed before this act, if the decision is known. */
  listedPids?: ReadonlySet<string> | undefined
  /** Time zone of the dates of acts that belong to no decision of this market: `respond` and notices. */
  zoneHere?: string | undefined
}

/** Any act's body, without the parts whose shape was refused. */
export type LooseBody = {
  act: string
  decision?: string | null | undefined
  header?: Loose<Header> | undefined
  products?: Loose<Product[]> | undefined
  add?: Loose<Product[]> | undefined
  remove?: readonly (string | undefined)[] | undefined
  ruling?: Loose<Ruling> | undefined
  effect?: unknown
  from?: Loose<DateAt> | undefined
  until?: Loose<DateAt> | undefined
  reason?: Loose<{ code: string; text?: string | undefined }> | undefined
}

const REASON_REQUIRED = new Set(['suspend', 'rescind', 'annul'])

/** All rules for one act. Codes: every ERR_ADMIT_* but those of shape and text, ERR_ACT_MARKET, ERR_ACT_IMMUTABLE. */
export function checkAct(body: LooseBody, context: AdmissionContext): Problem[] {
  const { act, header, ruling } = body
  const zone = zoneOfDates(body, context)
  return [
    ...checkDecision(body, context.market),
    ...checkDates({ ...body }, zone),
    ...(header === undefined ? [] : checkHeader(header, ['header'])),
    ...(act === 'amend' && header !== undefined && context.previousHeader !== undefined
      ? checkAmendment(header, context.previousHeader, ['header'])
      : []),
    ...checkProducts(body, context),
    ...(ruling === undefined ? [] : checkRuling(ruling, context)),
    ...checkFrom(body, context),
    ...requiredReason(body.reason, REASON_REQUIRED.has(act), ['reason']),
  ]
}

function zoneOfDates(body: LooseBody, context: AdmissionContext): string | undefined {
  if (body.header !== undefined) return body.header.time_zone
  const isOurs = body.decision !== null && body.act !== 'respond'
  return isOurs ? context.previousHeader?.time_zone : context.zoneHere
}

/** Own acts are about own decisions, a respond about another market's. Codes: ERR_ACT_MARKET, ERR_ADMIT_OWN_DECISION. */
function checkDecision({ act, decision }: LooseBody, market: string): Problem[] {
  if (decision === null || decision === undefined) return []
  const isOwn = decision.startsWith(`${market}/`)
  if (act === 'respond' && isOwn) {
    const message = `\`${decision}\` is a decision of this market, which it enforces anyway; a respond is about another market's decision. To lift it, suspend or rescind it.`
    return [problem('ERR_ADMIT_OWN_DECISION', ['decision'], message)]
  }
  if (act === 'respond' || isOwn) return []
  const message = `This market is \`${market}\`, so its decisions begin with ${market}/; about \`${decision}\` it can only \`respond\`.`
  return [problem('ERR_ACT_MARKET', ['decision'], message)]
}

function checkHeader(header: Loose<Header>, path: Path): Problem[] {
  return [
    ...requiredOfHeader(header, path),
    ...checkFilledIn(header, path),
    ...checkTimeZones(header, path),
    ...checkHeaderOrder(header, path),
    ...checkParties(header, path),
    ...checkBond(header, path),
  ]
}

function checkProducts(body: LooseBody, context: AdmissionContext): Problem[] {
  const given = [...each(body.products, ['products']), ...each(body.add, ['add'])]
  const removed = each(body.remove, ['remove']).map(({ item, path }) => ({ pid: item, path }))
  const named = given.flatMap(({ item, path }) =>
    item.pid === undefined ? [] : [{ pid: item.pid, path: [...path, 'pid'] }],
  )
  const isIdle = body.act === 'products' && body.add === undefined && body.remove === undefined
  const message = 'A `products` act adds or removes something; give `add`, `remove`, or both.'
  return [
    ...(isIdle ? [problem('ERR_ADMIT_MISSING', ['add'], message)] : []),
    ...given.flatMap(({ item, path }) => [
      ...requiredOfProduct(item, path),
      ...checkSourceDay(item, path),
      ...checkIdentifiers(item, path),
    ]),
    ...checkPids([...named, ...removed]),
    ...checkListed(removed, context.listedPids),
  ]
}

function checkRuling(ruling: Loose<Ruling>, context: AdmissionContext): Problem[] {
  const { product, on } = ruling
  const path = ['ruling', 'product']
  const bound = product?.pid === undefined ? [] : [{ pid: product.pid, path: [...path, 'pid'] }]
  return [
    ...requiredOfRuling(ruling, ['ruling']),
    ...notBeforeIssue(on, context.previousHeader, ['ruling', 'on']),
    ...(product === undefined ? [] : checkRuledProduct(product, path)),
    ...checkListed(bound, context.listedPids),
  ]
}

function checkFrom(body: LooseBody, context: AdmissionContext): Problem[] {
  // A respond may answer a foreign decision from any day; its own end must not come first.
  if (body.act === 'respond') {
    return inOrder(body.from, body.until, ['until'], 'The response ends before it begins')
  }
  return notBeforeIssue(body.from, context.previousHeader, ['from'])
}
