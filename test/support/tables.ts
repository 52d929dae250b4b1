// What judging made of all feeds, table by table, for comparing two nodes: everything but what is a node's own.
import type { NodeDb } from '../../src/node/database.ts'

const QUERIES = [
  'SELECT * FROM act ORDER BY market, pos',
  'SELECT * FROM chain ORDER BY market, decision',
  'SELECT * FROM terms ORDER BY decision, pos',
  'SELECT * FROM product ORDER BY id',
  'SELECT * FROM identifier ORDER BY kind, value, product',
  'SELECT * FROM term_key ORDER BY kind, value, decision, pos',
  'SELECT * FROM event ORDER BY decision, pos',
  'SELECT * FROM response ORDER BY decision, market, pos',
  'SELECT * FROM effect_rules ORDER BY market, pos',
  "SELECT rowid FROM product_text WHERE product_text MATCH 'drill OR torvane' ORDER BY rowid",
  "SELECT rowid FROM terms_text WHERE terms_text MATCH 'drills OR test' ORDER BY rowid",
  'SELECT origin, merged, frontier, merged_root, effective FROM feed WHERE merged > 0 ORDER BY origin',
]

/** The tables that are made from the feeds and can be made again. */
export const JUDGED = [
  ...['feed', 'feed_entry', 'feed_tile', 'act', 'chain', 'terms', 'product', 'identifier'],
  ...['term_key', 'event', 'response', 'effect_rules', 'product_text', 'terms_text'],
]

/** The rows of every table, in an order that is the same at every node. */
export function tablesOf(db: NodeDb): unknown[][] {
  return QUERIES.map((query) => db.raw.prepare(query).all())
}
