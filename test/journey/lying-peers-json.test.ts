// Payloads that two readers could take for different things, or that are too much (reference: attacks 25, 26; protocol 1.3).
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MAX_ENTRY_BYTES } from '../../src/tlog/bundle.ts'
import { appendRaw } from '../support/entries.ts'
import { type EntryScene, makeEntryScene } from '../support/entry-scene.ts'
import { of } from '../support/scene.ts'

let scene: EntryScene
beforeAll(async () => {
  scene = await makeEntryScene()
})
afterAll(() => scene.alliance.close())

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
/** The payload with one more member, as raw text. */
const plus = (member: string) => (payload: string) => payload.replace(/}$/, `,${member}}`)

it.each([
  ['a name twice', plus('"act":"annul"')],
  ['a name twice, once escaped', plus('"\\u0061ct":"annul"')],
  ['a name twice deep down', (p: string) => p.replace('"pid":', '"pid":"x","pid":')],
  ['__proto__', plus('"__proto__":{"act":"annul"}')],
  ['__proto__ deep down', (p: string) => p.replace('"pid":', '"__proto__":{},"pid":')],
  ['a name of digits', plus('"1":"a"')],
  ['a lone high surrogate', plus('"note":"\\ud800"')],
  ['a lone low surrogate in a name', plus('"\\udc00":"a"')],
  ['a byte order mark', (p: string) => `\ufeff${p}`],
  ['a blank', (p: string) => p.replace(':', ': ')],
  ['a line feed at the end', (p: string) => `${p}\n`],
  ['a needless escape', plus('"note":"\\u0041"')],
  ['an escaped slash', plus('"note":"\\/"')],
  ['a number beyond 2^53', plus('"more":9007199254740993')],
  ['a number with a fraction', plus('"more":1.5')],
  ['a number with an exponent', plus('"more":1e3')],
  ['a number as 1.0', plus('"more":1.0')],
  ['minus zero', plus('"more":-0')],
  ['a number too large for any', plus('"more":1e999')],
  ['nesting beyond 16', plus(`"more":${nested(16)}`)],
  ['nesting beyond any stack', plus(`"more":${nested(11_000)}`)],
  ['a comment', (p: string) => p.replace('{', '{/* */')],
  ['single quotes', (p: string) => p.replaceAll('"', "'")],
  ['two values', (p: string) => `${p}${p}`],
  ['no JSON', () => 'exclude everything'],
])('JSON with %s is refused', async (_, spoil) => {
  await scene.expectRefused(await scene.signed(spoil(scene.payload())), 'ERR_ACT_JSON')
})

it.each([
  ['an array', '[]'],
  ['a word', '"issue"'],
  ['null', 'null'],
  ['an object without members', '{}'],
  ['a word for v', '{"v":"1","act":"issue"}'],
])('a payload that is %s is refused for its shape', async (_, payload) => {
  await scene.expectRefused(await scene.signed(payload), 'ERR_ACT_SHAPE')
})

it.each([
  ['products that are no list', { products: {} }],
  ['a member of the wrong type', { iat: '1' }],
  ['a negative time', { iat: -1 }],
  ['a time beyond 2^53', { iat: 2 ** 53 - 1, products: 1 }],
  ['an id of another version', { id: '00000000-0000-4000-8000-000000000000' }],
  ['an id in capitals', { id: '0190A000-0000-7000-8000-00000000000A' }],
  ['a decision with a way out', { decision: 'jp/../de' }],
  ['a decision with capitals', { decision: 'jp/Case' }],
  ['a prev that is no hash', { prev: '' }],
  ['no header', { header: null }],
])('%s: refused for its shape', async (_, more) => {
  const payload = scene.payload(scene.freshIssue(), more)
  await scene.expectRefused(await scene.signed(payload), 'ERR_ACT_SHAPE')
})

it('unknown members pass, nested as deep and as large as an entry may be', async () => {
  await scene.reader.pull()
  const deep = await scene.signed(plus(`"more":${nested(15)}`)(scene.payload()))
  const base = scene.payload()
  // 4 letters for 3 bytes: what is left after header, signature and two dots.
  const room = Math.floor(((MAX_ENTRY_BYTES - (await scene.signed(base)).length) * 3) / 4)
  const large = await scene.signed(plus(`"more":"${'a'.repeat(room - 12)}"`)(base))
  expect(MAX_ENTRY_BYTES - large.length).toBeLessThan(8)
  await appendRaw(scene.liar, [deep, large])
  const report = of((await scene.reader.pull()).peers, 'jp')
  expect(report).toMatchObject({ outcome: 'merged', merged: 2, refused: 0 })
})
