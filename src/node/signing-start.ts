// What a node does about signing when it starts: an empty log is opened, the members are asked, what is due is said (design: protocol 1.10).
import { setTimeout as pause } from 'node:timers/promises'
import { announceCharters, announceWithoutPeers } from '../announce.ts'
import { Failure } from '../errors.ts'
import { maySign, type SigningState } from '../gate.ts'
import { readHead } from '../log/read.ts'
import type { OpenNode } from './open.ts'
import type { Trace } from './serve.ts'

/** Members that did not answer are asked again this often. */
const ASK_EVERY_MS = 1_000

/** An empty log is opened before anybody can ask: one that cannot be is no node. A lost one comes back first, or waits for the members. */
export async function openFirst(node: OpenNode): Promise<void> {
  if ((await readHead(node.db)) !== null) return
  await announceCharters(await node.outbound(), await node.nodeKey())
}

/** Asks the members until this node may sign, or its wait is over; while it asks it serves. Later on the rounds ask again. */
export function openingJob(node: OpenNode, trace: Trace): { stop(): Promise<void> } {
  const abort = new AbortController()
  const ask = async (): Promise<void> => {
    for (;;) {
      const signing = await node.sync.gate.pass()
      if (signing.state !== 'probing') trace('signing', { ...signing })
      if (maySign(signing)) return sayWhatIsDue(node, signing, trace)
      if (signing.state !== 'probing') return
      await pause(ASK_EVERY_MS, undefined, { signal: abort.signal })
    }
  }
  const job = ask().catch((error: unknown) => {
    if (!abort.signal.aborted) trace('signing_failed', { cause: String(error) })
  })
  return {
    async stop() {
      abort.abort()
      await job
    },
  }
}

/** Notices of charters, and of an operator's decision; what cannot be said now is tried again by the rounds. */
async function sayWhatIsDue(node: OpenNode, signing: SigningState, trace: Trace): Promise<void> {
  const outbound = await node.outbound()
  const key = await node.nodeKey()
  try {
    if (signing.state === 'without_peers') await announceWithoutPeers(outbound, key, signing.reason)
    await announceCharters(outbound, key)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    trace('notice_failed', { code: error.code, message: error.message })
  }
}
