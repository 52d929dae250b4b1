// Push to visible: five real nodes on loopback; from the start of publishing to blocked at the slowest, and from rescission to lifted.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foundAlliance, freePorts, memberDirectory, startProcess } from '../../src/node/alliance.ts'
import { openNode } from '../../src/node/open.ts'
import { publishFile } from '../../src/outbound.ts'
import { actDraft, issueDraft } from '../support/decisions.ts'
import { gtin } from './feed.ts'
import { percentile, round } from './limits.ts'

const MARKETS = ['de', 'jp', 'kr', 'tw', 'us'] as const
const ROUNDS = 60
const WARM_UP = 5
const POLL_MS = 5
const TIMEOUT_MS = 20_000

export async function benchPush(): Promise<Record<string, number>> {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-push-'))
  const ports = await freePorts(MARKETS.length)
  const markets = MARKETS.map((market, at) => ({
    market,
    name: market,
    timeZone: 'UTC',
    port: ports[at] ?? 0,
  }))
  // The schedule never fires: what is measured is push alone.
  await foundAlliance({ directory, markets, defaultEffect: 'detain', schedule: '0 0 1 1 *' })
  const nodes = await Promise.all(
    MARKETS.map((market) => startProcess(memberDirectory(directory, market))),
  )
  const de = await openNode(memberDirectory(directory, 'de'), {})
  try {
    const key = await de.agencyKey()
    const publish = async (text: string) =>
      publishFile(await de.outbound(), { text, fileName: 'bench.yaml', zoneHere: 'UTC' }, key)
    const urls = nodes.map(({ url }) => url)
    const visible: number[] = []
    const lifted: number[] = []
    for (let at = 0; at < ROUNDS; at++) {
      const decision = `de/push-${at}`
      const query = `gtin=${gtin(900_000 + at)}`
      const issue = issueDraft(decision).replaceAll('9521234123453', gtin(900_000 + at))
      const shown = await timed(urls, query, 'blocked', () => publish(issue))
      const rescind = actDraft(decision, 'act: rescind\nfrom: 2026-01-01\nreason: {code: settled}')
      const gone = await timed(urls, query, 'not blocked', () => publish(rescind))
      if (at < WARM_UP) continue
      visible.push(shown)
      lifted.push(gone)
    }
    return { rounds: ROUNDS - WARM_UP, ...spread('visible', visible), ...spread('lifted', lifted) }
  } finally {
    de.close()
    await Promise.all(nodes.map((node) => node.stop()))
    rmSync(directory, { recursive: true, force: true })
  }
}

async function timed(
  urls: readonly string[],
  query: string,
  wanted: 'blocked' | 'not blocked',
  act: () => Promise<unknown>,
): Promise<number> {
  const from = performance.now()
  await act()
  await Promise.all(urls.map((url) => waitFor(url, query, wanted, from)))
  return performance.now() - from
}

async function waitFor(
  url: string,
  query: string,
  wanted: 'blocked' | 'not blocked',
  from: number,
): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/v1/lookup?${query}`)
    const { verdict } = (await response.json()) as { verdict: string }
    if ((verdict === 'blocked') === (wanted === 'blocked')) return
    if (performance.now() - from > TIMEOUT_MS)
      throw new Error(`${url} is not ${wanted} after ${TIMEOUT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function spread(name: string, times: number[]): Record<string, number> {
  const sorted = times.toSorted((a, b) => a - b)
  return {
    [`${name}_p50_ms`]: round(percentile(sorted, 0.5), 0),
    [`${name}_p99_ms`]: round(percentile(sorted, 0.99), 0),
  }
}
