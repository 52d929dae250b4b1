// The life of an alliance as a list of random steps: markets write, nodes pull from one or all, connections break, nodes restart.
import * as fc from 'fast-check'
import { TWO_KEY_KINDS } from '../../src/charter/schema.ts'
import type { Fetch } from '../../src/pull/source.ts'
import { expectDigest } from './compare.ts'
import { FLAWS, HARMLESS } from './flaws.ts'
import { judgeLog, leafOf } from './oracle.ts'
import type { RawAlliance, TwoKeys } from './raw-alliance.ts'
import { ACTS, type ActStep, type Desk, writeEntry } from './scribe.ts'

/** Markets and nodes by number, so that a life shrinks. `dropAfter`: requests after which every connection breaks. */
export type LifeStep =
  | { do: 'write'; market: number; acts: ActStep[] }
  | { do: 'fill'; market: number; count: number }
  | { do: 'pull'; node: number; from: number | null; dropAfter: number | null }
  | { do: 'pull_together' }
  | { do: 'twin_pull'; node: number; from: number }
  | { do: 'restart'; node: number }
  | { do: 'wait'; seconds: number }

const day = fc.integer({ min: -20, max: 20 })
export const actStep: fc.Arbitrary<ActStep> = fc.record({
  act: fc.constantFrom(...ACTS),
  flaw: fc.oneof(
    { weight: 3, arbitrary: fc.constant('none') },
    { weight: 2, arbitrary: fc.constantFrom(...FLAWS) },
  ),
  about: fc.nat(3),
  pick: fc.nat(255),
  days: fc.tuple(day, day, day),
  text: fc.string({ unit: 'binary', minLength: 1, maxLength: 24 }),
})
const who = fc.nat(3)
/** Which kinds of acts count only once endorsed, from which entry on. */
export const twoKeyRules: fc.Arbitrary<TwoKeys> = fc.uniqueArray(
  fc.record({ act: fc.constantFrom(...TWO_KEY_KINDS), fromIndex: fc.nat(6) }),
  { minLength: 1, maxLength: 8, selector: ({ act }) => act },
)

/** Random lives. Without `restarts` the databases may be in memory. */
export function lives(options: { restarts: boolean }): fc.Arbitrary<LifeStep[]> {
  const acts = fc.array(actStep, { minLength: 2, maxLength: 12, size: 'max' })
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), market: who, acts }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('fill' as const),
        market: who,
        count: fc.integer({ min: 1, max: 400 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('pull' as const),
        node: who,
        from: fc.option(who),
        dropAfter: fc.option(fc.nat(4)),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'pull_together' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('twin_pull' as const), node: who, from: who }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(900) }) },
    {
      weight: options.restarts ? 3 : 0,
      arbitrary: fc.record({ do: fc.constant('restart' as const), node: who }),
    },
  )
  return fc.array(step, { minLength: 1, maxLength: 20, size: 'max' })
}

/** What makes ids and fillers distinct within one alliance. */
export type Counter = { ids: number; fill: number }

/** Lives through the steps; after each pull the node's digest must be the oracle's. */
export async function live(
  raw: RawAlliance,
  steps: readonly LifeStep[],
  counter: Counter = { ids: 0, fill: 0 },
): Promise<void> {
  for (const step of steps) await liveStep(raw, step, counter)
}

async function liveStep(raw: RawAlliance, step: LifeStep, counter: Counter): Promise<void> {
  const { alliance } = raw
  const named = (number: number) => String(raw.markets[number % raw.markets.length])
  switch (step.do) {
    case 'write':
      return write(raw, named(step.market), step.acts, counter)
    case 'fill': {
      const fillers = Array.from({ length: step.count }, () =>
        Buffer.from(`no act ${counter.fill++}`),
      )
      return raw.append(named(step.market), fillers)
    }
    case 'pull': {
      const node = named(step.node)
      const from = step.from === null ? undefined : named(step.from)
      await droppingAfter(raw, step.dropAfter, () => alliance.node(node).pull(from))
      return expectDigest(raw, node)
    }
    case 'pull_together':
      await Promise.all(raw.markets.map((market) => alliance.node(market).pull()))
      for (const market of raw.markets) await expectDigest(raw, market)
      return
    case 'twin_pull':
      if (named(step.node) !== named(step.from)) {
        await raw.twinPull(named(step.node), named(step.from))
      }
      return expectDigest(raw, named(step.node))
    case 'restart':
      return raw.restart(named(step.node))
    case 'wait':
      alliance.clock.nowMs += step.seconds * 1000
  }
}

async function write(
  raw: RawAlliance,
  market: string,
  acts: readonly ActStep[],
  counter: Counter,
): Promise<void> {
  const known = raw.known()
  const desk: Desk = {
    market,
    markets: raw.markets,
    alliance: raw.alliance.alliance,
    pens: raw.pens(market),
    accepted: judgeLog(known, market).accepted,
    entries: known.logs,
    nextId: () => `00000000-0000-7000-8000-${String(counter.ids++).padStart(12, '0')}`,
  }
  const batch: Uint8Array[] = []
  for (const step of acts) {
    const entry = await writeEntry(desk, step)
    batch.push(entry)
    // A guess, good enough to follow on; the oracle says at the next batch what came of it.
    if (HARMLESS.includes(step.flaw)) desk.accepted.push(guess(entry, desk.accepted.length))
  }
  await raw.append(market, batch)
}

function guess(entry: Uint8Array, pos: number): Desk['accepted'][number] {
  const [header = '', payload = ''] = Buffer.from(entry).toString('latin1').split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  return { pos, leaf: leafOf(entry), kid: read(header).kid, act: read(payload) }
}

async function droppingAfter(
  raw: RawAlliance,
  requests: number | null,
  work: () => Promise<unknown>,
): Promise<void> {
  const { net } = raw.alliance
  const whole: Fetch = net.fetch
  let left = requests ?? Number.POSITIVE_INFINITY
  net.fetch = (url, init) => {
    left -= 1
    return left < 0 ? Promise.reject(new TypeError('the line is down')) : whole(url, init)
  }
  await work()
  net.fetch = whole
}
