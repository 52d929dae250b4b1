// /screen: a manifest is handed in by a plain form; what was handed in before is listed.
import { html } from 'hono/html'
import { ENCODINGS } from '../screening/encodings.ts'
import type { Summary } from '../screening/summary.ts'
import { formatMoment, formatNumber } from './format.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { words } from './words.ts'
import { screenWords as text } from './words-screen.ts'

export function screenPage(input: {
  here: Here
  screenings: readonly Summary[]
  next: string | null
  before: string
  keepDays: number | null
}): Html {
  const { here, screenings, next, before, keepDays } = input
  const main = html`<h1 class="page-title">${text.title}</h1>
<p class="lede">${text.lede}</p>
<form class="section sheet stack no-print" action="/screen" method="post" enctype="multipart/form-data"><div class="fields">
<div><label for="file">${text.file}</label><input id="file" name="file" type="file" required accept=".csv,.tsv,.txt,.xlsx,.ndjson,.jsonl"></div>
<div><label for="encoding">${text.encoding}</label><select id="encoding" name="encoding"><option value="">${text.found}</option>${ENCODINGS.map((name) => html`<option value="${name}">${name}</option>`)}</select></div>
<div><button>${text.hand}</button></div></div>
<p>${text.most} ${text.stays(keepDays)}</p></form>
<section class="section" aria-labelledby="before"><h2 id="before">${text.before}</h2>
${screenings.length === 0 ? html`<p>${text.none}</p>` : table(screenings)}
${pager(before, next)}</section>`
  return layout({ title: text.title, here, current: 'screen', main })
}

function table(screenings: readonly Summary[]): Html {
  const heads = [text.name, text.state, text.lines, text.made]
  return html`<div class="sheet table-box"><table class="folds" role="table" aria-labelledby="before">
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${screenings.map(row)}</tbody></table></div>`
}

function row({ id, name, state, counts, made_at: madeAt }: Summary): Html {
  return html`<tr role="row"><th scope="row" role="rowheader"><a href="/screen/${id}"><span dir="auto">${name}</span></a></th>
<td role="cell" data-label="${text.state}">${text.states[state]}</td>
<td role="cell" data-label="${text.lines}">${counts === null ? '' : formatNumber(counts.lines)}</td>
<td role="cell" data-label="${text.made}">${formatMoment(madeAt) ?? ''}</td></tr>`
}

function pager(before: string, next: string | null): Html {
  if (before === '' && next === null) return html``
  return html`<nav class="pager" aria-label="${text.before}">${
    before === '' ? '' : html`<a class="button" href="/screen">${words.site.first}</a>`
  }${next === null ? '' : html`<a class="button" rel="next" href="/screen?before=${next}">${words.site.next}</a>`}</nav>`
}
