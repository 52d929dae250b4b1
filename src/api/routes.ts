// GET /openapi.json: the document, made once.
import { Hono } from 'hono'
import * as z from 'zod'
import { openApiDocument } from './document.ts'
import { isNotChanged, strongTag } from './etag.ts'
import { type RouteDoc, UNCHANGED } from './route.ts'

export const API_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/openapi.json',
    tag: 'node',
    summary: 'This document',
    headers: { 'if-none-match': 'The `etag` of an earlier answer.' },
    answers: {
      200: {
        type: 'application/json',
        text: 'OpenAPI 3.1.',
        schema: z.looseObject({ openapi: z.literal('3.1.1') }),
      },
      304: UNCHANGED,
    },
    errors: [],
    try: { path: '/openapi.json' },
  },
]

export function apiRoutes(docs: readonly RouteDoc[]): Hono {
  const routes = new Hono()
  let made: { text: string; etag: string } | null = null

  routes.get('/openapi.json', (c) => {
    if (made === null) {
      const text = JSON.stringify(openApiDocument(docs))
      made = { text, etag: strongTag(text) }
    }
    const headers = {
      etag: made.etag,
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
    }
    if (isNotChanged(c.req.header('if-none-match'), made.etag)) return c.body(null, 304, headers)
    return c.body(made.text, 200, { 'content-type': 'application/json', ...headers })
  })

  return routes
}
