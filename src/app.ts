// Every route on one page, and the one place where an error becomes a response. Runs on Node and on Workers unchanged.
import { type Context, Hono } from 'hono'
import { adopt } from './adoption.ts'
import { type AlongsideDeps, cosigner, originByHash, originHash } from './alongside.ts'
import type { RouteDoc } from './api/route.ts'
import { API_DOCS, apiRoutes } from './api/routes.ts'
import { type AskDeps, contextAt } from './asking.ts'
import { BRAKE_DOCS, type BrakeActs, brakeRoutes } from './brake/routes.ts'
import type { BrakeDeps } from './braking.ts'
import { type Adopted, type FeedTerms, isExpired, liveLog } from './charter/members.ts'
import { policyText } from './charter/policy.ts'
import { adoptedReader, readAdopted } from './charter/store.ts'
import type { Db } from './db.ts'
import { Failure, ok, refusal } from './errors.ts'
import type { SigningState } from './gate.ts'
import { readHeads } from './gossip.ts'
import { answer } from './lookup/answer.ts'
import { type LookupContext, underOneCharter } from './lookup/context.ts'
import { readDecisionList, readStory } from './lookup/decisions.ts'
import { LOOKUP_DOCS } from './lookup/docs.ts'
import { checkedKnown, lookupRoutes, type ReadContext } from './lookup/routes.ts'
import { openView } from './lookup/view.ts'
import { headNote } from './mirroring.ts'
import type { OutboundDeps } from './outbound.ts'
import type { Person } from './people/authenticate.ts'
import { withRules } from './people/rules.ts'
import { PEOPLE_DOCS, type PeopleDeps, peopleRoutes } from './people-routes.ts'
import { problemResponse } from './problem.ts'
import { readBestHead } from './proof/head.ts'
import { PROOF_DOCS, proofRoutes } from './proof/routes.ts'
import { ALL_RECEIPT_DOCS, mountReceipts } from './receipt-routes.ts'
import { type ReceiptKey, receiptGiver } from './receipting.ts'
import { readAllHeld, readHeldChange, release } from './releasing.ts'
import { SCREENING_DOCS } from './screening/docs.ts'
import { screeningRoutes } from './screening/routes.ts'
import { screeningDesk, type Visitor } from './screening-desk.ts'
import { type AdoptCharter, CHARTER_DOCS, charterRoutes } from './serve/charter-routes.ts'
import { MIRROR_DOCS, type MirrorActs, mirrorRoutes } from './serve/mirror-routes.ts'
import { POLICY_DOCS, type PolicyTexts, policyRoutes } from './serve/policy-routes.ts'
import { FEED_DOCS, feedRoutes } from './serve/routes.ts'
import { readSigned } from './signed.ts'
import { readStatusNow } from './status/read.ts'
import { STATUS_DOCS, statusRoutes } from './status/routes.ts'
import { drawExamples } from './web/examples.ts'
import { HELD_DOCS, heldRoutes } from './web/held-routes.ts'
import type { Here } from './web/layout.ts'
import { failurePage, WEB_DOCS, type WebDeps, webRoutes } from './web/routes.ts'
import { SCREEN_DOCS, screenRoutes } from './web/screen-routes.ts'
import { readEvidence, readEvidenceList } from './witness/evidence.ts'
import { WITNESS_DOCS, witnessRoutes } from './witness/routes.ts'
import { addCheckpoint as addCheckpointTo, witnessedNote } from './witnessing.ts'

export type AppDeps = AskDeps & {
  here: Here
  /** Told of every fault of our own, with its cause. */
  trace: (event: string, facts: Record<string, unknown>) => void
  /** With what receipts are signed; without it none is given. */
  receipts?: ReceiptKey
  /** Where manifests are taken in; without it none are. */
  screenings?: { random: (bytes: number) => Uint8Array; wake: () => void; keepDays?: number }
  /** What a member of an alliance offers the others; a tool that only reads a directory has none. */
  member?: MemberDeps
  /** Who may do what; a tool that only reads a directory asks nobody. */
  people?: PeopleDeps
}
export type MemberDeps = {
  sync: AlongsideDeps
  /** What an agency's acts are appended with; without it none are taken over HTTP. */
  outbound?: () => Promise<OutboundDeps>
  /** Hash of charter 1 that the settings pin; without one no first charter is taken over HTTP. */
  alliance?: string | null
  /** Told that a market's log has grown, so that it is pulled at once. */
  wake: (market: string) => void
}

