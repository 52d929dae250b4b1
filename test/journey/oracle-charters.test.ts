// Two programs, one protocol, while the charter changes: nodes take up charters at any moment, logs are succeeded by others, and whoever has
// the same charter and the same heads says the same, which is what the oracle says (design: protocol 1.9, 1.11).
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { requireAdopted } from '../../src/charter/store.ts'
import { CharterLife, charterLives } from '../support/charter-life.ts'
import { rawAlliance } from '../support/raw-alliance.ts'

const LIMIT = { interruptAfterTimeLimit: 25_000 }

test('charters adopted at any moment, keys that begin and end, logs that follow logs: the same heads under the same charter are the same state', async () => {
  const property = fc.asyncProperty(charterLives, async (steps) => {
    const raw = await rawAlliance(['us', 'jp', 'de'])
    try {
      const life = new CharterLife(raw)
      for (const step of steps) await life.step(step)
      await life.settle()
      const nodes = [...raw.alliance.nodes.values()]
      const ends = new Set<string>()
      for (const node of nodes) {
        expect((await requireAdopted(node.db)).charter.terms.n).toBe(life.texts.length + 1)
        await life.expectVerdicts(node)
        ends.add(await life.expectDigest(node))
      }
      expect(ends.size).toBe(1)
    } finally {
      raw.alliance.close()
    }
  })
  await fc.assert(property, { ...LIMIT, numRuns: 25 })
})
