// Signed acts by a form: pasted, or as a file; and what came of them.
import { html } from 'hono/html'
import type { Failure } from '../errors.ts'
import { meaningOf } from '../errors.ts'
import { code } from './facts.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { agencyWords } from './words-agency.ts'

const text = agencyWords.handIn

export type HandedIn = {
  isNew: boolean
  acts: readonly { index: number; act: string; decision: string | null }[]
}
export type HandInPage = { here: Here; given?: string; done?: HandedIn; failure?: Failure }

export function handInPage({ here, given = '', done, failure }: HandInPage): Html {
  const main = html`<h1 class="page-title">${text.title}</h1>
<p class="lede">${text.lede}</p>
${done === undefined ? '' : doneSection(done)}
${failure === undefined ? '' : failureSection(failure)}
<form action="/acts" method="post" enctype="multipart/form-data" class="sheet stack section">
<p><label for="acts">${text.text}</label>
<textarea id="acts" name="acts" rows="8" spellcheck="false" autocomplete="off"${
    failure === undefined ? '' : html` aria-describedby="refused"`
  }>${given}</textarea></p>
<p><label for="file">${text.file}</label>
<input id="file" name="file" type="file" accept=".jws,text/plain"></p>
<button>${text.send}</button>
</form>`
  return layout({ title: text.title, here, current: null, main })
}

function doneSection({ isNew, acts }: HandedIn): Html {
  const heads = [text.index, text.act, text.decision]
  return html`<section class="section" role="status">
<p><strong>${isNew ? text.appended(acts.length) : text.known(acts.length)}</strong></p>
<div class="sheet table-box"><table class="folds" role="table"><caption>${text.caption(acts.length)}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${acts.map(
    ({
      index,
      act,
      decision,
    }) => html`<tr role="row"><th scope="row" role="rowheader"><a href="/v1/acts/${index}">${index}</a></th>
<td role="cell" data-label="${text.act}">${act}</td>
<td role="cell" data-label="${text.decision}">${decision === null ? '' : html`<a href="/decisions/${decision}">${decision}</a>`}</td></tr>`,
  )}</tbody></table></div></section>`
}

/** All that is wrong at once, so that nobody has to come back for each. */
function failureSection(failure: Failure): Html {
  return html`<section class="sheet stack section" role="alert" id="refused">
<h2>${text.refused}</h2>
<p>${meaningOf(failure.code)} ${code(failure.code)}</p>
<h3>${text.problems}</h3>
<ul>${problemsOf(failure).map(
    ({ at, message }) =>
      html`<li>${at === '' ? '' : html`${code(at)} `}<span dir="auto">${message}</span></li>`,
  )}</ul>
</section>`
}

function problemsOf({ facts, message, at = '' }: Failure): { at: string; message: string }[] {
  const { problems } = facts
  return Array.isArray(problems) ? problems : [{ at, message }]
}
