// Whose address a request comes from: the socket's, or what the proxies that the operator counts have written.
import { isIP } from 'node:net'

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * With n trusted proxies the n-th entry of X-Forwarded-For from the right is the client as the outermost of them saw it; what stands left of
 * it anybody may have written. Where the entry is missing or no address, it is the socket's.
 */
export function clientAddress(
  socket: string | undefined,
  forwardedFor: string | null,
  trustedProxies: number,
): string {
  const own = plain(socket ?? '')
  if (trustedProxies === 0) return own
  const entry = (forwardedFor ?? '').split(',').at(-trustedProxies)?.trim() ?? ''
  return isIP(entry) === 0 ? own : plain(entry)
}

const plain = (address: string): string => MAPPED.exec(address)?.[1] ?? address
