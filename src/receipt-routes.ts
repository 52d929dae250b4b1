// What receipts offer over HTTP: the route for programs and the pages for people, over the same checks.
import type { Hono } from 'hono'
import { openApiDocument } from './api/document.ts'
import type { RouteDoc } from './api/route.ts'
import type { AskDeps } from './asking.ts'
import type { Adopted } from './charter/members.ts'
import { ok, type Result } from './errors.ts'
import { underOneCharter } from './lookup/context.ts'
import { answerWith, type GiveReceipt, type ReadContext } from './lookup/routes.ts'
import { openView } from './lookup/view.ts'
import { type Check, RECEIPT_DOCS, receiptRoutes } from './receipt/routes.ts'
import type { ReceiptReport } from './receipt/verify.ts'
import { checkReceipt, checkSigned, type Replay } from './receipting.ts'
import { RECEIPT_WEB_DOCS, type ReceiptWebDeps, receiptWebRoutes } from './web/receipt-routes.ts'

export const ALL_RECEIPT_DOCS: readonly RouteDoc[] = [...RECEIPT_DOCS, ...RECEIPT_WEB_DOCS]

type Deps = AskDeps &
  Pick<ReceiptWebDeps, 'here' | 'trace' | 'routes'> & {
    readAdopted: () => Promise<Adopted>
    readContext: ReadContext
    /** Without it none is given. */
    withReceipt: GiveReceipt | undefined
  }

export function mountReceipts(app: Hono, deps: Deps): void {
  const { db, nowMs, scratch = null, readAdopted, readContext, withReceipt } = deps
  const check = async (text: string) =>
    checkReceipt({ db, nowMs, scratch, adopted: await readAdopted() }, text)
  app.route(
    '/',
    receiptRoutes(async (text) => shown(await check(text))),
  )
  app.route(
    '/',
    receiptWebRoutes({
      ...deps,
      lookup: (query) =>
        underOneCharter(
          () => readContext(query.known),
          async (ctx) => answerWith(await openView(ctx), query, withReceipt),
        ),
      check,
      signed: async (text) => checkSigned(await readAdopted(), text),
      document: () => openApiDocument(deps.routes),
    }),
  )
}

function shown(checked: Result<ReceiptReport & { replay: Replay }>): Result<Check> {
  if (!checked.ok) return checked
  const { receipt, kid, name, under, replay } = checked.value
  const why = replay.outcome === 'confirmed' ? [] : [replay.why].flat()
  return ok({
    outcome: replay.outcome,
    why,
    ...(replay.outcome === 'not_replayable' ? { code: replay.code } : {}),
    market: receipt.market,
    name,
    kid,
    under,
    receipt,
  })
}
