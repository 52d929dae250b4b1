// Two processes write to one log without knowing of each other, as after a double deployment (attack row 29).
import { expect, it } from 'vitest'
import { encodeHex } from '../../src/encoding/hex.ts'
import { appendLeaves } from '../../src/tlog/tree.ts'
import { type FaultProcess, startFaultProcess } from '../support/fault-process.ts'
import { checkPublished, makeWorld } from '../support/fault-world.ts'
import { until } from '../support/processes.ts'

/** Each file has two acts. */
const FILES = 500

const doneOf = ({ said }: FaultProcess) => said.filter((one) => 'done' in one).length

it('two processes that append 1 000 acts each leave one history: nothing is lost, nothing doubled, and every signed head is a part of it', async () => {
  const world = await makeWorld()
  const [us] = world.sides
  const writers = await Promise.all(
    ['a', 'b'].map((label) => startFaultProcess('publish', us.directory, label)),
  )
  try {
    for (const { go } of writers) go()
    await until(
      async () => Math.min(...writers.map(doneOf)),
      (done) => done >= FILES,
      240_000,
    )
  } finally {
    for (const { kill } of writers) expect(await kill()).toBeNull()
  }
  for (const { said } of writers) checkPublished(us, said)
  const { raw } = us.node.db
  const leaves = raw.prepare('SELECT idx, leaf FROM entry ORDER BY idx').all() as {
    idx: number
    leaf: Uint8Array
  }[]
  expect(leaves.map(({ idx }) => idx)).toEqual(leaves.map((_, at) => at))
  expect(new Set(leaves.map(({ leaf }) => encodeHex(leaf))).size).toBe(leaves.length)
  const heads = raw.prepare('SELECT size, root FROM checkpoint ORDER BY size').all() as {
    size: number
    root: Uint8Array
  }[]
  expect(heads.length).toBeGreaterThan(2 * FILES)
  let tree = appendLeaves(0, [], [])
  for (const { size, root } of heads) {
    const more = leaves.slice(tree.size, size).map(({ leaf }) => leaf)
    tree = appendLeaves(tree.size, tree.frontier, more)
    expect([size, encodeHex(tree.root)]).toEqual([size, encodeHex(root)])
  }
  expect(tree.size).toBe(leaves.length)
  world.close()
}, 300_000)
