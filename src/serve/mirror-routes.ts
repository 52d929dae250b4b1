// This node's copies of every feed, and the heads it knows: any member can be synced from (design: protocol 1.5).
import { Hono } from 'hono'
import type { Db } from '../db.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { readMirrorBundle, readMirrorTile } from '../pull/mirror.ts'
import { parseTilePath } from '../tlog/tile.ts'
import {
  bundleAnswer,
  immutable,
  OCTETS,
  refuseOtherNames,
  revalidated,
  TEXT,
} from './files-routes.ts'

export type MirrorActs = {
  /** The origin whose hex SHA-256 this is, among the charter's; null for any other. */
  originOf(hash: string): Promise<string | null>
  /** The head of a feed that is merged whole, with this node's applied line; null while there is none. */
  checkpoint(origin: string): Promise<Uint8Array | null>
  /** The body of /v1/heads. */
  heads(): Promise<unknown>
}

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
