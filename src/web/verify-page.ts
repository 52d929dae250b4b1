// Checking a receipt: paste it or choose its file; what it says, who signed it, and whether the logs held here say the same.
import { html } from 'hono/html'
import { type ErrorCode, meaningOf, type Result } from '../errors.ts'
import type { ReceiptReport } from '../receipt/verify.ts'
import { code, factList } from './facts.ts'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { receiptFacts } from './receipt-page.ts'
import { pageWords } from './words-pages.ts'
import { receiptWords } from './words-receipt.ts'

const text = receiptWords.verify

/** What checking came to. */
export type ShownReplay =
  | { outcome: 'confirmed' }
  | { outcome: 'contradicted'; why: string[] }
  | { outcome: 'not_replayable'; code: ErrorCode; why: string }
export type ShownCheck = Result<ReceiptReport & { replay: ShownReplay }>

/** The form, and above it the outcome where something was checked. */
export function verifyPage(input: { here: Here; checked: ShownCheck | null }): Html {
  const { here, checked } = input
  const outcome = checked === null ? null : outcomeOf(checked)
  const main = html`<h1 class="page-title">${outcome?.title ?? text.title}</h1>
${outcome?.body ?? html`<p>${text.lede}</p>`}
<form class="section stack no-print" action="/verify" method="post" enctype="multipart/form-data">
<div><label class="big" for="receipt">${text.paste}</label>
<textarea id="receipt" name="receipt" rows="7" autocomplete="off" spellcheck="false" class="code"></textarea></div>
<div><label class="big" for="file">${text.file}</label>
<input id="file" name="file" type="file" accept=".jws,.txt,application/jose,text/plain"></div>
<button>${text.button}</button>
</form>`
  return layout({ title: outcome?.title ?? text.title, here, current: null, main })
}

function outcomeOf(checked: ShownCheck): { title: string; body: Html } {
  if (!checked.ok) {
    const cure = text.cure[checked.code] ?? pageWords.problem.cureByFault.caller
    return {
      title: text.refused,
      body: html`<section class="sheet stack" role="alert"><p>${meaningOf(checked.code)} ${cure}</p>
${factList([
  [pageWords.problem.code, code(checked.code)],
  [pageWords.problem.detail, checked.detail],
])}</section>`,
    }
  }
  const { replay, receipt, kid, under } = checked.value
  return {
    title: TITLES[replay.outcome],
    body: html`<section class="sheet stack" role="status">
${replayText(replay)}
${under === receipt.charter.n ? '' : html`<p>${text.other(receipt.charter.n, under)}</p>`}
${receiptFacts(receipt, kid)}</section>`,
  }
}

const TITLES: Record<ShownReplay['outcome'], string> = {
  confirmed: text.good,
  contradicted: text.bad,
  not_replayable: text.unknown,
}

function replayText(replay: ShownReplay): Html {
  if (replay.outcome === 'confirmed') return html`<p>${text.confirmed}</p>`
  if (replay.outcome === 'not_replayable') {
    return html`<p>${text.notReplayed} ${replay.why} (${code(replay.code)})</p>`
  }
  return html`<p class="loud">${text.contradicted}</p>
<h2>${text.why}</h2>
<ul>${replay.why.map((why) => html`<li class="anywhere">${why}</li>`)}</ul>`
}
