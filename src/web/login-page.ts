// The login: one field for a token, and the way out. Nothing here needs a script.
import { html } from 'hono/html'
import type { Html } from './html.ts'
import { type Here, layout } from './layout.ts'
import { agencyWords } from './words-agency.ts'
import { pageWords } from './words-pages.ts'

const text = pageWords.login

export type LoginPage = {
  here: Here
  /** Where to go after it. */
  next: string
  /** Who is logged in already. */
  person?: { name: string; scopes: readonly string[] }
  /** The token that was given does not count. */
  isRefused?: boolean
}

export function loginPage({ here, next, person, isRefused = false }: LoginPage): Html {
  const main = html`<h1 class="page-title">${text.title}</h1>
<section class="sheet stack">
${person === undefined ? html`<p>${text.lede}</p>` : html`<p role="status">${text.known(person.name)}</p>${linksOf(person.scopes)}`}
${isRefused ? html`<p role="alert" id="refused"><strong>${text.refused}</strong></p>` : ''}
<form action="/login" method="post" class="stack">
<input type="hidden" name="next" value="${next}">
<p><label for="token">${text.token}</label><br>
<input id="token" name="token" type="password" maxlength="2048" required autocomplete="off" spellcheck="false"${
    isRefused ? html` aria-invalid="true" aria-describedby="refused"` : ''
  }></p>
<button>${text.enter}</button>
</form>
${person === undefined ? '' : html`<form action="/logout" method="post"><button>${text.leave}</button></form>`}
</section>`
  return layout({ title: text.title, here, current: null, main })
}

/** What this person can do here besides looking up. */
function linksOf(scopes: readonly string[]): Html {
  const pages = [
    ['publish', '/acts', agencyWords.handIn.title],
    ['audit', '/audit', agencyWords.audit.title],
  ] as const
  const theirs = pages.filter(([scope]) => scopes.includes(scope))
  if (theirs.length === 0) return html``
  return html`<ul>${theirs.map(([, path, title]) => html`<li><a href="${path}">${title}</a></li>`)}</ul>`
}
