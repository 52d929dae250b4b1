// A client's bucket empties as it asks and fills with the clock; memory is bounded.
import { expect, it } from 'vitest'
import { clientOf, limiter } from '../../src/people/rate.ts'

const RATES = { lookup: 60, heads: 0, acts: 2 }
const START = 1_000_000

it('takes a minute’s worth at once, then one for each second that passes', () => {
  const { take } = limiter(RATES)
  const ask = (nowMs: number) => take('lookup', 'ada', 1, nowMs)
  for (let i = 0; i < 60; i++) expect(ask(START)).toBe(0)
  expect(ask(START)).toBe(1)
  expect(ask(START + 999)).toBe(1)
  expect(ask(START + 1999)).toBe(0)
  expect(ask(START + 2000)).toBe(0)
  expect(ask(START + 2000)).toBe(1)
})

it('says how many whole seconds to wait, also for what costs more', () => {
  const { take } = limiter(RATES)
  expect(take('acts', 'ada', 2, START)).toBe(0)
  expect(take('acts', 'ada', 1, START)).toBe(30)
  expect(take('acts', 'ada', 2, START)).toBe(60)
  expect(take('acts', 'ada', 1, START + 30_000)).toBe(0)
})

it('lets what costs more than a bucket through when the bucket is full', () => {
  const { take } = limiter(RATES)
  expect(take('acts', 'ada', 100, START)).toBe(0)
  expect(take('acts', 'ada', 1, START)).toBe(30)
})

it('gives nothing for a clock that was set back, and never more than a bucket', () => {
  const { take } = limiter(RATES)
  expect(take('acts', 'ada', 2, START)).toBe(0)
  expect(take('acts', 'ada', 1, START - 60_000)).toBe(30)
  const later = START + 10 * 60_000
  expect([1, 1, 1].map((cost) => take('acts', 'ada', cost, later))).toEqual([0, 0, 30])
})

it('keeps clients and buckets apart; a rate of 0 is none', () => {
  const { take } = limiter(RATES)
  take('acts', 'ada', 2, START)
  expect(take('acts', 'bob', 1, START)).toBe(0)
  expect(take('lookup', 'ada', 1, START)).toBe(0)
  for (let i = 0; i < 1000; i++) expect(take('heads', 'ada', 1, START)).toBe(0)
})

it('remembers so many clients, and forgets those that asked longest ago', () => {
  const { take } = limiter(RATES, 2)
  take('acts', 'ada', 2, START)
  take('acts', 'bob', 2, START)
  expect(take('acts', 'ada', 1, START)).toBe(30)
  take('acts', 'cleo', 2, START)
  expect(take('acts', 'ada', 1, START)).toBe(30)
  expect(take('acts', 'bob', 1, START)).toBe(0)
})

it('takes the /64 of an IPv6 address for one client, however it is spelled', () => {
  expect(clientOf('192.0.2.7')).toBe('192.0.2.7')
  const same = ['2001:db8:0:5::1', '2001:0DB8:0000:0005:ffff::', '2001:db8:0:5:1:2:3:4%eth0']
  expect(new Set(same.map(clientOf))).toEqual(new Set(['2001:db8:0:5::/64']))
  expect(clientOf('::1')).toBe('0:0:0:0::/64')
})
