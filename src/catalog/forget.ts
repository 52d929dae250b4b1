// Takes back the rows of a market's acts from a place on, as if those acts had not been merged yet.
import { type Statement, sql } from '../db.ts'
import { termsId } from './keys.ts'
import { planReindexAnew } from './reindex.ts'

/**
 * Plans to forget; what the forgotten acts had ended holds again. Rows of other markets are not touched. No act before `fromPos` may have
 * begun to count by an endorse from there on.
 */
export function planForgetRows(market: string, fromPos: number): Statement[] {
  const ids = [termsId(market, fromPos), termsId(market, 2 ** 32 - 1)] as const
  // A decision's name begins with its market's code: `us/` to `us0`, the character after the stroke.
  const names = [`${market}/`, `${market}0`] as const
  return [
    ...planReindexAnew(),
    sql('DELETE FROM identifier WHERE product >= ? AND product < ?', ...ids),
    sql('DELETE FROM product_text WHERE rowid >= ? AND rowid < ?', ...ids),
    sql('DELETE FROM product WHERE id >= ? AND id < ?', ...ids),
    sql('UPDATE product SET valid_to = NULL WHERE market = ? AND valid_to >= ?', market, fromPos),
    sql('DELETE FROM terms_text WHERE rowid >= ? AND rowid < ?', ...ids),
    sql(
      'DELETE FROM term_key WHERE pos >= ? AND decision >= ? AND decision < ?',
      fromPos,
      ...names,
    ),
    sql('DELETE FROM terms WHERE market = ? AND pos >= ?', market, fromPos),
    sql('UPDATE terms SET valid_to = NULL WHERE market = ? AND valid_to >= ?', market, fromPos),
    sql('DELETE FROM event WHERE market = ? AND pos >= ?', market, fromPos),
    sql('DELETE FROM response WHERE market = ? AND pos >= ?', market, fromPos),
    sql('DELETE FROM effect_rules WHERE market = ? AND pos >= ?', market, fromPos),
  ]
}
