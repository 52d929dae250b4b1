// Every decision this node holds, by name, filtered by market, state and words, paged by key (design: look-up 4.4).
import { html } from 'hono/html'
import { STATES } from '../decision/state.ts'
import type { DecisionFilter, DecisionPage, DecisionSummary } from '../lookup/decisions.ts'
import { formatDate, formatMarket } from './format.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { words } from './words.ts'
import { pageWords } from './words-pages.ts'

const text = pageWords.decisions

export function decisionsPage(input: {
  here: Here
  page: DecisionPage
  filter: DecisionFilter
  /** Markets to choose from: the members. */
  markets: readonly string[]
}): Html {
  const { here, page, filter, markets } = input
  const main = html`<h1 class="page-title">${text.title}</h1>
<p class="lede">${text.lede}</p>
${filterForm(filter, markets)}
<p role="status" class="unseen">${text.caption(page.decisions.length)}</p>
${page.decisions.length === 0 ? html`<p class="section">${text.none}</p>` : table(page)}
${pager(page, filter)}`
  return layout({ title: text.title, here, current: 'decisions', main })
}

function filterForm(filter: DecisionFilter, markets: readonly string[]): Html {
  const states = STATES.toReversed()
  return html`<search><form action="/decisions" method="get"><div class="fields">
<div><label for="market">${text.market}</label><select id="market" name="market"><option value="">${text.all}</option>${markets.map((market) => option(market, formatMarket(market), filter.market))}</select></div>
<div><label for="state">${text.state}</label><select id="state" name="state"><option value="">${text.all}</option>${states.map((state) => option(state, pageWords.shortState[state], filter.state))}</select></div>
<div><label for="words">${text.words}</label><input id="words" name="q" type="search" value="${filter.q ?? ''}" maxlength="300" autocomplete="off"></div>
<div><button>${text.filter}</button></div>
</div></form></search>`
}

function option(value: string, label: string, chosen: string | undefined): Html {
  return html`<option value="${value}"${value === chosen ? html` selected` : ''}>${label}</option>`
}

function table({ decisions, next }: DecisionPage): Html {
  const caption = `${text.caption(decisions.length)}.${next === null ? '' : ` ${text.more}`}`
  return html`<div class="sheet table-box"><table class="folds" role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${[text.name, text.what, text.state, text.until].map(
    (name) => html`<th scope="col" role="columnheader">${name}</th>`,
  )}</tr></thead>
<tbody role="rowgroup">${decisions.map(row)}</tbody></table></div>`
}

function row(summary: DecisionSummary): Html {
  const { decision, market, title, state, instrument, breadth, record, expires_on: end } = summary
  const isOfficial = record === 'official'
  const name = words.instrument[instrument].split(':')[0]
  return html`<tr role="row"><th scope="row" role="rowheader"><a href="/decisions/${decision}">${decision}</a><br><span class="soft">${formatMarket(market)}</span></th>
<td role="cell"><span dir="auto">${title ?? ''}</span><br><span class="soft">${name}, ${text.wide[breadth]}</span>${
    isOfficial ? '' : html`<br><b class="flag">${notOfficial(record)}</b>`
  }</td>
<td role="cell" data-label="${text.state}">${pageWords.shortState[state]}</td>
<td role="cell" data-label="${text.until}">${'open' in end ? text.open : formatDate(end)}</td></tr>`
}

function notOfficial(record: DecisionSummary['record']): string {
  return record === undefined ? pageWords.unmarked : pageWords.shortRecord[record]
}

function pager(page: DecisionPage, filter: DecisionFilter): Html {
  const { after, ...kept } = filter
  const address = (more: Record<string, string>) => {
    const given = Object.entries(kept).filter(([, value]) => value !== undefined && value !== '')
    const params = new URLSearchParams([...(given as [string, string][]), ...Object.entries(more)])
    return params.size === 0 ? '/decisions' : `/decisions?${params}`
  }
  if (after === undefined && page.next === null) return html``
  return html`<nav class="pager" aria-label="${text.title}">${
    after === undefined ? '' : html`<a class="button" href="${address({})}">${words.site.first}</a>`
  }${page.next === null ? '' : html`<a class="button" rel="next" href="${address({ after: page.next })}">${words.site.next}</a>`}</nav>`
}
