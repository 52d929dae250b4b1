// Which addresses a node may connect to: what the internet routes, and the private ranges an operator names (RFC 6890; reference: attack 21).
import { BlockList, isIP } from 'node:net'

/** Not of the public internet, and what stands for IPv4 within IPv6 by a rule of its own. */
const NEVER_4 = [
  '0.0.0.0/8', // this host
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and the metadata of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays, gone
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]
/** All that is routed of IPv6; so loopback, link-local, unique local, multicast, v4-mapped and NAT64 are out. */
const ROUTED_6 = '2000::/3'
const NEVER_6 = [
  '2001::/23', // protocol assignments: Teredo, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: an IPv4 address within
  '3fff::/20', // documentation
]

export type AddressCheck = (address: string) => boolean

/** True for an address in one of these ranges (CIDR), judged as the number it is, however it is spelled. */
export function rangeCheck(ranges: readonly string[]): AddressCheck {
  const list = rangesOf(ranges)
  return (address) => isIP(address) !== 0 && list.check(address, kindOf(address))
}

/** True for what the internet routes. */
export function routedCheck(): AddressCheck {
  const never = rangesOf([...NEVER_4, ...NEVER_6])
  const routed = rangesOf([ROUTED_6])
  return (address) => {
    const family = isIP(address)
    if (family === 0 || never.check(address, kindOf(address))) return false
    return family === 4 || routed.check(address, 'ipv6')
  }
}

const kindOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** Ranges in CIDR, whose form the settings have checked. */
function rangesOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix = ''] = range.split('/')
    list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
