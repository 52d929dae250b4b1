// The whole story of one decision: its terms, products, everything that happened to it, and what each market does about it.
import { html } from 'hono/html'
import type { Header, Product } from '../decision/schema.ts'
import type { Story } from '../lookup/decisions.ts'
import { type Fact, factList } from './facts.ts'
import { formatDay, formatList, formatMarket, formatMoment, productName } from './format.ts'
import { history } from './history.ts'
import type { Html } from './html.ts'
import { bondTerms } from './instruction.ts'
import { type Here, layout } from './layout.ts'
import { effectText } from './order.ts'
import {
  carveOutList,
  contactLine,
  dateRange,
  dateText,
  groundsText,
  langOf,
  marketText,
  officialText,
  recordNotice,
  wordingBlock,
} from './order-terms.ts'
import { lookupLink } from './search.ts'
import { words } from './words.ts'
import { pageWords } from './words-pages.ts'

const text = pageWords.story

export function storyPage(input: { here: Here; story: Story; nowMs: number }): Html {
  const { here, story, nowMs } = input
  const { decision, header, market, state } = story
  const title = header.title ?? decision
  const main = html`<p><a class="crumb" href="/decisions">${text.back}</a></p>
<h1 class="page-title" dir="auto"${langOf(header.lang)}>${title}</h1>
<p class="lede"><span class="code">${decision}</span>. ${marketText(market, false)}. <span class="state">${words.state[state]}.</span></p>
<div class="section stack">${heldNotice(story) ?? ''}${waitingNotice(story) ?? ''}${recordNotice(header) ?? ''}
<p class="no-print"><a class="button" href="${lookupLink({ q: decision })}">${text.lookup}</a></p></div>
<section class="section" aria-labelledby="terms"><h2 id="terms">${text.terms}</h2>
<div class="sheet stack">${factList(termFacts(header))}</div></section>
${part(wordingBlock(header.wording, 2), header.wording !== undefined)}
${named('carve-outs', words.order.carveOuts, carveOutList(header.carve_outs, header.lang), (header.carve_outs ?? []).length > 0)}
${named('reasons', words.order.reasons, html`<p dir="auto"${langOf(header.lang)}>${header.reasons ?? ''}</p>`, header.reasons !== undefined)}
${products(story)}
<section class="section" aria-labelledby="history"><h2 id="history">${text.history}</h2>${history(story)}</section>
${effects(story, here.market)}`
  return layout({ title, here, current: 'decisions', main, atS: Math.floor(nowMs / 1000) })
}

function waitingNotice({ acts }: Story): Html | null {
  const waiting = acts.filter(({ waits }) => waits === true).length
  return waiting === 0 ? null : html`<p class="not-fresh">${text.waiting(waiting)}</p>`
}

function heldNotice({ held }: Story): Html | null {
  if (held === undefined) return null
  const since = held.since === null ? null : formatMoment(held.since)
  return html`<p class="not-fresh">${held.isWhole ? text.heldWhole : text.heldPart(held.acts)}</p>
<p>${text.heldWhy(held.decisions, held.products, since)} <a href="/status">${text.heldNext}</a></p>`
}

function termFacts(header: Header): Fact[] {
  const { action } = header
  return [
    [words.order.instrument, words.instrument[header.instrument]],
    [words.order.authority, header.issuing_body ?? null],
    [words.order.basis, header.legal_basis ?? null],
    [words.order.cases, (header.case_numbers ?? []).join(', ')],
    [words.order.issued, dateText(header.issued_on)],
    [words.order.dates, dateRange(header)],
    [words.order.review, dateText(header.review_ends_on)],
    [text.review_due, dateText(header.review_due_on)],
    [
      words.order.source,
      header.breadth === 'any_source' ? words.order.anySource : words.breadth.named_parties,
    ],
    [text.parties, parties(header)],
    [text.procedures, formatList((header.procedures ?? []).map((word) => text.procedure[word]))],
    [text.territory, formatList((header.territory ?? []).map(formatMarket))],
    [words.order.grounds, groundsText(header.grounds)],
    [words.order.rights, rights(header)],
    [text.action, action?.kind === undefined ? null : text.actions[action.kind]],
    [words.card.bondTitle, action?.bond === undefined ? null : bondTerms(action.bond)],
    [
      words.order.certificate,
      action?.certification === undefined ? null : words.order.certification[action.certification],
    ],
    [words.card.contact, contactLine(action?.contact)],
    [words.order.redress, contactLine(header.redress)],
    [words.order.official, officialText(header.official_text)],
    [text.context, context(header)],
  ]
}

function parties({ parties = [] }: Header): Html | null {
  if (parties.length === 0) return null
  return html`<ul class="rulings">${parties.map(
    ({ name, country, affiliates, ids = [], local_names: local = [] }) => {
      const where = country === undefined ? '' : `, ${formatMarket(country)}`
      const also = affiliates === true ? `, ${text.affiliates}` : ''
      const numbers = ids.map(({ type, value }) => `, ${type} ${value}`).join('')
      return html`<li><bdi>${name}</bdi>${local.map((other) => html`, <bdi lang="${other.lang}">${other.name}</bdi>`)}${where}${also}${numbers}</li>`
    },
  )}</ul>`
}

