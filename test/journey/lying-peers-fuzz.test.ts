// Acts that are well-formed, rightly signed and hostile: whatever they say, every node merges them alike and goes on answering.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FILES } from '../fixtures/decision-files.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { appendRaw, freshId, rawEntry } from '../support/entries.ts'
import { type Random, seededRandom } from '../support/random.ts'
import { of } from '../support/scene.ts'

const ACTS = 600
const HOSTILE = [
  ...['', ' ', '\u0000', '"', "'", '\\', '*', '#', '##*', 'A##*B', '(((', '[a-z', '%00', '../..'],
  ...['AND OR NOT NEAR(', 'constructor', '__proto__', 'toString', 'NaN', '1e999', '-1', '0'],
  ...['\u202e', '\ufeff', '\u2028', 'ﷺ', '𝔘𝔫𝔦', 'ｶﾞｷﾞ', 'İ', 'ß', '日本語', '한국어', '👩‍👩‍👧'],
  ...['9'.repeat(40), 'x'.repeat(300), 'a*'.repeat(50), '-'.repeat(200), 'e\u0301'.repeat(90)],
  ...['2026-02-30', '2026-13-45', '9999-12-31', '0000-00-00', 'Mars/Phobos', 'us/x/y', '00000000'],
]
const NUMBERS = [0, 1, 2 ** 53 - 1, 253_402_300_800]

let alliance: TestAlliance
let reader: TestNode
let liar: TestNode
let accepted: number

beforeAll(async () => {
  alliance = await testAlliance(['us', 'jp'])
  reader = alliance.node('us')
  liar = alliance.node('jp')
  const random = seededRandom(20261123)
  const issues = FILES.flatMap(({ admitted }) => (admitted.ok ? admitted.acts : [])).filter(
    ({ act }) => act === 'issue',
  )
  const entries = Array.from({ length: ACTS }, (_, at) => {
    const body = structuredClone(random.pick(issues)) as unknown as Record<string, unknown>
    for (let changes = 1 + random.below(3); changes > 0; changes--) spoil(body, random)
    const moment = { v: 1, alliance: alliance.alliance, log: liar.origin, iat: 1, prev: null }
    const id = freshId(alliance.clock.nowMs)
    const act = { ...moment, ...body, id, act: 'issue', decision: `jp/fuzz-${at}` }
    return rawEntry(JSON.stringify(act), liar.keys.agency)
  })
  await appendRaw(liar, await Promise.all(entries))
  const report = of((await reader.pull()).peers, 'jp')
  expect(report.outcome).toBe('merged')
  accepted = report.merged - report.refused
})
afterAll(() => alliance.close())

it('are merged or refused one by one, and both nodes agree on which', async () => {
  expect(accepted).toBeGreaterThan(ACTS / 10)
  await liar.pull()
  expect((await liar.status()).digest).toBe((await reader.status()).digest)
  const codes = reader.db.raw
    .prepare("SELECT DISTINCT code FROM act WHERE market = 'jp' AND code IS NOT NULL")
    .pluck()
    .all()
  expect(codes).toEqual(['ERR_ACT_SHAPE'])
})

it('break no page and no answer about them', async () => {
  const decisions = columnOf("SELECT decision FROM terms WHERE market = 'jp'")
  expect(decisions).toHaveLength(accepted - 1)
  for (const decision of decisions) {
    for (const path of [`/v1/decisions/${decision}`, `/decisions/${decision}`]) {
      expect((await reader.request(path)).status).toBeLessThan(500)
    }
  }
})

it('break no question for what they name', async () => {
  for (const body of columnOf("SELECT body FROM product WHERE market = 'jp' LIMIT 400")) {
    const product = JSON.parse(body) as Record<string, unknown>
    const question = new URLSearchParams()
    for (const name of ['brand', 'model', 'mpn']) {
      if (typeof product[name] === 'string') question.set(name, product[name])
    }
    for (const path of ['/v1/lookup', '/']) {
      expect((await reader.request(`${path}?${question}`)).status).toBeLessThan(500)
    }
  }
})

/** Puts a hostile value in the place of one text or number, deep down in the act. */
function spoil(body: Record<string, unknown>, random: Random): void {
  const leaves: [holder: Record<string, unknown>, name: string][] = []
  const walk = (holder: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(holder)) {
      if (typeof value === 'object' && value !== null) walk(value as Record<string, unknown>)
      else leaves.push([holder, name])
    }
  }
  for (const part of [body.header, body.products]) walk(part as Record<string, unknown>)
  const [holder, name] = random.pick(leaves)
  holder[name] = random.pick<unknown>(typeof holder[name] === 'number' ? NUMBERS : HOSTILE)
}

function columnOf(query: string): string[] {
  return reader.db.raw.prepare(query).pluck().all() as string[]
}
