// The brake against the oracle's: whatever a market does at once, whoever pulls when, the same prefix is in effect at a node and in the
// oracle, its digest is the oracle's over that vector, and once all is released every node is the same (protocol 1.10, 1.11).
import * as fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { charterPayload } from '../../src/charter/charter.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { release } from '../../src/releasing.ts'
import { entriesOf } from '../support/entries.ts'
import {
  annulled,
  issued,
  type MassScene,
  massScene,
  modelOf,
  nameOf,
  range,
  rescinded,
} from '../support/mass.ts'
import { digest, type Known } from '../support/oracle.ts'
import { type BrakeView, newView, releaseView, settleView } from '../support/oracle-brake.ts'
import { type Office, office } from '../support/people.ts'
import { dateOn } from '../support/scribe.ts'

const READERS = ['de', 'jp', 'us']
const MARKETS = [...READERS, 'kr']
const START = 30
const HOUR_S = 3600
const POLICY = { decisions: 6, percent: 5, products: 12 }

type Change = Extract<Step, { from: number }>
type Step =
  | {
      do: 'issue' | 'lift' | 'annul' | 'suspend' | 'resume' | 'relist' | 'rule'
      from: number
      count: number
      days: number
    }
  | { do: 'announce'; adds: number; lifts: number; days: number; isEndorsed: boolean }
  | { do: 'endorse'; first: number; count: number }
  | { do: 'pull' | 'release'; node: number }
  | { do: 'wait'; hours: number }

const changes = fc.record({
  do: fc.constantFrom(
    'issue' as const,
    'lift' as const,
    'lift' as const,
    'annul' as const,
    'suspend' as const,
    'resume' as const,
    'relist' as const,
    'rule' as const,
  ),
  from: fc.nat(START - 1),
  count: fc.integer({ min: 1, max: 15 }),
  days: fc.integer({ min: -2, max: 2 }),
})
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: changes },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('announce' as const),
        adds: fc.nat(20),
        lifts: fc.nat(20),
        days: fc.integer({ min: -1, max: 4 }),
        isEndorsed: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('endorse' as const),
        first: fc.nat(40),
        count: fc.integer({ min: 1, max: 30 }),
      }),
    },
    { weight: 7, arbitrary: fc.record({ do: fc.constant('pull' as const), node: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), node: fc.nat(2) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        hours: fc.integer({ min: 1, max: 40 }),
      }),
    },
  ),
  { minLength: 6, maxLength: 24, size: 'max' },
)

let scene: MassScene
afterEach(() => scene?.alliance.close())

class World {
  readonly views = new Map(READERS.map((market) => [market, newView()]))
  /** How far each reader has heard that the others have applied kr's log. */
  readonly heard = new Map(READERS.map((market) => [market, new Map<string, number>()]))
  /** Up to where each reader has signed that it has applied it, at the end of a round. */
  readonly said = new Map<string, number>()
  readonly offices = new Map<string, Office>()
  /** Per decision of kr: the acts that are in its chain. */
  readonly chains = new Map<number, string[]>()
  /** Leaf hashes of what waits for a second key. */
  readonly waiting: string[] = []
  next = 0

  known(): Known {
    const logs = MARKETS.map((market) => [market, entriesOf(scene.alliance.node(market))])
    const charter = Buffer.from(charterPayload(scene.alliance.charter), 'base64url')
    return { charter, logs: Object.fromEntries(logs) }
  }

  view(market: string): BrakeView {
    return this.views.get(market) ?? newView()
  }

  nowS = () => Math.floor(scene.alliance.clock.nowMs / 1000)

  /** What the step may still do, in the order of the numbers. */
  acts(step: Change): UnsignedAct[] {
    if (step.do === 'issue') return range(0, step.count).map(() => this.issue())
    const numbers = range(step.from, step.from + step.count).filter((number) =>
      this.chains.has(number),
    )
    return numbers.flatMap((number) => this.follow(number, step) ?? [])
  }

  issue(): UnsignedAct {
    const number = this.next++
    this.chains.set(number, ['issue'])
    return issued('kr', number, 2)
  }

  follow(number: number, { do: what, days }: Change): UnsignedAct | null {
    const chain = this.chains.get(number) ?? []
    const act = what === 'lift' ? 'rescind' : what
    const pause = chain.findLast((name) => name === 'suspend' || name === 'resume') ?? 'resume'
    const isOver = chain.includes('annul') || (chain.includes('rescind') && what !== 'annul')
    if (isOver || act === pause || (what === 'resume' && pause !== 'suspend')) return null
    chain.push(what === 'lift' ? 'rescind' : what === 'annul' ? 'annul' : what)
    const decision = nameOf('kr', number)
    if (what === 'annul') return annulled('kr', number)
    if (what === 'lift') return rescinded('kr', number, days)
    const product = {
      pid: 'p-1',
      listing: 'listed',
      brand: 'Brambleford',
      model: `${modelOf(number)}-${this.next}${days}`,
    }
    const body =
      what === 'relist'
        ? { act: 'products', add: [product] }
        : what === 'rule'
          ? { act: 'rule', ruling: { on: dateOn(days), scope: 'out', product: { pid: 'p-0' } } }
          : { act: what, from: dateOn(days), reason: { code: 'court_stay' } }
    return { ...body, decision } as UnsignedAct
  }

