// A token in a cookie, for pages of a node whose look-up needs one: kept from scripts, sent by no other site.

/** Over https the name says that the cookie is bound to this host; over http, on this machine, a browser would not keep it. */
export const SESSION_COOKIES = ['__Host-portcullis', 'portcullis'] as const
/** Seconds a browser keeps it; a token may end earlier. */
export const SESSION_S = 12 * 3600
const MAX_NEXT = 2000

/** The login, and back to this page after it. */
export function loginPath(url: string): string {
  const { pathname, search } = new URL(url)
  const next = `${pathname}${search}`
  return next === '/' ? '/login' : `/login?${new URLSearchParams({ next })}`
}

/** A page of this node, or the first: where a form may lead to is not a stranger's to say. */
export function safeNext(next: string | undefined): string {
  const isOurs = next !== undefined && /^\/(?![/\\])[!-~]*$/.test(next) && !next.includes('\\')
  return isOurs && next.length <= MAX_NEXT ? next : '/'
}
