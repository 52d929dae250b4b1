// Whatever is typed, the look-up answers or refuses over HTTP: never a fault of ours, never an error of the full-text search.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { QUERY_PARAMETERS } from '../../src/lookup/query.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { issueDraft } from '../support/decisions.ts'

let alliance: TestAlliance
let node: TestNode
beforeAll(async () => {
  alliance = await testAlliance(['us', 'jp'])
  node = alliance.node('us')
  await node.publishText(issueDraft('us/odd-1/order'))
  await alliance.syncAll()
})
afterAll(() => alliance.close())

/** An answer, or a refusal that is the caller's, in JSON. */
async function expectHarmless(query: Record<string, string>): Promise<void> {
  const params = new URLSearchParams(query)
  const got = await node.request(`/v1/lookup?${params}`)
  const body = JSON.stringify({ queries: { row: query } })
  const posted = await node.request('/v1/lookup', { method: 'POST', body })
  const found = (await got.json()) as { verdict?: string; code?: string }
  const { responses } = (await posted.json()) as {
    responses: Record<string, { status: number; verdict?: string; code?: string }>
  }
  expect(got.status, params.toString()).toBeLessThan(500)
  expect(posted.status, body).toBeLessThan(500)
  const [row] = Object.values(responses)
  expect(row?.status, body).toBe(got.status)
  // A URL holds no lone surrogates, JSON may: apart from those both doors say the same.
  if (params.get('q')?.isWellFormed() !== false) expect(row?.code, body).toBe(found.code)
  expect(found.verdict ?? found.code, params.toString()).toMatch(/^(ERR_QUERY_|[a-z_]+$)/)
}

const SYNTAX = [
  ...['"', '""', "'", '(', ')', '*', '^', ':', '+', '-', '{', '}', '\\', ',', 'AND', 'OR', 'NOT'],
  ...['NEAR(', 'NEAR/2', 'words :', 'grams:', 'product_text', 'rowid', ';--', '%', '_', '\u0000'],
  ...[
    '\ud800',
    '\udc00',
    '\u202e',
    '\u200f',
    '\u2066',
    '\ufffe',
    '\u001d',
    '\n',
    'drill',
    'Torvane',
  ],
  ...[
    'TX-9000',
    '9521234123453',
    '東芝',
    '삼성',
    'ｿﾆｰ',
    'İ',
    'ß',
    '٣',
    '𝟚',
    '🛑',
    '\u0301',
    ']d2',
    '(01)',
  ],
]

it('any mix of full-text operators, odd characters and real words is answered or refused', async () => {
  const text = fc
    .array(fc.constantFrom(...SYNTAX), { minLength: 1, maxLength: 10 })
    .chain((parts) => fc.constantFrom('', ' ').map((gap) => parts.join(gap)))
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom(...QUERY_PARAMETERS), async (q, name) => {
      await expectHarmless({ q: q.slice(0, 1000) })
      await expectHarmless({ [name]: q.slice(0, 100), q: 'drill' })
    }),
    { numRuns: 150 },
  )
}, 120_000)

it('any text at all in any parameters is answered or refused', async () => {
  const query = fc.dictionary(
    fc.constantFrom(...QUERY_PARAMETERS),
    fc.string({ unit: 'binary', maxLength: 80 }),
    { maxKeys: 4 },
  )
  await fc.assert(fc.asyncProperty(query, expectHarmless), { numRuns: 200 })
}, 120_000)

it.each(['x', 'a b ', '東', 'TX-9000 ', '"', '((', '9521234123453 ', '\u0000', '\u202e', 'AND '])(
  'ten kilobytes of %j are refused, and as much as is allowed is answered',
  async (unit) => {
    const long = unit.repeat(Math.ceil(10_240 / unit.length))
    await expectHarmless({ q: long })
    await expectHarmless({ q: long.slice(0, 1000) })
    await expectHarmless({ text: long.slice(0, 2000) })
  },
  60_000,
)
