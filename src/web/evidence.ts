// Why it matched: what was given and what the order lists, side by side, and the verdict on each field (design: decisions 2.5).
import { html } from 'hono/html'
import type { LookupResult } from '../lookup/result.ts'
import type { Html } from './html.ts'
import { words } from './words.ts'

type Evidence = LookupResult['explain'][number]

/** A table of the fields that agree, differ or are missing. */
export function evidenceTable(result: LookupResult): Html {
  if (result.explain.length === 0) return html``
  const text = words.evidence
  return html`<div class="table-box"><table class="folds" role="table">
<caption>${words.order.evidence(result.evidence)}</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">${text.field}</th><th scope="col" role="columnheader">${text.given}</th><th scope="col" role="columnheader">${text.listed}</th><th scope="col" role="columnheader">${text.says}</th></tr></thead>
<tbody role="rowgroup">${result.explain.map((row) => evidenceRow(row, result.pid))}</tbody>
</table></div>`
}

function evidenceRow(row: Evidence, pid: string | null): Html {
  const text = words.evidence
  const says = row.score > 0 ? 'agrees' : row.score < 0 ? 'differs' : 'missing'
  // For words the candidate is the product's own name, which says nothing to an officer.
  const listed = row.field === 'text' && row.candidate === pid ? row.query : row.candidate
  return html`<tr role="row"><th scope="row" role="rowheader">${words.fields[row.field] ?? row.field}</th>
<td role="cell" data-label="${text.given}">${value(row.query)}</td>
<td role="cell" data-label="${text.listed}">${value(listed)}</td>
<td role="cell" data-label="${text.says}"><span class="says says-${says}">${text[says]}</span></td></tr>`
}

function value(text: string | null): Html {
  return text === null || text === ''
    ? html`<span class="soft">${words.evidence.nothing}</span>`
    : html`<bdi>${text}</bdi>`
}
