// The terms of an order in plain words: record, instrument, dates, wording, rulings, exceptions; for an answer and for a decision's page.
import { html } from 'hono/html'
import type { DateAt, Header, Ruling } from '../decision/schema.ts'
import type { LookupResult } from '../lookup/result.ts'
import { formatDate, formatList, formatMarket, languageName } from './format.ts'
import type { Html } from './html.ts'
import { words } from './words.ts'
import { pageWords } from './words-pages.ts'

/** Anything but an official record is said loudly, on every screen and print (design: decisions 2.1 row "record"). */
export function recordNotice(order: Pick<Header, 'record' | 'confidence'>): Html | null {
  const said = recordSentence(order)
  return said === null ? null : html`<p class="loud">${said}</p>`
}

/** What is said of a record that is not official; null for one that is. */
export function recordSentence({
  record,
  confidence,
}: Pick<Header, 'record' | 'confidence'>): string | null {
  if (record === 'official') return null
  if (record === 'illustrative') return words.card.illustrative
  if (record === 'reconstruction') {
    return words.card.reconstruction(confidence ?? words.card.unstated)
  }
  return words.card.unmarked
}

/** `from 16 January 2026 to August 2031`. */
export function dateRange(order: Pick<Header, 'starts_on' | 'expires_on'>): string {
  const from = formatDate(order.starts_on)
  const end = order.expires_on
  return 'open' in end
    ? words.order.openRange(from, end.reason)
    : words.order.range(from, formatDate(end))
}

/** A date as exactly as it is known; null where there is none. */
export function dateText(date: DateAt | undefined): string | null {
  return date === undefined ? null : formatDate(date)
}

/** `patent and trade mark`. */
export function groundsText(grounds: Header['grounds']): string {
  return formatList(grounds.map((ground) => words.ground[ground]))
}

/** What the order says, in its own language, and whether these are the authority's words. */
export function wordingBlock(wording: Header['wording'], level: 2 | 4): Html {
  if (wording === undefined) return html``
  const kind = wording.kind === 'verbatim' ? words.order.verbatim : words.order.summary
  return html`<div class="stack">${heading(level, words.order.wording)}
<p class="soft">${kind}, ${words.order.inLanguage(languageName(wording.lang))}.</p>
<blockquote class="wording" lang="${wording.lang}" dir="auto"><p>${wording.text}</p></blockquote></div>`
}

type ShownRuling = Pick<Ruling, 'number' | 'body' | 'scope' | 'wording'> & { on: string }
type DatedRuling = ShownRuling & Pick<Ruling['on'], 'precision'>

/** Rulings as they are given: newest first. */
export function rulingList(rulings: readonly DatedRuling[]): Html {
  if (rulings.length === 0) return html``
  return html`<div class="stack">${heading(4, words.order.rulings)}<ol class="rulings">${rulings.map(
    (ruling) => html`<li>${rulingText({ ...ruling, on: formatDate(ruling) })}</li>`,
  )}</ol></div>`
}

/** `4 May 2026: out of scope. Sample Customs Service R-2026-7. <wording>`; `on` as it is to be read. */
export function rulingText({ on, scope, number, body, wording }: ShownRuling, lang?: string): Html {
  const name = [body, number].filter((part) => part !== undefined).join(' ')
  return html`${on}: <b>${words.order.scope[scope]}</b>${name === '' ? '' : `, ${name}`}.${
    wording === undefined ? '' : html` <span dir="auto"${langOf(lang)}>${wording}</span>`
  }`
}

/** The exceptions that the order itself names, in its language, with their span and the proof they need. */
export function carveOutList(carveOuts: Header['carve_outs'], lang?: string): Html {
  if (carveOuts === undefined || carveOuts.length === 0) return html``
  return html`<ul class="rulings">${carveOuts.map((carveOut) => {
    const { kind, beneficiary, wording, from, to, proof } = carveOut
    const span = [
      from === undefined ? '' : pageWords.story.from(formatDate(from)),
      to === undefined ? '' : `${words.order.until} ${formatDate(to)}`,
    ].filter((part) => part !== '')
    return html`<li><b>${pageWords.carveOut[kind]}</b>${beneficiary === undefined ? '' : `, ${beneficiary}`}${
      span.length === 0 ? '' : ` (${span.join(', ')})`
    }. ${wording === undefined ? '' : html`<span dir="auto"${langOf(lang)}>${wording}</span> `}${
      proof === undefined ? '' : words.order.proof(proof)
    }</li>`
  })}</ul>`
}

/** A citation, linked only where the address is one of the web's: a stranger wrote it. */
export function officialText(text: Header['official_text']): Html | null {
  if (text === undefined) return null
  const shown = text.citation ?? text.url
  if (shown === undefined) return null
  const href = webAddress(text.url)
  return href === null
    ? html`${shown}`
    : html`<a href="${href}" rel="external noreferrer noopener">${shown}</a>`
}

type Contact = NonNullable<Header['redress']>

/** Desk, telephone, mail and address, each on a line. */
export function contactLine(contact: Contact | undefined): Html | null {
  if (contact === undefined) return null
  const { desk, phone, email, url } = contact
  const href = webAddress(url)
  return html`${desk}${phone === undefined ? '' : html`<br>${phoneLink(phone)}`}${
    email === undefined ? '' : html`<br>${mailLink(email)}`
  }${href === null ? '' : html`<br><a href="${href}" rel="external noreferrer noopener">${url}</a>`}`
}

/** A number to call; the link holds nothing but what can be dialled. */
export function phoneLink(phone: string): Html {
  const digits = phone.replace(/[^0-9+*#]/g, '')
  return html`<a href="tel:${digits}">${phone}</a>`
}

/** An address to write to, as a link. */
export function mailLink(email: string): Html {
  return html`<a href="mailto:${encodeURIComponent(email).replace('%40', '@')}">${email}</a>`
}

/** The order's source condition, with the parties it names and what is known of them here. */
export function sourceText(order: LookupResult['order']): Html {
  if (order.breadth === 'any_source') return html`${words.order.anySource}`
  const named =
    order.parties.length === 0 ? words.order.unnamed : words.order.named(formatList(order.parties))
  return html`<span dir="auto">${named}</span><br><b>${words.order.party[order.party]}</b>`
}

/** `Decided in Japan (jp)`, and whether that market has left since. */
export function marketText(market: string, hasLeft: boolean): string {
  const decided = words.order.decided(formatMarket(market))
  return hasLeft ? `${decided}. ${words.order.left}` : decided
}

/** The language of a stranger's text, where it is known. */
export function langOf(lang: string | undefined): Html {
  return lang === undefined ? html`` : html` lang="${lang}"`
}

function heading(level: 2 | 4, text: string): Html {
  return level === 2 ? html`<h2>${text}</h2>` : html`<h4>${text}</h4>`
}

function webAddress(url: string | undefined): string | null {
  if (url === undefined || !/^https?:\/\//i.test(url)) return null
  return URL.canParse(url) ? url : null
}
