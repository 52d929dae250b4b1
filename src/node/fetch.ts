// How a node reaches a peer: https and public addresses, unless it was started for a demo or a test (design: protocol 1.7).
import type { Fetch } from '../pull/source.ts'

/** Refuses http:// unless `insecureHttp`. The URL comes from the charter and from nowhere else. */
export function peerFetch({ insecureHttp }: { insecureHttp: boolean }): Fetch {
  return async (url, init) => {
    if (!insecureHttp && new URL(url).protocol !== 'https:') {
      throw new Error('only https is spoken to peers; set insecure_http for a demo')
    }
    return fetch(url, init)
  }
}
