// Processes killed at random instants of publishing and syncing, on real directories; `npm run faults -- --rounds 200` runs it at length.
import { expect, it } from 'vitest'
import { runFaults } from '../support/faults.ts'

const SEED = 20261123

it('20 kills lose nothing that was reported, double nothing, fork nothing, and the nodes agree after each', async () => {
  const summary = await runFaults({ rounds: 20, seed: SEED })
  expect(summary).toMatchObject({ violation: null, rounds: 20, seed: SEED })
  expect(summary.published).toBeGreaterThan(0)
  expect(summary.checkpoints).toBeGreaterThan(20)
}, 120_000)
