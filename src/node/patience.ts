// How much of this process a client may hold: time for a request, silence, sockets (reference: attack 20).
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Milliseconds for the headers, for a whole request with its body, and between two requests; options of node:http. */
export const PATIENCE = {
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  /** How often the first two are looked after. */
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
}
/** A socket on which nothing moves for so long, also while it is answered, is closed. */
const SILENCE_MS = 75_000
export const MAX_SOCKETS = 2_000
/** Of one address, where clients come straight to this node: behind proxies all come from theirs. */
export const MAX_SOCKETS_PER_ADDRESS = 256

/** Closes sockets that are silent, and those beyond what one address may hold. */
export function limitSockets(
  server: Server,
  trustedProxies: number,
  mostOfOne: number = MAX_SOCKETS_PER_ADDRESS,
): void {
  server.setTimeout(SILENCE_MS)
  server.maxConnections = MAX_SOCKETS
  if (trustedProxies > 0) return
  const held = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (held.get(address) ?? 0) + 1
    if (count > mostOfOne) {
      socket.destroy()
      return
    }
    held.set(address, count)
    socket.once('close', () => {
      const left = (held.get(address) ?? 1) - 1
      if (left === 0) held.delete(address)
      else held.set(address, left)
    })
  })
}
