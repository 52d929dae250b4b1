// Who did what at this node, as a table that is paged by key.
import { html } from 'hono/html'
import { code } from './facts.ts'
import { formatMoment } from './format.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { agencyWords } from './words-agency.ts'

const text = agencyWords.audit

export type AuditLine = {
  seq: number
  at: number
  subject: string
  jti: string | null
  action: string
  target: string | null
  outcome: string
  address: string
}
export type AuditPage = {
  here: Here
  lines: readonly AuditLine[]
  /** Give it as `before` for older ones; null at the end. */
  next: number | null
  subject?: string
  isFirst: boolean
}

export function auditPage({ here, lines, next, subject = '', isFirst }: AuditPage): Html {
  const heads = [text.when, text.who, text.from, text.what, text.outcome]
  const main = html`<h1 class="page-title">${text.title}</h1>
<p class="lede">${text.lede}</p>
<form action="/audit" method="get" class="fields no-print">
<div><label for="subject">${text.subject}</label>
<input id="subject" name="subject" value="${subject}" maxlength="64" autocapitalize="off" spellcheck="false"></div>
<button>${text.show}</button></form>
${
  lines.length === 0
    ? html`<p role="status">${text.none}</p>`
    : html`<div class="sheet table-box"><table class="folds" role="table"><caption>${text.caption(lines.length)}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${lines.map(row)}</tbody></table></div>`
}
${pager(next, subject, isFirst)}`
  return layout({ title: text.title, here, current: null, main })
}

function row({ at, subject, jti, address, action, target, outcome }: AuditLine): Html {
  return html`<tr role="row"><th scope="row" role="rowheader">${formatMoment(at)}</th>
<td role="cell" data-label="${text.who}">${subject}${jti === null ? '' : html`<br>${code(jti)}`}</td>
<td role="cell" data-label="${text.from}">${address}</td>
<td role="cell" data-label="${text.what}">${action}${target === null ? '' : html`<br>${code(target)}`}</td>
<td role="cell" data-label="${text.outcome}">${outcome}</td></tr>`
}

function pager(next: number | null, subject: string, isFirst: boolean): Html {
  if (isFirst && next === null) return html``
  const of = subject === '' ? {} : { subject }
  const newest = `/audit?${new URLSearchParams(of)}`
  const older = `/audit?${new URLSearchParams({ ...of, before: String(next) })}`
  return html`<nav class="pager" aria-label="${text.title}">${
    isFirst ? '' : html`<a class="button" href="${newest}">${text.newest}</a>`
  }${next === null ? '' : html`<a class="button" rel="next" href="${older}">${text.older}</a>`}</nav>`
}
