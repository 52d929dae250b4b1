// Judging again under a new charter gives, row by row, what a node has that never judged by the old one (design: protocol 1.9).
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Charter } from '../../src/charter/charter.ts'
import type { MemberLog } from '../../src/charter/schema.ts'
import { adoptedWith, planAdoption, requireAdopted } from '../../src/charter/store.ts'
import type { Statement } from '../../src/db.ts'
import { encodeBase64 } from '../../src/encoding/base64.ts'
import { isConflict } from '../../src/inbound.ts'
import { readPrefix } from '../../src/pull/cut.ts'
import { rejudge } from '../../src/rejudge.ts'
import { signedCharter, type TestNode } from '../support/alliance.ts'
import { adoptAt, changed, charterOf, digestsOf, rootsOf } from '../support/charters.ts'
import { actStep, live, twoKeyRules } from '../support/life.ts'
import { type RawAlliance, rawAlliance, type TwoKeys } from '../support/raw-alliance.ts'
import { type ActStep, plainStep } from '../support/scribe.ts'
import { tablesOf } from '../support/tables.ts'

/** Charter 2: what it makes of the log of us. */
async function charterTwo(raw: RawAlliance, edit: (log: MemberLog) => void): Promise<string> {
  const { charter } = await requireAdopted(raw.alliance.node('us').db)
  const terms = structuredClone(changed(charter, []))
  for (const { market, logs } of terms.members) {
    for (const log of market === 'us' ? logs : []) edit(log)
  }
  return signedCharter(terms, rootsOf(raw.alliance))
}

async function adoptedAfter(node: TestNode, text: string) {
  const before = await requireAdopted(node.db)
  const charter: Charter = charterOf(text)
  const plan = await planAdoption(before, text, null, 1)
  if (!plan.ok) throw new TypeError(plan.detail)
  return { after: adoptedWith(before, charter, text), statements: plan.value.statements }
}

/** Ends each key of us, but the node's, at a place of its own, or moves its beginning. */
const ranges = fc.array(fc.tuple(fc.nat(14), fc.option(fc.nat(14))), {
  minLength: 5,
  maxLength: 5,
})
const acts = fc.array(actStep, { minLength: 6, maxLength: 16, size: 'max' })

type Change = {
  one: ActStep[]
  two: ActStep[]
  ends: [number, number | null][]
  cut: number | null
  before: TwoKeys
  after: TwoKeys
}

/** jp judges by charter 1 and then anew by charter 2, de only by charter 2: their rows must be the same. */
async function judgesAnewAsAtFirst({ one, two, ends, cut, before, after }: Change): Promise<void> {
  const raw = await rawAlliance(['us', 'jp', 'de'], { twoKeys: before })
  const { alliance } = raw
  try {
    const counter = { ids: 0, fill: 0 }
    await live(raw, [{ do: 'write', market: 0, acts: [plainStep('issue'), ...one] }], counter)
    await live(raw, [{ do: 'write', market: 0, acts: two }], counter)
    await alliance.node('us').pull()
    await alliance.node('jp').pull('us')
    const us = alliance.node('us')
    const size = Math.min(cut ?? Number.POSITIVE_INFINITY, raw.known().logs.us?.length ?? 0)
    const { root } = await readPrefix(us.db, us.origin, size)
    const text = await charterTwo(raw, (log) => {
      log.agencyKeys.forEach((key, at) => {
        const [fromIndex, toIndex] = ends[at] ?? [0, null]
        Object.assign(key, { fromIndex, toIndex })
      })
      log.twoKeys = after
      if (cut !== null) log.frozen = { size, root: encodeBase64(root) }
    })
    for (const market of ['jp', 'de', 'us']) {
      const { after: adopted, statements } = await adoptedAfter(alliance.node(market), text)
      const { db } = alliance.node(market)
      await db.commit([...statements, ...(await rejudge(db, adopted, 'us', 1))])
    }
    await alliance.node('de').pull('us')
    const made = ['jp', 'de'].map((market) =>
      tablesOf(alliance.node(market).db).map((rows) => rows.filter(isOfUs)),
    )
    expect(made[0]).toEqual(made[1])
  } finally {
    alliance.close()
  }
}

