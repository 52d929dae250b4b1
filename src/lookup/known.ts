// `known` as asked for and as answered: a moment of this node, or a vector of positions under a charter (design: decisions 2.3).
import * as z from 'zod'
import { isRealDay } from '../decision/date.ts'
import { hash, seconds } from '../decision/schema-parts.ts'
import { decodeBase64url, encodeBase64url } from '../encoding/base64.ts'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.ts'
import type { Feed } from '../pull/feed.ts'

/** Enough for every log of the largest charter. */
export const MAX_KNOWN_CHARS = 262_144

const count = z.int().min(0)

/** `at` is the moment whose clock is used where no `on` is given; without it that of the answer. */
export const knownSchema = z
  .strictObject({
    charter: hash,
    vector: z.record(z.string().min(1).max(255), z.tuple([count, count])),
    at: seconds.optional(),
  })
  .meta({
    id: 'Known',
    description: 'Origin to [effective, merged], under the charter of this hash.',
  })
export type KnownVector = z.infer<typeof knownSchema>

export type AskedKnown = { as: 'moment'; atS: number } | { as: 'vector'; vector: KnownVector }

/** What an answer rests on when it is not what the node has now. */
export type Known = {
  /** Base64url JSON: to be asked for again, here or at any node that holds as much. */
  form: string
  /** POSIX seconds: the moment of the answer. */
  atS: number
  /** Each log of the charter then, as it was held. */
  feeds: readonly Feed[]
}

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?(?:([Zz])|([+ -])(\d{2}:\d{2}))$/

/** Reads an RFC 3339 moment, POSIX seconds, or base64url JSON; null for anything else. In a URL a bare + is a blank, and is read as one. */
export function parseKnown(text: string): AskedKnown | null {
  if (/^[0-9]{1,11}$/.test(text)) return { as: 'moment', atS: Number(text) }
  const [, day, clock, zulu, sign, offset] = MOMENT.exec(text) ?? []
  if (day !== undefined && clock !== undefined) {
    if (!isRealDay(day)) return null
    const zone = zulu === undefined ? `${sign === '-' ? '-' : '+'}${offset}` : 'Z'
    const atMs = Date.parse(`${day}T${clock}${zone}`)
    return atMs >= 0 ? { as: 'moment', atS: Math.floor(atMs / 1000) } : null
  }
  const bytes = text.length > MAX_KNOWN_CHARS ? null : decodeBase64url(text)
  const json = bytes === null ? null : decodeUtf8(bytes)
  const vector = json === null ? null : parseVector(json)
  return vector === null ? null : { as: 'vector', vector }
}

function parseVector(json: string): KnownVector | null {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return null
  }
  const parsed = knownSchema.safeParse(value)
  if (!parsed.success) return null
  const isSound = Object.values(parsed.data.vector).every(
    ([effective, merged]) => effective <= merged,
  )
  return isSound ? parsed.data : null
}

/** The form that answers return: logs by name, those of which nothing was held left out. */
export function formatKnown(
  charter: string,
  feeds: readonly Pick<Feed, 'origin' | 'effective' | 'merged'>[],
  atS: number,
): string {
  const held = feeds.filter(({ merged }) => merged > 0)
  const vector = Object.fromEntries(
    held
      .map(({ origin, effective, merged }): [string, [number, number]] => [
        origin,
        [effective, merged],
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  return encodeBase64url(encodeUtf8(JSON.stringify({ charter, vector, at: atS })))
}
