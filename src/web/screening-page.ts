// One manifest: its columns to map, its progress, or what was found, matches first; the same page on paper.
import { html } from 'hono/html'
import { FIELDS } from '../screening/column-names.ts'
import type { Hit, Summary } from '../screening/summary.ts'
import { formatMoment, formatNumber } from './format.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { SHAPES } from './shapes.ts'
import { words } from './words.ts'
import { screenWords as text } from './words-screen.ts'

export type ScreeningPage = {
  here: Here
  screening: Summary
  sample: readonly (readonly string[])[]
  hits: readonly Hit[]
  /** The hit after which this page begins: `rank.line`; empty for the first. */
  after: string
  /** More hits follow. */
  isMore: boolean
  /** Whoever asked for it reads a page that does not look again by itself. */
  isStill: boolean
}

const REFRESH_S = 3
const SAMPLE_ROWS = 3
const COUNTED = ['blocked', 'exception', 'possible', 'cannot_say', 'not_listed'] as const

export function screeningPage(page: ScreeningPage): Html {
  const { here, screening, isStill } = page
  const { state, name, as_of: asOf } = screening
  const isBusy = state === 'queued' || state === 'running'
  const main = html`<p><a class="crumb" href="/screen">${text.back}</a></p>
<h1 class="page-title"><span dir="auto">${name}</span></h1>
<p class="lede">${text.readAs(screening.format.toUpperCase(), screening.encoding, text.how[screening.encoding_found] ?? '')}</p>
${state === 'mapping' ? mapping(page) : isBusy ? progress(page) : state === 'failed' ? failed(screening) : found(page)}
<form class="section no-print" action="/screen/${screening.id}/forget" method="post"><button class="lesser">${isBusy ? text.remove : text.forget}</button></form>`
  return layout({
    title: `${text.states[state]}: ${name}`,
    here,
    current: 'screen',
    main,
    ...(asOf === null ? {} : { atS: asOf.at }),
    ...(isBusy && !isStill ? { refreshS: REFRESH_S } : {}),
  })
}

function mapping({ screening, sample }: ScreeningPage): Html {
  const { id, columns, mapping_remembered: isRemembered } = screening
  return html`<form class="section stack" action="/screen/${id}/start" method="post"><h2 id="columns">${text.columns}</h2>
<p>${text.columnsHint}${isRemembered ? ` ${text.remembered}` : ''}</p>
<div class="sheet table-box"><table class="folds" role="table" aria-labelledby="columns">
<thead role="rowgroup"><tr role="row">${[text.column, text.feeds, text.example].map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${columns.map((column, at) => mappingRow(column, at, sample))}</tbody></table></div>
<p><button>${text.begin}</button></p></form>`
}

function mappingRow(
  { name, feeds }: Summary['columns'][number],
  at: number,
  sample: ScreeningPage['sample'],
): Html {
  const shown = sample.slice(0, SAMPLE_ROWS).map((row) => row[at] ?? '')
  const options = FIELDS.map(
    (field) =>
      html`<option value="${field}"${field === feeds ? html` selected` : ''}>${text.fields[field]}</option>`,
  )
  return html`<tr role="row"><th scope="row" role="rowheader"><span dir="auto">${name}</span></th>
<td role="cell" data-label="${text.feeds}"><select name="c${at}" aria-label="${text.feedsOf(name)}"><option value="">${text.nothing}</option>${options}</select></td>
<td role="cell" data-label="${text.example}">${shown.map((cell) => html`<span dir="auto">${cell}</span><br>`)}</td></tr>`
}

function progress({ screening, isStill }: ScreeningPage): Html {
  const { id, state, progress: done } = screening
  const said = text.progress(formatNumber(done.lines), done.percent)
  return html`<section class="section sheet stack"><h2>${text.states[state]}</h2>
<p role="status">${said}</p>
<progress max="100" value="${done.percent}" aria-label="${said}">${done.percent} %</progress>
${state === 'queued' ? html`<p>${text.waits}</p>` : ''}
<p class="no-print">${isStill ? html`<a href="/screen/${id}?still=yes">${text.look}</a>` : html`${text.refreshes} <a href="/screen/${id}?still=yes">${text.still}</a>`}</p></section>`
}

function failed({ code, detail }: Summary): Html {
  return html`<section class="section sheet stack"><h2>${text.states.failed}</h2>
<p role="status">${text.failed(detail ?? '')} <span class="code">${code ?? ''}</span></p></section>`
}

function found(page: ScreeningPage): Html {
  const { screening, hits, after } = page
  const { id, counts, as_of: asOf } = screening
  if (counts === null || asOf === null) return html``
  const late = asOf.coverage.filter(({ state }) => state !== 'fresh')
  const named = late
    .map(({ market, state }) => `${market} (${words.coverage.state[state]})`)
    .join(', ')
  return html`<section class="section sheet stack" aria-labelledby="counts"><h2 id="counts">${text.counts}</h2>
<p>${text.asOf(formatMoment(asOf.at) ?? '')}. ${late.length === 0 ? text.fresh(asOf.coverage.length) : html`<span class="not-fresh">${text.notFresh(named)}</span>`}</p>
<ul class="tally">${COUNTED.map(
    (verdict) =>
      html`<li><span class="tally-shape">${SHAPES[verdict]}</span><b>${formatNumber(counts[verdict])}</b> ${words.verdict[verdict]}</li>`,
  )}</ul>
${counts.unasked === 0 ? '' : html`<p>${text.unasked(counts.unasked)}</p>`}${counts.noted === 0 ? '' : html`<p>${text.noted(counts.noted)}</p>`}
<p>${text.clears}</p>
<p class="no-print"><a class="button" href="/screen/${id}/result" download>${text.download}</a></p>
<form class="no-print" action="/screen/${id}/again" method="post"><button>${text.again}</button> <span class="soft">${text.againHint}</span></form></section>
<section class="section" aria-labelledby="hits"><h2 id="hits">${text.first}</h2>
${hits.length === 0 && after === '' ? html`<p>${text.noHits}</p>` : table(hits)}
${pager(page)}</section>`
}

function table(hits: readonly Hit[]): Html {
  const heads = [text.line, text.verdict, text.goods, text.why]
  return html`<div class="sheet table-box"><table class="folds" role="table"><caption>${text.caption}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${hits.map(row)}</tbody></table></div>`
}

function row({ line, verdict, asked, decision, why }: Hit): Html {
  const decisions = decision === '' ? [] : decision.split(' ')
  return html`<tr role="row"><th scope="row" role="rowheader">${formatNumber(line)}</th>
<td role="cell" data-label="${text.verdict}"><b>${words.verdict[verdict]}</b></td>
<td role="cell" data-label="${text.goods}"><span dir="auto">${asked}</span></td>
<td role="cell" data-label="${text.why}">${why}${decisions.map((name) => html`<br><a href="/decisions/${name}">${name}</a>`)}</td></tr>`
}

function pager({ screening, hits, after, isMore }: ScreeningPage): Html {
  const last = hits.at(-1)
  if (after === '' && !isMore) return html``
  const here = `/screen/${screening.id}`
  return html`<nav class="pager" aria-label="${text.first}">${
    after === '' ? '' : html`<a class="button" href="${here}">${words.site.first}</a>`
  }${isMore && last !== undefined ? html`<a class="button" rel="next" href="${here}?after=${last.rank}.${last.line}">${words.site.next}</a>` : ''}</nav>`
}
