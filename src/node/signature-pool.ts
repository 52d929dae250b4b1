// Checks signatures in bulk on threads of their own, so that the main thread is left to judge and to commit (design: stack "Crypto door").
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { encodeBase64url } from '../encoding/base64.ts'
import { concatBytes } from '../encoding/bytes.ts'
import {
  isCheckable,
  SIGNATURE_BYTES,
  type SignatureCheck,
  type VerifyMany,
  verifyEach,
} from '../encoding/ed25519.ts'

/** Below this many the runtime's own threads do as well, and none needs to be started. */
const MIN_BATCH = 128
/** More would wait for the one thread that judges and commits. */
const MAX_THREADS = 4

export type SignaturePool = { verifyMany: VerifyMany; close(): Promise<void> }

type Batch = { resolve(good: Uint8Array): void; reject(error: unknown): void }
type Thread = { worker: Worker; batches: Map<number, Batch> }

/** Threads start with the first large batch. They never keep the process alive but while they work. */
export function signaturePool(
  threads: number = Math.min(availableParallelism(), MAX_THREADS),
): SignaturePool {
  const pool: Thread[] = []
  let isClosed = false
  return {
    async verifyMany(checks) {
      if (checks.length < MIN_BATCH || isClosed) return verifyEach(checks)
      while (pool.length < threads) pool.push(startThread(pool))
      const share = Math.ceil(checks.length / threads)
      const parts = pool.map((thread, at) =>
        send(thread, checks.slice(at * share, (at + 1) * share)),
      )
      const good = concatBytes(await Promise.all(parts))
      // The keys and the R that we refuse are refused here; the threads only know the plain check.
      return checks.map((check, at) => good[at] === 1 && isCheckable(check))
    },
    async close() {
      isClosed = true
      await Promise.all(pool.map(({ worker }) => worker.terminate()))
    },
  }
}

function startThread(pool: Thread[]): Thread {
  const worker = new Worker(new URL('signature-worker.mjs', import.meta.url), {
    // What it keeps is a few keys; the messages lie outside of its heap.
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
  })
  worker.unref()
  const thread: Thread = { worker, batches: new Map() }
  const fail = (error: unknown) => {
    const at = pool.indexOf(thread)
    if (at >= 0) pool.splice(at, 1)
    for (const { reject } of thread.batches.values()) reject(error)
    thread.batches.clear()
  }
  worker.on('message', ({ id, good }: { id: number; good: Uint8Array }) => {
    const batch = thread.batches.get(id)
    thread.batches.delete(id)
    if (thread.batches.size === 0) worker.unref()
    batch?.resolve(good)
  })
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`a thread that checks signatures ended with ${code}`)))
  return thread
}

let lastId = 0

function send({ worker, batches }: Thread, checks: readonly SignatureCheck[]): Promise<Uint8Array> {
  const id = ++lastId
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  batches.set(id, { resolve, reject })
  const packed = pack(checks)
  worker.ref()
  worker.postMessage({ id, ...packed }, [packed.bytes.buffer])
  return promise
}

/** One buffer of signature and message in turn, which changes its owner instead of being copied. */
function pack(checks: readonly SignatureCheck[]) {
  const owners = new Uint32Array(checks.length)
  const lengths = new Uint32Array(checks.length)
  const places = new Map<Uint8Array, number>()
  let total = 0
  for (const [i, { publicKey, message }] of checks.entries()) {
    const place = places.get(publicKey) ?? places.size
    places.set(publicKey, place)
    owners[i] = place
    lengths[i] = message.length
    total += SIGNATURE_BYTES + message.length
  }
  const bytes = new Uint8Array(total)
  let at = 0
  for (const { signature, message } of checks) {
    bytes.set(signature.subarray(0, SIGNATURE_BYTES), at)
    bytes.set(message, at + SIGNATURE_BYTES)
    at += SIGNATURE_BYTES + message.length
  }
  return { xs: [...places.keys()].map(encodeBase64url), owners, lengths, bytes }
}
