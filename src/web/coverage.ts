// In every market: what is done there, and how old this node's copy of its feed is, always in words (design: decisions 2.5, protocol 1.10).
import { html } from 'hono/html'
import type { Answer } from '../lookup/answer.ts'
import type { Coverage } from '../lookup/coverage.ts'
import { formatAge, formatMarket } from './format.ts'
import type { Html } from './html.ts'
import { words } from './words.ts'

/** The effect in every market; where it was decided and which one this is are said. */
export function effectList(answer: Answer, here: string): Html {
  const markets = Object.entries(answer.effects)
  if (markets.length === 0) return html``
  return html`<section class="section" aria-labelledby="effects"><h2 id="effects">${words.card.effects}</h2>
<div class="sheet"><ul class="effects">${markets.map(([market, effect]) => {
    const said = [
      ...(answer.decided_in.includes(market) ? [words.card.decidedHere] : []),
      ...(market === here ? [words.card.thisNode] : []),
    ]
    return html`<li${market === here ? html` class="here"` : ''}><span>${formatMarket(market)}${
      said.length === 0 ? '' : html` <span class="soft">(${said.join(', ')})</span>`
    }</span> <span>${words.effect[effect]}</span></li>`
  })}</ul></div></section>`
}

/** The age of every feed, and one sentence over all. */
export function coverageList(coverage: readonly Coverage[]): Html {
  return html`<section class="section" aria-labelledby="coverage"><h2 id="coverage">${words.card.coverage}</h2>
<div class="sheet"><p>${coverageSentence(coverage)}</p>
<ul class="ages">${coverage.map((feed) => html`<li>${formatMarket(feed.market)}: ${feedAge(feed)}</li>`)}</ul></div></section>`
}

/** `All 5 markets are fresh; the oldest was last heard 4 minutes ago.` */
export function coverageSentence(coverage: readonly Coverage[]): string {
  const fresh = coverage.filter(({ state }) => state === 'fresh').length
  if (coverage.length === 0) return words.coverage.none
  if (fresh < coverage.length) return words.coverage.someFresh(fresh, coverage.length)
  const oldest = Math.max(...coverage.map(({ age_s }) => age_s ?? 0))
  return words.coverage.allFresh(fresh, formatAge(oldest))
}

function feedAge({ state, age_s, code }: Coverage): Html {
  const age = age_s === null ? null : words.coverage.heard(formatAge(age_s))
  const parts = [
    ...(state === 'never' ? [] : [age ?? words.coverage.unstamped]),
    ...(code === undefined ? [] : [code]),
  ]
  const word = words.coverage.state[state]
  return html`${state === 'fresh' ? word : html`<span class="not-fresh">${word}</span>`}${
    parts.length === 0 ? '' : `, ${parts.join(', ')}`
  }`
}
