// The verdict card: what to do here, then the verdict and where it was decided, then what the officer needs to act (design: decisions 2.5).
import { html } from 'hono/html'
import type { Answer } from '../lookup/answer.ts'
import type { Query } from '../lookup/query.ts'
import { formatDay, formatList, formatLocalNow, formatMarket } from './format.ts'
import type { Html } from './html.ts'
import {
  bondTerms,
  carrying,
  counts,
  headline,
  isMuted,
  marketNames,
  missingFacts,
  ownBond,
} from './instruction.ts'
import { effectText } from './order.ts'
import { mailLink, phoneLink, recordSentence } from './order-terms.ts'
import { factForm, lookupLink } from './search.ts'
import { SHAPES } from './shapes.ts'
import { words } from './words.ts'

export type CardInput = { answer: Answer; query: Query; here: string; nowMs: number }

/** The card. Its heading is the page's own: the instruction. */
export function verdictCard(input: CardInput): Html {
  const { answer, here } = input
  const { verdict } = answer
  return html`<section class="card tone-${verdict}${isMuted(answer) ? html` card-quiet` : ''}" aria-labelledby="headline">
<div class="card-band">${SHAPES[verdict]}<div>
<p class="card-where">${words.card.here(formatMarket(here))}</p>
<h1 id="headline">${headline(answer, here)}</h1>
<p class="card-verdict"><b>${words.verdict[verdict]}</b>${
    answer.decided_in.length === 0
      ? ''
      : ` ${words.card.in(formatList(answer.decided_in.map(formatMarket)))}`
  }</p>
</div></div>
<div class="card-body">
${records(answer)}
<div class="stack"><p class="why">${answer.why.text}</p>${notCleared(answer)}${countList(answer)}</div>
${questionPart(input)}
<div class="pair">${contactPart(input)}${bondPart(input)}${effectPart(answer)}${readingPart(input)}</div>
</div>
</section>`
}

/** The verdict and the counts in one breath: what the status element says, and the tab. */
export function spokenVerdict(answer: Answer, here: string): string {
  const where =
    answer.decided_in.length === 0 ? '' : ` ${words.card.in(marketNames(answer.decided_in))}`
  const { shown, acted } = counts(answer)
  const numbers = shown === 0 ? '' : ` ${words.card.shown(shown)}. ${words.card.acted(acted)}.`
  return `${headline(answer, here)}. ${words.verdict[answer.verdict]}${where}.${numbers}`
}

function records(answer: Answer): Html {
  const results = carrying(answer)
  const marketsOf = new Map<string, Set<string>>()
  for (const { order } of results) {
    const said = recordSentence(order)
    if (said !== null) marketsOf.set(said, (marketsOf.get(said) ?? new Set()).add(order.market))
  }
  const isMixed = new Set(results.map(({ order }) => recordSentence(order))).size > 1
  return html`${[...marketsOf].map(
    ([said, markets]) =>
      html`<p class="loud">${isMixed ? words.card.ofMarkets(marketNames([...markets]), said) : said}</p>`,
  )}`
}

function notCleared({ verdict }: Answer): Html {
  return verdict === 'not_listed' || verdict === 'cannot_say'
    ? html`<p>${words.card.notCleared}</p>`
    : html``
}

function countList(answer: Answer): Html {
  const { shown, acted } = counts(answer)
  if (shown === 0) return html``
  return html`<ul class="counts"><li>${words.card.shown(shown)}</li><li>${words.card.acted(acted)}</li></ul>`
}

function questionPart({ answer, query }: CardInput): Html {
  const questions = answer.instruction?.questions ?? []
  const facts = missingFacts(answer)
  if (questions.length === 0 && facts.length === 0) return html``
  return html`<div class="part"><h2>${words.card.questions}</h2>
<ul class="questions">${questions.map(({ text }) => html`<li dir="auto">${text}</li>`)}</ul>
${facts.length === 0 ? '' : html`<p class="no-print">${words.card.tell}:</p>${factForm(facts, query)}`}</div>`
}

function contactPart({ answer, nowMs }: CardInput): Html {
  const contact = answer.instruction?.contact
  if (contact === undefined) return html``
  const { desk, phone, email, hours, time_zone: zone } = contact
  const [leading] = carrying(answer)
  const market = leading?.order.market
  const clock = zone === undefined ? null : formatLocalNow(zone, nowMs)
  const cases = [...new Set(carrying(answer).map(({ decision }) => decision))]
  return html`<div class="part"><h2>${words.card.contact}</h2>
<p>${desk}${market === undefined ? '' : `, ${formatMarket(market)}`}</p>
${phone === undefined ? '' : html`<p class="phone">${phoneLink(phone)}</p>`}
${email === undefined ? '' : html`<p>${mailLink(email)}</p>`}
${hours === undefined ? '' : html`<p>${zone === undefined ? hours : words.card.hours(hours, zone)}</p>`}
${clock === null ? '' : html`<p class="soft">${words.card.nowThere(clock)}</p>`}
<p class="soft">${words.card.quote(cases.slice(0, 3).join(', '))}</p></div>`
}

function bondPart({ answer }: CardInput): Html {
  const { instruction } = answer
  const bond = instruction?.bond
  if (instruction === null || bond === undefined) return html``
  const [leading] = carrying(answer)
  const isOwn = ownBond(instruction, leading) !== null
  const terms = bond.kind === 'percent' ? percentOfValue(bond.amount) : bondTerms(bond)
  return html`<div class="part"><h2>${words.card.bondTitle}</h2>
${terms === null ? '' : html`<p><b>${terms}</b></p>`}
<p>${words.card.daysLeft(words.dates.daysLeft(bond.days_left), formatDay(bond.until))}</p>
${isOwn ? '' : html`<p class="soft">${words.card.bondElsewhere}</p>`}</div>`
}

function percentOfValue(amount: string | undefined): string | null {
  return amount === undefined ? null : words.bond.ofValue(amount)
}

function effectPart(answer: Answer): Html {
  const [leading] = carrying(answer)
  if (leading === undefined) return html``
  return html`<div class="part"><h2>${words.card.effectHere}</h2><p>${effectText(leading.effect)}</p></div>`
}

function readingPart({ answer, query }: CardInput): Html {
  const { read_as, notes } = answer.query
  const name = words.readAs[read_as] ?? read_as
  const { on, known } = query
  const day: Record<string, string> = {
    ...(on === undefined ? {} : { on }),
    ...(known === undefined ? {} : { known }),
  }
  const others = answer.readings.map((reading) => {
    const text = words.card.other(
      words.readAs[reading.read_as] ?? reading.read_as,
      words.verdict[reading.verdict],
    )
    return html`<li><a href="${lookupLink({ ...asParameters(reading.fields), ...day })}">${text}</a></li>`
  })
  return html`<div class="part"><h2>${words.card.read}</h2>
${notes.length === 0 ? html`<p>${words.card.readAs(name)}</p>` : html`<ul class="notes">${notes.map(({ text }) => html`<li>${text}</li>`)}</ul>`}
${others.length === 0 ? '' : html`<ul class="links">${others}</ul>`}</div>`
}

/** A reading's fields as parameters of a look-up: what only the box can give becomes text, or is given by another field already. */
function asParameters(fields: Readonly<Record<string, string>>): Record<string, string> {
  const { free, asin, decision: _decision, ...others } = fields
  const text = free ?? asin
  return text === undefined ? others : { ...others, text }
}
