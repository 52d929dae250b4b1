// What a Worker remembers outside D1, which D1 time travel does not take back: the last signed head and the stamp of the database, in a
// Durable Object.
import { decodeHex, encodeHex } from '../encoding/hex.ts'
import type { HeadMemory, RememberedHead } from '../log/memory.ts'
import type { StampStore } from '../log/pass.ts'
import type { DurableNamespace, DurableState } from './platform.ts'

type Kept = { size: number; root: string }

/** One object per log. It runs one request at a time, so that comparing and storing are one step. */
export class Memory {
  readonly #state: DurableState

  constructor(state: DurableState) {
    this.#state = state
  }

  async fetch(request: Request): Promise<Response> {
    if (request.url === STAMP_URL) return this.#stamp(request)
    const kept = (await this.#state.storage.get<Kept>('head')) ?? null
    if (request.method !== 'PUT') return Response.json(kept)
    const head = (await request.json()) as Kept
    if (kept === null || head.size > kept.size) await this.#state.storage.put('head', head)
    return new Response(null, { status: 204 })
  }

  async #stamp(request: Request): Promise<Response> {
    if (request.method !== 'PUT')
      return Response.json((await this.#state.storage.get<string>('stamp')) ?? null)
    await this.#state.storage.put('stamp', await request.text())
    return new Response(null, { status: 204 })
  }
}

const HEAD_URL = 'https://memory.invalid/head'
const STAMP_URL = 'https://memory.invalid/stamp'

/** The memory of the log with this origin. */
export function headMemory(namespace: DurableNamespace, origin: string): HeadMemory {
  // A stub belongs to the invocation that made it.
  const ask = (init?: RequestInit) =>
    namespace.get(namespace.idFromName(origin)).fetch(HEAD_URL, init)
  return {
    async read() {
      const kept = (await (await ask()).json()) as Kept | null
      return kept === null ? null : remembered(kept)
    },
    async keep({ size, root }) {
      const response = await ask({
        method: 'PUT',
        body: JSON.stringify({ size, root: encodeHex(root) }),
      })
      if (!response.ok) throw new TypeError(`the memory answered ${response.status}`)
    },
  }
}

function remembered({ size, root }: Kept): RememberedHead {
  const bytes = decodeHex(root)
  if (bytes === null) throw new TypeError('the memory holds a root that is not hex')
  return { size, root: bytes }
}

/** The stamp by which a D1 database that was put back is known (log/pass.ts). */
export function stampMemory(namespace: DurableNamespace, origin: string): StampStore {
  const ask = (init?: RequestInit) =>
    namespace.get(namespace.idFromName(origin)).fetch(STAMP_URL, init)
  return {
    read: async () => (await (await ask()).json()) as string | null,
    async write(stamp) {
      const response = await ask({ method: 'PUT', body: stamp })
      if (!response.ok) throw new TypeError(`the memory answered ${response.status}`)
    },
  }
}
