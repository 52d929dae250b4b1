// One matched decision of an answer: where, what, how long, for whose goods, in which words, and why it matched (design: decisions 2.5).
import { html } from 'hono/html'
import type { LookupResult } from '../lookup/result.ts'
import { evidenceTable } from './evidence.ts'
import { type Fact, factList } from './facts.ts'
import { formatDate, formatDay, productName } from './format.ts'
import type { Html } from './html.ts'
import { bondTerms } from './instruction.ts'
import {
  carveOutList,
  contactLine,
  dateRange,
  dateText,
  groundsText,
  marketText,
  officialText,
  recordNotice,
  rulingList,
  sourceText,
  wordingBlock,
} from './order-terms.ts'
import { SHAPES } from './shapes.ts'
import { words } from './words.ts'

/** How a result is announced: by its verdict, or as one that carries none. */
export type Standing = 'active' | 'inactive' | 'weak'

/** Every matched decision once, with all its matched products, in the order of the answer. */
export function orderList(results: readonly LookupResult[], standing: Standing): Html {
  const byDecision = new Map<string, [LookupResult, ...LookupResult[]]>()
  for (const result of results) {
    const known = byDecision.get(result.decision)
    if (known === undefined) byDecision.set(result.decision, [result])
    else known.push(result)
  }
  return html`${[...byDecision.values()].map((group) => orderArticle(group, standing))}`
}

function orderArticle(group: readonly [LookupResult, ...LookupResult[]], standing: Standing): Html {
  const [first] = group
  const { order, decision } = first
  const tone = standing === 'active' ? first.verdict : 'not_listed'
  return html`<article class="order tone-${tone}">
<div class="order-head">
<p class="tag">${SHAPES[tone]}${standing === 'active' ? words.verdict[first.verdict] : words.result[standing]}</p>
<h3 dir="auto">${order.title ?? decision}</h3>
<p>${marketText(order.market, order.left === true)}. <span class="state">${words.state[first.state]}.</span></p>
</div>
${recordNotice(order) ?? ''}
${factList(standing === 'active' ? orderFacts(first) : pastFacts(first), true)}
<div class="order-body">${
    // What is not in force, or hardly fits, is named; its words would only be taken for an instruction.
    standing === 'active'
      ? html`<div>${wordingBlock(order.wording, 4)}${rulingList(order.rulings)}${carveOuts(first)}</div>`
      : ''
  }
<div>${group.map(productPart)}</div></div>
<p><a href="/decisions/${decision}">${words.order.story(decision)}</a></p>
</article>`
}

function pastFacts({ order }: LookupResult): Fact[] {
  return [
    [words.order.instrument, words.instrument[order.instrument]],
    [words.order.authority, joined(order.issuing_body, order.legal_basis)],
    [words.order.cases, (order.case_numbers ?? []).join(', ')],
    [words.order.dates, dateRange(order)],
    [words.order.issued, dateText(order.issued_on)],
  ]
}

function orderFacts(result: LookupResult): Fact[] {
  const { order, effect, state } = result
  const review = order.review_ends_on
  return [
    ...pastFacts(result),
    [
      words.order.review,
      state === 'issued_under_review' && review !== undefined ? formatDate(review) : null,
    ],
    [words.order.source, sourceText(order)],
    [words.order.grounds, groundsText(order.grounds)],
    [words.card.bondTitle, order.action?.bond === undefined ? null : bondTerms(order.action.bond)],
    [words.order.certificate, certificate(order)],
    [words.order.effectHere, effectText(effect)],
    [words.order.standing, words.standing(result)],
    [words.order.official, officialText(order.official_text)],
    [words.order.redress, contactLine(order.redress)],
  ]
}

/** `Examine. This market has responded to the decision. Since 1 February 2026. <reason>` */
export function effectText(effect: LookupResult['effect']): Html {
  const { value, by, since, reason } = effect
  return html`<b>${words.effect[value]}.</b> ${words.effectBy[by]}${
    since === undefined ? '' : ` ${words.since(formatDay(since))}`
  }${reason === undefined ? '' : html` <span dir="auto">${reason}</span>`}`
}

function productPart(result: LookupResult): Html {
  const { product, pid, why, held } = result
  const name = productName(product?.brand, product?.model)
  return html`<div class="stack">
<h4>${product === null ? words.result.instead : html`${words.order.product}: <bdi>${name === '' ? pid : name}</bdi>`}</h4>
<div class="goods">${
    product === null
      ? ''
      : html`<p>${words.listing[product.listing]}${sourceOf(product.source)}.</p>${(
          product.description ?? []
        ).map(({ text, lang }) => html`<p lang="${lang}" dir="auto">${text}</p>`)}`
  }<p class="soft">${sentence(why.text)}</p>${held === undefined ? '' : html`<p><b>${held.text}</b></p>`}</div>
${evidenceTable(result)}
</div>`
}

function carveOuts({ order }: LookupResult): Html {
  if (order.carve_outs === undefined || order.carve_outs.length === 0) return html``
  return html`<div class="stack"><h4>${words.order.carveOuts}</h4>${carveOutList(order.carve_outs)}</div>`
}

function certificate({ action }: LookupResult['order']): string | null {
  const word = action?.certification
  return word === undefined || word === 'none' ? null : words.order.certification[word]
}

function sourceOf(source: NonNullable<LookupResult['product']>['source']): string {
  if (source === undefined) return ''
  const { document, page, ruling, date } = source
  const parts = [document, page, ruling, date === undefined ? undefined : formatDay(date)]
  return `: ${parts.filter((part) => part !== undefined).join(', ')}`
}

function joined(body: string | undefined, basis: string | undefined): string | null {
  const parts = [body, basis].filter((part) => part !== undefined)
  return parts.length === 0 ? null : parts.join('. ')
}

/** A reason that follows a colon elsewhere stands alone here, so it begins like a sentence. */
function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
