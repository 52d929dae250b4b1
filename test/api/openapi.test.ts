import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { openApiDocument, openApiPath } from '../../src/api/document.ts'
import { createApp, ROUTES } from '../../src/app.ts'
import { ERRORS } from '../../src/errors.ts'
import { openDatabase } from '../../src/node/database.ts'
import { testAlliance } from '../support/alliance.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'

const document = openApiDocument(ROUTES)
const nameOf = ({ method, path }: { method: string; path: string }) =>
  `${method.toUpperCase()} ${path}`

describe('the OpenAPI document', () => {
  it('has every route of the app, and no other', async () => {
    const alliance = await testAlliance(['us'])
    const { app } = alliance.node('us')
    const routes = app.routes.filter(({ method }) => method !== 'ALL').map(nameOf)
    expect([...new Set(routes)].sort()).toEqual(ROUTES.map(nameOf).sort())
    alliance.close()
  })

  it('names each path once, and every parameter in it', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(path).not.toMatch(/[:*]/)
      for (const { parameters = [] } of Object.values(operations)) {
        const given = parameters.filter((one) => one.in === 'path')
        expect(given.map(({ name }) => name)).toEqual(names)
        expect(given.filter(({ description }) => description === undefined)).toEqual([])
      }
    }
    const operations = Object.values(document.paths).flatMap((one) => Object.values(one))
    expect(operations.length).toBe(ROUTES.length)
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ROUTES.length)
  })

  it('refers only to schemas that it has', () => {
    const text = JSON.stringify(document)
    const names = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(20)
    for (const name of names) {
      expect(Object.keys(document.components.schemas)).toContain(
        name.replace('#/components/schemas/', ''),
      )
    }
    expect(text).not.toContain('$defs')
  })

  it('says of every code what it means, and gives none that does not exist', () => {
    for (const { errors } of ROUTES)
      expect(errors.filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([])
    const lookup = document.paths['/v1/lookup']?.get
    expect(lookup?.responses['400']?.description).toContain('ERR_QUERY_EMPTY: The question names')
  })

  it('writes a path of the router as a path of the standard', () => {
    expect(openApiPath('/v1/decisions/:decision{.+}')).toBe('/v1/decisions/{decision}')
    expect(openApiPath('/mirror/:hash{[0-9a-f]{64}}/tile/*')).toBe('/mirror/{hash}/tile/{path}')
    expect(openApiPath('/charter/:file{[0-9]+\\.json}')).toBe('/charter/{file}')
  })

  it('is served, and once known is not sent again', async () => {
    const db = openDatabase(':memory:')
    const app = createApp({
      db,
      here: { market: 'us', name: 'us' },
      nowMs: () => 0,
      trace: () => {},
    })
    const first = await app.request('/openapi.json')
    expect(await first.json()).toEqual(JSON.parse(JSON.stringify(document)))
    const etag = first.headers.get('etag') ?? ''
    const again = await app.request('/openapi.json', { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    db.close()
  })
})

describe('what the app answers', () => {
  it('is as the document says for every address that is given to try', async () => {
    const alliance = await testAlliance(['us', 'jp'])
    const us = alliance.node('us')
    await us.publishText(issueDraft('us/337-ta-1005/leo'))
    await us.publishText(
      actDraft('us/337-ta-1005/leo', 'act: rescind\nfrom: 2026-11-20\nreason: {code: settled}'),
    )
    await alliance.syncAll()
    const tried = ROUTES.flatMap(({ method, try: example }) =>
      example === undefined ? [] : [{ method, ...example }],
    )
    for (const { method, path, body } of tried) {
      const init = body === undefined ? {} : { body: JSON.stringify(body) }
      const response = await us.request(path, { method, ...init })
      // Held against the document in the set-up of all tests.
      expect({ path, ok: response.ok }).toEqual({ path, ok: true })
    }
    expect(tried.length).toBeGreaterThan(8)
    alliance.close()
  })

  it('would be told from what it must not answer', () => {
    const answer = document.components.schemas.Answer
    const whole = JSON.stringify({ ...answer, $defs: document.components.schemas })
    const validator = z.fromJSONSchema(
      JSON.parse(whole.replaceAll('"#/components/schemas/', '"#/$defs/')),
    )
    expect(validator.safeParse({ verdict: 'cleared' }).success).toBe(false)
  })
})
