// A counter at a running node, over its HTTP interface: the file is sent as a stream and the result comes as one.
import { Failure } from '../errors.ts'
import type { Problem } from '../problem.ts'
import { type Handed, streamOf } from '../screening/routes.ts'
import type { Summary } from '../screening/summary.ts'
import type { Counter } from './screen-local.ts'

const LOOK_MS = 500
const DELIMITERS: Record<string, string> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'pipe',
}

export function remoteCounter(url: string, token: string | undefined): Counter {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const address = new URL(path, url)
    const response = await fetch(address, { ...init, headers }).catch((cause: unknown) => {
      throw new Failure('ERR_PEER_UNREACHABLE', `no node answers at ${address.origin}`, {
        cause,
        cure: 'start it: npm run -s portcullis -- serve --dir D',
      })
    })
    if (response.ok) return response
    throw failureOf((await response.json()) as Problem)
  }
  const show = async (id: string) => (await (await ask(`/v1/screenings/${id}`)).json()) as Summary
  return {
    async hand(open, asked) {
      const body = streamOf(open())
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit
      return (await (await ask(`/v1/screenings?${paramsOf(asked)}`, init)).json()) as Summary
    },
    async finish(id, onProgress) {
      for (;;) {
        const now = await show(id)
        if (now.state === 'done' || now.state === 'failed') return now
        onProgress(now)
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    },
    async result(id, bom) {
      const query = bom === null ? '' : `?bom=${bom ? 'yes' : 'no'}`
      const response = await ask(`/v1/screenings/${id}/result${query}`)
      const type = response.headers.get('content-type') ?? ''
      const named = /filename\*=UTF-8''([^;]+)/.exec(
        response.headers.get('content-disposition') ?? '',
      )
      const name = decodeURIComponent(named?.[1] ?? 'manifest.screened').replace(/[/\\]/g, '_')
      return { name, type, body: response.body ?? [] } as Awaited<ReturnType<Counter['result']>>
    },
    async list() {
      const page = (await (await ask('/v1/screenings')).json()) as { screenings: Summary[] }
      return page.screenings
    },
    forget: async (id) => {
      await ask(`/v1/screenings/${id}`, { method: 'DELETE' })
    },
    close: () => undefined,
  }
}

function paramsOf({ name, chosen, map, receipts, start }: Handed): URLSearchParams {
  const { format, encoding, delimiter, headerless } = chosen
  const params = new URLSearchParams({
    name,
    start: start ? 'yes' : 'no',
    receipts: receipts ? 'yes' : 'no',
  })
  if (format !== undefined) params.set('format', format)
  if (encoding !== undefined) params.set('encoding', encoding)
  if (delimiter !== undefined) params.set('delimiter', DELIMITERS[delimiter] ?? 'comma')
  if (headerless !== undefined) params.set('header', headerless ? 'no' : 'yes')
  for (const change of map) params.append('map', change)
  return params
}

function failureOf({ code, detail, at, cure }: Problem): Failure {
  return new Failure(code, detail, {
    ...(at === undefined ? {} : { at }),
    ...(cure === undefined ? {} : { cure }),
  })
}
