// This node's copies of every feed, and the heads it knows: any member can be synced from (design: protocol 1.5).
import { Hono } from 'hono'
import * as z from 'zod'
import type { RouteDoc } from '../api/route.ts'
import type { Db } from '../db.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { readMirrorBundle, readMirrorTile } from '../pull/mirror.ts'
import { parseTilePath } from '../tlog/tile.ts'
import {
  bundleAnswer,
  IF_NONE_MATCH,
  immutable,
  OCTETS,
  refuseOtherNames,
  revalidated,
  TEXT,
  TEXT_TYPE,
  UNCHANGED_ANSWER,
} from './files-routes.ts'

export type MirrorActs = {
  /** The origin whose hex SHA-256 this is, among the charter's; null for any other. */
  originOf(hash: string): Promise<string | null>
  /** The head of a feed that is merged whole, with this node's applied line; null while there is none. */
  checkpoint(origin: string): Promise<Uint8Array | null>
  /** The body of /v1/heads. */
  heads(): Promise<unknown>
}

const HASH_OF_ORIGIN = { hash: 'Hex SHA-256 of the origin.' }

export const MIRROR_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/mirror/:hash{[0-9a-f]{64}}/checkpoint',
    tag: 'feed',
    summary: 'The newest head of a log that is merged whole here',
    text: "It carries this node's applied cosignature.",
    params: HASH_OF_ORIGIN,
    headers: IF_NONE_MATCH,
    answers: { 200: { type: TEXT_TYPE, text: 'A C2SP checkpoint.' }, ...UNCHANGED_ANSWER },
    errors: ['ERR_NOT_FOUND', 'ERR_CHARTER_NONE'],
  },
  {
    method: 'get',
    path: '/mirror/:hash{[0-9a-f]{64}}/tile/*',
    tag: 'feed',
    summary: 'Hashes or entries of any log, as merged here',
    text: 'Immutable.',
    params: { ...HASH_OF_ORIGIN, path: 'Of C2SP tlog-tiles.' },
    answers: { 200: { type: OCTETS, text: 'As tlog-tiles has it.' } },
    errors: ['ERR_NOT_FOUND', 'ERR_CHARTER_NONE'],
  },
  {
    method: 'get',
    path: '/v1/heads',
    tag: 'alliance',
    summary: 'The largest head this node has verified of every log',
    headers: IF_NONE_MATCH,
    answers: {
      200: {
        type: 'application/json',
        text: 'Heads, and the adopted charter.',
        schema: z
          .looseObject({
            charter: z.looseObject({ n: z.int().min(1), hash: z.string() }),
            heads: z.array(z.looseObject({ origin: z.string(), checkpoint: z.string() })),
          })
          .meta({ id: 'Heads' }),
      },
      ...UNCHANGED_ANSWER,
    },
    errors: ['ERR_NOT_FOUND', 'ERR_CHARTER_NONE'],
    try: { path: '/v1/heads' },
  },
]

export function mirrorRoutes(deps: { db: Db; mirror: MirrorActs }): Hono {
  const { db, mirror } = deps
  const routes = new Hono()
  const originOf = async (hash: string): Promise<string> => {
    const origin = await mirror.originOf(hash)
    if (origin === null) throw new Failure('ERR_NOT_FOUND', 'the charter names no such log')
    return origin
  }

  routes.get('/mirror/:hash{[0-9a-f]{64}}/checkpoint', async (c) => {
    refuseOtherNames(c)
    const note = await mirror.checkpoint(await originOf(c.req.param('hash')))
    if (note === null) throw new Failure('ERR_NOT_FOUND', 'nothing of this log is merged whole yet')
    return revalidated(c, note, TEXT)
  })

  routes.get('/mirror/:hash{[0-9a-f]{64}}/tile/*', async (c) => {
    refuseOtherNames(c)
    const hash = c.req.param('hash')
    const tile = parseTilePath(c.req.path.slice(`/mirror/${hash}/`.length))
    if (tile === null) throw new Failure('ERR_NOT_FOUND', 'not a tile path in its one spelling')
    const origin = await originOf(hash)
    const { level, index, width } = tile
    if (level === 'entries')
      return bundleAnswer(c, await readMirrorBundle(db, origin, index, width))
    return immutable(c, await readMirrorTile(db, origin, level, index, width), OCTETS)
  })

  routes.get('/v1/heads', async (c) => {
    refuseOtherNames(c)
    return revalidated(c, encodeUtf8(JSON.stringify(await mirror.heads())), 'application/json')
  })

  return routes
}
