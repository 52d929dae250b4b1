// The public read side of a feed: checkpoint, tiles, entry bundles, charters (C2SP tlog-tiles; design: protocol 1.5).
import { Hono } from 'hono'
import type { RouteDoc } from '../api/route.ts'
import { readCharterFile } from '../charter/store.ts'
import type { Db } from '../db.ts'
import { parseDecimal } from '../encoding/decimal.ts'
import { encodeUtf8 } from '../encoding/utf8.ts'
import { Failure } from '../errors.ts'
import { readHead, readLogBundle, readLogTile } from '../log/read.ts'
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

const JOSE = 'application/jose+json'

export const FEED_DOCS: readonly RouteDoc[] = [
  {
    method: 'get',
    path: '/log/checkpoint',
    tag: 'feed',
    summary: "This market's newest head",
    headers: IF_NONE_MATCH,
    answers: { 200: { type: TEXT_TYPE, text: 'A C2SP checkpoint.' }, ...UNCHANGED_ANSWER },
    errors: ['ERR_NOT_FOUND'],
    try: { path: '/log/checkpoint' },
  },
  {
    method: 'get',
    path: '/log/tile/*',
    tag: 'feed',
    summary: 'Hashes or entries of the log',
    text: 'Immutable. `0/000.p/5` is a tile of five leaf hashes, `entries/000.p/5` the bundle of those entries, gzipped where the client takes that.',
    params: { path: 'Of C2SP tlog-tiles.' },
    answers: { 200: { type: OCTETS, text: 'As tlog-tiles has it.' } },
    errors: ['ERR_NOT_FOUND'],
  },
  {
    method: 'get',
    path: '/charter/latest',
    tag: 'alliance',
    summary: 'The newest adopted charter',
    headers: IF_NONE_MATCH,
    answers: { 200: { type: JOSE, text: 'A charter.' }, ...UNCHANGED_ANSWER },
    errors: ['ERR_NOT_FOUND'],
    try: { path: '/charter/latest' },
  },
  {
    method: 'get',
    path: '/charter/:file{[0-9]+\\.json}',
    tag: 'alliance',
    summary: 'An adopted charter by its number',
    text: 'Immutable.',
    params: { file: 'Its number, as `1.json`.' },
    answers: { 200: { type: JOSE, text: 'A charter: JWS in JSON General Serialization.' } },
    errors: ['ERR_NOT_FOUND'],
    try: { path: '/charter/1.json' },
  },
]

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
