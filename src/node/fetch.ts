// How a node reaches a peer: https on known ports and public addresses, checked when the socket connects (design: protocol 1.7).
import { type LookupAddress, lookup } from 'node:dns'
import { readFileSync } from 'node:fs'
import { isIP, type LookupFunction } from 'node:net'
import { resolve as resolvePath } from 'node:path'
import { getCACertificates } from 'node:tls'
import {
  Agent,
  type Dispatcher,
  ProxyAgent,
  type RequestInit as UndiciInit,
  fetch as undiciFetch,
} from 'undici'
import type { Settings } from '../config.ts'
import { Failure } from '../errors.ts'
import { type Fetch, isLoopback } from '../pull/source.ts'
import { type AddressCheck, rangeCheck, routedCheck } from './address.ts'

export type Reach = {
  /** http, any port, any address: demos and tests. */
  insecureHttp: boolean
  /** Ranges in CIDR that may be reached besides the public internet. */
  allowPrivate?: readonly string[]
  allowPorts?: readonly number[]
  /** URL of a forward proxy, which then resolves names and must do the checks of addresses itself. */
  proxy?: string | null
  /** Certificates in PEM that are trusted besides those of the system. */
  ca?: string | null
}
/** All addresses of a name, as `lookup` of node:dns finds them. */
export type Resolve = (
  name: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** How the settings of a directory say it. Code ERR_FILE_UNREADABLE for `ca_file`. */
export function reachOf(settings: Settings, directory: string): Reach {
  return {
    insecureHttp: settings.insecure_http,
    allowPrivate: settings.allow_private,
    allowPorts: settings.allow_ports,
    proxy: settings.proxy,
    ca:
      settings.ca_file === null ? null : readCertificates(resolvePath(directory, settings.ca_file)),
  }
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const cure = 'mend `ca_file` in portcullis.yaml'
    throw new Failure('ERR_FILE_UNREADABLE', `the certificates ${path} cannot be read`, {
      cause,
      cure,
    })
  }
}

const HTTPS_PORT = 443
/** To one peer at once; more requests wait. */
const MAX_SOCKETS_PER_PEER = 8
const CONNECT_MS = 5_000
/** Between two rounds of a minute sockets are closed, within a round they are kept. */
const KEEP_ALIVE_MS = 10_000

/**
 * Refuses with ERR_PEER_ADDRESS what is not https, another port, an address in the place of a name, and a name that leads to none but
 * private addresses. The name is resolved once, by the socket itself: between check and use nothing can change. The URL comes from the
 * charter and from nowhere else. Within one machine nothing is compressed: it would cost more than the signature checks.
 */
export function peerFetch(reach: Reach, resolve: Resolve = lookup): Fetch {
  const isNamed = rangeCheck(reach.allowPrivate ?? [])
  const isRouted = routedCheck()
  const isAllowed: AddressCheck = (address) => isNamed(address) || isRouted(address)
  const dispatcher = dispatcherOf(reach, isAllowed, resolve)
  return async (url, init) => {
    const target = new URL(url)
    if (!reach.insecureHttp) refuseUrl(target, reach.allowPorts ?? [HTTPS_PORT], isNamed)
    const headers = new Headers(init.headers)
    if (isLoopback(target.hostname)) headers.set('accept-encoding', 'identity')
    try {
      // Two spellings of the types of one standard: undici's own and the runtime's.
      const options = { ...init, headers: Object.fromEntries(headers), dispatcher }
      return (await undiciFetch(url, options as UndiciInit)) as unknown as Response
    } catch (error) {
      if (error instanceof Error && error.cause instanceof Failure) throw error.cause
      throw error
    }
  }
}

function dispatcherOf(reach: Reach, isAllowed: AddressCheck, resolve: Resolve): Dispatcher {
  const trust =
    reach.ca === undefined || reach.ca === null
      ? {}
      : { ca: [...getCACertificates('default'), reach.ca] }
  const pool = {
    connections: MAX_SOCKETS_PER_PEER,
    keepAliveTimeout: KEEP_ALIVE_MS,
    allowH2: false,
    connectTimeout: CONNECT_MS,
  }
  if (reach.proxy !== undefined && reach.proxy !== null) {
    return new ProxyAgent({ ...pool, uri: reach.proxy, requestTls: trust, proxyTls: trust })
  }
  const guard = reach.insecureHttp ? {} : { lookup: guardedLookup(isAllowed, resolve) }
  return new Agent({ ...pool, connect: { timeout: CONNECT_MS, ...trust, ...guard } })
}

function refuseUrl(url: URL, ports: readonly number[], isNamed: AddressCheck): void {
  const refuse = (why: string, cure: string) => {
    throw new Failure('ERR_PEER_ADDRESS', `${url.origin}: ${why}`, { cure })
  }
  if (url.protocol !== 'https:') {
    refuse('only https is spoken to peers', 'set insecure_http for a demo')
  }
  const port = url.port === '' ? HTTPS_PORT : Number(url.port)
  if (!ports.includes(port)) {
    refuse(`port ${port} is not asked`, 'add the port to allow_ports if it is right')
  }
  // The parser has turned every spelling of an address (decimal, octal, short, mapped) into one.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isNamed(host)) {
    refuse('a peer is named, not given by address', 'add its range to allow_private if it is right')
  }
}

/** What a socket asks for the addresses of a name: it learns only those that it may connect to. */
function guardedLookup(isAllowed: AddressCheck, resolve: Resolve): LookupFunction {
  return (name, options, callback) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      const [first] = allowed
      if (first === undefined) {
        const found = addresses.map(({ address }) => address).join(', ')
        const cure = 'if that is right, add the range to allow_private'
        const message = `${name} leads to ${found || 'nothing'}, which is not public`
        return callback(new Failure('ERR_PEER_ADDRESS', message, { cure }), [])
      }
      if (options.all === true) return callback(null, allowed)
      callback(null, first.address, first.family)
    })
  }
}