/** What is said beside every route, in the order of the document; a test fails where a route is missing, or too much. */
export const ROUTES: readonly RouteDoc[] = withRules([
  ...LOOKUP_DOCS,
  ...SCREENING_DOCS,
  ...ALL_RECEIPT_DOCS,
  ...PROOF_DOCS,
  ...STATUS_DOCS,
  ...BRAKE_DOCS,
  ...API_DOCS,
  ...POLICY_DOCS,
  ...WITNESS_DOCS,
  ...FEED_DOCS,
  ...CHARTER_DOCS,
  ...MIRROR_DOCS,
  ...PEOPLE_DOCS,
  ...WEB_DOCS,
  ...HELD_DOCS,
  ...SCREEN_DOCS,
])

export function createApp(given: AppDeps): Hono {
  const app = new Hono()
  const hasLogin = given.people?.settings?.lookupAccess === 'token'
  const takesManifests = given.screenings !== undefined
  const deps = { ...given, here: { ...given.here, hasLogin, takesManifests } }
  const readAdopted = adoptedReader(deps.db)
  const contexts = new WeakMap<Adopted, LookupContext>()
  const readContext: ReadContext = async (known) => {
    const adopted = await readAdopted()
    if (known !== undefined) return contextAt(deps, adopted, known)
    const context = contexts.get(adopted) ?? (await contextAt(deps, adopted, known))
    contexts.set(adopted, context)
    return context
  }
  if (deps.people !== undefined)
    peopleRoutes(app, { ...deps, outbound: deps.member?.outbound }, deps.people)
  const desk =
    deps.screenings === undefined
      ? null
      : screeningDesk({ db: deps.db, nowMs: deps.nowMs, ...deps.screenings })
  app.route('/', feedRoutes(deps))
  app.route('/', policyRoutes(policyTexts(deps.here.market, readAdopted)))
  app.route('/', proofRoutes({ db: deps.db, readAdopted, readHead: readBestHead }))
  const { market } = deps.here
  const withReceipt =
    deps.receipts && receiptGiver({ market, nowMs: deps.nowMs, readAdopted }, deps.receipts)
  app.route('/', lookupRoutes(readContext, withReceipt))
  if (desk !== null) {
    app.route('/', screeningRoutes(desk, visitorOf))
    const keepDays = deps.screenings?.keepDays ?? null
    app.route('/', screenRoutes(desk, visitorOf, { here: deps.here, keepDays }))
  }
  app.route('/', statusRoutes({ ...deps, signing: () => signingOf(deps) }))
  const brake = brakeActs(deps, readAdopted)
  app.route('/', brakeRoutes(brake))
  app.route('/', heldRoutes({ ...deps, ...brake }))
  app.route('/', apiRoutes(ROUTES))
  if (deps.member !== undefined) memberRoutes(app, deps.db, deps.member, readAdopted)
  mountReceipts(app, { ...deps, readAdopted, readContext, withReceipt, routes: ROUTES })
  app.route('/', webRoutes(webDeps(deps, readAdopted, readContext)))
  app.notFound((c) => {
    const allowed = allowedMethods(app, c.req.path)
    if (allowed.length === 0) {
      const failure = new Failure('ERR_NOT_FOUND', `nothing is at ${c.req.path}`)
      return isBrowser(c) ? failurePage(c, deps.here, failure) : problemResponse(failure)
    }
    const failure = new Failure('ERR_METHOD', `${c.req.path} takes ${allowed.join(', ')}`)
    const response = problemResponse(failure)
    response.headers.set('allow', allowed.join(', '))
    return response
  })
  app.onError((error, c) => {
    if (error instanceof Failure) return problemResponse(error)
    deps.trace('request_failed', { path: c.req.path, cause: error.stack ?? String(error) })
    return problemResponse(new Failure('ERR_INTERNAL', 'the node failed on this request'))
  })
  return app
}

/** Whose screenings a request is about: where nobody is known, those that nobody's name is on. */
function visitorOf(c: Context): Visitor {
  const person: Person | null | undefined = c.get('person')
  if (person === null || person === undefined) return { subject: null, seesAll: false }
  return { subject: person.subject, seesAll: person.scopes.includes('operate') }
}

function policyTexts(market: string, readAdopted: () => Promise<Adopted>): PolicyTexts {
  const textOf = async (find: (adopted: Adopted) => FeedTerms | undefined) => {
    const adopted = await readAdopted()
    const feed = find(adopted)
    return feed === undefined ? null : policyText(adopted.charter, feed)
  }
  return {
    own: () => textOf(({ charter }) => liveLog(charter.terms, market)),
    ofHash: (hash) => textOf((adopted) => originByHash(adopted, hash)),
  }
}

