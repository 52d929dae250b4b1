// A mass change that is held back: how much, since when, what it would do, and the form by which two operators release it.
import { html } from 'hono/html'
import { factList } from './facts.ts'
import { formatMarket, formatMoment, formatNumber } from './format.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { words } from './words.ts'
import { heldWords as text } from './words-held.ts'

/** As the API tells it, without what only machines need. */
export type ShownHeld = {
  market: string
  since: number
  effective: number
  merged: number
  flips: Omit<Change, 'decision' | 'change'> & { decisions: { added: number; lifted: number } }
  waiting: { position: number; subject: string; until: number } | null
  changes: readonly Change[]
  next: string | null
}
type Change = {
  decision: string
  change: 'added' | 'lifted' | null
  products: { added: number; lifted: number; changed: number }
}

export function heldPage(input: {
  here: Here
  held: ShownHeld
  after: string
  nowMs: number
}): Html {
  const { here, held, after, nowMs } = input
  const { market, waiting } = held
  const title = text.title(formatMarket(market))
  const main = html`<p><a class="crumb" href="/status">${text.back}</a></p>
<h1 class="page-title">${title}</h1>
<p class="lede not-fresh" role="status">${text.lede}</p>
<div class="sheet stack">${factList([
    [text.since, formatMoment(held.since)],
    [text.entries, text.range(formatNumber(held.effective + 1), formatNumber(held.merged))],
    [text.decisions, text.flips(held.flips.decisions.added, held.flips.decisions.lifted)],
    [text.products, productsText(held.flips.products)],
    [
      text.released,
      waiting === null
        ? text.nobody
        : text.waiting(
            waiting.subject,
            formatNumber(waiting.position),
            formatMoment(waiting.until) ?? '',
          ),
    ],
  ])}</div>
<section class="section" aria-labelledby="ways"><h2 id="ways">${text.ways}</h2>
<ul>${text.ends.map((way) => html`<li>${way}</li>`)}</ul>
<div class="no-print">${releaseForm(held)}</div></section>
<section class="section" aria-labelledby="changes"><h2 id="changes">${text.changes}</h2>
${table(held)}
${pager(held, after)}</section>`
  return layout({ title, here, current: 'status', main, atS: Math.floor(nowMs / 1000) })
}

function releaseForm({ market, merged, waiting }: ShownHeld): Html {
  const position = waiting?.position ?? merged
  return html`<form action="/held/${market}" method="post" class="stack">
<input type="hidden" name="position" value="${position}">
<p>${text.two} <a href="/login?next=/held/${market}">${text.login}</a></p>
<button>${text.release(formatNumber(position))}</button></form>`
}

function table({ changes }: ShownHeld): Html {
  const heads = [text.decision, text.would, text.products]
  return html`<div class="sheet table-box"><table class="folds" role="table"><caption>${text.caption(changes.length)}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${changes.map(
    ({
      decision,
      change,
      products,
    }) => html`<tr role="row"><th scope="row" role="rowheader"><a href="/decisions/${decision}">${decision}</a></th>
<td role="cell" data-label="${text.would}">${change === null ? text.stays : text[change]}</td>
<td role="cell" data-label="${text.products}">${productsText(products)}</td></tr>`,
  )}</tbody></table></div>`
}

function productsText({ added, lifted, changed }: Change['products']): string {
  return `${text.flips(added, lifted)}${changed === 0 ? '' : text.changed(changed)}`
}

function pager({ market, next }: ShownHeld, after: string): Html {
  if (after === '' && next === null) return html``
  const more = `/held/${market}?${new URLSearchParams({ after: next ?? '' })}`
  return html`<nav class="pager" aria-label="${text.changes}">${
    after === '' ? '' : html`<a class="button" href="/held/${market}">${words.site.first}</a>`
  }${next === null ? '' : html`<a class="button" rel="next" href="${more}">${words.site.next}</a>`}</nav>`
}
