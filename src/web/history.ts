// What happened to a decision, act by act, with the ones that were refused: nothing is left out (design: house "a stranger's bad data").
import { html } from 'hono/html'
import type { Response } from '../decision/effect.ts'
import type { DecisionEvent } from '../decision/state.ts'
import type { Story, StoryAct } from '../lookup/decisions.ts'
import { formatDate, formatMarket, formatMoment, isoMoment } from './format.ts'
import type { Html } from './html.ts'
import { rulingText } from './order-terms.ts'
import { words } from './words.ts'
import { pageWords } from './words-pages.ts'

const text = pageWords.story

/** An ordered list; the own market's acts first as they are in its log, then other markets' responses. */
export function history({ acts, events, market, responses, header }: Story): Html {
  const byLeaf = new Map(events.map((event) => [event.leaf, event]))
  const happened = (act: StoryAct): Html | null => {
    if (act.code !== null) return null
    const event = byLeaf.get(act.leaf)
    if (event !== undefined) return eventText(event, header.lang)
    const response = responses[act.market]?.find((other) => isAt(other, act.pos))
    return response === undefined ? null : responseText(response)
  }
  const own = acts.filter((act) => act.market === market)
  const others = acts.filter((act) => act.market !== market)
  return html`<ol class="story">${[...own, ...others].map((act) =>
    item(act, happened(act), act.market === market),
  )}</ol>`
}

function item(act: StoryAct, what: Html | null, isOwn: boolean): Html {
  const name = act.kind === null ? pageWords.unreadable : (pageWords.act[act.kind] ?? act.kind)
  const by = isOwn ? '' : ` ${text.by(formatMarket(act.market))}`
  const moment = act.iat === null ? null : formatMoment(act.iat)
  return html`<li><p><b>${name}</b>${by}${what === null ? '' : html` ${what}`}</p>
${act.code === null ? '' : html`<p><b>${text.refused(act.code)}</b></p>`}${act.held === true ? html`<p><b>${text.held}</b></p>` : ''}${act.waits === true ? html`<p><b>${text.waits}</b></p>` : ''}
<p class="when">${
    act.iat === null || moment === null
      ? text.unsigned
      : html`<time datetime="${isoMoment(act.iat)}">${text.signed(moment)}</time>`
  }. ${text.leaf} <span class="code">${act.leaf}</span>${endorsedText(act)}</p></li>`
}

/** `A second key signed it 23 November 2026 12:00 UTC.` */
function endorsedText({ endorsed }: StoryAct): Html | string {
  const { iat = null } = endorsed ?? {}
  const moment = iat === null ? null : formatMoment(iat)
  if (iat === null || moment === null) return ''
  return html`. <time datetime="${isoMoment(iat)}">${text.endorsed(moment)}</time>`
}

/** The story leaves the shape of responses open; the catalogue holds accepted ones only, so a place is enough to know one by. */
function isAt(response: unknown, pos: number): response is Response {
  return (
    typeof response === 'object' && response !== null && 'pos' in response && response.pos === pos
  )
}

/** `Hold and call from 1 February 2026 until 31 December 2026. <reason>` */
function responseText({ effect, from, until, reason, citation }: Response): Html {
  const what = effect === null ? pageWords.effect.withdrawn : words.effect[effect]
  const span = [
    text.from(formatDate(from)),
    ...(until === undefined ? [] : [pageWords.effect.until(formatDate(until))]),
  ]
  const why = [reason?.text ?? pageWords.reason[reason?.code ?? ''] ?? '', citation ?? '']
  return html`<b>${what}</b> ${span.join(' ')}. <span dir="auto">${why
    .filter((part) => part !== '')
    .map(asSentence)
    .join(' ')}</span>`
}

function eventText(event: DecisionEvent, lang: string | undefined): Html {
  if (event.kind === 'rule') {
    return rulingText({ ...event.ruling, on: formatDate(event.ruling.on) }, lang)
  }
  const { reason, citation } = event
  const why =
    reason === undefined ? '' : (reason.text ?? pageWords.reason[reason.code] ?? reason.code)
  return html`${event.kind === 'annul' ? '' : `${text.from(formatDate(event.from))}. `}${
    why === ''
      ? ''
      : html`<span dir="auto"${reason?.text !== undefined && reason.lang !== undefined ? html` lang="${reason.lang}"` : ''}>${asSentence(why)}</span> `
  }${citation === undefined ? '' : html`<span class="soft" dir="auto">${asSentence(citation)}</span>`}`
}

/** Reasons are kept as the authority wrote them, or named by a code: either stands here as a sentence. */
function asSentence(text: string): string {
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1)
  return /[.!?。]$/.test(begun) ? begun : `${begun}.`
}
