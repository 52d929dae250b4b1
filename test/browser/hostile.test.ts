import { createConnection } from 'node:net'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serveAlliance } from './site.ts'

let site: Served
beforeAll(async () => {
  site = await serveAlliance()
})
afterAll(() => site.close())

/** Every address that takes a stranger's text, with the text already in the form of an address. */
const TARGETS = [
  (text: string) => `/?q=${text}`,
  (text: string) => `/?model=${text}&brand=${text}&on=${text}`,
  (text: string) => `/?edit=1&q=${text}&maker=${text}`,
  (text: string) => `/?${text}=${text}`,
  (text: string) => `/v1/lookup?q=${text}`,
  (text: string) => `/v1/lookup?party=${text}&text=${text}`,
  (text: string) => `/v1/lookup?${text}=x`,
  (text: string) => `/decisions?q=${text}`,
  (text: string) => `/decisions?market=${text}&after=${text}`,
  (text: string) => `/decisions?${text}=x`,
  (text: string) => `/v1/decisions?q=${text}`,
  (text: string) => `/v1/decisions?state=${text}&limit=${text}`,
  (text: string) => `/decisions/${text}`,
  (text: string) => `/decisions/us/337-ta-1276/leo?products_after=${text}`,
  (text: string) => `/v1/decisions/${text}`,
  (text: string) => `/v1/decisions/us/${text}/${text}`,
] as const

const LONGEST = 10_000

/** What has broken search boxes before. */
// biome-ignore format: a table of words reads better in rows
const FRAGMENTS = [
  '"', "'", '`', '<', '>', '&', '*', '^', ':', '-', '+', '(', ')', '{', '}', ';', '--', '/*', '\\', '%', '_', '#', '?', '/', '..',
  ' AND ', ' OR ', ' NOT ', 'NEAR(a b, 2)', 'NEAR/0', 'text:', 'rank', '"" ""', "' OR 1=1 --", "'); DROP TABLE act; --", '{{7*7}}',
  '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' autofocus onfocus=alert(1) '", '&lt;b&gt;', '&#60;', 'javascript:alert(1)', '</title>', ']]>', '<!--',
  '\0', '\u001d', '\u001b[31m', '\r\n', '\t', '\u200b', '\u200f', '\u202e', '\u2066', '\ufeff', '\ufffe', '\ufffd', '\u0301', '\u0301'.repeat(40),
  '\ud800', '\udc00', '😀', '👩‍👩‍👧‍👦', '🇯🇵', 'ﷺ', 'İ', 'ß', 'ﬁ', '５', '²', '한', '日本', 'ガ', 'ｶﾞ', 'مرحبا', 'ไทย',
  '__proto__', 'constructor', 'toString', '1e999', '-0', 'NaN', '٣', '9'.repeat(40), '9520200005014', ']C1010952020000501410X', '(01)09520200005014', 'https://id.example/01/09520200005014',
  'us/337-ta-1276/leo', '337-TA-1276', 'x'.repeat(2000),
] as const

/** Percent escapes of bytes, of UTF-8 and of what is no UTF-8 at all. */
const escaped = (bytes: Iterable<number>): string =>
  Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
/** A lone surrogate as the three bytes it would have, which TextEncoder would not write. */
const bytesOf = (text: string): number[] =>
  Array.from(text).flatMap((letter) => {
    const code = letter.codePointAt(0) ?? 0
    const isLone = code >= 0xd800 && code <= 0xdfff
    if (!isLone) return [...new TextEncoder().encode(letter)]
    return [0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
  })

const hostileText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.constantFrom(...FRAGMENTS), { minLength: 1, maxLength: 8 })
      .map((parts) => escaped(bytesOf(parts.join('')))),
  },
  { weight: 3, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 64 }).map(escaped) },
  {
    weight: 2,
    arbitrary: fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .map((text) => escaped(bytesOf(text))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...FRAGMENTS)
      .map((part) =>
        escaped(bytesOf(part.repeat(Math.ceil(LONGEST / part.length)).slice(0, LONGEST))),
      ),
  },
)

/** Markup at the start and at the end, so that it shows wherever a page cuts a text; no answer holds it but by quoting it raw. */
const MARK = `<zq"'>`

it('no text that a stranger sends makes the node fail or reaches a page as markup', async () => {
  let answered = 0
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...TARGETS), hostileText, async (target, text) => {
      const mark = escaped(bytesOf(MARK))
      for (const sent of [text, mark + text + mark]) {
        const response = await site.request(target(sent), { headers: { accept: 'text/html' } })
        const body = await response.text()
        answered += 1
        expect(response.status).toBeLessThan(500)
        const isPage = response.headers.get('content-type')?.startsWith('text/html') === true
        if (isPage) expectNoMarkup(body)
        else if (body !== '') expect(() => JSON.parse(body)).not.toThrow()
      }
    }),
    {
      numRuns: 500,
      examples: FRAGMENTS.flatMap((part) =>
        [TARGETS[0], TARGETS[4]].map((target): [(text: string) => string, string] => [
          target,
          escaped(bytesOf(part)),
        ]),
      ),
    },
  )
  expect(answered).toBeGreaterThan(600)
})

/** A page is made of our own elements and attributes only, whatever stands in it as text. */
function expectNoMarkup(page: string): void {
  expect(page).not.toContain(MARK)
  expect(page).not.toContain(MARK.slice(0, 4))
  const tags = page.match(/<[^!/][^>]*>/g) ?? []
  const wrong = tags.filter(
    (tag) =>
      /^<(script|img|iframe|object|style|base|b>g)/i.test(tag) ||
      /\son\w+\s*=/i.test(tag.replace(/"[^"]*"/g, '""')) ||
      /(href|src|action)="\s*javascript:/i.test(tag),
  )
  expect(wrong).toEqual([])
}

describe('bytes that no browser sends', () => {
  /** Sends a request line as it is and gives the status of the answer. */
  const status = (target: Uint8Array): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(site.url)
      const socket = createConnection({ host: hostname, port: Number(port) })
      let answer = ''
      socket.on('error', reject)
      socket.on('data', (part) => {
        answer += part.toString('latin1')
      })
      socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])))
      socket.write('GET ')
      socket.write(target)
      socket.write(` HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
    })
  const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

  it.each([
    ['a lone surrogate', '/?q=\xed\xa0\x80'],
    ['half a letter', '/?q=\xe2\x82'],
    [
      'every high byte',
      `/?q=${String.fromCharCode(...Array.from({ length: 128 }, (_, i) => 128 + i))}`,
    ],
    ['an encoded lone surrogate', '/?q=%ED%A0%80'],
    ['a broken escape', '/?q=%zz%4'],
    ['an encoded NUL', '/decisions/us%00/x'],
    ['a broken escape in a path', '/decisions/%ED%A0%80/%zz'],
    ['a path that climbs', '/decisions/../../etc/passwd'],
    ['a whole address', 'http://elsewhere.example/?q=x'],
    ['no path', '*'],
    ['ten kilobytes', `/?q=${'x'.repeat(10_000)}`],
    ['a name of ten kilobytes', `/?${'x'.repeat(10_000)}=1`],
    ['more than a header holds', `/?q=${'x'.repeat(20_000)}`],
  ])('%s is answered below 500', async (_name, target) => {
    const answered = await status(bytes(target))
    expect(answered).toBeGreaterThanOrEqual(200)
    expect(answered).toBeLessThan(500)
  })
})