describe('judging again', () => {
  it('gives the rows of a node that adopted first and pulled then, for any acts and any change of ranges', async () => {
    const any = [acts, acts, ranges, fc.option(fc.nat(20))] as const
    const property = fc.asyncProperty(...any, (one, two, ends, cut) =>
      judgesAnewAsAtFirst({ one, two, ends, cut, before: [], after: [] }),
    )
    await fc.assert(property, { numRuns: 12 })
  })

  it('gives them for any change of the two-key rules and of ranges, also where acts were endorsed across it', async () => {
    const rules = fc.option(twoKeyRules, { nil: [] })
    const ends = fc.option(ranges, { nil: [] })
    const any = [acts, acts, ends, fc.option(fc.nat(20)), rules, rules] as const
    const property = fc.asyncProperty(...any, (one, two, ends, cut, before, after) =>
      judgesAnewAsAtFirst({ one, two, ends, cut, before, after }),
    )
    await fc.assert(property, { numRuns: 25 })
  })

  it('spans pages: what the first act does still counts at the last', async () => {
    const raw = await rawAlliance(['us', 'jp', 'de'])
    const write = (act: 'issue' | 'rescind', pick: number) =>
      live(raw, [{ do: 'write', market: 0, acts: [plainStep(act, { pick, days: [-40, 0, 0] })] }])
    await write('issue', 0)
    await live(raw, [{ do: 'fill', market: 0, count: 2500 }])
    await live(raw, [{ do: 'write', market: 0, acts: [plainStep('rescind', { pick: 10 })] }], {
      ids: 900,
      fill: 0,
    })
    await raw.alliance.node('jp').pull('us')
    const before = tablesOf(raw.alliance.node('jp').db)
    const text = await charterTwo(raw, (log) => {
      for (const key of log.agencyKeys) key.fromIndex = 2000
    })
    expect(await adoptAt(raw.alliance.node('jp'), text)).toBeNull()
    expect(await adoptAt(raw.alliance.node('de'), text)).toBeNull()
    await raw.alliance.node('de').pull('us')
    const [jp, de] = ['jp', 'de'].map((market) =>
      tablesOf(raw.alliance.node(market).db).map((rows) => rows.filter(isOfUs)),
    )
    expect(jp).toEqual(de)
    expect(jp).not.toEqual(before.map((rows) => rows.filter(isOfUs)))
    raw.alliance.close()
  })

  it('writes nothing where every outcome stays', async () => {
    const raw = await rawAlliance(['us', 'jp', 'de'])
    await live(raw, [{ do: 'write', market: 0, acts: [plainStep('issue')] }])
    const jp = raw.alliance.node('jp')
    await jp.pull('us')
    const text = await charterTwo(raw, (log) => {
      for (const key of log.agencyKeys) key.toIndex = 5000
    })
    const { after } = await adoptedAfter(jp, text)
    const statements = await rejudge(jp.db, after, 'us', 1)
    expect(statements.map((one) => ('sql' in one ? one.sql.slice(0, 24) : one.table))).toEqual([
      'INSERT INTO feed_entry (',
    ])
    raw.alliance.close()
  })

  it('is one switch: another process that merged meanwhile makes all of it fail, and nothing has changed', async () => {
    const raw = await rawAlliance(['us', 'jp', 'de'])
    await live(raw, [{ do: 'write', market: 0, acts: [plainStep('issue')] }])
    const jp = raw.alliance.node('jp')
    await jp.pull('us')
    const text = await charterTwo(raw, (log) => {
      for (const key of log.agencyKeys) key.toIndex = 0
    })
    const { after, statements } = await adoptedAfter(jp, text)
    const planned = await rejudge(jp.db, after, 'us', 1)
    await live(raw, [{ do: 'fill', market: 0, count: 3 }])
    await jp.pull('us')
    const before = tablesOf(jp.db)
    const failure = await jp.db.commit([...statements, ...planned]).catch((error: unknown) => error)
    expect(isConflict(failure)).toBe(true)
    expect(tablesOf(jp.db)).toEqual(before)
    expect((await jp.status()).charter.n).toBe(1)
    expect(await adoptAt(jp, text)).toBeNull()
    expect(await adoptAt(raw.alliance.node('us'), text)).toBeNull()
    raw.alliance.close()
  })

  it('a bundle judged by the older charter is not committed once a newer one is adopted', async () => {
    const raw = await rawAlliance(['us', 'jp', 'de'])
    await live(raw, [{ do: 'write', market: 0, acts: [plainStep('issue')] }])
    const jp = raw.alliance.node('jp')
    const text = await charterTwo(raw, (log) => {
      for (const key of log.agencyKeys) key.toIndex = 0
    })
    const { fetch } = raw.alliance.net
    let waiting: Statement[] | null = (await adoptedAfter(jp, text)).statements
    raw.alliance.net.fetch = async (url, init) => {
      // Between the reading of the charter and the commit of the bundle: `charter adopt` beside a running node.
      if (url.includes('/tile/entries/') && waiting !== null) await jp.db.commit(waiting.splice(0))
      waiting = waiting?.length === 0 ? null : waiting
      return fetch(url, init)
    }
    await jp.pull('us')
    expect((await jp.status()).refused.map(({ code }) => code)).toEqual(['ERR_ACT_KEY'])
    expect((await digestsOf([jp])).size).toBe(1)
    raw.alliance.close()
  })
})

/** Rows of the log of us: what jp and de have of their own logs differs by nature. */
function isOfUs(row: unknown): boolean {
  const { market, decision, origin } = row as Record<string, string | undefined>
  return (market ?? decision?.slice(0, 2) ?? origin?.slice(0, 2) ?? 'us') === 'us'
}
