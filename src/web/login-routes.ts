// /login and /logout: a form that puts a token into a cookie. The pages take it from there, the API never does.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { pageDoc, type RouteDoc } from '../api/route.ts'
import { Failure } from '../errors.ts'
import { type Here, PAGE_HEADERS } from './layout.ts'
import { type LoginPage, loginPage } from './login-page.ts'
import { FORM_HEADERS, requireOwnForm } from './own-form.ts'
import { failurePage } from './routes.ts'
import { SESSION_COOKIES, SESSION_S, safeNext } from './session.ts'

export type LoginDeps = {
  here: Here
  /** Whether people reach this node over https. */
  isSecure: boolean
  /** Who is behind a token that counts, or null. */
  knownAs: (token: string) => Promise<{ name: string; scopes: readonly string[] } | null>
}

const MAX_LOGIN_BYTES = 8192

export const LOGIN_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/login',
    tag: 'pages',
    isPage: true,
    summary: 'The login, where look-up needs a token',
    answers: { 200: pageDoc('The page.') },
    errors: [],
  },
  {
    method: 'post',
    path: '/login',
    tag: 'pages',
    isPage: true,
    summary: 'Keep a token in a cookie',
    text: 'HttpOnly, SameSite=Strict. Sent from our own page only.',
    body: {
      type: 'application/x-www-form-urlencoded',
      most: MAX_LOGIN_BYTES,
      text: '`token`, and `next`: the page to show after it.',
    },
    answers: { 303: null, 401: pageDoc('The page, with why.') },
    errors: ['ERR_FOREIGN_FORM', 'ERR_REQUEST_TOO_LARGE'],
  },
  {
    method: 'post',
    path: '/logout',
    tag: 'pages',
    isPage: true,
    summary: 'Forget the cookie',
    answers: { 303: null },
    errors: ['ERR_FOREIGN_FORM'],
  },
]

export function loginRoutes({ here, isSecure, knownAs }: LoginDeps): Hono {
  const routes = new Hono()
  const cookie = isSecure ? SESSION_COOKIES[0] : SESSION_COOKIES[1]
  const options = { path: '/', httpOnly: true, sameSite: 'Strict', secure: isSecure } as const
  const limit = bodyLimit({ maxSize: MAX_LOGIN_BYTES, onError: tooLarge })

  routes.get('/login', async (c) => {
    const token = getCookie(c, cookie)
    const person = token === undefined ? null : await knownAs(token)
    const next = safeNext(c.req.query('next'))
    return page(c, { here, next, ...(person === null ? {} : { person }) }, 200)
  })

  routes.post('/login', limit, async (c) => {
    requireOwnForm(c)
    const { token, next } = await c.req.parseBody()
    const after = safeNext(typeof next === 'string' ? next : undefined)
    const given = typeof token === 'string' ? token.trim() : ''
    if ((await knownAs(given)) === null) {
      return page(c, { here, next: after, isRefused: true }, 401)
    }
    setCookie(c, cookie, given, { ...options, maxAge: SESSION_S })
    return c.body(null, 303, { ...PAGE_HEADERS, location: after })
  })

  routes.post('/logout', (c) => {
    requireOwnForm(c)
    deleteCookie(c, cookie, options)
    return c.body(null, 303, { ...PAGE_HEADERS, location: '/login' })
  })

  routes.onError((error, c) => {
    if (error instanceof Failure) return failurePage(c, here, error)
    throw error
  })

  return routes
}

async function page(c: Context, shown: LoginPage, status: 200 | 401): Promise<Response> {
  return c.body(String(await loginPage(shown)), status, FORM_HEADERS)
}

function tooLarge(): never {
  throw new Failure('ERR_REQUEST_TOO_LARGE', `at most ${MAX_LOGIN_BYTES} bytes`)
}