  async pull(market: string): Promise<void> {
    await scene.alliance.node(market).pull()
    this.settle(market)
    this.settle(market, true)
    const { effective, merged } = this.view(market)
    if (effective === merged) this.said.set(market, merged)
    await this.expectSame(market)
  }

  /** As a round does: with what it knew while it pulled, then with what the others tell it of their newest head. */
  settle(market: string, hasAsked = false): void {
    const others = READERS.filter((other) => other !== market)
    const heard = this.heard.get(market)
    for (const other of hasAsked ? others : []) {
      const said = this.said.get(other) ?? 0
      // A head is told with the line on that very head, or with none.
      if (said === this.view(other).merged) heard?.set(other, said)
    }
    const applied = others.map((other) => heard?.get(other) ?? 0)
    const known = this.known()
    const merged = known.logs.kr?.length ?? 0
    settleView(this.view(market), known, 'kr', POLICY, { merged, now: this.nowS(), applied })
  }

  async release(market: string): Promise<void> {
    const { db, adopted, nowMs } = await scene.alliance.node(market).outbound()
    const people = this.offices.get(market) ?? (await office({ db, nowMs }))
    const isNew = !this.offices.has(market)
    this.offices.set(market, people)
    if (isNew)
      for (const name of ['ada', 'bob'])
        this.tokens.set(`${market} ${name}`, await people.hire(name, 'operator'))
    const view = this.view(market)
    if (view.effective >= view.merged) return
    for (const name of ['ada', 'bob']) {
      const person = await people.person(this.tokens.get(`${market} ${name}`) ?? '')
      await release(
        { db, adopted, nowMs, here: market },
        { market: 'kr', position: view.merged },
        person,
        'cli',
      )
    }
    releaseView(view, view.merged, this.nowS())
    await this.expectSame(market)
  }
  readonly tokens = new Map<string, string>()

  async expectSame(market: string): Promise<void> {
    const { effective, merged } = this.view(market)
    expect(await scene.at(market), market).toEqual({ effective, merged })
    const { logs, charter } = this.known()
    const inEffect = { charter, logs: { ...logs, kr: (logs.kr ?? []).slice(0, effective) } }
    const status = await scene.alliance.node(market).status()
    expect(status.digest, `digest of ${market}`).toBe(digest(inEffect))
  }
}

async function live(
  life: readonly Step[],
  twoKeys: readonly string[] = [],
): Promise<{ held: number }> {
  scene = await massScene(MARKETS, 0, { brake: POLICY, twoKeys })
  const world = new World()
  await scene.publish(range(0, START).map(() => world.issue()))
  for (const market of READERS) await world.pull(market)
  scene.wait(25 * HOUR_S * 1000)
  for (const market of READERS) await world.pull(market)
  let held = 0
  for (const step of life) {
    if (step.do === 'wait') scene.wait(step.hours * HOUR_S * 1000)
    else if ('node' in step) await world[step.do](READERS[step.node] ?? 'us')
    else if (step.do === 'announce') await announce(step)
    else if (step.do === 'endorse') await endorse(world, step)
    else {
      const acts = world.acts(step)
      if (acts.length === 0) continue
      const leaves = await scene.publishAs(scene.origin.keys.agency, acts)
      const needsTwo = (at: number) => twoKeys.includes(String(acts[at]?.act))
      world.waiting.push(...leaves.filter((_, at) => needsTwo(at)))
    }
    held += READERS.filter(
      (market) => world.view(market).effective < world.view(market).merged,
    ).length
  }
  for (const market of READERS) await world.pull(market)
  for (const market of READERS) await world.release(market)
  for (const market of READERS) await world.pull(market)
  const ends = await Promise.all(MARKETS.map((market) => scene.alliance.node(market).status()))
  expect(new Set(ends.map((status) => status.digest)).size).toBe(1)
  scene.alliance.close()
  return { held }
}

async function endorse(world: World, { first, count }: Extract<Step, { do: 'endorse' }>) {
  const from = first % Math.max(1, world.waiting.length)
  const entries = world.waiting.splice(from, count)
  const endorses = entries.map((entry) => ({ act: 'endorse', decision: null, entry }) as const)
  if (endorses.length > 0) await scene.publishAs(scene.second, endorses)
}

async function announce(step: Extract<Step, { do: 'announce' }>): Promise<void> {
  const { adds, lifts, days } = step
  const bulk = { act: 'notice', decision: null, kind: 'bulk', adds, lifts, until: dateOn(days) }
  const [entry] = await scene.publishAs(scene.origin.keys.agency, [bulk as UnsignedAct])
  if (!step.isEndorsed) return
  await scene.publishAs(scene.second, [{ act: 'endorse', decision: null, entry } as UnsignedAct])
}

test('every node holds what the oracle holds, and nothing else', async () => {
  let held = 0
  const property = fc.asyncProperty(steps, async (life) => {
    held += (await live(life)).held
  })
  await fc.assert(property, { numRuns: 8, interruptAfterTimeLimit: 60_000 })
  expect(held).toBeGreaterThan(10)
}, 180_000)

test('and so where lifts, suspensions and products wait for a second key, endorsed late and in any order', async () => {
  let held = 0
  const twoKeys = ['rescind', 'suspend', 'resume', 'products']
  const property = fc.asyncProperty(steps, async (life) => {
    held += (await live(life, twoKeys)).held
  })
  await fc.assert(property, { numRuns: 6, interruptAfterTimeLimit: 60_000 })
  expect(held).toBeGreaterThan(3)
}, 180_000)
