// What a Worker remembers outside D1: the last signed head, in a Durable Object, which D1 time travel does not take back.
import { decodeHex, encodeHex } from '../encoding/hex.ts'
import type { HeadMemory, RememberedHead } from '../log/memory.ts'
import type { DurableNamespace, DurableState } from './platform.ts'

type Kept = { size: number; root: string }

/** One object per log. It runs one request at a time, so that comparing and storing are one step. */
export class Memory {
  readonly #state: DurableState

  constructor(state: DurableState) {
    this.#state = state
  }

  async fetch(request: Request): Promise<Response> {
    const kept = (await this.#state.storage.get<Kept>('head')) ?? null
    if (request.method !== 'PUT') return Response.json(kept)
    const head = (await request.json()) as Kept
    if (kept === null || head.size > kept.size) await this.#state.storage.put('head', head)
    return new Response(null, { status: 204 })
  }
}

const HEAD_URL = 'https://memory.invalid/head'

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
