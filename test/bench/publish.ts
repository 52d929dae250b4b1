// Publishing on one node: acts a second in batches, and one act from call to durable and in the own catalogue.
import { rmSync } from 'node:fs'
import { openNode } from '../../src/node/open.ts'
import { openLog, publishActs, publishFile } from '../../src/outbound.ts'
import type { UnsignedAct } from '../../src/publish/sign.ts'
import { issueDraft } from '../support/decisions.ts'
import { benchAlliance, benchHeader, benchProduct } from './feed.ts'
import { percentile, round } from './limits.ts'

const ACTS = 10_000
const BATCH = 256
const SINGLES = 300

export async function benchPublish(): Promise<Record<string, number>> {
  const { directory, origin } = await benchAlliance()
  const node = await openNode(origin, {})
  try {
    const deps = await node.outbound()
    await openLog(deps, await node.nodeKey())
    const key = await node.agencyKey()
    const issue: UnsignedAct = {
      act: 'issue',
      decision: 'de/batch',
      header: benchHeader(),
      products: [],
    }
    await publishActs(deps, [issue], key)
    const from = performance.now()
    for (let at = 0; at < ACTS; at += BATCH) {
      const acts = Array.from(
        { length: Math.min(BATCH, ACTS - at) },
        (_, i): UnsignedAct => ({
          act: 'products',
          decision: 'de/batch',
          add: [benchProduct(at + i)],
        }),
      )
      await publishActs(deps, acts, key)
    }
    const perSecond = (ACTS / (performance.now() - from)) * 1000
    const singles: number[] = []
    for (let at = 0; at < SINGLES; at++) {
      const start = performance.now()
      const text = issueDraft(`de/single-${at}`)
      await publishFile(deps, { text, fileName: 'bench.yaml', zoneHere: 'UTC' }, key)
      singles.push(performance.now() - start)
    }
    singles.sort((a, b) => a - b)
    return {
      batched_acts_per_s: round(perSecond, 0),
      one_act_p50_ms: round(percentile(singles, 0.5)),
      one_act_p99_ms: round(percentile(singles, 0.99)),
    }
  } finally {
    node.close()
    rmSync(directory, { recursive: true, force: true })
  }
}