/** What is held back is open to whoever may read the logs; to release it takes people with a token. */
function brakeActs({ db, here, nowMs }: AppDeps, readAdopted: () => Promise<Adopted>): BrakeActs {
  const brake = async (): Promise<BrakeDeps> => {
    const adopted = await readAdopted()
    return { db, adopted, nowMs, here: here.market }
  }
  return {
    list: async () => readAllHeld(await brake()),
    change: async (market, after) => readHeldChange(await brake(), market, { after }),
    release: async (asked, person, address) => release(await brake(), asked, person, address),
  }
}

/** What other members ask of this one: cosignatures, mirrors, heads. */
function memberRoutes(
  app: Hono,
  db: Db,
  { sync, wake, alliance }: MemberDeps,
  readAdopted: () => Promise<Adopted>,
): void {
  const appliedName = `${sync.signer.origin}/applied`
  const byHash = async (hash: string) => originByHash(await readAdopted(), hash)
  const addCheckpoint = async (body: Uint8Array) => {
    const answer = await addCheckpointTo(cosigner(sync, await readAdopted()), body)
    if (answer.feed !== undefined) wake(answer.feed.member.market)
    return answer
  }
  const note = async (hash: string) => {
    const feed = await byHash(hash)
    return feed === undefined ? null : witnessedNote(db, feed.log.origin)
  }
  const signed = async (hash: string) => {
    const adopted = await readAdopted()
    const feed = originByHash(adopted, hash)
    return feed === undefined ? null : readSigned({ db, adopted, appliedName }, feed)
  }
  const mirror: MirrorActs = {
    originOf: async (hash) => (await byHash(hash))?.log.origin ?? null,
    checkpoint: async (origin) => {
      const adopted = await readAdopted()
      const feed = originByHash(adopted, originHash(origin))
      const head = feed === undefined ? null : await headNote({ db, adopted, appliedName }, feed)
      return head?.isMerged === true ? head.note : null
    },
    heads: async () => readHeads({ db, adopted: await readAdopted(), appliedName }),
  }
  const evidence = (sha256: string) => readEvidence(db, sha256)
  const evidenceList = () => readEvidenceList(db)
  app.route('/', charterRoutes(adoptPinned(sync, alliance ?? null)))
  app.route('/', witnessRoutes({ addCheckpoint, note, signed, evidence, evidenceList }))
  app.route('/', mirrorRoutes({ db, mirror }))
}

/** A first charter from a stranger is taken only under the hash that the operator wrote down. */
function adoptPinned(sync: AlongsideDeps, pin: string | null): AdoptCharter {
  return async (text) => {
    if (pin === null && (await readAdopted(sync.db)) === null)
      return refusal('ERR_CHARTER_PIN', 'the settings of this node pin no alliance')
    const adopted = await adopt(sync, text, pin)
    return adopted.ok ? ok({ n: adopted.value.terms.n, hash: adopted.value.hash }) : adopted
  }
}

const signingOf = async ({ member }: AppDeps): Promise<SigningState | null> =>
  member === undefined ? null : member.sync.gate.state()

/** Pages ask the same functions as the API, in process. */
function webDeps(
  deps: AppDeps,
  readAdopted: () => Promise<Adopted>,
  readContext: ReadContext,
): WebDeps {
  const { db, here, nowMs, trace } = deps
  const decisions: WebDeps['decisions'] = (filter) =>
    underOneCharter(
      () => readContext(checkedKnown(filter.known)),
      (ctx) => readDecisionList(ctx, filter),
    )
  const story: WebDeps['story'] = (decision, { known, ...options } = {}) =>
    underOneCharter(
      () => readContext(checkedKnown(known)),
      (ctx) => readStory(ctx, decision, options),
    )
  return {
    here,
    nowMs,
    trace,
    decisions,
    story,
    lookup: (query) =>
      underOneCharter(
        () => readContext(query.known),
        async (ctx) => answer(await openView(ctx), query),
      ),
    expired: async () => {
      const { terms } = (await readAdopted()).charter
      return isExpired(terms, Math.floor(nowMs() / 1000)) ? terms.expires : null
    },
    markets: async () => (await readContext()).charter.members.map(({ market }) => market),
    status: () => readStatusNow({ db, here, nowMs, signing: () => signingOf(deps) }),
    examples: () => drawExamples({ decisions, story }),
  }
}

/** Somebody who looks, not a program: they get a page that says what to do. */
function isBrowser(c: Context): boolean {
  return (c.req.header('accept') ?? '').includes('text/html')
}

/** The methods some route takes at this path: so a wrong method is told apart from a wrong address. */
function allowedMethods(app: Hono, path: string): string[] {
  const methods = new Set<string>()
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    const [handlers] = app.router.match(method, path)
    if (handlers.length === 0) continue
    methods.add(method)
    if (method === 'GET') methods.add('HEAD')
  }
  return [...methods]
}
