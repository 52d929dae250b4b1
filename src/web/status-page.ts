// How this node is: every feed with its age, every peer with its last error in words, what was refused, charter and digest.
import { html } from 'hono/html'
import type { ErrorCode } from '../errors.ts'
import { ERRORS } from '../errors.ts'
import type { FeedStatus, RefusedEntry, Status, WaitingAct } from '../status/read.ts'
import { code, factList } from './facts.ts'
import { formatAge, formatMarket, formatMoment, formatNumber, isoMoment } from './format.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { words } from './words.ts'
import { pageWords } from './words-pages.ts'

const text = pageWords.status
type Peer = Pick<
  Status['peers'][number],
  'market' | 'attemptedAt' | 'succeededAt' | 'failures' | 'nextAt' | 'code' | 'detail'
>
export type ShownStatus = Omit<Status, 'peers'> & { peers: readonly Peer[] }

export function statusPage(input: { here: Here; status: ShownStatus; nowMs: number }): Html {
  const { here, status } = input
  const nowS = Math.floor(input.nowMs / 1000)
  const main = html`<h1 class="page-title">${text.title}</h1>
<p class="lede" role="status">${freshSentence(status.feeds)}</p>
${status.holds.length === 0 ? '' : heldPart(status.holds, nowS)}
${signingPart(status.signing)}
<section class="section" aria-labelledby="feeds"><h2 id="feeds">${text.feeds}</h2>
${table(text.feedsCaption, [text.market, text.state, text.age, text.used, text.origin], status.feeds.map(feedRow))}</section>
<section class="section" aria-labelledby="peers"><h2 id="peers">${text.peers}</h2>
${
  status.peers.length === 0
    ? html`<p>${text.noPeers}</p>`
    : table(
        text.peersCaption,
        [text.market, text.lastGood, text.lastTry, text.fault],
        status.peers.map((peer) => peerRow(peer, nowS)),
      )
}</section>
${status.evidence.length === 0 ? '' : evidencePart(status.evidence)}
${status.waiting.length === 0 ? '' : waitingPart(status.waiting)}
<section class="section" aria-labelledby="refused"><h2 id="refused">${text.refused}</h2>
${
  status.refused.length === 0
    ? html`<p>${text.noneRefused}</p>`
    : html`<p class="soft">${text.refusedNote}</p>${table(
        text.refusedCaption,
        [text.place, text.about, text.why],
        status.refused.map(refusedRow),
      )}`
}</section>
<section class="section" aria-labelledby="node"><h2 id="node">${text.node}</h2>
<div class="sheet">${factList([
    [text.market, `${formatMarket(here.market)}, ${here.name}`],
    [text.charter, charterFact(status.charter)],
    [text.hash, code(status.charter.hash)],
    [text.alliance, code(status.alliance)],
    [text.digest, html`${code(status.digest)}<br><span class="soft">${text.digestNote}</span>`],
  ])}</div></section>`
  return layout({ title: text.title, here, current: 'status', main, atS: nowS })
}

function heldPart(holds: ShownStatus['holds'], nowS: number): Html {
  const heads = [text.market, text.heldDecisions, text.heldProducts, text.heldSince]
  return html`<section class="section" aria-labelledby="held"><h2 id="held">${text.held}</h2>
<p class="not-fresh">${text.heldNote(holds.length)}</p>
${table(
  text.heldCaption,
  heads,
  holds.map((hold) => heldRow(hold, nowS)),
)}
<p>${text.heldNext}</p></section>`
}

function heldRow({ market, since, flips }: ShownStatus['holds'][number], nowS: number): Html {
  const { decisions, products } = flips
  const changed = products.changed === 0 ? '' : text.heldChanged(products.changed)
  return html`<tr role="row"><th scope="row" role="rowheader">${formatMarket(market)}</th>
<td role="cell" data-label="${text.heldDecisions}">${text.heldFlips(decisions.added, decisions.lifted)}<br><a href="/held/${market}">${text.heldList}</a></td>
<td role="cell" data-label="${text.heldProducts}">${text.heldFlips(products.added, products.lifted)}${changed}</td>
<td role="cell" data-label="${text.heldSince}">${moment(since, nowS)}</td></tr>`
}

/** Nothing where it signs as it should; else why not, and what to do. */
function signingPart(signing: ShownStatus['signing']): Html | string {
  if (signing === null || signing.state === 'signing') return ''
  return html`<section class="section" aria-labelledby="signing"><h2 id="signing">${text.signing}</h2>${signingText(signing)}</section>`
}

function signingText(signing: NonNullable<ShownStatus['signing']>): Html {
  switch (signing.state) {
    case 'read_only':
      return html`<p class="not-fresh">${meaning(signing.code)}</p><p dir="auto">${signing.reason}</p><p>${text.cure(signing.cure)}</p>`
    case 'without_peers':
      return html`<p class="not-fresh">${text.withoutPeers(formatMoment(signing.since) ?? '')}</p><p dir="auto">${signing.reason}</p>`
    default:
      return html`<p class="not-fresh">${text.probing}</p>`
  }
}

/** Loud and first to be seen: some log signed two histories. */
function evidencePart(evidence: ShownStatus['evidence']): Html {
  return html`<section class="section" aria-labelledby="evidence"><h2 id="evidence">${text.evidence}</h2>
<p class="not-fresh">${text.evidenceNote}</p>
<ul>${evidence.map(
    ({ sha256, origin }) =>
      html`<li><a href="/v1/evidence/${sha256}">${origin}</a> ${code(sha256)}</li>`,
  )}</ul></section>`
}

