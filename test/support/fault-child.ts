// One process of the fault run: publishes or syncs on a node's directory until it is killed, and says line by line what it has done.
import { writeSync } from 'node:fs'
import { Failure } from '../../src/errors.ts'
import { type OpenNode, openNode } from '../../src/node/open.ts'
import { publishFile } from '../../src/outbound.ts'
import { syncRound } from '../../src/sync.ts'
import { faultDraft, type Said } from './fault-process.ts'

/** Written at once and not buffered: what was said before a kill was said. */
function say(said: Said): void {
  writeSync(1, `${JSON.stringify(said)}\n`)
}

async function publishOn(node: OpenNode, label: string): Promise<never> {
  const key = await node.agencyKey()
  for (let count = 0; ; count++) {
    const decision = `${node.settings.market}/${label}-${count}`
    say({ tries: decision })
    const file = { text: faultDraft(decision), fileName: 'fault.yaml', zoneHere: 'UTC' }
    const deps = await node.outbound()
    // Another writer may have published the same decision first: refused, and nothing of it is there twice.
    const published = await publishFile(deps, file, key).catch(refusedBefore)
    const entries = published?.entries.map(({ index, leaf }) => ({ index, leaf }))
    say(entries === undefined ? { refused: decision } : { done: decision, entries })
  }
}

function refusedBefore(error: unknown): null {
  if (error instanceof Failure && /^ERR_(ACT|ADMIT)_/.test(error.code)) return null
  throw error
}

async function syncOn(node: OpenNode): Promise<never> {
  for (;;) {
    const { peers } = await syncRound(node.sync, { force: true })
    say({ synced: peers.map(({ outcome, code }) => code ?? outcome) })
  }
}

const [work, directory = '', label = ''] = process.argv.slice(2)
const node = await openNode(directory, {})
// Asking the other side takes longer than a round; kills while it asks are in test/journey/recovery.test.ts.
await node.sync.gate.pass()
say({ ready: true })
await new Promise((resolve) => process.stdin.once('data', resolve))
await (work === 'publish' ? publishOn(node, label) : syncOn(node))
