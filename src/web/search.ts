// The one box, and the same question field by field; both are GET forms, so that every search is a link (design: look-up 4.2, 4.4).
import { html } from 'hono/html'
import type { Query } from '../lookup/query.ts'
import type { Html } from './html.ts'
import { words } from './words.ts'
import { receiptWords } from './words-receipt.ts'

/** What the box takes; the parser's own maximum. */
const MAX_BOX = 1000

/** The fields of the second form and the longest text each takes. */
const FIELDS = [
  ['q', MAX_BOX],
  ['brand', 120],
  ['model', 120],
  ['gtin', 64],
  ['mpn', 120],
  ['serial', 120],
  ['firmware', 120],
  ['tac', 40],
  ['hs', 40],
  ['maker', 300],
  ['exporter', 300],
  ['importer', 300],
  ['origin', 2],
  ['case', 300],
  ['right', 120],
] as const satisfies readonly (readonly [keyof Query, number])[]

const PLAIN = html`autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" inputmode="text"`

type Given = Partial<Record<string, string>>
type Box = { label: string; given?: Given; describedBy?: string; hint?: string }

/**
 * Both forms. The box is empty on an answer, so that the next scan does not run into the last one; `given` fills it to change
 * a question, or the fields where more than the box was filled in. `describedBy` is the element that a screen reader reads when the box takes the focus.
 */
export function searchForms(input: Box): Html {
  return html`<search class="find">${boxForm(input)}${fieldForm(input.given)}</search>`
}

/** The one box. It takes the focus, and a browser scrolls to it: what must be seen stands near it. */
export function boxForm({ label, given = {}, describedBy, hint }: Box): Html {
  const value = hasFields(given) ? '' : (given.q ?? '')
  const described = [describedBy, hint === undefined ? undefined : 'q-hint']
    .filter(Boolean)
    .join(' ')
  return html`<form action="/" method="get">
<label class="big" for="q">${label}</label>
<div class="find-row">
<input id="q" name="q" type="search" value="${value}" maxlength="${MAX_BOX}" autofocus required enterkeyhint="search" ${PLAIN}${
    described === '' ? '' : html` aria-describedby="${described}"`
  }>
<button>${words.find.button}</button>
</div>
${hint === undefined ? '' : html`<p class="hint" id="q-hint">${hint}</p>`}
</form>`
}

/** The same question field by field, open where fields were filled in. */
export function fieldForm(given: Given = {}): Html {
  const isOpen = hasFields(given)
  return html`<details${isOpen ? html` open` : ''}>
<summary><span>${words.find.more}</span></summary>
<form action="/" method="get">
<div class="fields">
${FIELDS.map(([name, most]) => fieldInput(name, most, isOpen ? (given[name] ?? '') : ''))}
<div><label for="f-on">${words.find.on}</label><input id="f-on" name="on" type="date" value="${given.on ?? ''}"></div>
<div><label for="f-known">${receiptWords.known.field}</label><input id="f-known" name="known" value="${isOpen ? (given.known ?? '') : ''}" ${PLAIN}></div>
</div>
<button>${words.find.button}</button>
</form>
</details>`
}

/** A name that is no field opens nothing: there would be nothing of it to see. */
function hasFields(given: Given): boolean {
  return (
    given.on !== undefined ||
    given.known !== undefined ||
    FIELDS.some(([name]) => name !== 'q' && given[name] !== undefined)
  )
}

function fieldInput(name: string, most: number, value: string): Html {
  return html`<div><label for="f-${name}">${words.fields[name] ?? name}</label><input id="f-${name}" name="${name}" value="${value}" maxlength="${most}" ${PLAIN}></div>`
}

/** The facts that are still missing, as a form that asks the same question again with them. */
export function factForm(fields: readonly string[], query: Query): Html {
  const kept = Object.entries(query).filter(([name]) => !fields.includes(name) && name !== 'limit')
  return html`<form class="ask" action="/" method="get">
${kept.map(([name, value]) => html`<input type="hidden" name="${name}" value="${String(value)}">`)}
${fields.map((name) => html`<div><label for="ask-${name}">${words.fields[name] ?? name}</label><input id="ask-${name}" name="${name}" maxlength="${name === 'origin' ? 2 : 120}" ${PLAIN}></div>`)}
<button>${words.card.again}</button>
</form>`
}

/** The address of a question. */
export function lookupLink(fields: Readonly<Record<string, string>>): string {
  return `/?${new URLSearchParams(fields)}`
}
