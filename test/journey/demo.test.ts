// The demo as a user runs it: five real processes, real HTTP, the fixtures; what it prints is what it promises.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DemoReport } from '../../src/cli/demo-report.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const MARKETS = ['de', 'jp', 'kr', 'tw', 'us']
let report: DemoReport

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [MAIN, 'demo', '--once', '--json'],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  report = JSON.parse(stdout)
}, 180_000)

describe('the demo', () => {
  it('converges: one digest, every log at every node, every order in the same state everywhere', () => {
    expect(report.markets).toEqual(MARKETS)
    expect(report.converged).toBe(true)
    expect(report.heads).toHaveLength(5)
    expect(report.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(report.orders).toHaveLength(report.decisions)
    expect(report.orders.filter((order) => !order.same_everywhere)).toEqual([])
  })

  it('shows at least forty products blocked in all five markets, by each node’s own answer', () => {
    const everywhere = report.matrix.filter((row) => row.blocked_in.length === 5)
    expect(everywhere.length).toBeGreaterThanOrEqual(40)
    for (const row of report.matrix) {
      expect(Object.keys(row.verdicts).sort()).toEqual(MARKETS)
      expect(Object.values(row.verdicts)).not.toContain('error')
    }
  })

  it('blocks listed products of orders in force, and nothing of orders that are not', () => {
    for (const { state, blocked_in: blocked, listing } of report.matrix) {
      if (!['in_force', 'issued_under_review'].includes(state) || listing !== 'listed') {
        // A product may be listed by another order that is in force.
        expect([0, 5]).toContain(blocked.length)
      }
    }
    const states = new Set(report.orders.map(({ state }) => state))
    for (const state of [
      'in_force',
      'issued_under_review',
      'suspended',
      'rescinded',
      'annulled',
      'expired',
      'not_yet_started',
    ]) {
      expect(states).toContain(state)
    }
  })

  it('has every order confirmed by witnesses and applied in five of five markets', () => {
    for (const { decision, confirmed, applied, visible_ms: visibleMs } of report.orders) {
      expect({ decision, confirmed, applied }).toEqual({
        decision,
        confirmed: true,
        applied: { m: 5, n: 5 },
      })
      expect(visibleMs).toBeGreaterThan(0)
    }
  })
})
