// Definition lists: a term and its value, and nothing where there is no value.
import { html } from 'hono/html'
import type { Html } from './html.ts'

export type Fact = readonly [term: Html | string, value: Html | string | null]

/** A definition list of the facts that there are; in two columns where there is room and `isDense` asks for it. */
export function factList(facts: readonly Fact[], isDense = false): Html {
  const known = facts.filter(([, value]) => value !== null && value !== '')
  return html`<dl class="facts${isDense ? ' facts-dense' : ''}">${known.map(
    ([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`,
  )}</dl>`
}

/** A hash, a position, a name for machines. */
export function code(text: string): Html {
  return html`<span class="code">${text}</span>`
}
