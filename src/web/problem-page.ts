// An error as a page: what happened, what to do, and the code to quote; codes and their meaning are those of the API (RFC 9457).
import { html } from 'hono/html'
import { ERRORS, type Failure, meaningOf } from '../errors.ts'
import { code, factList } from './facts.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { boxForm, fieldForm } from './search.ts'
import { words } from './words.ts'
import { pageWords } from './words-pages.ts'

const text = pageWords.problem

/** `given`: what was typed, so that it can be mended instead of typed again. */
export function problemPage(input: {
  here: Here
  failure: Failure
  given?: Partial<Record<string, string>>
}): Html {
  const { here, failure, given = {} } = input
  const title = headingOf(failure)
  const fault = ERRORS[failure.code][2]
  const todo = text.cure[failure.code] ?? text.cureByFault[fault]
  // The box has the focus: the problem stands right below it, or a small screen would scroll past it.
  const main = html`<search class="find">${boxForm({ label: words.find.label, given, describedBy: 'problem' })}</search>
<h1 class="page-title section">${title}</h1>
<section class="sheet stack" role="alert" id="problem">
<p>${meaningOf(failure.code)}</p>
<h2>${text.todo}</h2>
<p>${todo}${failure.cure === undefined ? '' : html` <span dir="auto">${failure.cure}</span>`}</p>
${factList([
  [text.code, code(failure.code)],
  [text.at, failure.at === undefined ? null : code(failure.at)],
  [text.detail, failure.message],
])}
</section>
<search class="find section" aria-label="${words.find.more}">${fieldForm(given)}</search>`
  return layout({ title, here, current: null, main })
}

function headingOf({ code }: Failure): string {
  if (code === 'ERR_NOT_FOUND') return text.notFound
  if (code === 'ERR_DECISION_UNKNOWN') return text.unknownDecision
  return text.heading[ERRORS[code][2]]
}
