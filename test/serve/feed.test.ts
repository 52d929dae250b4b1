// The public files of a feed over HTTP: what caches may keep, what has one name only, what every error looks like (protocol 1.5).
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../src/app.ts'
import { encodeBase64url } from '../../src/encoding/base64.ts'
import { gunzip } from '../../src/encoding/gzip.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { openDatabase } from '../../src/node/database.ts'
import { MAX_BUNDLE_BYTES } from '../../src/tlog/bundle.ts'
import { type TestAlliance, type TestNode, testAlliance } from '../support/alliance.ts'
import { appendRaw, fillers } from '../support/entries.ts'
import { bytesOf } from '../support/liar.ts'

const IMMUTABLE = 'public, max-age=31536000, immutable'
let alliance: TestAlliance
let node: TestNode

beforeAll(async () => {
  alliance = await testAlliance(['us', 'jp'])
  node = alliance.node('us')
  await appendRaw(node, await fillers(alliance, node, 299))
})
afterAll(() => alliance.close())

const FILES = {
  checkpoint: '/log/checkpoint',
  'full tile': '/log/tile/0/000',
  'partial tile': '/log/tile/0/001.p/44',
  'narrower partial tile': '/log/tile/0/000.p/7',
  'tile of level 1': '/log/tile/1/000.p/1',
  'full bundle': '/log/tile/entries/000',
  'partial bundle': '/log/tile/entries/001.p/44',
  charter: '/charter/1.json',
  'newest charter': '/charter/latest',
}

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('content-encoding')).toBeNull()
  expect(response.headers.get('etag')).toBeNull()
  const problem = await response.json()
  expect(problem).toMatchObject({ status, code, type: `urn:portcullis:error:${code}` })
}

