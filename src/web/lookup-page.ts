// The officer's page: the box alone, with examples and what an answer can say; or the box and the answer (design: look-up UX §6.1).
import { html } from 'hono/html'
import type { Answer } from '../lookup/answer.ts'
import type { Verdict } from '../lookup/judge.ts'
import type { Query } from '../lookup/query.ts'
import { spokenVerdict, verdictCard } from './card.ts'
import { coverageList, effectList } from './coverage.ts'
import type { Example } from './examples.ts'
import { code, factList } from './facts.ts'
import { formatDay, formatMoment } from './format.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { orderList } from './order.ts'
import { receiptForm } from './receipt-page.ts'
import { lookupLink, searchForms } from './search.ts'
import { SHAPES } from './shapes.ts'
import { words } from './words.ts'
import { receiptWords } from './words-receipt.ts'

const knownWords = receiptWords.known

const VERDICTS: readonly Verdict[] = [
  'blocked',
  'exception',
  'possible',
  'cannot_say',
  'not_listed',
]

/** The page before a question, or with one to change. */
export function searchPage(input: {
  here: Here
  examples: readonly Example[]
  given?: Partial<Record<string, string>>
}): Html {
  const { here, examples, given = {} } = input
  const main = html`<h1 class="page-title">${words.find.title}</h1>
${searchForms({ label: words.find.label, given, hint: words.find.lede })}
<p role="status" class="unseen"></p>
<section class="section" aria-labelledby="examples"><h2 id="examples">${words.find.examples}</h2>
${examples.length === 0 ? html`<p>${words.find.noExamples}</p>` : html`<ul class="teach">${examples.map(exampleLink)}</ul>`}</section>
<section class="section" aria-labelledby="verdicts"><h2 id="verdicts">${words.find.verdicts}</h2>
<ul class="legend">${VERDICTS.map(
    (verdict) =>
      html`<li class="tone-${verdict}">${SHAPES[verdict]}<p><b>${words.verdict[verdict]}.</b> ${words.find.legend[verdict]}</p></li>`,
  )}</ul></section>`
  return layout({ title: words.find.title, here, current: 'lookup', main })
}

function exampleLink({ kind, q }: Example): Html {
  return html`<li><a href="${lookupLink({ q })}"><span class="typed">${q}</span> <span class="soft">${words.find.example[kind]}</span></a></li>`
}

/** The page with an answer. The status element comes with the box, which is empty and ready for the next scan. */
export function answerPage(input: {
  here: Here
  answer: Answer
  query: Query
  nowMs: number
}): Html {
  const { here, answer, query, nowMs } = input
  const spoken = spokenVerdict(answer, here.market)
  const main = html`${searchForms({ label: words.find.again, describedBy: 'spoken' })}
<p role="status" class="unseen" id="spoken">${spoken}</p>
${askedLine(query, answer)}
${verdictCard({ answer, query, here: here.market, nowMs })}
${matches(answer)}
${effectList(answer, here.market)}
${coverageList(answer.coverage)}
${apart('inactive', answer)}
${apart('weak', answer)}
${forTheFile(answer)}
${receiptForm(query)}`
  const title = `${words.verdict[answer.verdict]}: ${askedText(query)}`
  return layout({ title, here, current: 'lookup', main, atS: answer.at })
}

function askedLine(query: Query, answer: Answer): Html {
  const edit = lookupLink({ edit: '1', ...asText(query) })
  return html`<p class="asked"><span>${words.find.youAsked} <q>${askedText(query)}</q>${
    answer.on === null ? '' : ` ${words.find.about(formatDay(answer.on))}`
  }${knownText(answer)}</span> <a href="${edit}">${words.find.edit}</a></p>`
}

function knownText({ known, at, charter }: Answer): string {
  const moment = formatMoment(at)
  return known === null || moment === null ? '' : `, ${knownWords.about(moment, charter.n)}`
}

function matches({ results }: Answer): Html {
  if (results.length === 0) return html``
  const decisions = new Set(results.map(({ decision }) => decision))
  return html`<section class="section" aria-labelledby="matches"><h2 id="matches">${words.card.matches(decisions.size)}</h2>
${orderList(results, 'active')}</section>`
}

/** Matches that carry no verdict stand under a heading of their own, so that nobody takes them for one. */
function apart(standing: 'inactive' | 'weak', answer: Answer): Html {
  const results = answer[standing]
  if (results.length === 0) return html``
  const note = standing === 'inactive' ? words.card.inactiveNote : words.card.weakNote
  return html`<section class="section" aria-labelledby="${standing}"><h2 id="${standing}">${words.card[standing]}</h2>
<p class="soft">${note}</p>
<div class="section">${orderList(results, standing)}</div></section>`
}

function forTheFile({ at, charter, matcher, vector, known }: Answer): Html {
  const positions = Object.entries(vector).map(([origin, [size]]) => `${origin} ${size}`)
  return html`<section class="section fine" aria-labelledby="fine"><h2 id="fine">${words.card.fine}</h2>
${factList([
  [words.card.given, formatMoment(at)],
  [words.card.charter, code(`${charter.n}, ${charter.hash}`)],
  [words.card.matcher, code(matcher)],
  [words.card.vector, code(positions.join(', '))],
  [knownWords.form, known === null ? null : code(known)],
])}${known === null ? '' : html`<p class="soft">${knownWords.note}</p>`}</section>`
}

const BESIDE = ['on', 'known', 'q']

/** The question as it was put, in the officer's own characters. */
function askedText(query: Query): string {
  const fields = Object.entries(asText(query)).filter(([name]) => !BESIDE.includes(name))
  const named = fields.map(([name, value]) => `${words.fields[name] ?? name}: ${value}`)
  return [query.q, ...named].filter((part) => part !== undefined).join(', ')
}

function asText(query: Query): Record<string, string> {
  const { limit: _limit, lang: _lang, receipt: _receipt, ...asked } = query
  return Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
