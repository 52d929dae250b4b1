// Forms that do something are taken from our own pages only.
import type { Context } from 'hono'
import { Failure } from '../errors.ts'
import { PAGE_HEADERS } from './layout.ts'

/** With no referrer at all a browser would not say which page a form comes from. */
export const FORM_HEADERS: Readonly<Record<string, string>> = {
  ...PAGE_HEADERS,
  'referrer-policy': 'same-origin',
}

/** The form of another site must not do anything in anybody's name. Code ERR_FOREIGN_FORM. */
export function requireOwnForm(c: Context): void {
  const site = c.req.header('sec-fetch-site')
  const origin = c.req.header('origin')
  const host = c.req.header('host') ?? new URL(c.req.url).host
  const isOwn =
    site === undefined
      ? origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
      : site === 'same-origin'
  if (!isOwn)
    throw new Failure('ERR_FOREIGN_FORM', 'open the page at this node and send it from there')
}