describe('what may be cached', () => {
  it('the checkpoint is asked for again each time, and has a strong tag of its bytes', async () => {
    const response = await node.request(FILES.checkpoint)
    const bytes = await bytesOf(response)
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-allow-origin': '*',
      'cache-control': 'no-cache',
      'content-type': 'text/plain; charset=utf-8',
      etag: `"${encodeBase64url(sha256(bytes))}"`,
    })
  })

  it.each([
    ['the tag', (tag: string) => tag],
    ['the tag as a cache weakened it', (tag: string) => `W/${tag}`],
    ['the tag among others', (tag: string) => `"other", ${tag}`],
    ['any', () => '*'],
  ])('%s in If-None-Match costs a 304 without a body', async (_, header) => {
    const tag = (await node.request(FILES.checkpoint)).headers.get('etag') ?? ''
    const headers = { 'if-none-match': header(tag) }
    const response = await node.request(FILES.checkpoint, { headers })
    expect(response.status).toBe(304)
    expect(response.headers.get('etag')).toBe(tag)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(await bytesOf(response)).toHaveLength(0)
  })

  it.each(['"other"', 'W/"other"', '', 'nonsense', '""'])(
    'another tag gets the checkpoint in full: %s',
    async (header) => {
      const headers = { 'if-none-match': header }
      expect((await node.request(FILES.checkpoint, { headers })).status).toBe(200)
    },
  )

  it('a new stamp is a new tag', async () => {
    const before = (await node.request(FILES.checkpoint)).headers.get('etag') ?? ''
    alliance.clock.nowMs += 3_600_000
    await node.pull()
    const headers = { 'if-none-match': before }
    expect((await node.request(FILES.checkpoint, { headers })).status).toBe(200)
  })

  it.each([
    ['full tile', 256 * 32],
    ['partial tile', 44 * 32],
    ['narrower partial tile', 7 * 32],
    ['tile of level 1', 32],
  ] as const)('a %s is immutable and exactly %i bytes', async (file, length) => {
    const response = await node.request(FILES[file])
    expect(response.headers.get('cache-control')).toBe(IMMUTABLE)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(await bytesOf(response)).toHaveLength(length)
  })

  it('a narrower tile is the beginning of the full one', async () => {
    const full = await bytesOf(await node.request(FILES['full tile']))
    const narrow = await bytesOf(await node.request(FILES['narrower partial tile']))
    expect(narrow).toEqual(full.slice(0, narrow.length))
  })

  it.each(['full bundle', 'partial bundle'] as const)(
    'a %s is the same bytes with gzip and without, and caches are told',
    async (file) => {
      const plain = await node.request(FILES[file])
      const headers = { 'accept-encoding': 'br, gzip;q=0.5' }
      const packed = await node.request(FILES[file], { headers })
      for (const response of [plain, packed]) {
        expect(response.headers.get('cache-control')).toBe(IMMUTABLE)
        expect(response.headers.get('vary')).toBe('accept-encoding')
      }
      expect(packed.headers.get('content-encoding')).toBe('gzip')
      const unpacked = await gunzip(await bytesOf(packed), MAX_BUNDLE_BYTES)
      expect(unpacked).toEqual(await bytesOf(plain))
    },
  )

  it.each(['', 'identity', 'br', 'gzip;q=0', 'gzip; q=0.000', 'x-gzip', 'gzipped'])(
    'who does not take gzip gets none: "%s"',
    async (accepted) => {
      const headers = { 'accept-encoding': accepted }
      const response = await node.request(FILES['full bundle'], { headers })
      expect(response.headers.get('content-encoding')).toBeNull()
    },
  )

  it.each(Object.entries(FILES))('HEAD of a %s has the headers and no body', async (_, path) => {
    const get = await node.request(path)
    const head = await node.request(path, { method: 'HEAD' })
    expect(head.status).toBe(200)
    // RFC 9110 §9.3.2 lets a HEAD leave out its length, and workerd does.
    const named = ({ headers }: Response) =>
      [...headers].filter(([name]) => name !== 'content-length')
    expect(named(head)).toEqual(named(get))
    expect(await bytesOf(head)).toHaveLength(0)
  })

  it.each(Object.entries(FILES))('pages of any site may read a %s', async (_, path) => {
    const response = await node.request(path)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('what is not there', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    '%s is refused with the methods there are',
    async (method) => {
      for (const path of [FILES.checkpoint, FILES['full tile'], FILES.charter]) {
        const response = await node.request(path, { method })
        expect(response.headers.get('allow')).toBe('GET, HEAD')
        await expectProblem(response, 405, 'ERR_METHOD')
      }
    },
  )

  it.each([
    ['a full width', '/log/tile/0/000.p/256'],
    ['a width beyond', '/log/tile/0/000.p/257'],
    ['no width', '/log/tile/0/000.p/0'],
    ['a width with a leading zero', '/log/tile/0/000.p/07'],
    ['a width that is missing', '/log/tile/0/000.p/'],
    ['a partial of nothing', '/log/tile/0/000.p'],
    ['an index without its zeros', '/log/tile/0/0'],
    ['an index of four digits', '/log/tile/0/0000'],
    ['needless groups', '/log/tile/0/x000/000'],
    ['a group without its x', '/log/tile/0/001/000'],
    ['a last group with an x', '/log/tile/0/x000'],
    ['a level with a leading zero', '/log/tile/00/000'],
    ['a level beyond 63', '/log/tile/64/000'],
    ['a negative level', '/log/tile/-1/000'],
    ['a word for a level', '/log/tile/entry/000'],
    ['a double slash', '/log/tile//0/000'],
    ['a double slash at the front', '//log/tile/0/000'],
    ['a double slash at the end', '/log/tile/0//000'],
    ['a slash at the end', '/log/tile/0/000/'],
    ['an escaped slash', '/log/tile/0%2F000'],
    ['an escaped digit', '/log/tile/0/00%30'],
    ['an escaped letter', '/log/%74ile/0/000'],
    ['an escaped dot', '/log/tile/0/000%2Ep/7'],
    ['an escape of an escape', '/log/tile/0/00%2530'],
    ['a broken escape', '/log/tile/0/00%3'],
    ['a zero byte', '/log/tile/0/000%00'],
    ['full-width digits', '/log/tile/0/%EF%BC%90%EF%BC%90%EF%BC%90'],
    ['a way out and back', '/log/tile/0/%2e%2e%2f0/000'],
    ['a backslash', '/log/tile/0/000%5C'],
    ['a semicolon', '/log/tile/0/000;v=1'],
    ['a comma', '/log/tile/0/000,'],
    ['a file beside it', '/log/tile/0/000.gz'],
    ['no tile', '/log/tile/'],
    ['a tile that the log has not yet', '/log/tile/0/001'],
    ['a tile wider than the log', '/log/tile/0/001.p/45'],
    ['a tile of a level that the log has not', '/log/tile/2/000.p/1'],
    ['a tile of the largest index', '/log/tile/0/x009/x007/x199/x254/x740/991'],
    ['a bundle beyond the end', '/log/tile/entries/002.p/1'],
    ['capitals', '/log/Checkpoint'],
    ['a slash after the checkpoint', '/log/checkpoint/'],
    ['an escaped checkpoint', '/log/%63heckpoint'],
    ['a charter with a leading zero', '/charter/01.json'],
    ['a charter with an escape', '/charter/1%2Ejson'],
    ['a charter that is not there', '/charter/2.json'],
    ['a charter zero', '/charter/0.json'],
    ['a charter beyond 2^53', '/charter/9007199254740993.json'],
  ])('%s is a problem, not a file: %s', async (_, path) => {
    await expectProblem(await node.request(path), 404, 'ERR_NOT_FOUND')
  })

  it.each(Object.entries(FILES))('a query string names no %s', async (_, path) => {
    for (const query of ['?', '?a=1', '?v=2&w=3', '?%00']) {
      await expectProblem(await node.request(`${path}${query}`), 404, 'ERR_NOT_FOUND')
    }
  })

  it('a log without an entry and a node without a charter have no files yet', async () => {
    const db = openDatabase(':memory:')
    const app = createApp({ db, here: { market: 'us', name: 'us' }, nowMs: () => 0, trace: fail })
    for (const path of Object.values(FILES)) {
      await expectProblem(await app.request(path), 404, 'ERR_NOT_FOUND')
    }
    db.close()
  })

  it('a fault of our own is a problem that gives nothing away, and is told to the operator', async () => {
    const db = openDatabase(':memory:')
    const told: string[] = []
    const trace = (event: string) => void told.push(event)
    const app = createApp({ db, here: { market: 'us', name: 'us' }, nowMs: () => 0, trace })
    db.close()
    const response = await app.request(FILES['full tile'])
    expect(await response.clone().text()).not.toContain('database')
    await expectProblem(response, 500, 'ERR_INTERNAL')
    expect(told).toEqual(['request_failed'])
  })
})

describe('over a socket, where no client tidies the path', () => {
  let port: number
  let close: () => void
  beforeAll(async () => {
    const { fetch } = node.app
    port = await new Promise<number>((resolve) => {
      const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, (address: AddressInfo) =>
        resolve(address.port),
      )
      close = () => server.close()
    })
  })
  afterAll(() => close())

  const statusOf = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      request.on('error', reject).end()
    })

  it('serves the one spelling', async () => {
    expect(await statusOf('/log/tile/0/000')).toBe(200)
  })

  it.each([
    '//log/tile/0/000',
    '/log//tile/0/000',
    '/log/tile/0//000',
    '/log/tile/0%2f000',
    '/log/tile/0/%2e%2e/../../etc/passwd',
    '/log/tile/../../../../etc/passwd',
    '/log/tile/0/000?',
    '/log/tile/0/000/.',
    '/log\\tile/0/000',
  ])('%s is refused, never redirected', async (path) => {
    expect([400, 404]).toContain(await statusOf(path))
  })
})

function fail(event: string, facts: Record<string, unknown>): never {
  throw new Error(`${event} ${JSON.stringify(facts)}`)
}
