// Asks a server for paths over keep-alive connections for some seconds, and prints how many answers came: a process of its own, so
// that its work is not the server's. Arguments: url, file of paths (JSON), seconds, connections.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

const [url = '', file = '', seconds = '5', connections = '16'] = process.argv.slice(2)
const paths = JSON.parse(readFileSync(file, 'utf8')) as string[]
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })
const { hostname, port } = new URL(url)
const until = performance.now() + Number(seconds) * 1000
let done = 0
let bytes = 0
let next = 0

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = paths[next++ % paths.length] ?? '/'
    const sent = request({ agent, hostname, port, path }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${response.statusCode} for ${path}`))
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('end', resolve)
    })
    sent.on('error', reject)
    sent.end()
  })
}

async function keepAsking(): Promise<void> {
  while (performance.now() < until) {
    await ask()
    done++
  }
}

const from = performance.now()
await Promise.all(Array.from({ length: Number(connections) }, keepAsking))
agent.destroy()
console.log(JSON.stringify({ done, bytes, ms: performance.now() - from }))
