// How a node reaches a peer: https and public addresses, unless it was started for a demo or a test (design: protocol 1.7).
import type { Fetch } from '../pull/source.ts'

const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/

/**
 * Refuses http:// unless `insecureHttp`. The URL comes from the charter and from nowhere else. Within one machine nothing is compressed:
 * it would cost more than the signature checks.
 */
export function peerFetch({ insecureHttp }: { insecureHttp: boolean }): Fetch {
  return async (url, init) => {
    const { protocol, hostname } = new URL(url)
    if (!insecureHttp && protocol !== 'https:') {
      throw new Error('only https is spoken to peers; set insecure_http for a demo')
    }
    const headers = new Headers(init.headers)
    if (LOOPBACK.test(hostname)) headers.set('accept-encoding', 'identity')
    return fetch(url, { ...init, headers })
  }
}
