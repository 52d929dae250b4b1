// Mass changes: a market that issues, lifts and undoes dozens of decisions at once, and what the others make of it.

import { publishActs } from '../../src/outbound.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { readFeed } from '../../src/pull/feed.ts'
import {
  type TestAlliance,
  type TestKey,
  type TestNode,
  testAlliance,
  testKey,
} from './alliance.ts'
import { dateOn } from './scribe.ts'

export const DAY_MS = 86_400_000

/** A decision of a market by number, with one listed product that no other has. */
export const nameOf = (market: string, number: number): string => `${market}/mass-${number}`
export const modelOf = (number: number): string => `QX-${1000 + number}`

const dayAt = (on: string) => ({ on, precision: 'day' as const, at: Date.parse(on) / 1000 })

export function issued(market: string, number: number, products = 1): UnsignedAct {
  const pids = Array.from({ length: products }, (_, at) => `p-${at}`)
  return {
    act: 'issue',
    decision: nameOf(market, number),
    header: {
      instrument: 'limited_exclusion',
      case_numbers: [`M-${number}`],
      starts_on: dayAt('2026-01-16'),
      expires_on: dayAt('2031-08-31'),
      time_zone: 'UTC',
      breadth: 'any_source',
      grounds: ['patent'],
    },
    products: pids.map((pid, at) => ({
      pid,
      listing: 'listed',
      brand: 'Brambleford',
      model: at === 0 ? modelOf(number) : `${modelOf(number)}-${at}`,
    })),
  } as UnsignedAct
}

/** Lifted from a day as many days from the tests' now on. */
export const rescinded = (market: string, number: number, days = -1): UnsignedAct =>
  ({
    act: 'rescind',
    decision: nameOf(market, number),
    from: dateOn(days),
    reason: { code: 'settled' },
  }) as UnsignedAct

export const annulled = (market: string, number: number): UnsignedAct =>
  ({
    act: 'annul',
    decision: nameOf(market, number),
    reason: { code: 'error' },
  }) as UnsignedAct

/** Numbers from one up to and without another. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, at) => from + at)

export type MassScene = {
  alliance: TestAlliance
  origin: TestNode
  /** A second agency key of the origin. */
  second: TestKey
  /** Publishes acts of the origin, more than a batch may hold too. */
  publish(acts: readonly UnsignedAct[]): Promise<void>
  /** Acts signed by the origin's second agency key. */
  publishAs(key: TestKey, acts: readonly UnsignedAct[]): Promise<string[]>
  at(market: string): Promise<{ effective: number; merged: number }>
  isHeld(market: string): Promise<boolean>
  wait(ms: number): void
  /** The verdict on one of the origin's models, with the reason of the first result. */
  ask(market: string, number: number): Promise<{ verdict: string; why?: string }>
}

/** kr decided so many things long ago; all markets know them for more than a day. */
export async function massScene(
  markets: readonly string[],
  decisions: number,
  options: {
    products?: number
    path?: (market: string) => string
    brake?: { decisions: number; percent: number; products: number }
    /** Acts of kr that need a second key. */
    twoKeys?: readonly string[]
  } = {},
): Promise<MassScene> {
  const second = await testKey()
  const alliance = await testAlliance(markets, {
    ...(options.path === undefined ? {} : { path: options.path }),
    terms: (terms) => ({
      ...terms,
      policy: { ...terms.policy, ...(options.brake === undefined ? {} : { brake: options.brake }) },
      members: terms.members.map((member) => ({
        ...member,
        logs: member.logs.map((log) => ({
          ...log,
          twoKeys:
            member.market === 'kr'
              ? (options.twoKeys ?? []).map((act) => ({ act, fromIndex: 0 }))
              : [],
          agencyKeys: [
            ...log.agencyKeys,
            ...(member.market !== 'kr'
              ? []
              : log.agencyKeys.slice(0, 1).map((key) => ({
                  ...key,
                  name: 'second',
                  jwk: { kty: 'OKP' as const, crv: 'Ed25519' as const, x: second.jwk.x },
                }))),
          ],
        })),
      })),
    }),
  })
  const origin = () => alliance.node('kr')
  const at = async (market: string) => {
    const { effective, merged } = await readFeed(alliance.node(market).db, 'kr.test/log', 'kr')
    return { effective, merged }
  }
  const publishAs = async (key: TestKey, acts: readonly UnsignedAct[]) => {
    const { entries } = await publishActs(await origin().outbound(), acts, key)
    return entries.map(({ leaf }) => leaf)
  }
  const scene: MassScene = {
    alliance,
    get origin() {
      return origin()
    },
    second,
    publishAs,
    async publish(acts) {
      await publishAs(origin().keys.agency, acts)
    },
    at,
    async isHeld(market) {
      const { effective, merged } = await at(market)
      return effective < merged
    },
    wait(ms) {
      alliance.clock.nowMs += ms
    },
    async ask(market, number) {
      const path = `/v1/lookup?brand=Brambleford&model=${modelOf(number)}`
      const response = await alliance.node(market).request(path)
      type Answer = { verdict: string; results: { why: { code: string } }[] }
      const { verdict, results } = (await response.json()) as Answer
      const why = results[0]?.why.code
      return why === undefined ? { verdict } : { verdict, why }
    },
  }
  if (decisions > 0) {
    await scene.publish(range(0, decisions).map((n) => issued('kr', n, options.products ?? 1)))
  }
  await alliance.syncAll()
  scene.wait(DAY_MS + 3_600_000)
  await alliance.syncAll()
  await alliance.syncAll()
  return scene
}
