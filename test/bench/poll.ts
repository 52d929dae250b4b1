// A poll with nothing new: bytes on the wire, both ways, and the CPU of both ends.
import { rmSync } from 'node:fs'
import { connect } from 'node:net'
import { startProcess } from '../../src/node/alliance.ts'
import { benchAlliance } from './feed.ts'
import { round } from './limits.ts'
import { cpuMs } from './sync.ts'

const POLLS = 2_000

export async function benchPoll(): Promise<Record<string, number>> {
  const { directory, origin } = await benchAlliance()
  const node = await startProcess(origin)
  try {
    const url = new URL(`${node.url}/log/checkpoint`)
    const first = await fetch(url)
    await first.arrayBuffer()
    const etag = first.headers.get('etag') ?? ''
    const request = [
      'GET /log/checkpoint HTTP/1.1',
      `host: ${url.host}`,
      'accept-encoding: gzip',
      `if-none-match: ${etag}`,
      '',
      '',
    ].join('\r\n')
    const answer = await exchange(Number(url.port), request)
    if (!answer.startsWith('HTTP/1.1 304')) throw new Error(`no 304 but ${answer.slice(0, 80)}`)
    const cpu = process.cpuUsage()
    const served = cpuMs(node.child.pid)
    for (let at = 0; at < POLLS; at++) {
      const response = await fetch(url, { headers: { 'if-none-match': etag } })
      await response.arrayBuffer()
      if (response.status !== 304) throw new Error(`${response.status}`)
    }
    const used = process.cpuUsage(cpu)
    return {
      request_bytes: request.length,
      response_bytes: answer.length,
      bytes: request.length + answer.length,
      reader_cpu_us: round((used.user + used.system) / POLLS, 0),
      origin_cpu_us: round(((cpuMs(node.child.pid) - served) * 1000) / POLLS, 0),
    }
  } finally {
    await node.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** One request over a socket, to count every byte of the answer. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.once('error', reject)
    socket.once('data', (bytes) => {
      socket.destroy()
      resolve(bytes.toString('latin1'))
    })
  })
}
