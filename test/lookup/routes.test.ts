import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Failure } from '../../src/errors.ts'
import { lookupRoutes, MAX_LOOKUP_BODY_BYTES } from '../../src/lookup/routes.ts'
import { problemResponse } from '../../src/problem.ts'
import {
  date,
  issue,
  ORDER,
  product,
  rule,
  type TestCatalogue,
  testCatalogue,
} from '../support/catalogue.ts'

let catalogue: TestCatalogue
let app: Hono
beforeEach(async () => {
  catalogue = await testCatalogue()
  app = new Hono()
  app.route(
    '/',
    lookupRoutes(async () => catalogue.ctx),
  )
  app.onError((error) => {
    if (error instanceof Failure) return problemResponse(error)
    throw error
  })
})
afterEach(() => catalogue.close())

const get = async (path: string) => {
  const response = await app.request(path)
  return { status: response.status, headers: response.headers, body: await response.json() }
}
const post = async (body: unknown) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await app.request('/v1/lookup', { method: 'POST', body: text })
  return { status: response.status, body: await response.json() }
}

describe('GET /v1/lookup', () => {
  it('answers a link, and nobody may keep the answer', async () => {
    await catalogue.publish('us', issue())
    const { status, headers, body } = await get('/v1/lookup?q=Brambleford+WX-2000&limit=1')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ verdict: 'blocked', results: [{ decision: ORDER }] })
    expect(Object.keys(body).sort()).toEqual(
      [
        ...['verdict', 'why', 'query', 'readings', 'instruction', 'results', 'weak', 'inactive'],
        ...[
          'decided_in',
          'effects',
          'coverage',
          'charter',
          'vector',
          'matcher',
          'on',
          'at',
          'known',
        ],
      ].sort(),
    )
  })

  it('refuses what it does not know with a problem document', async () => {
    const { status, body } = await get('/v1/lookup?q=x&knwon=1')
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'ERR_QUERY_UNKNOWN_PARAMETER', parameter: 'knwon' })
  })

  it('judges all results however few it shows', async () => {
    await catalogue.publish('us', issue())
    await catalogue.publish('kr', issue('kr/2026-7/import'))
    const { body } = await get('/v1/lookup?gtin=9520001000010&limit=1')
    expect(body.results.length).toBe(1)
    expect(body.decided_in).toEqual(['kr', 'us'])
    expect(body.effects.us).toBe('enforce')
  })
})

describe('POST /v1/lookup', () => {
  it('answers row by row; one bad row is that row’s problem', async () => {
    await catalogue.publish('us', issue())
    const { status, body } = await post({
      queries: {
        row1: { gtin: '9520001000010' },
        row2: { modle: 'x' },
        row3: { model: 'ZQ-77' },
        row4: 'text',
        __proto: { q: '' },
      },
    })
    expect(status).toBe(200)
    expect(body.responses).toMatchObject({
      row1: { status: 200, verdict: 'blocked' },
      row2: { status: 400, code: 'ERR_QUERY_UNKNOWN_PARAMETER' },
      row3: { status: 200, verdict: 'not_listed' },
      row4: { status: 400, code: 'ERR_QUERY_INVALID' },
      __proto: { status: 400, code: 'ERR_QUERY_EMPTY' },
    })
  })

  it('keeps a row named __proto__ a row', async () => {
    const { body } = await post('{"queries":{"__proto__":{"q":"WX-2000"}}}')
    expect(Object.keys(body.responses)).toEqual(['__proto__'])
  })

  it.each([
    ['no JSON', '{', 'ERR_QUERY_BODY', 400],
    ['a list', '[]', 'ERR_QUERY_BODY', 400],
    ['no rows', '{"queries":{}}', 'ERR_QUERY_BODY', 400],
    ['another member', '{"queries":{"a":{}},"limits":1}', 'ERR_QUERY_BODY', 400],
    ['a long row name', `{"queries":{"${'n'.repeat(65)}":{}}}`, 'ERR_QUERY_BODY', 400],
    ['too many bytes', ' '.repeat(MAX_LOOKUP_BODY_BYTES + 1), 'ERR_QUERY_TOO_LARGE', 413],
  ])('refuses %s', async (_, text, code, status) => {
    expect(await post(text)).toMatchObject({ status, body: { code } })
  })

  it('takes a hundred rows and no more', async () => {
    const rows = (n: number) => ({
      queries: Object.fromEntries(Array.from({ length: n }, (_, i) => [`r${i}`, { q: `WX-${i}` }])),
    })
    expect((await post(rows(100))).status).toBe(200)
    expect(await post(rows(101))).toMatchObject({
      status: 413,
      body: { code: 'ERR_QUERY_TOO_LARGE' },
    })
  })
})

