// The frame of every page and the headers under which it is sent: no script, nothing from elsewhere, no referrer, never cached.
import { html } from 'hono/html'
import { formatMarket, formatMoment } from './format.ts'
import type { Html } from './html.ts'
import { MARK } from './shapes.ts'
import { ICON_FILE, STYLE } from './style.ts'
import { LANG, words } from './words.ts'
import { pageWords } from './words-pages.ts'
import { receiptWords } from './words-receipt.ts'

/** The market whose node this is. */
export type Here = {
  market: string
  name: string
  /** Look-up needs a token here, so there is a way in and out. */
  hasLogin?: boolean
  /** It screens whole manifests, so the menu leads there. */
  takesManifests?: boolean
  /** Since when its charter is expired, POSIX seconds. */
  expired?: number | null
}

export type Page = {
  /** What the tab shows before the name of the site; for an answer it begins with the verdict. */
  title: string
  here: Here
  current: 'lookup' | 'decisions' | 'screen' | 'status' | null
  main: Html
  /** POSIX seconds: when this was true, for the head of a print. */
  atS?: number
  /** Seconds after which the browser asks for it again; the page itself offers a way to stop that. */
  refreshS?: number
}

/** A page as a whole document. */
export function layout(page: Page): Html {
  const { title, here, current, main, atS, refreshS } = page
  const moment = atS === undefined ? null : formatMoment(atS)
  return html`<!doctype html>
<html lang="${LANG}">
<head>
<meta charset="utf-8">
<title>${title} – ${words.site.name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">${refreshS === undefined ? '' : html`<meta http-equiv="refresh" content="${refreshS}">`}
<link rel="stylesheet" href="${STYLE.path}">
<link rel="icon" href="${ICON_FILE.path}" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">${words.site.skip}</a>
<header class="head"><div class="wide head-row">
<a class="brand" href="/">${MARK}${words.site.name}</a>
<p class="node"><b>${formatMarket(here.market)}</b><br>${here.name}</p>
<nav class="nav" aria-label="${words.site.nav}"><ul>
${link('/', words.site.lookup, current === 'lookup')}
${link('/decisions', words.site.decisions, current === 'decisions')}
${here.takesManifests === true ? link('/screen', words.site.screen, current === 'screen') : ''}
${link('/status', words.site.status, current === 'status')}
</ul></nav>
${moment === null ? '' : html`<p class="paper">${words.site.printed(moment)}</p>`}
</div></header>
<main id="main" class="wide" tabindex="-1">
${expiredNotice(here)}${main}
</main>
<footer class="foot"><div class="wide"><p>${words.site.foot}</p>
<p><a href="/verify">${receiptWords.foot.verify}</a> · <a href="/docs">${receiptWords.foot.docs}</a>${
    here.hasLogin === true ? html` · <a href="/login">${pageWords.login.inOrOut}</a>` : ''
  }</p></div></footer>
</body>
</html>`
}

/** On every page: nothing stops, and somebody has to see to it. */
function expiredNotice({ expired = null }: Here): Html {
  const day = expired === null ? null : formatMoment(expired)
  if (day === null) return html``
  return html`<p class="not-fresh" role="status">${pageWords.expired(day)}</p>\n`
}

function link(href: string, text: string, isCurrent: boolean): Html {
  const current = isCurrent ? html` aria-current="page"` : ''
  return html`<li><a href="${href}"${current}>${text}</a></li>`
}

/**
 * Headers of every page. The policy allows our own style sheet and icon and forms to ourselves, and no script at all; no referrer,
 * because the address holds the question, and a question reveals a live shipment.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-language': LANG,
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-robots-tag': 'noindex',
  'cache-control': 'no-store',
}
