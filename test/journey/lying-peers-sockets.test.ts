// A peer whose server misbehaves below the protocol: slow, endless, silent, bombs, redirects, encodings (reference: attacks 18 to 21).
import type { ServerResponse } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { type LiarServer, type SocketLie, startLiar } from '../support/liar.ts'
import { expectHarmless, expectRecovery, makeScene, of, type Scene } from '../support/scene.ts'

/** Short enough for a test, long enough for a loopback on a busy machine. */
const PATIENT = { headersMs: 5_000, idleMs: 5_000, totalMs: 10_000 }
const HASTY = { headersMs: 300, idleMs: 300, totalMs: 700 }
const CHECKPOINT = '/checkpoint'
const BUNDLE = /entries\/000\.p\/12$/

let scene: Scene
let server: LiarServer | null = null
let checkpoint: Buffer
let bundle: Buffer

beforeAll(async () => {
  scene = await makeScene(6, 12)
  const read = async (path: string) =>
    Buffer.from(await (await scene.liar.request(path)).arrayBuffer())
  checkpoint = await read('/log/checkpoint')
  bundle = await read('/log/tile/entries/000.p/12')
})
afterAll(() => scene.close())
afterEach(async () => {
  await server?.close()
  server = null
})

async function expectRefused(
  ending: string | RegExp,
  answer: SocketLie,
  code: ErrorCode,
  budgets = PATIENT,
): Promise<LiarServer> {
  server = await startLiar(ending, answer)
  await expectHarmless(scene, server.lie, code, budgets)
  expect(server.requests.length).toBeGreaterThan(0)
  return server
}

/** Writes the same bytes until the reader has had enough; gives how many went out through `sent`. */
function endless(response: ServerResponse, sent: { bytes: number }): void {
  const chunk = Buffer.alloc(65_536, 65)
  const more = (): void => {
    for (;;) {
      if (response.destroyed) return
      sent.bytes += chunk.length
      if (!response.write(chunk)) break
    }
    response.once('drain', more)
  }
  more()
}

describe('a peer that takes its time', () => {
  it('a connection that never answers costs the time for headers', async () => {
    await expectRefused(CHECKPOINT, () => {}, 'ERR_PEER_TIMEOUT', HASTY)
  })

  it('headers without a body cost the time between two chunks', async () => {
    const silent: SocketLie = (_, response) => {
      response.writeHead(200, { 'content-length': '500' })
      response.flushHeaders()
    }
    await expectRefused(BUNDLE, silent, 'ERR_PEER_TIMEOUT', HASTY)
  })

  it('one byte now and then costs the time for an answer as a whole', async () => {
    const drip: SocketLie = (_, response) => {
      response.writeHead(200, { 'content-length': String(checkpoint.length) })
      let at = 0
      const timer = setInterval(() => {
        response.write(checkpoint.subarray(at, at + 1))
        at += 1
      }, 40)
      response.on('close', () => clearInterval(timer))
    }
    await expectRefused(CHECKPOINT, drip, 'ERR_PEER_TIMEOUT', HASTY)
  })

  it('a connection that is refused is an error like any other', async () => {
    const gone = await startLiar(CHECKPOINT, () => {})
    await gone.close()
    await expectHarmless(scene, gone.lie, 'ERR_PEER_UNREACHABLE', PATIENT)
  })

  it.each([
    ['before the headers', (response: ServerResponse) => void response.destroy()],
    [
      'within the body',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': String(bundle.length) })
        response.write(bundle.subarray(0, 100), () => response.destroy())
      },
    ],
  ])('a connection that breaks %s is an error like any other', async (_, answer) => {
    const lie: SocketLie = (_request, response) => answer(response)
    await expectRefused(BUNDLE, lie, 'ERR_PEER_UNREACHABLE')
  })
})

