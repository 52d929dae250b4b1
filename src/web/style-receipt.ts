// The look of receipts, of the page that checks one, and of the description of the API.

export const RECEIPT_CSS = `
.token, .anywhere { overflow-wrap: anywhere; max-width: none; }
.token { user-select: all; }
textarea { font: inherit; width: 100%; padding: .5rem .7rem; color: var(--ink); background: var(--sheet); border: 2px solid var(--control); border-radius: 4px; overflow-wrap: anywhere; }
textarea:focus-visible { outline-offset: 0; box-shadow: inset 0 0 0 2px var(--focus-ink), 0 0 0 5px var(--focus-ink); border-color: var(--focus-ink); }
label.big { display: block; font-weight: 700; margin-bottom: .4rem; }
.op { margin-top: 1rem; }
.op a, .foot a { display: inline-block; min-height: 1.6rem; min-width: 1.6rem; padding-block: .1rem; }
.foot p + p { margin-top: .5rem; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--sunk); padding: .75rem 1rem; border-radius: 4px; }
`
