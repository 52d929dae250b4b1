// The public read side of a feed: checkpoint, tiles, entry bundles, charters (C2SP tlog-tiles; design: protocol 1.5).
import { Hono } from 'hono'
import { readCharterFile } from '../charter/store.ts'
import type { Db } from '../db.ts'
import { parseDecimal } from '../encoding/decimal.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { readHead, readLogBundle, readLogTile } from '../log/read.ts'
import { parseTilePath } from '../tlog/tile.ts'
import {
  bundleAnswer,
  immutable,
  OCTETS,
  refuseOtherNames,
  revalidated,
  TEXT,
} from './files-routes.ts'

const JOSE = 'application/jose+json'

/** Routes under `/`. Nothing here takes a query string, so that no cache can mix two answers. */
export function feedRoutes(deps: { db: Db }): Hono {
  const { db } = deps
  const routes = new Hono()

  routes.get('/log/checkpoint', async (c) => {
    refuseOtherNames(c)
    const head = await readHead(db)
    if (head === null) throw new Failure('ERR_NOT_FOUND', 'this log has no entry yet')
    return revalidated(c, encodeUtf8(head.note), TEXT)
  })

  routes.get('/log/tile/*', async (c) => {
    refuseOtherNames(c)
    const tile = parseTilePath(c.req.path.slice('/log/'.length))
    if (tile === null) throw new Failure('ERR_NOT_FOUND', 'not a tile path in its one spelling')
    const { level, index, width } = tile
    if (level === 'entries') {
      return bundleAnswer(c, await readLogBundle(db, index, width))
    }
    return immutable(c, await readLogTile(db, level, index, width), OCTETS)
  })

  routes.get('/charter/latest', async (c) => {
    refuseOtherNames(c)
    const file = await readCharterFile(db, null)
    if (file === null) throw new Failure('ERR_NOT_FOUND', 'no charter has been adopted yet')
    return revalidated(c, encodeUtf8(file), JOSE)
  })

  routes.get('/charter/:file{[0-9]+\\.json}', async (c) => {
    refuseOtherNames(c)
    const n = parseDecimal(c.req.param('file').slice(0, -'.json'.length))
    const file = n === null ? null : await readCharterFile(db, n)
    return immutable(c, file === null ? null : encodeUtf8(file), JOSE)
  })

  return routes
}
