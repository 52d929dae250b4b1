// Where a node connects to and where not, checked at the socket: names that lead inside, addresses in any spelling, ports, proxy, CA.
import { readFileSync } from 'node:fs'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
} from 'node:http'
import { createServer, type Server } from 'node:https'
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rangeCheck, routedCheck } from '../../src/node/address.ts'
import { peerFetch, type Reach, type Resolve } from '../../src/node/fetch.ts'
import { fetchBytes } from '../../src/pull/source.ts'

const pem = (name: string) =>
  readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), 'utf8')
const CERT = pem('peer.cert.pem')
const PUBLIC = '203.119.1.1'

let server: Server
let port: number
let connections = 0
beforeAll(async () => {
  server = createServer({ cert: CERT, key: pem('peer.key.pem') }, (_, response) => {
    response.end('inside')
  })
  server.on('connection', () => {
    connections += 1
  })
  port = await listening(server)
})
afterAll(() => closed(server))
beforeEach(() => {
  connections = 0
})

function listening(one: NetServer): Promise<number> {
  return new Promise((resolve) => {
    one.listen(0, '127.0.0.1', () => resolve((one.address() as AddressInfo).port))
  })
}
const closed = (one: Server | HttpServer) =>
  new Promise<void>((resolve) => {
    one.close(() => resolve())
    one.closeAllConnections()
  })

/** A name server that answers each question with the next of these, the last one for ever. */
function names(...answers: string[][]): { resolve: Resolve; asked: string[] } {
  const asked: string[] = []
  const resolve: Resolve = (name, _, callback) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(name)
    callback(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { resolve, asked }
}

const outside = (): Reach => ({ insecureHttp: false, allowPorts: [443, port], ca: CERT })
async function ask(url: string, reach: Reach, resolve?: Resolve): Promise<string> {
  const answer = await fetchBytes(peerFetch(reach, resolve), url, 100)
  return answer.ok ? new TextDecoder().decode(answer.value.bytes) : answer.code
}

describe('a name', () => {
  it('that leads to a private address is never connected to', async () => {
    const inside = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '::1']
    const mapped = ['::ffff:127.0.0.1', 'fd00::1', 'fe80::1', '64:ff9b::7f00:1', '2002:7f00:1::']
    for (const address of [...inside, ...mapped]) {
      const { resolve } = names([address])
      expect([address, await ask(`https://peer.test:${port}/`, outside(), resolve)]).toEqual([
        address,
        'ERR_PEER_ADDRESS',
      ])
    }
    expect(connections).toBe(0)
  })

  it('that leads to an allowed address when first asked for and elsewhere the next time gains nothing', async () => {
    const { resolve, asked } = names(['127.0.0.2'], ['127.0.0.1'])
    const reach = { ...outside(), allowPrivate: ['127.0.0.2/32'] }
    // Nobody listens at 127.0.0.2.
    expect(await ask(`https://peer.test:${port}/`, reach, resolve)).toBe('ERR_PEER_UNREACHABLE')
    expect(await ask(`https://peer.test:${port}/`, reach, resolve)).toBe('ERR_PEER_ADDRESS')
    expect([asked.length, connections]).toEqual([2, 0])
  })

  it('is asked for once for each socket: what was checked is what is connected to', async () => {
    const { resolve, asked } = names(['127.0.0.1'])
    const reach = { ...outside(), allowPrivate: ['127.0.0.0/8'] }
    expect(await ask(`https://peer.test:${port}/`, reach, resolve)).toBe('inside')
    expect([asked.length, connections]).toEqual([1, 1])
  })

  it('that leads to an allowed address and to others is connected to the allowed one only', async () => {
    const { resolve } = names(['127.0.0.1', '127.0.0.2', '::1'])
    const reach = { ...outside(), allowPrivate: ['127.0.0.2/32'] }
    expect(await ask(`https://peer.test:${port}/`, reach, resolve)).toBe('ERR_PEER_UNREACHABLE')
    expect(connections).toBe(0)
  })
})

