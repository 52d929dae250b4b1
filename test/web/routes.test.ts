import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors.ts'
import { STYLE } from '../../src/web/style.ts'
import { issue, ORDER, type TestCatalogue, testCatalogue } from '../support/catalogue.ts'
import { type Site, testSite, textOf } from './site.ts'

let catalogue: TestCatalogue
let site: Site
beforeEach(async () => {
  catalogue = await testCatalogue()
  await catalogue.publish('us', issue())
  site = testSite(catalogue)
})
afterEach(() => catalogue.close())

describe('every page', () => {
  const paths = [
    '/',
    '/?q=9520001000010',
    '/?q=WX-2001',
    '/decisions',
    `/decisions/${ORDER}`,
    '/status',
    '/?bogus=1',
  ]

  it.each(paths)('%s holds no script and no style of its own', async (path) => {
    const page = await (await site.routes.request(path)).text()
    expect(page).not.toMatch(/<script|<style|<iframe|\sstyle=|\son[a-z]+="/i)
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(page.match(/<h1[ >]/g)).toHaveLength(1)
    expect(page).toContain('<a class="skip" href="#main">')
  })

  it.each(paths)(
    '%s is sent under a strict policy, without referrer, kept by nobody',
    async (path) => {
      const { headers } = await site.routes.request(path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      )
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    },
  )

  it('names its style sheet by content, cached for good', async () => {
    const [, path = ''] = /rel="stylesheet" href="([^"]+)"/.exec(await site.page('/')) ?? []
    expect(path).toMatch(/^\/assets\/portcullis\.[0-9a-f]{16}\.css$/)
    const response = await site.routes.request(path)
    expect(await response.text()).toBe(STYLE.body)
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8')
  })
})

describe('an error', () => {
  it('is a page that says what to do and the code', async () => {
    const text = textOf(await site.page('/?modell=WX', 400))
    expect(text).toContain('The question has a parameter that does not exist.')
    expect(text).toContain('did you mean model?')
    expect(text).toContain('Code ERR_QUERY_UNKNOWN_PARAMETER')
  })

  it('keeps what was typed', async () => {
    const page = await site.page('/?brand=Brambleford&hs=1&on=2026-13-01', 400)
    expect(page).toContain('name="brand" value="Brambleford"')
  })

  it.each(['/decisions/us/nothing', '/decisions/%3Cb%3E'])('%s is no decision', async (path) => {
    expect(textOf(await site.page(path, 404))).toContain('No such decision on this node')
  })

  it.each(['/decisions?makret=us', `/decisions/${ORDER}?page=2`])(
    '%s is refused, not half understood',
    async (path) => {
      expect(await site.page(path, 400)).toContain('ERR_QUERY_UNKNOWN_PARAMETER')
    },
  )

  it('of a node without a charter warns not to take silence for a clearance', async () => {
    const lookup = async () => {
      throw new Failure('ERR_CHARTER_NONE', 'no charter has been adopted yet')
    }
    const page = await testSite(catalogue, { lookup }).page('/?q=x', 503)
    expect(textOf(page)).toContain('This node is not ready')
  })

  it('of our own is traced and shows no cause', async () => {
    const traced: unknown[] = []
    const page = await testSite(catalogue, {
      lookup: async () => {
        throw new TypeError('secret detail')
      },
      trace: (_event, facts) => traced.push(facts.cause),
    }).page('/?q=x', 500)
    expect(page).toContain('ERR_INTERNAL')
    expect(page).not.toContain('secret detail')
    expect(traced).toEqual([expect.stringContaining('secret detail')])
  })
})