describe('GET /v1/decisions', () => {
  beforeEach(async () => {
    await catalogue.publish('us', issue(), issue('us/337-ta-9002/geo'), {
      act: 'rescind',
      decision: 'us/337-ta-9002/geo',
      from: date('2026-06-01'),
    })
    await catalogue.publish('kr', issue('kr/2026-7/import', { header: { title: '기상 관측기' } }))
  })
  const names = async (query: string) => {
    const { body } = await get(`/v1/decisions${query}`)
    return body.decisions.map(({ decision }: { decision: string }) => decision)
  }

  it('lists, filters by market, state and words, and pages by name', async () => {
    const all = ['kr/2026-7/import', ORDER, 'us/337-ta-9002/geo']
    expect(await names('')).toEqual(all)
    expect(await names('?market=kr')).toEqual([all[0]])
    expect(await names('?state=rescinded')).toEqual([all[2]])
    expect(await names('?q=weather')).toEqual([all[1], all[2]])
    expect(await names('?q=관측')).toEqual([all[0]])
    expect(await names('?q=%22%20OR%20*')).toEqual([])
    const { body } = await get('/v1/decisions?limit=2')
    expect(body.next).toBe(ORDER)
    expect(await names(`?after=${body.next}`)).toEqual([all[2]])
    expect((await get('/v1/decisions?after=zz')).body).toEqual({ decisions: [], next: null })
  })

  it.each(['market=USA', 'state=gone', 'limit=0', 'limit=x', 'market=us&market=kr', 'page=2'])(
    'refuses %s',
    async (query) => {
      expect((await get(`/v1/decisions?${query}`)).status).toBe(400)
    },
  )
})

describe('GET /v1/decisions/<name>', () => {
  it('tells the whole story', async () => {
    await catalogue.publish(
      'us',
      issue(ORDER, { products: [product(), product({ pid: 'wx-30' })] }),
      rule({ scope: 'out', number: 'R-1', product: { pid: 'wx-30' } }),
    )
    await catalogue.publish('kr', {
      act: 'respond',
      decision: ORDER,
      effect: 'examine',
      from: date('2026-02-01'),
    })
    const { status, body } = await get(`/v1/decisions/${ORDER}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      decision: ORDER,
      state: 'in_force',
      header: { title: 'Certain Pocket Weather Stations' },
      products: [{ pid: 'wx-20' }, { pid: 'wx-30' }],
      products_next: null,
      events: [{ kind: 'rule', ruling: { number: 'R-1' } }],
      responses: { kr: [{ effect: 'examine' }] },
      effects: { us: { value: 'enforce' }, kr: { value: 'examine' }, jp: { value: 'detain' } },
    })
    expect(body.acts).toMatchObject([
      { market: 'kr', kind: 'respond', outcome: 'accepted' },
      { market: 'us', kind: 'issue', outcome: 'accepted', code: null },
      { market: 'us', kind: 'rule' },
    ])
    const rest = await get(`/v1/decisions/${ORDER}?products_after=wx-20`)
    expect(rest.body.products).toMatchObject([{ pid: 'wx-30' }])
  })

  it.each(['us/none', 'US/337', 'x', 'us/337-ta-9001/leo/more', '%00', '..%2f..'])(
    'knows no %s',
    async (name) => {
      const { status, body } = await get(`/v1/decisions/${name}`)
      expect(status).toBe(404)
      expect(body.code).toBe('ERR_DECISION_UNKNOWN')
    },
  )
})