describe('an address', () => {
  it('in the place of a name is refused in every spelling', async () => {
    const hosts = [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.1',
      '[::1]',
      '[::ffff:7f00:1]',
      '[::ffff:127.0.0.1]',
      '169.254.169.254',
      '[fd00::1]',
      '8.8.8.8',
      '[2606:4700::1]',
    ]
    for (const host of hosts) {
      expect([host, await ask(`https://${host}:${port}/`, outside())]).toEqual([
        host,
        'ERR_PEER_ADDRESS',
      ])
    }
    expect(connections).toBe(0)
  })

  it('in a range that the settings name is reached, and no other', async () => {
    const named = { ...outside(), allowPrivate: ['127.0.0.1/32'] }
    expect(await ask(`https://127.0.0.1:${port}/`, named)).toBe('inside')
    const other = { ...outside(), allowPrivate: ['127.0.0.2/32', 'fd00::/8'] }
    expect(await ask(`https://127.0.0.1:${port}/`, other)).toBe('ERR_PEER_ADDRESS')
  })

  it('is judged as the number it is', () => {
    const isRouted = routedCheck()
    expect(['8.8.8.8', '2606:4700::1', PUBLIC].filter(isRouted)).toHaveLength(3)
    const inside = ['::ffff:7f00:1', '::7f00:1', 'ff02::1', '224.0.0.1', '255.255.255.255', 'name']
    expect(inside.filter(isRouted)).toEqual([])
    const isNamed = rangeCheck(['10.20.0.0/16', 'fd00:20::/32'])
    expect(['10.20.1.1', '::ffff:10.20.1.1', 'fd00:20::5'].filter(isNamed)).toHaveLength(3)
    expect(['10.21.0.1', 'fd00:21::5', '127.0.0.1'].filter(isNamed)).toEqual([])
  })
})

it('neither http nor a port that is not named is asked', async () => {
  const { resolve, asked } = names([PUBLIC])
  expect(await ask('http://peer.test/', outside(), resolve)).toBe('ERR_PEER_ADDRESS')
  expect(await ask('https://peer.test:22/', outside(), resolve)).toBe('ERR_PEER_ADDRESS')
  expect(await ask(`https://peer.test:${port}/`, { insecureHttp: false }, resolve)).toBe(
    'ERR_PEER_ADDRESS',
  )
  expect(asked).toEqual([])
})

it('a certificate of an authority that the settings do not name is refused', async () => {
  const { resolve } = names(['127.0.0.1'])
  const reach = { ...outside(), allowPrivate: ['127.0.0.0/8'], ca: null }
  expect(await ask(`https://peer.test:${port}/`, reach, resolve)).toBe('ERR_PEER_UNREACHABLE')
})

describe('a proxy of a government network', () => {
  const proxy = createHttpServer()
  const asked: string[] = []
  let proxyPort: number
  beforeAll(async () => {
    proxy.on('connect', ({ url = '' }: IncomingMessage, client: Socket) => {
      asked.push(url)
      const onward = connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
        onward.pipe(client).pipe(onward)
      })
      client.on('error', () => onward.destroy())
    })
    proxyPort = await listening(proxy)
  })
  afterEach(() => {
    asked.length = 0
  })
  afterAll(() => closed(proxy))

  it('carries the connection, resolves the name, and TLS goes through it end to end', async () => {
    const reach = { ...outside(), proxy: `http://127.0.0.1:${proxyPort}` }
    expect(await ask(`https://peer.test:${port}/`, reach, names([]).resolve)).toBe('inside')
    expect(asked).toEqual([`peer.test:${port}`])
  })

  it('is not asked for addresses and ports that are refused without it', async () => {
    const reach = { ...outside(), proxy: `http://127.0.0.1:${proxyPort}` }
    expect(await ask('https://169.254.169.254/', reach)).toBe('ERR_PEER_ADDRESS')
    expect(await ask('https://peer.test:22/', reach)).toBe('ERR_PEER_ADDRESS')
    expect(asked).toEqual([])
  })
})
