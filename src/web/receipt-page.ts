// A receipt as a page: what it says, the receipt itself to copy, print or download, and what it proves (design: protocol 1.11).
import { html } from 'hono/html'
import type { Query } from '../lookup/query.ts'
import type { Receipt } from '../receipt/schema.ts'
import { code, factList } from './facts.ts'
import { formatDay, formatList, formatMarket, formatMoment } from './format.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { lookupLink } from './search.ts'
import { words } from './words.ts'
import { receiptWords } from './words-receipt.ts'

const text = receiptWords.make

/** The button on an answer: the same question again, with a receipt. */
export function receiptForm(query: Query): Html {
  const kept = Object.entries(query).filter(([name]) => name !== 'receipt')
  return html`<form class="section no-print" action="/receipt" method="post">
${kept.map(([name, value]) => html`<input type="hidden" name="${name}" value="${String(value)}">`)}
<button>${text.button}</button>
</form>`
}

export function receiptPage(input: {
  here: Here
  token: string
  kid: string
  receipt: Receipt
  query: Query
}): Html {
  const { here, token, kid, receipt, query } = input
  const back = Object.entries(query)
    .filter(([name]) => name !== 'receipt')
    .map(([name, value]): [string, string] => [name, String(value)])
  const main = html`<h1 class="page-title">${text.title}</h1>
<p>${text.lede}</p>
<section class="sheet section stack">
${receiptFacts(receipt, kid)}
<p>${text.proves}</p>
</section>
<section class="section" aria-labelledby="token"><h2 id="token">${text.token}</h2>
<p class="sheet code token">${token}</p></section>
<form class="section no-print" action="/receipt/file" method="post">
<input type="hidden" name="receipt" value="${token}">
<button>${text.download}</button>
</form>
<p class="section no-print"><a href="${lookupLink(Object.fromEntries(back))}">${text.back}</a></p>
<p class="no-print"><a href="/verify">${text.check}</a></p>`
  return layout({ title: text.title, here, current: null, main, atS: receipt.iat })
}

/** What a receipt says, as facts. */
export function receiptFacts(receipt: Receipt, kid: string): Html {
  const { verdict, decided_in: markets, decisions, coverage, charter, on } = receipt
  const asked = Object.entries(receipt.query).map(
    ([name, value]) => `${words.fields[name] ?? name}: ${value}`,
  )
  const named = decisions
    .map(({ decision, pid }) => [decision, pid].filter(Boolean).join(' '))
    .join(', ')
  const late = coverage.filter(({ state }) => state !== 'fresh').map(({ market }) => market)
  return factList([
    [text.asked, asked.join(', ')],
    [text.day, on === null ? null : formatDay(on)],
    [text.verdict, html`<b>${words.verdict[verdict]}</b>`],
    [text.where, formatList(markets.map(formatMarket))],
    [text.decisions, named === '' ? null : code(named)],
    [
      text.freshness,
      late.length === 0
        ? text.fresh(coverage.length)
        : text.late(formatList(late.map(formatMarket))),
    ],
    [text.given, formatMoment(receipt.at)],
    [text.signed, formatMoment(receipt.iat)],
    [text.by, formatMarket(receipt.market)],
    [text.key, code(kid)],
    [
      text.under,
      html`${code(`${charter.n}, ${charter.hash}`)}${
        charter.expired === undefined ? '' : html` <span class="not-fresh">${text.expired}</span>`
      }`,
    ],
    [words.card.matcher, code(receipt.matcher)],
    [
      words.card.vector,
      code(
        Object.entries(receipt.vector)
          .map(([origin, { size, root }]) => `${origin} ${size} ${root}`)
          .join(', '),
      ),
    ],
  ])
}