describe('a peer that sends too much', () => {
  it.each([
    ['checkpoint', CHECKPOINT, 65_536],
    ['bundle', BUNDLE, 12 * (32_768 + 2)],
  ] as const)('an endless %s is cut off at its largest size', async (_, ending, most) => {
    const sent = { bytes: 0 }
    const answer: SocketLie = (_request, response) => {
      response.writeHead(200)
      endless(response, sent)
    }
    await expectRefused(ending, answer, 'ERR_PEER_TOO_LARGE')
    // What the sockets' buffers take, beyond what is read.
    expect(sent.bytes).toBeLessThan(most + 16 * 2 ** 20)
  })

  it('a gzip bomb is cut off by what comes out of it', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20))
    expect(bomb.length).toBeLessThan(100_000)
    const before = process.memoryUsage().rss
    const answer: SocketLie = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    }
    await expectRefused(CHECKPOINT, answer, 'ERR_PEER_TOO_LARGE')
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 2 ** 20)
  })

  it('endless headers are refused', async () => {
    const answer: SocketLie = (_request, response) => {
      response.writeHead(200, { 'x-more': 'a'.repeat(60_000) }).end(checkpoint)
    }
    await expectRefused(CHECKPOINT, answer, 'ERR_PEER_UNREACHABLE')
  })
})

describe('a peer that points elsewhere', () => {
  it.each([301, 302, 303, 307, 308])('a redirect is not followed (%i)', async (status) => {
    const answer: SocketLie = (request, response) => {
      if (request.url === '/elsewhere') response.end(checkpoint)
      else response.writeHead(status, { location: '/elsewhere' }).end()
    }
    const { requests } = await expectRefused(CHECKPOINT, answer, 'ERR_PEER_REDIRECT')
    expect(requests.map(({ url }) => url)).toEqual(['/log/checkpoint'])
  })
})

describe('a peer that packs strangely', () => {
  it.each([
    ['br', () => brotliCompressSync(bundle), 'ERR_PEER_ENCODING'],
    ['gzip, gzip', () => gzipSync(gzipSync(bundle)), 'ERR_PEER_ENCODING'],
    ['gzip, identity', () => gzipSync(bundle), 'ERR_PEER_ENCODING'],
    ['x-gzip', () => gzipSync(bundle), 'ERR_PEER_ENCODING'],
    ['deflate', () => bundle, 'ERR_PEER_ENCODING'],
    ['zstd', () => bundle, 'ERR_PEER_ENCODING'],
    ['nonsense', () => bundle, 'ERR_PEER_ENCODING'],
    ['gzip', () => bundle, 'ERR_PEER_UNREACHABLE'],
    ['gzip', () => gzipSync(bundle).subarray(0, -20), 'ERR_BUNDLE_FORMAT'],
    ['identity', () => gzipSync(bundle), 'ERR_BUNDLE_FORMAT'],
  ] as const)('content encoding "%s" over other bytes is refused', async (encoding, body, code) => {
    const answer: SocketLie = (_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(body())
    }
    await expectRefused(BUNDLE, answer, code)
  })

  it('is asked for gzip and for nothing that would be refused', async () => {
    const answer: SocketLie = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bundle))
    }
    server = await startLiar(BUNDLE, answer)
    const observer = scene.observer()
    observer.lie = server.lie
    await expectRecovery(scene, observer)
    expect(server.requests[0]?.headers['accept-encoding']).toBe('gzip')
    observer.close()
  })
})

it('a slow peer keeps nobody else waiting within a round', async () => {
  server = await startLiar(CHECKPOINT, () => {})
  const observer = scene.observer(HASTY)
  observer.lie = server.lie
  const round = observer.pull()
  for (;;) {
    const { feeds } = await observer.status()
    if (of(feeds, 'de').position === 3) break
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  expect(of((await observer.status()).peers, 'jp').failures).toBe(0)
  expect(of((await round).peers, 'jp').code).toBe('ERR_PEER_TIMEOUT')
  observer.close()
})
