// Clients at the socket: whose address counts, and how long a slow one may take.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { describe, expect, it } from 'vitest'
import { clientAddress } from '../../src/node/client-address.ts'
import { malformedResponse } from '../../src/node/malformed.ts'
import { limitSockets, PATIENCE } from '../../src/node/patience.ts'
import { httpServer } from '../../src/node/serve.ts'

describe('the address of a client', () => {
  it('is that of the socket unless proxies are counted, whatever the header says', () => {
    expect(clientAddress('192.0.2.9', '198.51.100.1', 0)).toBe('192.0.2.9')
    expect(clientAddress('::ffff:192.0.2.9', null, 0)).toBe('192.0.2.9')
    expect(clientAddress(undefined, '198.51.100.1', 0)).toBe('')
  })

  it('is what the outermost proxy that is counted saw; what a client wrote itself is left of it', () => {
    const forwarded = '10.9.9.9, 198.51.100.1, 192.0.2.5'
    expect(clientAddress('127.0.0.1', forwarded, 1)).toBe('192.0.2.5')
    expect(clientAddress('127.0.0.1', forwarded, 2)).toBe('198.51.100.1')
    expect(clientAddress('127.0.0.1', '2001:db8::1', 1)).toBe('2001:db8::1')
  })

  it('is that of the socket where the header is missing, short or holds no address', () => {
    for (const [header, proxies] of [
      [null, 1],
      ['198.51.100.1', 2],
      ['unknown', 1],
      ['', 1],
    ] as const) {
      expect(clientAddress('192.0.2.9', header, proxies)).toBe('192.0.2.9')
    }
  })
})

describe('what is no request', () => {
  async function answerTo(sent: string): Promise<{ head: string; body: string }> {
    const listener = getRequestListener(() => new Response('fine'), {
      errorHandler: malformedResponse,
    })
    const server = httpServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1', () => socket.end(sent))
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    await new Promise((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => server.close(resolve))
    const [head = '', ...body] = answer.split('\r\n\r\n')
    return { head, body: body.join('\r\n\r\n') }
  }

  it.each([
    ['bytes of another protocol', 'NONSENSE\r\n\r\n', 400, 'ERR_REQUEST_MALFORMED'],
    ['a host that is none', 'GET / HTTP/1.1\r\nhost: a b\r\n\r\n', 400, 'ERR_REQUEST_MALFORMED'],
    ['no host', 'GET / HTTP/1.0\r\n\r\n', 400, 'ERR_REQUEST_MALFORMED'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'ERR_REQUEST_HEADERS',
    ],
  ])('is answered with a problem document: %s', async (_, sent, status, code) => {
    const { head, body } = await answerTo(sent)
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toContain('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ status, code, type: `urn:portcullis:error:${code}` })
  })
})

describe('a slow client', () => {
  /** What the server answers to bytes that never become a request, and how long it took. */
  async function slow(sent: string, patience: Partial<typeof PATIENCE>): Promise<string> {
    const fetch = async (request: Request) => new Response(await request.text())
    const server = httpServer(getRequestListener(fetch), { patience: { ...PATIENCE, ...patience } })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new TypeError('no port')
    const socket = connect(address.port, '127.0.0.1', () => socket.write(sent))
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    await new Promise((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => server.close(resolve))
    return answer
  }
  const HASTY = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 }

  it('that does not end its headers is cut off', async () => {
    expect(await slow('GET / HTTP/1.1\r\nhost: x\r\nx-a: ', HASTY)).toMatch(/^HTTP\/1.1 408 /)
  })

  it('that does not end its body is cut off', async () => {
    const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc'
    expect(await slow(head, HASTY)).toMatch(/^HTTP\/1.1 408 /)
  })

  it('has ten seconds for the headers and two minutes for the whole request', () => {
    expect(PATIENCE).toMatchObject({ headersTimeout: 10_000, requestTimeout: 120_000 })
  })
})

it('one address holds so many sockets and no more, until it lets one go', async () => {
  const server = createServer((_, response) => response.end('here'))
  const accepted: Socket[] = []
  limitSockets(server, 0, 2)
  server.on('connection', (socket: Socket) => accepted.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const open = async () => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  const [first, second] = [await open(), await open()]
  const third = await open()
  await once(third, 'close')
  first.destroy()
  await once(accepted[0] as Socket, 'close')
  const fourth = await open()
  fourth.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  const [answer] = await once(fourth.setEncoding('utf8'), 'data')
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  for (const socket of [second, fourth]) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

it('behind proxies sockets are not counted by address: all come from theirs', () => {
  const server = createServer()
  limitSockets(server, 1, 2)
  expect(server.listenerCount('connection')).toBe(createServer().listenerCount('connection'))
})
