// Peers that lie: what a member answers instead of its own feed, in process or over a real socket.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp } from '../../src/app.ts'
import type { NodeDb } from '../../src/node/database.ts'
import type { Fetch } from '../../src/pull/source.ts'
import { decoded, urlOf } from './alliance.ts'

/** Answers a request of another node for `path`; `honest` gives what the member's own app would answer. */
export type Lie = (
  path: string,
  honest: () => Promise<Response>,
  init: RequestInit,
) => Promise<Response>

/** A network on which one member lies. */
export function lyingFetch(honest: Fetch, market: string, lie: Lie): Fetch {
  return (url, init) => {
    const { origin, pathname } = new URL(url)
    if (origin !== urlOf(market)) return honest(url, init)
    return lie(pathname, () => honest(url, init), init)
  }
}

/** Only paths that end so are lied about. */
export function lieAt(
  ending: string | RegExp,
  answer: (honest: Response) => Promise<Response>,
): Lie {
  return async (path, honest) => {
    const isHit = typeof ending === 'string' ? path.endsWith(ending) : ending.test(path)
    return isHit ? answer(await honest()) : honest()
  }
}

/** The honest file after some change to its bytes. */
export function tampered(
  ending: string | RegExp,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
): Lie {
  return lieAt(ending, async (honest) => new Response(change(await bytesOf(honest))))
}

export async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await response.arrayBuffer())
}

/** One bit of one byte turned; a place between 0 and 1 counts over the whole length. */
export function flipped(
  bytes: Uint8Array<ArrayBuffer>,
  place: number,
  bit = 1,
): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes)
  const at = Math.min(copy.length - 1, place < 1 ? Math.floor(place * copy.length) : place)
  copy[at] = (copy[at] ?? 0) ^ bit
  return copy
}

/** Answers every path from another database: a history that the same key signed, or another member's feed. */
export function servedFrom(db: NodeDb): Lie {
  const app = createApp({
    db,
    here: { market: 'xx', name: 'A liar' },
    nowMs: () => 0,
    trace: (event, facts) => {
      throw new Error(`${event} ${JSON.stringify(facts)}`)
    },
  })
  return async (path) => decoded(await app.request(`http://liar.test${path}`))
}

export type SocketLie = (request: IncomingMessage, response: ServerResponse) => void
export type LiarServer = { lie: Lie; requests: IncomingMessage[]; close(): Promise<void> }

/** A member behind a real socket. `answer` handles the paths that end so, the rest gets what the honest app says. */
export async function startLiar(ending: string | RegExp, answer: SocketLie): Promise<LiarServer> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    // The reader hangs up on most of these; that is what is tested.
    response.on('error', () => {})
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    requests,
    lie: (path, honest, init) => {
      const isHit = typeof ending === 'string' ? path.endsWith(ending) : ending.test(path)
      return isHit ? fetch(`http://127.0.0.1:${port}${path}`, init) : honest()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