function charterFact({ n, expires, expired, conflict }: ShownStatus['charter']): Html {
  const until = formatMoment(expires)
  const end = until === null ? '' : expired === true ? text.expired(until) : text.expires(until)
  const said = html`${text.charterText(n)}<br><span class="${expired === true ? 'not-fresh' : 'soft'}">${end}</span>`
  if (conflict === undefined) return said
  return html`${said}<br><span class="not-fresh">${meaning(conflict.code)}</span> ${code(conflict.hash)}`
}

function freshSentence(feeds: readonly FeedStatus[]): string {
  const live = feeds.filter(({ state }) => state !== 'closed')
  const fresh = live.filter(({ state }) => state === 'fresh').length
  if (live.length === 0) return text.noFeeds
  return fresh === live.length ? text.allFresh(fresh) : text.notFresh(fresh, live.length)
}

function table(caption: string, heads: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="sheet table-box"><table class="folds" role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows}</tbody></table></div>`
}

function feedRow(feed: FeedStatus): Html {
  const { market, origin, position, merged, seen, ageS, state, code: fault } = feed
  const age = ageS === null ? words.dates.never : formatAge(ageS)
  const more = [
    ...(merged > position ? [text.heldBack(merged - position)] : []),
    ...(seen > merged ? [text.behind(seen - merged)] : []),
  ]
  const word = state === 'closed' ? text.closed : words.coverage.state[state]
  const isFine = state === 'fresh' || state === 'closed'
  return html`<tr role="row"><th scope="row" role="rowheader">${formatMarket(market)}</th>
<td role="cell" data-label="${text.state}">${isFine ? word : html`<span class="not-fresh">${word}</span>`}${
    fault === null ? '' : html`<br>${meaning(fault)}`
  }</td>
<td role="cell" data-label="${text.age}">${age}</td>
<td role="cell" data-label="${text.used}">${formatNumber(position)}${more.length === 0 ? '' : html`<br><span class="soft">${more.join(', ')}</span>`}</td>
<td role="cell" data-label="${text.origin}"><span class="code">${origin}</span></td></tr>`
}

function peerRow(peer: Peer, nowS: number): Html {
  const { market, succeededAt, attemptedAt, failures, nextAt, code, detail } = peer
  const wait = failures > 0 && nextAt > nowS ? `, ${text.nextTry(formatAge(nowS - nextAt))}` : ''
  const fault =
    code === null
      ? html`${text.noFault}`
      : html`${meaning(code)}${detail === null ? '' : html`<br><span class="soft" dir="auto">${detail}</span>`}${
          failures === 0 ? '' : html`<br>${text.failures(failures)}${wait}`
        }`
  return html`<tr role="row"><th scope="row" role="rowheader">${formatMarket(market)}</th>
<td role="cell" data-label="${text.lastGood}">${moment(succeededAt, nowS)}</td>
<td role="cell" data-label="${text.lastTry}">${moment(attemptedAt, nowS)}</td>
<td role="cell" data-label="${text.fault}">${fault}</td></tr>`
}

function waitingPart(waiting: readonly WaitingAct[]): Html {
  return html`<section class="section" aria-labelledby="waiting"><h2 id="waiting">${text.waiting}</h2>
<p class="soft">${text.waitingNote}</p>${table(
    text.waitingCaption,
    [text.place, text.about, text.signedBy],
    waiting.map(
      ({
        market,
        idx,
        kind,
        decision,
        kid,
      }) => html`<tr role="row"><th scope="row" role="rowheader">${placeOf(market, idx)}</th>
<td role="cell" data-label="${text.about}">${aboutText(kind, decision)}</td>
<td role="cell" data-label="${text.signedBy}">${code(kid)}</td></tr>`,
    ),
  )}</section>`
}

const placeOf = (market: string, idx: number): string =>
  `${formatMarket(market)}, ${text.entry(formatNumber(idx))}`

function aboutText(kind: string, decision: string | null): Html {
  const name = pageWords.act[kind] ?? kind
  return html`${name}${decision === null ? '' : html`: <a class="code" href="/decisions/${decision}">${decision}</a>`}`
}

function refusedRow({ market, idx, code, kind, decision }: RefusedEntry): Html {
  const about = kind === null ? text.unread : (pageWords.act[kind] ?? kind)
  return html`<tr role="row"><th scope="row" role="rowheader">${placeOf(market, idx)}</th>
<td role="cell" data-label="${text.about}">${about}${decision === null ? '' : html`: <span class="code">${decision}</span>`}</td>
<td role="cell" data-label="${text.why}">${meaning(code)}</td></tr>`
}

/** What a code means, in words, and the code to quote; a code of a newer version stands alone. */
function meaning(code: string): Html {
  const row = Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorCode] : undefined
  return row === undefined
    ? html`<span class="code">${code}</span>`
    : html`${row[0]} <span class="code soft">${code}</span>`
}

function moment(atS: number, nowS: number): Html {
  const full = formatMoment(atS)
  if (full === null) return html`${words.dates.never}`
  return html`<time datetime="${isoMoment(atS)}" title="${full}">${formatAge(nowS - atS)}</time>`
}
