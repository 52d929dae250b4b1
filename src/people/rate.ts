// How often somebody may ask: one token bucket for each client, in memory, bounded. The clock is an argument.

/** Buckets by what is asked for; the number is how many at once, and as many come back in a minute. 0: no limit. */
export const BUCKETS = ['lookup', 'heads', 'acts'] as const
export type Bucket = (typeof BUCKETS)[number]
export type Rates = Readonly<Record<Bucket, number>>

export type Limiter = {
  /** Takes so much of a client's bucket: 0 when it was there, else the whole seconds until it will be. */
  take(bucket: Bucket, client: string, cost: number, nowMs: number): number
}

/** Clients remembered at once; of more, those asked longest ago are forgotten, and start with a full bucket. */
export const MAX_CLIENTS = 10_000
const MINUTE_MS = 60_000

type Level = { left: number; atMs: number }

export function limiter(rates: Rates, maxClients: number = MAX_CLIENTS): Limiter {
  const levels = new Map<string, Level>()
  return {
    take(bucket, client, cost, nowMs) {
      const size = rates[bucket]
      if (size === 0) return 0
      const key = `${bucket} ${client}`
      const level = levels.get(key)
      // A clock that was set back gives nothing and takes nothing.
      const passed = level === undefined ? 0 : Math.max(0, nowMs - level.atMs)
      const left = Math.min(size, (level?.left ?? size) + (size * passed) / MINUTE_MS)
      // What costs more than a whole bucket would never be there.
      const price = Math.min(cost, size)
      const isThere = left >= price
      // Taken out and put in again, the map is in the order of last use.
      levels.delete(key)
      levels.set(key, { left: isThere ? left - price : left, atMs: nowMs })
      const oldest = levels.keys().next()
      if (levels.size > maxClients && !oldest.done) levels.delete(oldest.value)
      return isThere ? 0 : Math.max(1, Math.ceil(((price - left) / size) * 60))
    },
  }
}

/** One client of an address: itself, or the /64 of an IPv6 one, of which every customer has as many as they like. */
export function clientOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('%', 1).join('').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