/** Each is a sentence or more of its own; nothing says in which language. */
function context({ context = [] }: Header): Html | null {
  if (context.length === 0) return null
  return html`<ul class="rulings">${context.map((said) => html`<li dir="auto">${said}</li>`)}</ul>`
}

function rights({ rights = [] }: Header): Html | null {
  if (rights.length === 0) return null
  return html`<ul class="rulings">${rights.map(({ type, office, number, claims = [] }) => {
    const name = [pageWords.right[type], office, number].filter((part) => part !== undefined)
    return html`<li>${name.join(' ')}${claims.length === 0 ? '' : `, ${text.claims(formatList(claims))}`}</li>`
  })}</ul>`
}

function products({ decision, products, products_next: next }: Story): Html {
  const address = `/decisions/${decision}?${new URLSearchParams({ products_after: next ?? '' })}#products`
  const heads = [text.product, text.listing, text.identifiers]
  return html`<section class="section" aria-labelledby="products"><h2 id="products">${text.products(products.length)}</h2>
${
  products.length === 0
    ? html`<p>${text.noProducts}</p>`
    : html`<div class="sheet table-box"><table class="folds" role="table"><caption class="unseen">${text.productCaption}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${products.map(({ product }) => productRow(product))}</tbody></table></div>`
}
${next === null ? '' : html`<p class="pager"><a class="button" href="${address}">${text.productsMore}</a></p>`}</section>`
}

function productRow(product: Product): Html {
  const { pid, brand, model, model_pattern: pattern, listing, source, description = [] } = product
  const name = productName(brand, model ?? pattern)
  const date = source?.date === undefined ? undefined : formatDay(source.date)
  const from = given([source?.document, source?.page, source?.ruling, date]).join(', ')
  const facts = (product.decided_by ?? []).map((fact) => (words.fields[fact] ?? fact).toLowerCase())
  const found = [
    ...given([identifiers(product), firmwareText(product)]).map((line) => html`${line}`),
    ...description.map((said) => html`<span lang="${said.lang}" dir="auto">${said.text}</span>`),
  ]
  return html`<tr role="row"><th scope="row" role="rowheader"><bdi>${name === '' ? (product.words ?? []).join(', ') : name}</bdi><br><span class="code soft">${pid}</span></th>
<td role="cell">${words.listing[listing]}${from === '' ? '' : html`<br><span class="soft">${from}</span>`}${
    facts.length === 0 ? '' : html`<br>${text.needs(formatList(facts))}`
  }</td>
<td role="cell">${found.map((line, i) => (i === 0 ? line : html`<br>${line}`))}</td></tr>`
}

function firmwareText({ firmware }: Product): string | undefined {
  if (firmware === undefined) return undefined
  const { from, to } = firmware
  if (from !== undefined && to !== undefined) return text.firmwareRange(from, to)
  if (from !== undefined) return text.firmwareFrom(from)
  return to === undefined ? undefined : text.firmwareTo(to)
}

function identifiers(product: Product): string | undefined {
  const {
    gtins = [],
    mpns = [],
    asins = [],
    tacs = [],
    fcc_ids: fcc = [],
    hs = [],
    words: kinds = [],
  } = product
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ['GTIN', gtins],
    ['MPN', mpns],
    ['ASIN', asins],
    ['TAC', tacs],
    ['FCC ID', fcc],
    ['HS', hs.map(({ code, edition }) => `${code} (${edition})`)],
    ['', product.model === undefined && product.brand === undefined ? [] : kinds],
  ]
  const known = parts.filter(([, values]) => values.length > 0)
  if (known.length === 0) return undefined
  return known.map(([name, values]) => `${name} ${values.join(', ')}`.trim()).join('; ')
}

function given(parts: readonly (string | undefined)[]): string[] {
  return parts.filter((part) => part !== undefined)
}

function effects({ effects, market }: Story, here: string): Html {
  const facts = Object.entries(effects).map(([name, effect]): Fact => {
    const said = name === here ? html` <span class="soft">(${words.card.thisNode})</span>` : ''
    const isOwn = name === market
    return [
      html`${formatMarket(name)}${said}`,
      isOwn
        ? html`<b>${words.effect.enforce}.</b> ${words.effectBy.own_decision}`
        : effectText(effect),
    ]
  })
  return html`<section class="section" aria-labelledby="effects"><h2 id="effects">${text.effects}</h2>
<div class="sheet">${factList(facts)}</div></section>`
}

function named(id: string, title: string, body: Html, isThere: boolean): Html {
  return isThere
    ? html`<section class="section" aria-labelledby="${id}"><h2 id="${id}">${title}</h2><div class="sheet">${body}</div></section>`
    : html``
}

function part(body: Html, isThere: boolean): Html {
  return isThere ? html`<section class="section">${body}</section>` : html``
}
